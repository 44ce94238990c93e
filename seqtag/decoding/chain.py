"""The linear chain: potentials of its transitions, and batches of sentences laid out by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

# Numbers that a group of sentences may hold for one step of its dynamic program: enough for NumPy
# to be busy with, and so few that thousands of short sentences with hundreds of tags fit in memory.
_CELLS = 1 << 20


@dataclass(frozen=True, eq=False)
class Transitions:
    """Log potentials of the moves between tags.

    A move of potential -inf is impossible. A finite one of -1e4 or less has, beside any other
    path, probability zero; but where there is no other path, it is taken.

    Attributes:
        matrix: (tags, tags) from a tag (row) to the next (column).
        start: (tags,) from the sentence's start to its first tag.
        end: (tags,) from the last tag to the sentence's end.

    Raises:
        ValueError: The shapes do not agree.
    """

    matrix: FloatArray
    start: FloatArray
    end: FloatArray

    def __post_init__(self) -> None:
        """Take anything like an array, and check the shapes."""
        for name in ("matrix", "start", "end"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        tags = len(self.start) if self.start.ndim else 0
        shapes = (self.matrix.shape, self.start.shape, self.end.shape)
        if tags == 0 or shapes != ((tags, tags), (tags,), (tags,)):
            raise ValueError(
                f"transitions have shapes {shapes[0]}, {shapes[1]} and {shapes[2]}: they must be "
                f"(tags, tags), (tags,) and (tags,) with at least one tag"
            )

    @classmethod
    def free(cls, n_tags: int) -> Transitions:
        """Return transitions without any preference: every token is decided by itself."""
        return cls(np.zeros((n_tags, n_tags)), np.zeros(n_tags), np.zeros(n_tags))

    @property
    def n_tags(self) -> int:
        """Number of tags."""
        return len(self.start)

    @cached_property
    def is_free(self) -> bool:
        """Whether all potentials are zero, so that tokens do not depend on each other."""
        return not (self.matrix.any() or self.start.any() or self.end.any())


@dataclass(frozen=True, eq=False)
class Steps:
    """Sentences of similar length, longest first, so that those still running come first.

    Attributes:
        rows: (rows,) index of each sentence in the batch.
        lengths: (rows,) number of tokens, at least one, never rising.
        running: For each step, how many sentences are at least that long.
        emissions: (length, rows, tags); anything at padding.
    """

    rows: IntArray
    lengths: IntArray
    running: list[int]
    emissions: FloatArray


def check_batch(
    emissions: npt.ArrayLike, lengths: npt.ArrayLike, n_tags: int
) -> tuple[npt.NDArray[np.floating], IntArray]:
    """Return both as arrays.

    Args:
        emissions: (batch, length, tags)
        lengths: (batch,) number of tokens of each sentence; may be 0.
        n_tags: Number of tags expected.

    Raises:
        ValueError: The shapes do not agree, or a length exceeds the emissions'.
    """
    emissions, lengths = np.asarray(emissions), np.asarray(lengths)
    if emissions.ndim != 3 or emissions.shape[2] != n_tags:
        raise ValueError(
            f"emissions have shape {emissions.shape}: it must be (batch, length, {n_tags})"
        )
    if lengths.shape != emissions.shape[:1]:
        raise ValueError(
            f"lengths have shape {lengths.shape}: it must be ({emissions.shape[0]},), one for "
            f"each sentence"
        )
    if lengths.size and not 0 <= lengths.min() <= lengths.max() <= emissions.shape[1]:
        raise ValueError(
            f"lengths go from {lengths.min()} to {lengths.max()}: they must be between 0 and "
            f"{emissions.shape[1]}, the length of the emissions"
        )
    return emissions, lengths.astype(np.int64, copy=False)


def token_mask(lengths: IntArray, length: int) -> npt.NDArray[np.bool_]:
    """Return (batch, length), True where there is a token."""
    mask: npt.NDArray[np.bool_] = np.arange(length)[None, :] < lengths[:, None]
    return mask


def group_by_length(
    emissions: npt.NDArray[np.floating], lengths: IntArray, cells: int
) -> Iterator[Steps]:
    """Yield the batch in groups of similar length; sentences without tokens are left out.

    Args:
        emissions: (batch, length, tags)
        lengths: (batch,) number of tokens.
        cells: Numbers that one sentence needs for a step, which limits the size of groups.
    """
    order = np.argsort(-lengths, kind="stable")
    order = order[: np.count_nonzero(lengths)]
    size = max(1, _CELLS // cells)
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        row_lengths = lengths[rows]
        longest = int(row_lengths[0])
        shorter = np.searchsorted(row_lengths[::-1], np.arange(longest), side="right")
        yield Steps(
            rows=rows,
            lengths=row_lengths,
            running=(len(rows) - shorter).tolist(),
            emissions=np.ascontiguousarray(
                emissions[rows, :longest].swapaxes(0, 1), dtype=np.float64
            ),
        )
