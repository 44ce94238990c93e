"""Emissions of any number of sequences of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch, FloatArray, IntArray, plan_batches
from seqtag.batching.featurizer import Dense, Featurizer, Rows
from seqtag.batching.windows import overlapping_windows
from seqtag.batching.word_cache import WordCache

Emissions: TypeAlias = list[npt.NDArray[np.floating]]
Network: TypeAlias = Callable[[Batch], tuple[Emissions, FloatArray]]
"""Computes for each head the emissions (batch, length, ...) of a batch, and the vectors
(new, size) of its new words."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """Sequences that a network is run over, in batches of similar length.

    Attributes:
        rows: (tokens, 1 + features) what ``featurizer`` made of sentences, one behind the other.
        lengths: (sequences,) number of tokens of each, at least one.
        network: What is run.
        featurizer: Makes batches of the sequences.
        cache: The vectors that the network has computed of the featurizer's words; those of new
            words are added.
        batch_tokens: Padded tokens in a batch.
        max_length: Tokens of a window.
        dense: (tokens, numbers) given of each token; None for none.
    """

    rows: Rows
    lengths: IntArray
    network: Network
    featurizer: Featurizer
    cache: WordCache
    batch_tokens: int
    max_length: int
    dense: Dense | None = None

    @cached_property
    def _starts(self) -> IntArray:
        starts: IntArray = np.cumsum(self.lengths) - self.lengths
        return starts

    def batches(self) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
        """Run the network over sequences of up to ``max_length`` tokens.

        Yields:
            Indices (batch,) of sequences, their lengths (batch,) and the network's emissions
            (batch, length, ...).
        """
        short = np.flatnonzero(self.lengths <= self.max_length)
        for plan in plan_batches(self.lengths[short], self.batch_tokens):
            indices = short[plan]
            lengths = self.lengths[indices]
            yield indices, lengths, self._run(self._starts[indices], lengths)

    def long_sequences(self) -> Iterator[tuple[int, Iterator[Emissions]]]:
        """Run the network over longer sequences, which are read in overlapping windows.

        Yields:
            The index of a sequence; and in order the emissions (length, ...) of its pieces, each
            token's from the window in which it has most context, together as long as the sequence.
        """
        for index in np.flatnonzero(self.lengths > self.max_length).tolist():
            yield index, self._pieces(index)

    def _pieces(self, index: int) -> Iterator[Emissions]:
        windows = overlapping_windows(int(self.lengths[index]), self.max_length)
        size = max(1, self.batch_tokens // self.max_length)
        for first in range(0, len(windows), size):
            group = windows[first : first + size]
            starts = self._starts[index] + np.array([w.start for w in group])
            results = self._run(starts, np.array([w.end - w.start for w in group]))
            for row, w in enumerate(group):
                kept = slice(w.keep_start - w.start, w.keep_end - w.start)
                yield [scores[row, kept] for scores in results]

    def _run(self, starts: IntArray, lengths: IntArray) -> Emissions:
        places = _places(starts, lengths)
        batch, new = self.featurizer.batch_with_cache(
            self.rows[places],
            lengths,
            self.cache,
            None if self.dense is None else self.dense[places],
        )
        emissions, vectors = self.network(batch)
        self.cache.put(new, vectors)
        return emissions


def compute_emissions(encoding: Encoding) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
    """Run a network over sequences, whose emissions are joined where they are long.

    So decoding sees every sequence whole. A long one comes as a batch of its own.

    Yields:
        Indices (batch,) of sequences, their lengths (batch,) and for each head their emissions
        (batch, length, tags). Every sequence comes once.
    """
    yield from encoding.batches()
    for index, pieces in encoding.long_sequences():
        joined = [np.concatenate(parts)[None] for parts in zip(*pieces, strict=True)]
        yield np.array([index]), encoding.lengths[[index]], joined


def _places(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the places of all tokens of sequences that begin at ``starts``."""
    ends = np.cumsum(lengths)
    places: IntArray = np.arange(int(ends[-1])) + np.repeat(starts - ends + lengths, lengths)
    return places
