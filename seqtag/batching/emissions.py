"""Emissions of any number of sequences of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch, IntArray, plan_batches
from seqtag.batching.featurizer import Featurizer, Rows
from seqtag.batching.windows import overlapping_windows

Emissions: TypeAlias = list[npt.NDArray[np.floating]]


def compute_emissions(
    sequences: Sequence[Rows],
    run: Callable[[Batch], Emissions],
    featurizer: Featurizer,
    *,
    batch_tokens: int,
    max_length: int,
) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
    """Run a network over sequences in batches of similar length.

    A sequence longer than ``max_length`` is read in overlapping windows whose emissions are
    joined, so that decoding still sees it whole; it comes as a batch of its own.

    Args:
        sequences: What ``featurizer`` made of sentences; none of them empty.
        run: Computes for each head the emissions (batch, length, tags) of a batch.
        featurizer: Makes batches of the sequences.
        batch_tokens: Padded tokens in a batch.
        max_length: Tokens of a window.

    Yields:
        Indices (batch,) of sequences, their lengths (batch,) and for each head their emissions
        (batch, length, tags). Every sequence comes once.
    """
    lengths = np.array([len(s) for s in sequences], dtype=np.int64)
    short = np.flatnonzero(lengths <= max_length)
    for plan in plan_batches(lengths[short], batch_tokens):
        chosen = short[plan]
        yield chosen, lengths[chosen], run(featurizer.batch([sequences[i] for i in chosen]))
    for index in np.flatnonzero(lengths > max_length).tolist():
        emissions = _join_windows(sequences[index], run, featurizer, batch_tokens, max_length)
        yield np.array([index]), lengths[[index]], emissions


def _join_windows(
    sequence: Rows,
    run: Callable[[Batch], Emissions],
    featurizer: Featurizer,
    batch_tokens: int,
    max_length: int,
) -> Emissions:
    """Return for each head the emissions (1, length, tags) of one long sequence."""
    windows = overlapping_windows(len(sequence), max_length)
    size = max(1, batch_tokens // max_length)
    parts: list[Emissions] = []
    for first in range(0, len(windows), size):
        group = windows[first : first + size]
        results = run(featurizer.batch([sequence[w.start : w.end] for w in group]))
        for row, w in enumerate(group):
            kept = slice(w.keep_start - w.start, w.keep_end - w.start)
            parts.append([scores[row, kept] for scores in results])
    return [np.concatenate(pieces)[None] for pieces in zip(*parts, strict=True)]
