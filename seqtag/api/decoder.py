"""From emissions to tags, and on demand to the probabilities of tags and spans."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.decoding import (
    Transitions,
    Trellis,
    forward_backward,
    nbest,
    span_probability,
    viterbi,
)
from seqtag.text.schemes import OUTSIDE, SpanRules, find_spans, fold_map, span_rules
from seqtag.text.sentence import FloatArray, Sentence
from seqtag.text.tag_column import TagColumn


class ColumnDecoder:
    """From a column's emissions to tags, probabilities and spans.

    Args:
        column: The tag column.
        transitions: Its head's potentials.

    Attributes:
        column: The tag column.
        marginal_tags: The tags that marginal probabilities are given for: those of the files'
            scheme where each of the model's tags is one of them whatever stands beside it, else
            the model's own.
    """

    def __init__(self, column: TagColumn, transitions: Transitions) -> None:
        self.column = column
        self.marginal_tags = column.tags.items
        self._names = np.array(column.tags.items, dtype=object)
        self._is_converted = column.file_scheme not in (None, column.scheme)
        self._transitions = transitions
        self._rules = None if column.scheme is None else span_rules(column.tags.items)
        self._fold: npt.NDArray[np.float32] | None = None
        self._folded_numbers = np.arange(len(column.tags))
        if column.scheme is not None and column.file_scheme is not None:
            folded = fold_map(column.tags.items, column.scheme, column.file_scheme)
            if folded is not None and folded != column.tags.items:
                self.marginal_tags = list(dict.fromkeys(folded))
                numbers = {tag: number for number, tag in enumerate(self.marginal_tags)}
                self._folded_numbers = np.array([numbers[tag] for tag in folded])
                self._fold = np.eye(len(numbers), dtype=np.float32)[self._folded_numbers]
            if folded is not None and OUTSIDE in column.tags:
                # There always is a valid sequence, and in one each tag can be converted by itself.
                self._names = np.array(folded, dtype=object)
                self._is_converted = False

    def best_paths(
        self, emissions: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the tag numbers (batch, length) of each sentence's best tag sequence.

        At padding they are any of the tags' numbers.
        """
        if self._transitions.is_free:
            paths: npt.NDArray[np.int64] = emissions.argmax(axis=2)
            return paths
        paths, _ = viterbi(emissions, lengths, self._transitions)
        return paths

    def tags(self, paths: npt.NDArray[np.int64], lengths: Sequence[int]) -> list[list[str]]:
        """Return the tags, in the files' scheme, of paths (batch, length)."""
        names = self._names[paths].tolist()
        tags = [row[:length] for row, length in zip(names, lengths, strict=True)]
        return list(map(self.column.to_file, tags)) if self._is_converted else tags

    def trellis(
        self, emissions: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]
    ) -> Trellis | None:
        """Return the sums over all tag sequences, None where a softmax does as well."""
        if self._transitions.is_free and self._rules is None:
            return None
        return forward_backward(emissions, lengths, self._transitions)

    def probabilities(
        self,
        emissions: npt.NDArray[np.floating],
        paths: npt.NDArray[np.int64],
        trellis: Trellis | None,
    ) -> tuple[FloatArray, npt.NDArray[np.float32]]:
        """Return probabilities of a batch's tags.

        Args:
            emissions: (batch, length, tags)
            paths: (batch, length) tag numbers.
            trellis: What `trellis` returned for the emissions.

        Returns:
            (batch, length) that of the tag of each path, and (batch, length, ``marginal_tags``).
        """
        marginals = _softmax(emissions) if trellis is None else trellis.marginals()
        if self._fold is not None:
            marginals = marginals @ self._fold
        numbers = self._folded_numbers[paths]
        scores = np.take_along_axis(marginals, numbers[:, :, None], axis=2)[:, :, 0]
        return scores, marginals.astype(np.float32, copy=False)

    def spans(
        self,
        emissions: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        paths: npt.NDArray[np.int64],
        trellis: Trellis | None,
    ) -> list[list[_ScoredSpan]] | None:
        """Return the spans that each sentence's tags describe, None for tags that are no spans."""
        if self._rules is None or trellis is None:
            return None
        rules: SpanRules = self._rules
        tags = self.tags(paths, lengths.tolist())
        places = [
            (row, start, end, label)
            for row, row_tags in enumerate(tags)
            for start, end, label in find_spans(row_tags)
        ]
        labels = {label: number for number, label in enumerate(rules.labels)}
        table = [(row, start, end, labels[label]) for row, start, end, label in places]
        chances = span_probability(emissions, lengths, self._transitions, trellis, table, rules)
        spans: list[list[_ScoredSpan]] = [[] for _ in tags]
        for (row, start, end, label), score in zip(places, chances.tolist(), strict=True):
            spans[row].append(_ScoredSpan(start, end, label, score))
        return spans

    def nbest(
        self, emissions: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64], count: int
    ) -> list[list[tuple[list[str], float]]]:
        """Return each sentence's best tag sequences with their probabilities."""
        trellis = forward_backward(emissions, lengths, self._transitions)
        paths, scores = nbest(emissions, lengths, self._transitions, count)
        probabilities = np.exp(np.minimum(scores - trellis.log_partition[:, None], 0.0))
        return [
            [
                (tags, probability)
                for tags, probability in zip(
                    self.tags(row_paths, [length] * count), row_probabilities, strict=True
                )
                if probability > 0.0  # what the scheme forbids is no answer
            ]
            for row_paths, row_probabilities, length in zip(
                paths, probabilities.tolist(), lengths.tolist(), strict=True
            )
        ]


@dataclass(frozen=True, slots=True)
class _ScoredSpan:
    """A span of a sentence that need not be there any more when somebody asks for it."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class _Probabilities:
    """What a column's results of a batch are made of."""

    scores: FloatArray  # (batch, length)
    marginals: npt.NDArray[np.float32]  # (batch, length, tags)
    spans: list[list[_ScoredSpan]] | None  # of each sentence


class BatchResults:
    """Results of a batch: its tags, and on demand the probabilities of all of its sentences.

    The emissions are kept until then, and no longer. Threads may ask at the same time.

    Args:
        decoders: One for each tag column.
        emissions: For each column (batch, length, tags).
        lengths: (batch,) number of tokens.
    """

    def __init__(
        self,
        decoders: Sequence[ColumnDecoder],
        emissions: Sequence[npt.NDArray[np.floating]],
        lengths: npt.NDArray[np.int64],
    ) -> None:
        self._decoders = decoders
        self._lengths = lengths
        self._emissions = emissions
        self._paths = [
            decoder.best_paths(scores, lengths)
            for decoder, scores in zip(decoders, emissions, strict=True)
        ]
        self._lock = threading.Lock()
        self._probabilities: list[_Probabilities] | None = None

    def tags(self) -> list[list[list[str]]]:
        """Return for each column the tags of each sentence."""
        lengths = self._lengths.tolist()
        return [
            decoder.tags(paths, lengths)
            for decoder, paths in zip(self._decoders, self._paths, strict=True)
        ]

    def of_row(self, sentence: Sentence, row: int) -> dict[str, Any]:
        """Return ``scores_by``, ``marginals_by`` and ``spans_by`` of the sentence in a row."""
        with self._lock:
            columns = self._probabilities
            if columns is None:
                columns = self._probabilities = self._compute()
                self._emissions = []
        length = int(self._lengths[row])
        scores_by: dict[str, list[float]] = {}
        marginals_by: dict[str, FloatArray] = {}
        spans_by = {}
        for decoder, column in zip(self._decoders, columns, strict=True):
            name = decoder.column.name
            scores_by[name] = column.scores[row, :length].tolist()
            marginals_by[name] = column.marginals[row, :length]
            if column.spans is not None:
                spans_by[name] = [
                    sentence.make_span(span.start, span.end, span.label, span.score)
                    for span in column.spans[row]
                ]
        return {"scores_by": scores_by, "marginals_by": marginals_by, "spans_by": spans_by}

    def _compute(self) -> list[_Probabilities]:
        computed = []
        for decoder, emissions, paths in zip(
            self._decoders, self._emissions, self._paths, strict=True
        ):
            trellis = decoder.trellis(emissions, self._lengths)
            scores, marginals = decoder.probabilities(emissions, paths, trellis)
            spans = decoder.spans(emissions, self._lengths, paths, trellis)
            computed.append(_Probabilities(scores, marginals, spans))
        return computed


def _softmax(emissions: npt.NDArray[np.floating]) -> FloatArray:
    """Return probabilities (batch, length, tags)."""
    probabilities: FloatArray = emissions - emissions.max(axis=2, keepdims=True)
    np.exp(probabilities, out=probabilities)
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    return probabilities
