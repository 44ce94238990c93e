"""Training a tagger: vocabularies and tag columns from the training part, batches, dev scores."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.batching import Batch, WordTable, compute_emissions, cut, plan_batches
from seqtag.batching.batches import IntArray
from seqtag.batching.emissions import Emissions
from seqtag.config import RunConfig
from seqtag.decoding import Transitions, viterbi
from seqtag.models.arrays import emissions, potentials, to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.training.scores import dev_score, score_columns
from seqtag.training.spec import TaggerSpec

SCORING_TOKENS = 8192
"""Padded tokens in a batch where no gradient is kept."""


def build_model(spec: TaggerSpec) -> TaggerModel:
    """Return a tagger's network with fresh weights."""
    return TaggerModel(
        spec.embedding,
        spec.encoder,
        num_words=len(spec.words),
        num_characters=spec.num_characters,
        heads=[HeadSpec(column.crf, *column.allowed()) for column in spec.columns],
    )


def make_objective(
    config: RunConfig, spec: TaggerSpec, train: Sequence[Sentence], dev: Sequence[Sentence]
) -> TaggingObjective:
    """Return what a new tagger is trained by, its network on the configuration's device.

    The weights depend on the configuration's seed alone, and the caller's random numbers do not
    depend on them.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)  # and no other device's
        model = build_model(spec)
    return TaggingObjective(spec, model.to(config.device), train, dev, config)


class TaggingObjective:
    """What `Trainer` asks of tagging: batches and their loss, and the scores on dev.

    Args:
        spec: The tagger.
        model: Its network, on the device to train on.
        train: Sentences with tags in all columns; at least one token in all.
        dev: Sentences to score on.
        config: The run's configuration.
    """

    def __init__(
        self,
        spec: TaggerSpec,
        model: TaggerModel,
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        config: RunConfig,
    ) -> None:
        self.spec = spec
        self.model = model
        self._config = config
        self._device = torch.device(config.device)
        self._table = spec.word_table()
        self.fingerprint = _fingerprint([*train, *dev])
        self._rows: list[npt.NDArray[np.int32]] = []
        self._tags: list[list[npt.NDArray[np.int32]]] = []
        for sentence in train:
            self._add(sentence)
        self._lengths = np.array([len(rows) for rows in self._rows], dtype=np.int64)
        self._dev = [sentence for sentence in dev if sentence.tokens]
        self._dev_table = spec.word_table()
        self._dev_rows = [self._dev_table.rows(sentence.tokens) for sentence in self._dev]
        self._set_word_dropout(Counter(chain.from_iterable(s.tokens for s in train)))

    def _add(self, sentence: Sentence) -> None:
        rows = self._table.rows(sentence.tokens)
        for start, end in cut(len(rows), self._config.encoder.max_length):
            if start == end:
                continue
            self._rows.append(rows[start:end])
            # Cut before the conversion, so that a span at a piece's edge is whole in its scheme.
            self._tags.append(
                [
                    np.array(c.tags.encode(c.to_model(sentence.tags_by[c.name][start:end])), "i4")
                    for c in self.spec.columns
                ]
            )

    def _set_word_dropout(self, counts: Counter[str]) -> None:
        """Drop a word seen n times with probability x / (x + n) (Kiperwasser & Goldberg 2016)."""
        strength = self._config.embedding.unknown_word_dropout
        seen = [np.inf, *(counts[word] for word in self.spec.words)]
        keep = [1.0 - strength / (strength + n) if n else 1.0 for n in seen]
        self.model.embedding.keep_probability = torch.tensor(keep, device=self._device)

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's batches as indices of training sequences."""
        return plan_batches(self._lengths, self._config.training.batch_tokens, shuffle=shuffle)

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a batch's mean loss and its number of tokens."""
        batch = self._table.batch([self._rows[i] for i in indices])
        mask = batch.mask
        tags = []
        for column in range(len(self.spec.columns)):
            padded = np.zeros(mask.shape, dtype=np.int64)
            padded[mask] = np.concatenate([self._tags[i][column] for i in indices])
            tags.append(torch.from_numpy(padded).to(self._device))
        arguments = to_tensors(batch.arrays(), self._config.device)
        loss = self.model.loss(self.model(**arguments), tags, arguments["lengths"])
        return loss, int(batch.lengths.sum())

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores of the model on dev."""
        predicted = self._predict(self._dev_rows, self._dev_table)
        gold = {c.name: [s.tags_by[c.name] for s in self._dev] for c in self.spec.columns}
        tokens = [sentence.tokens for sentence in self._dev]
        scores = score_columns(self.spec.columns, tokens, gold, predicted, self.spec.known_words)
        return dev_score(scores), scores

    def _predict(
        self, sequences: Sequence[npt.NDArray[np.int32]], table: WordTable
    ) -> dict[str, list[list[str]]]:
        """Return for each column the best tags of every sequence, in the files' scheme."""
        results: dict[str, list[list[str]]] = {
            column.name: [[] for _ in sequences] for column in self.spec.columns
        }
        transitions = [Transitions(*head) for head in potentials(self.model)]
        for indices, lengths, batch_emissions in compute_emissions(
            sequences,
            self._emissions,
            table,
            batch_tokens=SCORING_TOKENS,
            max_length=self._config.encoder.max_length,
        ):
            for column, scores, moves in zip(
                self.spec.columns, batch_emissions, transitions, strict=True
            ):
                paths, _ = viterbi(scores, lengths, moves)
                for index, length, path in zip(indices, lengths, paths, strict=True):
                    tags = [column.tags.items[n] for n in path[:length]]
                    results[column.name][index] = column.to_file(tags)
        return results

    def _emissions(self, batch: Batch) -> Emissions:
        return emissions(self.model, batch.arrays(), self._config.device)


def _fingerprint(sentences: Sequence[Sentence]) -> int:
    """Return a checksum of all tokens and tags."""
    checksum = 0
    for sentence in sentences:
        for words in (sentence.tokens, *sentence.tags_by.values()):
            content = "\t".join(words) + "\n"
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
    return checksum
