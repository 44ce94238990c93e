"""How many different words a text of any length has, and how many are new, without the words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_BUFFER_SIZE = 1 << 17


class TypeCounts:
    """Counts different words by their hashes, some 30 bytes for each.

    Hashes are those of Python, 64 bits and different in every process: two of ten million words
    share theirs with a chance of one to 400,000.

    Args:
        known: The words of another text, all of them counted; None for none.
    """

    def __init__(self, known: TypeCounts | None = None) -> None:
        self._known = known
        self._unseen = 0
        self._new: list[int] = []
        self._hashes: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def add(self, words: Iterable[str]) -> None:
        """Count some words."""
        self._new.extend(map(hash, words))
        # In proportion to the words there are, or the time would grow with their square.
        if len(self._new) >= _BUFFER_SIZE + len(self._hashes) // 8:
            self._merge()

    def __len__(self) -> int:
        """Return the number of different words."""
        self._merge()
        return len(self._hashes)

    @property
    def unseen(self) -> int:
        """How many of the words, counted as often as they occur, are not among the known ones."""
        self._merge()
        return self._unseen

    def _merge(self) -> None:
        """Bring the new words into the sorted ones."""
        if not self._new:
            return
        new = np.array(self._new, dtype=np.int64)
        self._new.clear()
        if self._known is not None:
            self._known._merge()
            self._unseen += int(np.isin(new, self._known._hashes, invert=True).sum())
        hashes = np.concatenate([self._hashes, np.unique(new)])
        hashes.sort()
        self._hashes = hashes[np.concatenate([[True], hashes[1:] != hashes[:-1]])]
