"""Training a tagger: sentences to numbers, batches and their loss, scores on dev."""

from __future__ import annotations

import copy
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
    most_words,
    plan_batches,
)
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.emissions import Emissions
from seqtag.config import RunConfig
from seqtag.decoding import Transitions, sample, viterbi
from seqtag.models.arrays import potentials, run_model, to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import UNKNOWN
from seqtag.training.class_weights import class_weights
from seqtag.training.initialization import set_vectors
from seqtag.training.scores import dev_score, score_columns
from seqtag.training.spec import TaggerSpec

SCORING_TOKENS = 1024
"""Padded tokens in a batch where no gradient is kept.

Found by measuring on a CPU, where batches of 8192 take longer.
"""

Keep: TypeAlias = Callable[[Iterable[Rows], int], tuple[Rows, IntArray]]
"""Puts pieces (length, columns) with the number of columns given into one array, and tells where
each piece begins there, and where the last one ends."""

_DRAWING = 3  # what a stream of random numbers is for; see the loop's
_DRAWING_TOKENS = 1 << 17  # tokens whose drawn tags are in memory together

_CHUNK_ROWS = 1 << 20  # rows of a large array that are looked at together


def build_model(spec: TaggerSpec, auxiliary: Sequence[TagColumn] = ()) -> TaggerModel:
    """Return a tagger's network with fresh weights.

    Args:
        spec: The tagger.
        auxiliary: Columns that are learnt beside its own.
    """
    return TaggerModel(
        spec.embedding,
        spec.encoder,
        num_words=len(spec.words),
        num_characters=spec.num_characters,
        num_ngrams=spec.num_ngrams,
        num_vectors=0 if spec.vectors is None else len(spec.vectors),
        vector_size=spec.vector_size,
        feature_sizes=spec.feature_sizes,
        heads=[HeadSpec(column.crf, *column.allowed()) for column in spec.columns],
        auxiliary=[HeadSpec(column.crf, *column.allowed()) for column in auxiliary],
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
    auxiliary: Sequence[TagColumn] = (),
    vectors: npt.NDArray[np.floating] | None = None,
    initialize: Callable[[TaggerModel], None] | None = None,
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
        auxiliary: Columns that are learnt beside the tagger's, which the training sentences have.
        vectors: The pretrained vectors (words, size) of ``spec.vectors``, in its order.
        initialize: Gives a fresh network other weights, such as those of a run to start from.
        keep: Keeps the training sentences as numbers: here or, with `seqtag.io.arrays.map_rows`,
            on disk.
    """

    def new_model(seed: int) -> TaggerModel:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # and no other device's
            model = build_model(spec, auxiliary)
        if vectors is not None:
            set_vectors(model, vectors)
        if initialize is not None:
            initialize(model)
        return model.to(config.device)

    return TaggingObjective(spec, auxiliary, new_model, train, dev, config, keep)


class TaggingObjective:
    """What `Trainer` asks of tagging: batches and their loss, and the scores on dev.

    Args:
        spec: The tagger.
        auxiliary: Columns that are learnt beside the tagger's.
        new_model: Returns a network with the weights that a seed gives, on the device to train on.
        train: Sentences with tags in all columns; at least one token in all.
        dev: Sentences to score on.
        config: The run's configuration.
        keep: Keeps the training sentences as numbers.
    """

    def __init__(
        self,
        spec: TaggerSpec,
        auxiliary: Sequence[TagColumn],
        new_model: Callable[[int], TaggerModel],
        train: Iterable[Sentence],
        dev: Iterable[Sentence],
        config: RunConfig,
        keep: Keep,
    ) -> None:
        self.spec = spec
        self._columns = [*spec.columns, *auxiliary]
        self.model = new_model(config.seed)
        self._new_model = new_model
        self._config = config
        self._keep = keep
        self._drawn: Rows | None = None
        self._device = torch.device(config.device)
        self._featurizer = spec.featurizer()
        self._width = 1 + len(spec.feature_sizes)
        self._rows, self._starts = keep(self._encode(train), self._width + len(self._columns))
        self._lengths = np.diff(self._starts)
        self._dev = [sentence for sentence in dev if sentence.tokens]
        self._dev_featurizer = spec.featurizer()
        self._dev_rows = [self._dev_featurizer.rows(sentence) for sentence in self._dev]
        self._set_word_dropout()
        self._weights = self._make_weights()

    def with_seed(self, seed: int) -> TaggingObjective:
        """Return the same task on the same data for a network of another seed, untaught."""
        other = copy.copy(self)
        other.model = self._new_model(seed)
        other._drawn = None
        other._set_word_dropout()
        return other

    def forget_auxiliary(self) -> None:
        """Leave the model with the heads of the tagger's own columns, once it is trained."""
        self.model.forget_auxiliary()

    def learn_from(self, teachers: Sequence[TaggingObjective]) -> None:
        """Let the model learn from tag sequences that other models of this task give.

        From each teacher some sequences are drawn for every training sentence, by their
        probability. So softmax and CRF heads learn in the same way, and a teacher's whole
        distribution is learnt for a few numbers a token.

        Args:
            teachers: What `with_seed` returned, trained.
        """
        models = [teacher.model.eval() for teacher in teachers]
        width = len(self.spec.columns) * self._config.distillation.sequences * len(models)
        self._drawn, _ = self._keep(self._draw(models), width)

    def _draw(self, models: Sequence[TaggerModel]) -> Iterator[Rows]:
        """Yield for each training sequence the tags drawn (length, columns * sequences)."""
        random = np.random.default_rng([self._config.seed, _DRAWING])
        first = 0
        while first < len(self._lengths):
            # As many sequences as fit, since their results are in memory until all are there.
            limit = self._starts[first] + _DRAWING_TOKENS
            last = max(first + 1, int(np.searchsorted(self._starts, limit, side="right")) - 1)
            lengths = self._lengths[first:last]
            rows = self._rows[self._starts[first] : self._starts[last], : self._width]
            pieces: list[list[IntArray]] = [[] for _ in lengths]
            for model in models:
                for index, paths in self._draw_from(model, rows, lengths, random):
                    pieces[index] += paths
            # Sequences of the same column stand side by side.
            columns = len(self.spec.columns)
            for parts in pieces:
                ordered = [part for column in range(columns) for part in parts[column::columns]]
                yield np.hstack(ordered).astype(np.int32)
            first = last

    def _draw_from(
        self, model: TaggerModel, rows: Rows, lengths: IntArray, random: np.random.Generator
    ) -> Iterator[tuple[int, list[IntArray]]]:
        """Yield for each sequence its index, and for each column the tags (length, sequences).

        What is remembered of words is forgotten behind them, so that at no time there is more
        than one model's.
        """
        count = self._config.distillation.sequences
        moves = [Transitions(*head) for head in potentials(model)]
        for indices, sizes, emissions in self._emissions(
            model, rows, lengths, self._featurizer, self._cache(model)
        ):
            drawn = [
                sample(scores, sizes, transitions, count, random)
                for scores, transitions in zip(emissions, moves, strict=True)
            ]
            for row, (index, size) in enumerate(zip(indices, sizes, strict=True)):
                yield index, [paths[row, :, :size].T for paths in drawn]

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
                    for column in self._columns
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
            for count, tags in zip(counts, chunk.T[: len(counts)], strict=True):
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
        lists += [spec.words, spec.vectors or (), spec.characters or (), spec.ngrams or ()]
        lists += spec.features.values()
        lists += [column.tags for column in self._columns]
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
        drawn = []
        if self._drawn is not None:
            table = np.concatenate([self._drawn[a:b] for a, b in zip(starts, ends, strict=True)])
            for numbers in np.split(table, len(self.spec.columns), axis=1):
                paths = np.zeros((*mask.shape, numbers.shape[1]), dtype=np.int64)
                paths[mask] = numbers
                drawn.append(torch.from_numpy(paths).to(self._device).transpose(1, 2))
        arguments = to_tensors(batch.arrays(), self._config.device)
        loss = self.model.loss(
            self.model(**arguments)[0],
            tags,
            arguments["lengths"],
            weights=self._weights,
            smoothing=self._config.training.label_smoothing,
            drawn=drawn,
            share=self._config.distillation.share,
            auxiliary_weight=self._config.training.auxiliary_weight,
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
        rows = np.concatenate(sequences)
        lengths = np.array([len(rows) for rows in sequences], dtype=np.int64)
        cache = self._cache(self.model)
        for indices, sizes, batch_emissions in self._emissions(
            self.model, rows, lengths, featurizer, cache
        ):
            for column, scores, moves in zip(
                self.spec.columns, batch_emissions, transitions, strict=True
            ):
                paths, _ = viterbi(scores, sizes, moves)
                for index, length, path in zip(indices, sizes, paths, strict=True):
                    tags = [column.tags.items[n] for n in path[:length]]
                    results[column.name][index] = column.to_file(tags)
        return results

    def _cache(self, model: TaggerModel) -> WordCache:
        """Return where words keep their vectors, for as long as a model's weights stay the same."""
        size = model.embedding.word_vector_size
        return WordCache(size, most_words(size))

    def _emissions(
        self,
        model: TaggerModel,
        rows: Rows,
        lengths: IntArray,
        featurizer: Featurizer,
        cache: WordCache,
    ) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
        """Run a model over sequences; see `seqtag.batching.compute_emissions`."""

        def network(batch: Batch) -> tuple[Emissions, FloatArray]:
            return run_model(model, batch.arrays(), self._config.device)

        return compute_emissions(
            rows,
            lengths,
            network,
            featurizer,
            cache,
            batch_tokens=SCORING_TOKENS,
            max_length=self._config.encoder.max_length,
        )
