"""Training a tagger: sentences to numbers, batches and their loss, scores on dev."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.batching import (
    Featurizer,
    Rows,
    compute_emissions,
    cut,
)
from seqtag.batching.batches import IntArray
from seqtag.config import RunConfig
from seqtag.decoding import Transitions, sample, viterbi
from seqtag.models.arrays import potentials, to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.training.class_weights import class_weights
from seqtag.training.objective import (
    CHUNK_ROWS,
    Keep,
    SequenceObjective,
    in_memory,
    model_maker,
)
from seqtag.training.scores import dev_score, score_columns
from seqtag.training.spec import TaggerSpec

_DRAWING = 3  # what a stream of random numbers is for; see the loop's
_DRAWING_TOKENS = 1 << 17  # tokens whose drawn tags are in memory together


def build_model(spec: TaggerSpec, auxiliary: Sequence[TagColumn] = ()) -> TaggerModel:
    """Return a tagger's network with fresh weights.

    Args:
        spec: The tagger.
        auxiliary: Columns that are learnt beside its own.
    """
    return TaggerModel(
        spec.embedding,
        spec.encoder,
        heads=[HeadSpec(column.crf, *column.allowed()) for column in spec.columns],
        auxiliary=[HeadSpec(column.crf, *column.allowed()) for column in auxiliary],
        **spec.input_sizes,
    )


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
    new_model = model_maker(
        lambda: build_model(spec, auxiliary), config.device, vectors=vectors, initialize=initialize
    )
    return TaggingObjective(spec, auxiliary, new_model, train, dev, config, keep)


class TaggingObjective(SequenceObjective[TaggerSpec, TaggerModel]):
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
        super().__init__(spec, new_model, config, keep)
        self._columns = [*spec.columns, *auxiliary]
        self._drawn: Rows | None = None
        self._load(self._encode(train), self._width + len(self._columns))
        self._states = self._read_contexts(train)
        self._dev = [sentence for sentence in dev if sentence.tokens]
        self._dev_featurizer = spec.featurizer()
        self._dev_rows = [self._dev_featurizer.rows(sentence) for sentence in self._dev]
        self._dev_states = self._read_contexts(self._dev)
        self._weights = self._make_weights()

    def with_seed(self, seed: int) -> TaggingObjective:
        """Return the same task on the same data for a network of another seed, untaught."""
        other = super().with_seed(seed)
        other._drawn = None
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
            tokens = slice(self._starts[first], self._starts[last])
            rows = self._rows[tokens, : self._width]
            states = None if self._states is None else self._states[tokens]
            pieces: list[list[IntArray]] = [[] for _ in lengths]
            for model in models:
                for index, paths in self._draw_from(model, rows, lengths, states, random):
                    pieces[index] += paths
            # Sequences of the same column stand side by side.
            columns = len(self.spec.columns)
            for parts in pieces:
                ordered = [part for column in range(columns) for part in parts[column::columns]]
                yield np.hstack(ordered).astype(np.int32)
            first = last

    def _draw_from(
        self,
        model: TaggerModel,
        rows: Rows,
        lengths: IntArray,
        states: npt.NDArray[np.float16] | None,
        random: np.random.Generator,
    ) -> Iterator[tuple[int, list[IntArray]]]:
        """Yield for each sequence its index, and for each column the tags (length, sequences).

        What is remembered of words is forgotten behind them, so that at no time there is more
        than one model's.
        """
        count = self._config.distillation.sequences
        moves = [Transitions(*head) for head in potentials(model)]
        cache = self._cache(model)
        dense = self._project(model, states)
        encoding = self._encoding(model, rows, lengths, self._featurizer, cache, dense)
        for indices, sizes, emissions in compute_emissions(encoding):
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

    def _make_weights(self) -> list[Tensor | None]:
        """Return for each column how much a token counts by its tag, None where all do alike."""
        counts = [np.zeros(len(column.tags), dtype=np.int64) for column in self.spec.columns]
        for start in range(0, len(self._rows), CHUNK_ROWS):
            chunk = self._rows[start : start + CHUNK_ROWS, self._width :]
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
        return self._checksum(
            [self._dev_featurizer.table, *(column.tags for column in self._columns)],
            self._dev_rows,
            (
                "\n".join("\t".join(tags) for tags in sentence.tags_by.values()) + "\n\n"
                for sentence in self._dev
            ),
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
        if self._states is not None:
            states = [self._states[a:b] for a, b in zip(starts, ends, strict=True)]
            self._add_contexts(arguments, np.concatenate(states), mask)
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
        dense = self._project(self.model, self._dev_states)
        encoding = self._encoding(self.model, rows, lengths, featurizer, cache, dense)
        for indices, sizes, batch_emissions in compute_emissions(encoding):
            for column, scores, moves in zip(
                self.spec.columns, batch_emissions, transitions, strict=True
            ):
                paths, _ = viterbi(scores, sizes, moves)
                for index, length, path in zip(indices, sizes, paths, strict=True):
                    tags = [column.tags.items[n] for n in path[:length]]
                    results[column.name][index] = column.to_file(tags)
        return results
