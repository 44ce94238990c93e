"""Emissions of any number of sequences of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch, FloatArray, IntArray, plan_batches
from seqtag.batching.featurizer import Featurizer, Rows
from seqtag.batching.windows import overlapping_windows
from seqtag.batching.word_cache import WordCache

Emissions: TypeAlias = list[npt.NDArray[np.floating]]
Network: TypeAlias = Callable[[Batch], tuple[Emissions, FloatArray]]
"""Computes for each head the emissions (batch, length, tags) of a batch, and the vectors
(new, size) of its new words."""


def compute_emissions(
    rows: Rows,
    lengths: IntArray,
    network: Network,
    featurizer: Featurizer,
    cache: WordCache,
    *,
    batch_tokens: int,
    max_length: int,
) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
    """Run a network over sequences in batches of similar length.

    A sequence longer than ``max_length`` is read in overlapping windows whose emissions are
    joined, so that decoding still sees it whole; it comes as a batch of its own.

    Args:
        rows: (tokens, 1 + features) what ``featurizer`` made of sentences, one behind the other.
        lengths: (sequences,) number of tokens of each, at least one.
        network: What is run.
        featurizer: Makes batches of the sequences.
        cache: The vectors that the network has computed of the featurizer's words; those of new
            words are added.
        batch_tokens: Padded tokens in a batch.
        max_length: Tokens of a window.

    Yields:
        Indices (batch,) of sequences, their lengths (batch,) and for each head their emissions
        (batch, length, tags). Every sequence comes once.
    """
    starts = np.cumsum(lengths) - lengths

    def run(batch_starts: IntArray, batch_lengths: IntArray) -> Emissions:
        chosen = rows[_places(batch_starts, batch_lengths)]
        batch, new = featurizer.batch_with_cache(chosen, batch_lengths, cache)
        emissions, vectors = network(batch)
        cache.put(new, vectors)
        return emissions

    short = np.flatnonzero(lengths <= max_length)
    for plan in plan_batches(lengths[short], batch_tokens):
        indices = short[plan]
        yield indices, lengths[indices], run(starts[indices], lengths[indices])
    size = max(1, batch_tokens // max_length)
    for index in np.flatnonzero(lengths > max_length).tolist():
        windows = overlapping_windows(int(lengths[index]), max_length)
        parts: list[Emissions] = []
        for first in range(0, len(windows), size):
            group = windows[first : first + size]
            window_starts = starts[index] + np.array([w.start for w in group])
            results = run(window_starts, np.array([w.end - w.start for w in group]))
            for row, w in enumerate(group):
                kept = slice(w.keep_start - w.start, w.keep_end - w.start)
                parts.append([scores[row, kept] for scores in results])
        joined = [np.concatenate(pieces)[None] for pieces in zip(*parts, strict=True)]
        yield np.array([index]), lengths[[index]], joined


def _places(starts: IntArray, lengths: IntArray) -> IntArray:
    """Return the places of all tokens of sequences that begin at ``starts``."""
    ends = np.cumsum(lengths)
    places: IntArray = np.arange(int(ends[-1])) + np.repeat(starts - ends + lengths, lengths)
    return places
