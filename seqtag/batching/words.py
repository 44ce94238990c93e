"""A table of distinct words with all that a model reads of them, filled as words turn up."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import IntArray
from seqtag.text.features import clip_word, word_features
from seqtag.text.vector_lookup import MappedVectors, lookup_forms
from seqtag.text.vocabulary import UNKNOWN, Vocabulary

_FIRST_ROWS = 64

NumberT = TypeVar("NumberT", bound=np.number)


class WordTable:
    """Describes each distinct word once, however often it occurs.

    Args:
        words: The word vocabulary.
        vectors: The words that have a pretrained vector, or None where the model has no such
            vectors.
        characters: The character vocabulary, or None where the model reads no characters.
        ngrams: The surface features that have a number, without an entry for unknown ones; or None
            where the model reads none. A word's other features are left out.
        mapped: Vectors in a file of their own, or None where the model has no such file.

    Threads may share a table: rows are never taken back.
    """

    def __init__(
        self,
        words: Vocabulary,
        vectors: Vocabulary | None,
        characters: Vocabulary | None,
        ngrams: Vocabulary | None,
        mapped: MappedVectors | None = None,
    ) -> None:
        self.words = words
        self.vectors = vectors
        self.characters = characters
        self.ngrams = ngrams
        self.mapped = mapped
        self._lock = threading.Lock()
        self._types: dict[str, int] = {}
        self._word_numbers = Lists()
        self._vector_numbers = Lists()
        self._ngram_numbers = Lists()
        self._characters = Lists()
        self._mapped: npt.NDArray[np.float32] = np.zeros(
            (_FIRST_ROWS, 0 if mapped is None else mapped.size), dtype=np.float32
        )

    def __len__(self) -> int:
        """Return the number of distinct words so far."""
        return len(self._types)

    def __iter__(self) -> Iterator[str]:
        """Yield the distinct words in the order of their rows."""
        return iter(self._types)

    def _add(self, word: str) -> int:
        with self._lock:
            if word in self._types:  # another thread was quicker
                return self._types[word]
            row = len(self._types)
            self._word_numbers.put(row, [self.words[word]])
            if self.vectors is not None:
                found = (form for form in lookup_forms(word) if form in self.vectors)
                form = next(found, None)
                self._vector_numbers.put(row, [UNKNOWN if form is None else self.vectors[form]])
            if self.ngrams is not None:
                numbers = self.ngrams.encode_listed(word_features(word))
                self._ngram_numbers.put(row, np.array(numbers, dtype=np.int64))
            if self.characters is not None:
                numbers = self.characters.encode(clip_word(word) or " ")
                # 0 is padding, 1 an unknown character.
                self._characters.put(row, np.array(numbers) + 1)
            if self.mapped is not None:
                if row == len(self._mapped):
                    self._mapped = _grown(self._mapped, row)
                self._mapped[row] = self.mapped.vectors([word])[0]
            # Last, so that a row is whole once it is known, even where an exception came between.
            self._types[word] = row
            return row

    def rows(self, tokens: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the table's row of each token, adding words that are new."""
        rows = np.fromiter(map(self._types.get, tokens, repeat(-1)), np.int32, len(tokens))
        for place in np.flatnonzero(rows < 0).tolist():
            rows[place] = self._add(tokens[place])
        return rows

    def word_numbers(self) -> IntArray:
        """Return (words,) the number of each word so far in the word vocabulary."""
        return self._word_numbers.take(np.arange(len(self)))[0]

    def mapped_vectors(self) -> npt.NDArray[np.float32]:
        """Return (words, size) the vectors in a file of each word so far; nothing without one."""
        return self._mapped[: len(self)]

    def describe(self, rows: IntArray) -> dict[str, Any]:
        """Return what a model reads of some words.

        Args:
            rows: (words,) rows of the table.

        Returns:
            The arrays of `seqtag.batching.Batch` that have an entry for each new word, and those
            that describe these entries.
        """
        none = np.zeros(0, dtype=np.int64)
        mapped = np.zeros((len(rows), 0), dtype=np.float32)
        if self.mapped is not None:
            mapped = self._mapped[rows]
        ngrams, ngram_offsets = none, np.zeros(len(rows), dtype=np.int64)
        if self.ngrams is not None:
            ngrams, ngram_offsets, _ = self._ngram_numbers.take(rows)
        characters, lengths = np.zeros((len(rows), 0), dtype=np.int64), none
        if self.characters is not None:
            flat, _, lengths = self._characters.take(rows)
            characters = np.zeros((len(rows), int(lengths.max(initial=1))), dtype=np.int64)
            characters[np.arange(characters.shape[1])[None, :] < lengths[:, None]] = flat
        return {
            "words": self._word_numbers.take(rows)[0],
            "vectors": none if self.vectors is None else self._vector_numbers.take(rows)[0],
            "mapped": mapped,
            "ngrams": ngrams,
            "ngram_offsets": ngram_offsets,
            "characters": characters,
            "character_lengths": lengths,
        }


class Lists:
    """Lists of numbers, one behind the other in one array that grows.

    One thread at a time may put a list behind the others; the rest may take what was put before,
    since an array that has become too small is replaced and not changed.

    Args:
        dtype: Of the numbers.
    """

    def __init__(self, dtype: type[np.integer] = np.int32) -> None:
        self._numbers: npt.NDArray[np.integer] = np.zeros(1024, dtype=dtype)
        # Behind each list; before the first one 0.
        self._ends: npt.NDArray[np.integer] = np.zeros(64, dtype=np.int64)

    def put(self, row: int, numbers: npt.ArrayLike) -> None:
        """Put a list at a row: behind all others, or in the place of the last one."""
        values = np.asarray(numbers)
        start = int(self._ends[row])
        end = start + len(values)
        if end > len(self._numbers):
            self._numbers = _grown(self._numbers, end)
        if row + 1 == len(self._ends):
            self._ends = _grown(self._ends, row + 2)
        self._numbers[start:end] = values
        self._ends[row + 1] = end

    def take(self, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return the numbers of some lists behind one another, their starts there and lengths."""
        if not len(rows):
            none = np.zeros(0, dtype=np.int64)
            return none, none, none
        ends, numbers = self._ends, self._numbers
        lengths = ends[rows + 1] - ends[rows]
        starts = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) + np.repeat(ends[rows] - starts, lengths)
        return numbers[places].astype(np.int64), starts, lengths


def _grown(array: npt.NDArray[NumberT], size: int) -> npt.NDArray[NumberT]:
    """Return a copy of an array that has room for ``size`` rows and as many again."""
    copy = np.zeros((2 * size, *array.shape[1:]), dtype=array.dtype)
    copy[: len(array)] = array
    return copy
