"""How often each word of a text of any length occurs, without the words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_BUFFER_SIZE = 1 << 17


class TypeCounts:
    """Counts words by their hashes, some 26 bytes for each different word.

    Hashes are those of Python, 64 bits and different in every process: two of ten million words
    share theirs with a chance of one to 400,000.
    """

    def __init__(self) -> None:
        self._new: list[int] = []
        self._hashes: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._counts: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def add(self, words: Iterable[str]) -> None:
        """Count some words."""
        self._new.extend(map(hash, words))
        # In proportion to the words known, which takes memory but not the square of their time.
        if len(self._new) >= _BUFFER_SIZE + len(self._hashes) // 4:
            self._merge()

    def __len__(self) -> int:
        """Return the number of different words."""
        self._merge()
        return len(self._hashes)

    def count_unseen(self, other: TypeCounts) -> int:
        """Return how many of the words, counted as often as they occur, ``other`` has not seen."""
        self._merge()
        other._merge()
        return int(self._counts[~np.isin(self._hashes, other._hashes)].sum())

    def _merge(self) -> None:
        """Bring the new words into the sorted ones."""
        if not self._new:
            return
        found, counts = np.unique(np.array(self._new, dtype=np.int64), return_counts=True)
        self._new.clear()
        hashes = np.concatenate([self._hashes, found])
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
        self._hashes = hashes[starts]
        self._counts = np.add.reduceat(np.concatenate([self._counts, counts])[order], starts)
