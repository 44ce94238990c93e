"""Sentences kept on disk as numbers, so that a corpus of any size fits into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import overload

import numpy as np
import numpy.typing as npt

from seqtag.io.arrays import map_rows
from seqtag.text.sentence import Sentence


class SentenceStore(Sequence[Sentence]):
    """Sentences that are made anew each time they are asked for.

    In memory there are the distinct strings and eight bytes a sentence; tokens, tags and features
    are numbers of strings in a memory-mapped array.

    Args:
        sentences: All with the same tag and feature columns.

    Raises:
        DataError: The file cannot be written; and whatever reading the sentences raises.
    """

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self._numbers: dict[str, int] = {}
        self._tags: tuple[str, ...] = ()
        self._features: tuple[str, ...] = ()
        pieces = self._encode(sentences)
        first = next(pieces, None)
        width = 1 if first is None else first.shape[1]
        rest = () if first is None else chain([first], pieces)
        self._rows, self._starts = map_rows(rest, width)
        self._strings = list(self._numbers)
        self._numbers.clear()

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Sentence: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sentence]: ...

    def __getitem__(self, index: int | slice) -> Sentence | list[Sentence]:
        """Return a sentence, or a list of them."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError("there is no such sentence")
        index %= len(self)
        return self._decode(self._rows[self._starts[index] : self._starts[index + 1]])

    def __iter__(self) -> Iterator[Sentence]:
        """Yield the sentences in order."""
        starts = self._starts.tolist()
        for start, end in zip(starts, starts[1:], strict=False):
            yield self._decode(self._rows[start:end])

    def _encode(self, sentences: Iterable[Sentence]) -> Iterator[npt.NDArray[np.int32]]:
        """Yield an array (length, columns) of numbers for each sentence."""
        numbers = self._numbers
        for count, sentence in enumerate(sentences):
            if not count:
                self._tags, self._features = tuple(sentence.tags_by), tuple(sentence.features_by)
            columns = [sentence.tokens]
            columns += [sentence.tags_by[name] for name in self._tags]
            columns += [sentence.features_by[name] for name in self._features]
            rows = np.empty((len(sentence), len(columns)), dtype=np.int32)
            for place, strings in enumerate(columns):
                rows[:, place] = [numbers.setdefault(s, len(numbers)) for s in strings]
            yield rows

    def _decode(self, rows: npt.NDArray[np.int32]) -> Sentence:
        strings = self._strings
        tokens, *columns = [[strings[n] for n in numbers] for numbers in rows.T.tolist()]
        tags_by = dict(zip(self._tags, columns, strict=False))
        features_by = dict(zip(self._features, columns[len(self._tags) :], strict=True))
        return Sentence(tokens, tags_by, features_by=features_by)
