"""Training a tagger: sentences to numbers, batches and their loss, scores on dev."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.batching import (
    Batch,
    Featurizer,
    Rows,
    WordCache,
    compute_emissions,
    cut,
    plan_batches,
)
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.emissions import Emissions
from seqtag.config import RunConfig
from seqtag.decoding import Transitions, viterbi
from seqtag.models.arrays import potentials, run_model, to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import UNKNOWN
from seqtag.training.class_weights import class_weights
from seqtag.training.initialization import set_vectors
from seqtag.training.scores import dev_score, score_columns
from seqtag.training.spec import TaggerSpec

SCORING_TOKENS = 8192
"""Padded tokens in a batch where no gradient is kept."""

Keep: TypeAlias = Callable[[Iterable[Rows], int], tuple[Rows, IntArray]]
"""Puts pieces (length, columns) with the number of columns given into one array, and tells where
each piece begins there, and where the last one ends."""

_CHUNK_ROWS = 1 << 20  # rows of a large array that are looked at together


def build_model(spec: TaggerSpec) -> TaggerModel:
    """Return a tagger's network with fresh weights."""
    return TaggerModel(
        spec.embedding,
        spec.encoder,
        num_words=len(spec.words),
        num_characters=spec.num_characters,
        num_vectors=0 if spec.vectors is None else len(spec.vectors),
        vector_size=spec.vector_size,
        feature_sizes=spec.feature_sizes,
        heads=[HeadSpec(column.crf, *column.allowed()) for column in spec.columns],
    )


def in_memory(pieces: Iterable[Rows], width: int) -> tuple[Rows, IntArray]:
    """Put pieces (length, ``width``) into one array; see `Keep`."""
    arrays = [np.zeros((0, width), dtype=np.int32), *pieces]
    starts = np.array(list(accumulate(map(len, arrays))), dtype=np.int64)
    return np.concatenate(arrays), starts


def make_objective(
    config: RunConfig,
    spec: TaggerSpec,
    train: Iterable[Sentence],
    dev: Iterable[Sentence],
    *,
    vectors: npt.NDArray[np.floating] | None = None,
    keep: Keep = in_memory,
) -> TaggingObjective:
    """Return what a new tagger is trained by, its network on the configuration's device.

    The weights depend on the configuration's seed alone, and the caller's random numbers do not
    depend on them.

    Args:
        config: The run's configuration.
        spec: The tagger.
        train: Sentences with tags in all columns; at least one token in all.
        dev: Sentences to score on.
        vectors: The pretrained vectors (words, size) of ``spec.vectors``, in its order.
        keep: Keeps the training sentences as numbers: here or, with `seqtag.io.arrays.map_rows`,
            on disk.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)  # and no other device's
        model = build_model(spec)
    if vectors is not None:
        set_vectors(model, vectors)
    return TaggingObjective(spec, model.to(config.device), train, dev, config, keep)


class TaggingObjective:
    """What `Trainer` asks of tagging: batches and their loss, and the scores on dev.

    Args:
        spec: The tagger.
        model: Its network, on the device to train on.
        train: Sentences with tags in all columns; at least one token in all.
        dev: Sentences to score on.
        config: The run's configuration.
        keep: Keeps the training sentences as numbers.
    """

    def __init__(
        self,
        spec: TaggerSpec,
        model: TaggerModel,
        train: Iterable[Sentence],
        dev: Iterable[Sentence],
        config: RunConfig,
        keep: Keep,
    ) -> None:
        self.spec = spec
        self.model = model
        self._config = config
        self._device = torch.device(config.device)
        self._featurizer = spec.featurizer()
        self._width = 1 + len(spec.feature_sizes)
        self._rows, self._starts = keep(self._encode(train), self._width + len(spec.columns))
        self._lengths = np.diff(self._starts)
        self._dev = [sentence for sentence in dev if sentence.tokens]
        self._dev_featurizer = spec.featurizer()
        self._dev_rows = [self._dev_featurizer.rows(sentence) for sentence in self._dev]
        self._set_word_dropout()
        self._weights = self._make_weights()

    def _encode(self, sentences: Iterable[Sentence]) -> Iterator[Rows]:
        """Yield sequences as rows (length, columns): what is read of a token, then its tags."""
        for sentence in sentences:
            rows = self._featurizer.rows(sentence)
            for start, end in cut(len(rows), self._config.encoder.max_length):
                if start == end:
                    continue
                # Cut before the conversion, so that a span at a piece's edge is whole.
                tags = [
                    column.tags.encode(column.to_model(sentence.tags_by[column.name][start:end]))
                    for column in self.spec.columns
                ]
                yield np.column_stack([rows[start:end], *tags]).astype(np.int32)

    def _set_word_dropout(self) -> None:
        """Drop a word seen n times with probability x / (x + n) (Kiperwasser & Goldberg 2016)."""
        strength = self._config.embedding.unknown_word_dropout
        table = self._featurizer.table
        counts = np.zeros(len(table), dtype=np.int64)
        for start in range(0, len(self._rows), _CHUNK_ROWS):
            counts += np.bincount(self._rows[start : start + _CHUNK_ROWS, 0], minlength=len(table))
        seen = np.zeros(len(self.spec.words))
        seen[table.word_numbers()] = counts
        seen[UNKNOWN] = 0
        keep = np.where(seen > 0, 1.0 - strength / (strength + np.maximum(seen, 1)), 1.0)
        keep_probability = torch.tensor(keep, dtype=torch.float32, device=self._device)
        self.model.embedding.keep_probability = keep_probability

    def _make_weights(self) -> list[Tensor | None]:
        """Return for each column how much a token counts by its tag, None where all do alike."""
        counts = [np.zeros(len(column.tags), dtype=np.int64) for column in self.spec.columns]
        for start in range(0, len(self._rows), _CHUNK_ROWS):
            chunk = self._rows[start : start + _CHUNK_ROWS, self._width :]
            for count, tags in zip(counts, chunk.T, strict=True):
                count += np.bincount(tags, minlength=len(count))
        setting = self._config.training.class_weights
        return [
            None if weights is None else torch.from_numpy(weights).to(self._device)
            for weights in class_weights(setting, self.spec.columns, counts)
        ]

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of all that training reads, and of weights that it does not change."""
        spec = self.spec
        lists: list[Iterable[str]] = [self._featurizer.table, self._dev_featurizer.table]
        lists += [spec.words, spec.vectors or (), spec.characters or (), *spec.features.values()]
        lists += [column.tags for column in spec.columns]
        if spec.gazetteer is not None:
            lists += [spec.gazetteer.entries, [str(spec.gazetteer.ignore_case)]]
        checksum = 0
        for strings in lists:
            content = "\t".join(strings) + "\n"
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
        arrays: list[npt.NDArray[Any]] = [self._starts]
        if self.model.embedding.vectors is not None:
            arrays.append(self.model.embedding.vectors.weight.detach().cpu().numpy())
        for array in [self._rows, *self._dev_rows, *arrays]:
            for start in range(0, len(array), _CHUNK_ROWS):
                chunk = np.ascontiguousarray(array[start : start + _CHUNK_ROWS])
                checksum = zlib.crc32(chunk.data, checksum)
        for sentence in self._dev:
            content = "\n".join("\t".join(tags) for tags in sentence.tags_by.values()) + "\n\n"
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
        return checksum

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's batches as indices of training sequences."""
        config = self._config.training
        return plan_batches(
            self._lengths,
            config.batch_tokens,
            batch_sentences=config.batch_sentences,
            shuffle=shuffle,
        )

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a batch's mean loss and its number of tokens."""
        starts, ends = self._starts[indices].tolist(), self._starts[indices + 1].tolist()
        sequences = [self._rows[a:b] for a, b in zip(starts, ends, strict=True)]
        batch = self._featurizer.batch([rows[:, : self._width] for rows in sequences])
        mask = batch.mask
        tags = []
        for numbers in np.concatenate(sequences)[:, self._width :].T:
            padded = np.zeros(mask.shape, dtype=np.int64)
            padded[mask] = numbers
            tags.append(torch.from_numpy(padded).to(self._device))
        arguments = to_tensors(batch.arrays(), self._config.device)
        loss = self.model.loss(
            self.model(**arguments)[0],
            tags,
            arguments["lengths"],
            weights=self._weights,
            smoothing=self._config.training.label_smoothing,
        )
        return loss, int(batch.lengths.sum())

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores of the model on dev."""
        predicted = self._predict(self._dev_rows, self._dev_featurizer)
        gold = {c.name: [s.tags_by[c.name] for s in self._dev] for c in self.spec.columns}
        tokens = [sentence.tokens for sentence in self._dev]
        scores = score_columns(self.spec.columns, tokens, gold, predicted, self.spec.known_words)
        return dev_score(scores), scores

    def _predict(
        self, sequences: Sequence[Rows], featurizer: Featurizer
    ) -> dict[str, list[list[str]]]:
        """Return for each column the best tags of every sequence, in the files' scheme."""
        results: dict[str, list[list[str]]] = {
            column.name: [[] for _ in sequences] for column in self.spec.columns
        }
        transitions = [Transitions(*head) for head in potentials(self.model)]
        if not sequences:
            return results
        # Words keep their vectors for as long as the weights stay the same.
        cache = WordCache(self.model.embedding.word_vector_size, len(featurizer.table))
        for indices, lengths, batch_emissions in compute_emissions(
            np.concatenate(sequences),
            np.array([len(rows) for rows in sequences], dtype=np.int64),
            self._run,
            featurizer,
            cache,
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

    def _run(self, batch: Batch) -> tuple[Emissions, FloatArray]:
        return run_model(self.model, batch.arrays(), self._config.device)
