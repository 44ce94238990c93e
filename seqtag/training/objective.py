"""What trainings of all tasks have in common: texts as numbers, batches, a network that is run."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any, Generic, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from seqtag.batching import (
    Batch,
    Dense,
    Encoding,
    Featurizer,
    Rows,
    WordCache,
    most_words,
    plan_batches,
)
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.contexts import CHUNK_TOKENS, UnitBatch, with_vectors
from seqtag.batching.emissions import Emissions
from seqtag.config import RunConfig
from seqtag.models.arrays import project, read_units, run_model
from seqtag.models.classifier import ClassifierModel
from seqtag.models.tagger import TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import UNKNOWN
from seqtag.training.initialization import set_vectors
from seqtag.training.spec import ModelSpec

SCORING_TOKENS = 1024
"""Padded tokens in a batch where no gradient is kept.

Found by measuring on a CPU, where batches of 8192 take longer.
"""

Keep: TypeAlias = Callable[[Iterable[Rows], int], tuple[Rows, IntArray]]
"""Puts pieces (length, columns) with the number of columns given into one array, and tells where
each piece begins there, and where the last one ends."""

SpecT = TypeVar("SpecT", bound=ModelSpec)
ModelT = TypeVar("ModelT", bound=TaggerModel | ClassifierModel)
NetworkT = TypeVar("NetworkT", bound=nn.Module)

CHUNK_ROWS = 1 << 20
"""Rows of a large array that are looked at together."""


def in_memory(pieces: Iterable[Rows], width: int) -> tuple[Rows, IntArray]:
    """Put pieces (length, ``width``) into one array; see `Keep`."""
    arrays = [np.zeros((0, width), dtype=np.int32), *pieces]
    starts = np.array(list(accumulate(map(len, arrays))), dtype=np.int64)
    return np.concatenate(arrays), starts


def model_maker(
    build: Callable[[], NetworkT],
    device: str,
    *,
    vectors: npt.NDArray[np.floating] | None = None,
    initialize: Callable[[NetworkT], None] | None = None,
) -> Callable[[int], NetworkT]:
    """Return what makes a network with the weights that a seed gives.

    They depend on the seed alone, and the caller's random numbers do not depend on them.

    Args:
        build: Makes a network with random weights.
        device: The device to move it to.
        vectors: The pretrained vectors (words, size) of its words.
        initialize: Gives a fresh network other weights, such as those of a run to start from.
    """

    def new_model(seed: int) -> NetworkT:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # and no other device's
            model = build()
        if vectors is not None:
            set_vectors(model, vectors)
        if initialize is not None:
            initialize(model)
        model.to(device)
        return model

    return new_model


def _as_rows(states: npt.NDArray[np.float32]) -> Rows:
    """Return states (tokens, states) in half precision, two numbers as one whole number."""
    odd = states.shape[1] % 2
    return np.pad(states.astype(np.float16), ((0, 0), (0, odd))).view(np.int32)


class SequenceObjective(Generic[SpecT, ModelT]):
    """Encoded sequences to train on, and the network that is trained.

    Args:
        spec: The model.
        new_model: Returns a network with the weights that a seed gives, on the device to train on.
        config: The run's configuration.
        keep: Keeps the training sequences as numbers.
    """

    _rows: Rows
    _starts: IntArray
    _lengths: IntArray

    def __init__(
        self, spec: SpecT, new_model: Callable[[int], ModelT], config: RunConfig, keep: Keep
    ) -> None:
        self.spec = spec
        self.model = new_model(config.seed)
        self.carried: dict[str, torch.Tensor] = {}
        self._new_model = new_model
        self._config = config
        self._keep = keep
        self._device = torch.device(config.device)
        self._featurizer = spec.featurizer()
        self._width = 1 + len(spec.feature_sizes)

    def _load(self, sequences: Iterable[Rows], width: int) -> None:
        """Take the training sequences (length, width): what is read of a token comes first."""
        self._rows, self._starts = self._keep(sequences, width)
        self._lengths = np.diff(self._starts)
        self._set_word_dropout()

    def _read_contexts(self, sentences: Iterable[Sentence]) -> npt.NDArray[np.float16] | None:
        """Return the states (tokens, states) of language models; None where there are none.

        They are the same in every epoch, so that they are read once, and kept where the training
        sequences are; in half precision, in which they still differ by less than dropout does.
        """
        reader = self.spec.context_reader()
        if reader is None:
            return None
        states = reader.read(sentences, self._read_units)
        width = -(-reader.size // 2)
        kept, _ = self._keep((_as_rows(part) for part in states), width)
        return kept.view(np.float16)[:, : reader.size]

    def _read_units(self, batch: UnitBatch) -> FloatArray:
        """Run a language model; see `seqtag.batching.contexts`."""
        arguments = (batch.model, batch.direction, batch.arrays())
        return read_units(self.model, *arguments, self._config.device)

    def _add_contexts(
        self,
        arguments: dict[str, torch.Tensor],
        states: npt.NDArray[np.float16],
        mask: npt.NDArray[np.bool_],
    ) -> None:
        """Put the vectors that are made of states in front of what is given of each token.

        Args:
            arguments: Those of the network, which are changed.
            states: (tokens, states) of the batch's tokens, one sequence behind the other.
            mask: (batch, length) where these are.
        """
        assert self.model.contexts is not None
        vectors = self.model.contexts(torch.from_numpy(states).to(self._device, torch.float32))
        padded = vectors.new_zeros(*mask.shape, vectors.shape[1])
        padded[torch.from_numpy(mask).to(self._device)] = vectors
        arguments["dense"] = torch.cat([padded, arguments["dense"]], dim=2)

    def _project(
        self, model: ModelT, states: npt.NDArray[np.float16] | None, dense: Dense | None = None
    ) -> Dense | None:
        """Return all that is given of some tokens to be predicted.

        Args:
            model: The network.
            states: (tokens, states) of language models; None where there are none.
            dense: (tokens, numbers) what is given besides.
        """
        if states is None:
            return dense
        starts = range(0, len(states), CHUNK_TOKENS)
        parts = (states[start : start + CHUNK_TOKENS] for start in starts)
        return with_vectors(parts, lambda part: project(model, part, self._config.device), dense)

    def with_seed(self, seed: int) -> Self:
        """Return the same task on the same data for a network of another seed, untaught."""
        other = copy.copy(self)
        other.model = self._new_model(seed)
        other._set_word_dropout()
        return other

    def _set_word_dropout(self) -> None:
        """Drop a word seen n times with probability x / (x + n) (Kiperwasser & Goldberg 2016)."""
        strength = self._config.embedding.unknown_word_dropout
        table = self._featurizer.table
        counts = np.zeros(len(table), dtype=np.int64)
        for start in range(0, len(self._rows), CHUNK_ROWS):
            counts += np.bincount(self._rows[start : start + CHUNK_ROWS, 0], minlength=len(table))
        seen = np.zeros(len(self.spec.words))
        seen[table.word_numbers()] = counts
        seen[UNKNOWN] = 0
        keep = np.where(seen > 0, 1.0 - strength / (strength + np.maximum(seen, 1)), 1.0)
        keep_probability = torch.tensor(keep, dtype=torch.float32, device=self._device)
        self.model.embedding.keep_probability = keep_probability

    def _checksum(
        self,
        strings: Sequence[Iterable[str]],
        arrays: Sequence[npt.NDArray[Any]],
        texts: Iterable[str],
    ) -> int:
        """Return a checksum of all that training reads, and of weights that it does not change.

        Args:
            strings: Lists of strings besides those that every model has.
            arrays: Arrays besides the training sequences.
            texts: Whatever else tells data from others.
        """
        spec = self.spec
        lists: list[Iterable[str]] = [self._featurizer.table]
        lists += [spec.words, spec.vectors or (), spec.characters or (), spec.ngrams or ()]
        lists += [*spec.features.values(), *strings]
        if spec.gazetteer is not None:
            lists += [spec.gazetteer.entries, [str(spec.gazetteer.ignore_case)]]
        checksum = 0
        for items in lists:
            content = "\t".join(items) + "\n"
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
        parts: list[npt.NDArray[Any]] = [self._rows, *arrays, self._starts]
        if self.model.contexts is not None:
            for weights in self.model.contexts.models.parameters():
                parts.append(weights.detach().cpu().numpy())
        if self.model.embedding.vectors is not None:
            parts.append(self.model.embedding.vectors.weight.detach().cpu().numpy())
        parts.append(self._featurizer.table.mapped_vectors())
        for array in parts:
            for start in range(0, len(array), CHUNK_ROWS):
                chunk = np.ascontiguousarray(array[start : start + CHUNK_ROWS])
                checksum = zlib.crc32(chunk.data, checksum)
        for text in texts:
            checksum = zlib.crc32(text.encode("utf-8", "surrogatepass"), checksum)
        return checksum

    def rate_factor(self, indices: IntArray) -> float:
        """Return 1: batches do not differ in how far they should lead."""
        del indices
        return 1.0

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's batches as indices of training sequences."""
        config = self._config.training
        return plan_batches(
            self._lengths,
            config.batch_tokens,
            batch_sentences=config.batch_sentences,
            shuffle=shuffle,
        )

    def _encoding(
        self,
        model: ModelT,
        rows: Rows,
        lengths: IntArray,
        featurizer: Featurizer,
        cache: WordCache,
        dense: Dense | None = None,
    ) -> Encoding:
        """Return sequences to run a model over; see `seqtag.batching.Encoding`."""

        def network(batch: Batch) -> tuple[Emissions, FloatArray]:
            return run_model(model, batch.arrays(), self._config.device)

        return Encoding(
            rows=rows,
            lengths=lengths,
            network=network,
            featurizer=featurizer,
            cache=cache,
            batch_tokens=SCORING_TOKENS,
            max_length=self._config.encoder.max_length,
            dense=dense,
        )

    def _cache(self, model: ModelT) -> WordCache:
        """Return where words keep their vectors, for as long as a model's weights stay the same."""
        size = model.embedding.word_vector_size
        return WordCache(size, most_words(size + model.embedding.mapped_size))
