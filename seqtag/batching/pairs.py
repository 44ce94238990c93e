"""Batches of pairs: what is read, and what is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import IntArray
from seqtag.text.unit_base import END as END  # for those who run networks
from seqtag.text.unit_base import PADDING as PADDING
from seqtag.text.unit_base import START as START

NEVER_WRITTEN = (PADDING, START)
"""Numbers that no decoder may write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairBatch:
    """Padded sources and translations.

    Attributes:
        sources: (batch, source) numbers of units, then the end, then padding.
        source_lengths: (batch,) how many there are, the end included.
        inputs: (batch, steps) the unit before each step, the first of them the start.
        targets: (batch, steps) the unit to be written at each step, the last of them the end.
    """

    sources: IntArray
    source_lengths: IntArray
    inputs: IntArray
    targets: IntArray

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """(batch, steps), True where there is a unit to be written."""
        mask: npt.NDArray[np.bool_] = self.targets != PADDING
        return mask

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return every array by its name, with the mask."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"mask": self.mask}


def pair_batch(
    sources: Sequence[Sequence[int] | npt.NDArray[np.integer]],
    targets: Sequence[Sequence[int] | npt.NDArray[np.integer]],
) -> PairBatch:
    """Make a batch of numbers of units, without starts and ends."""
    read, lengths = source_batch(sources)
    width = max(map(len, targets)) + 1
    inputs = np.full((len(targets), width), PADDING, dtype=np.int64)
    wanted = inputs.copy()
    inputs[:, 0] = START
    for row, numbers in enumerate(targets):
        inputs[row, 1 : len(numbers) + 1] = numbers
        wanted[row, : len(numbers)] = numbers
        wanted[row, len(numbers)] = END
    return PairBatch(sources=read, source_lengths=lengths, inputs=inputs, targets=wanted)


def source_batch(
    sources: Sequence[Sequence[int] | npt.NDArray[np.integer]],
) -> tuple[IntArray, IntArray]:
    """Return sources (batch, source) with the end behind each, and their lengths (batch,)."""
    lengths = np.array([len(numbers) + 1 for numbers in sources], dtype=np.int64)
    read = np.full((len(sources), int(lengths.max())), PADDING, dtype=np.int64)
    for row, numbers in enumerate(sources):
        read[row, : len(numbers)] = numbers
        read[row, len(numbers)] = END
    return read, lengths


def plan_pairs(
    source_lengths: npt.NDArray[np.integer],
    target_lengths: npt.NDArray[np.integer],
    batch_tokens: int,
    *,
    batch_sentences: int = 0,
    shuffle: np.random.Generator | None = None,
) -> list[IntArray]:
    """Group pairs of similar lengths into batches sized in padded tokens.

    A batch holds as many pairs as fit into ``batch_tokens`` when both sides are padded to the
    longest of either, and not more than ``batch_sentences``; at least one. Targets of a batch are
    of the same length but at its borders, and sources as near to each other as that allows.

    Args:
        source_lengths: (pairs,) units of each source, the end included.
        target_lengths: (pairs,) units of each target, the end included.
        batch_tokens: Padded units of a side of a batch.
        batch_sentences: Pairs in a batch at most; 0 for any number.
        shuffle: Source of randomness: pairs of the same lengths change places, lengths of sources
            are blurred a little so that others come together, and batches come in random order.
            Without one, batches go from short to long.

    Returns:
        The indices of each batch's pairs, every pair exactly once.
    """
    count = len(source_lengths)
    order = np.arange(count)
    first, second = target_lengths.astype(np.float64), source_lengths.astype(np.float64)
    if shuffle is not None:
        order = shuffle.permutation(count)
        second = second + shuffle.uniform(0.0, 2.0, count)
    order = order[np.lexsort((second[order], first[order]))]
    longest = np.maximum(source_lengths, target_lengths)[order]
    batches = []
    start = most = 0
    limit = batch_sentences or count
    for position, length in enumerate(longest.tolist()):
        most = max(most, length)
        size = position - start + 1
        if position > start and (most * size > batch_tokens or size > limit):
            batches.append(order[start:position])
            start, most = position, length
    if start < count:
        batches.append(order[start:])
    if shuffle is not None:
        batches = [batches[i] for i in shuffle.permutation(len(batches))]
    return batches
