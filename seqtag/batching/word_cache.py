"""Vectors of words that a network has computed before, so that it does so once for each."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import FloatArray

MAX_WORD_TYPES = 200_000
"""Distinct words that are remembered."""

MAX_WORD_MEMORY = 100 << 20
"""Bytes for all that is remembered of words: features, and the vectors that the network gave."""

_WORD_SIZE = 512  # bytes for a word without its vector, about
_FIRST_ROWS = 1024


def most_words(size: int) -> int:
    """Return how many words to remember that have so many numbers, all their vectors together."""
    return min(MAX_WORD_TYPES, MAX_WORD_MEMORY // (4 * size + _WORD_SIZE))


class WordCache:
    """Keeps the vectors that one network gave to the words of one table; threads may share it.

    Args:
        size: Size of a vector.
        max_words: Rows of the table from this one on are not kept, which bounds the memory.
    """

    def __init__(self, size: int, max_words: int) -> None:
        self._max_words = max_words
        self._lock = threading.Lock()
        self._vectors: npt.NDArray[np.float32] = np.zeros((0, size), dtype=np.float32)
        self._is_known: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    def take(self, rows: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        """Look words up.

        Args:
            rows: (words,) their rows in the table.

        Returns:
            (words,) whether each is known; and the vectors (known, size) of those that are.
        """
        with self._lock:  # another thread may be about to replace the arrays
            vectors, is_known = self._vectors, self._is_known
        if len(rows) and rows.max() >= len(is_known):
            found = np.zeros(len(rows), dtype=np.bool_)
            inside = rows < len(is_known)
            found[inside] = is_known[rows[inside]]
        else:
            found = is_known[rows]
        return found, vectors[rows if found.all() else rows[found]]

    def put(self, rows: npt.NDArray[np.integer], vectors: FloatArray) -> None:
        """Keep the vectors (words, size) of the words at some rows (words,) of the table."""
        kept = rows < self._max_words
        if not kept.all():
            rows, vectors = rows[kept], vectors[kept]
        if not len(rows):
            return
        with self._lock:
            needed = int(rows.max()) + 1
            if needed > len(self._is_known):
                self._grow(needed)
            # In this order, since others may read meanwhile what is known already.
            self._vectors[rows] = vectors
            self._is_known[rows] = True

    def _grow(self, needed: int) -> None:
        capacity = min(max(_FIRST_ROWS, 2 * needed), self._max_words)
        filled = len(self._is_known)
        vectors = np.zeros((capacity, self._vectors.shape[1]), dtype=np.float32)
        vectors[:filled] = self._vectors
        is_known = np.zeros(capacity, dtype=np.bool_)
        is_known[:filled] = self._is_known
        self._vectors, self._is_known = vectors, is_known
