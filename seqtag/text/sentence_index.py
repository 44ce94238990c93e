"""Finds sentences that occur again, in one file or several, without keeping the sentences."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]

SHORT = 2
"""Sentences of this many tokens and fewer, such as ``Yes .``, occur again in any text."""


class SentenceIndex:
    """The hashes of the sentences of a file, of their tags, and where they stand.

    Hashes are those of Python, 64 bits and different in every process: the chance that two
    different ones of a million sentences share theirs is one to 40 millions.

    Args:
        columns: Number of tag columns.
    """

    def __init__(self, columns: int) -> None:
        self._sentences = array("q")
        self._tags = [array("q") for _ in range(columns)]
        self._lines = array("q")
        self._lengths = array("q")

    def add(self, tokens: str, tags: Sequence[str], line: int, length: int) -> None:
        r"""Add a sentence.

        Args:
            tokens: Its tokens, joined by ``"\n"``.
            tags: For each column its tags, joined likewise.
            line: Its first line.
            length: Its number of tokens.
        """
        self._sentences.append(hash(tokens))
        for column, joined in zip(self._tags, tags, strict=True):
            column.append(hash(joined))
        self._lines.append(line)
        self._lengths.append(length)

    @property
    def sentences(self) -> Int64Array:
        """(sentences,) hashes of the tokens."""
        return _as_numpy(self._sentences)

    @property
    def lines(self) -> Int64Array:
        """(sentences,) first lines."""
        return _as_numpy(self._lines)

    @property
    def is_short(self) -> npt.NDArray[np.bool_]:
        """(sentences,) whether they have no more than `SHORT` tokens."""
        return _as_numpy(self._lengths) <= SHORT

    def tags(self, column: int) -> Int64Array:
        """(sentences,) hashes of the tags of a column."""
        return _as_numpy(self._tags[column])

    def count_repeated(self) -> int:
        """Return how many sentences occur earlier in the file."""
        return len(self._sentences) - len(np.unique(self.sentences))


def first_alike(index: SentenceIndex) -> Int64Array:
    """Return for each sentence the place of the first one with the same tokens and tags.

    Args:
        index: Sentences with one column of tags.

    Returns:
        (sentences,) places, from 0; its own for a sentence that does not stand before.
    """
    pairs = np.stack([index.sentences, index.tags(0)], axis=1)
    _, first, group = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return first[group.reshape(-1)]


def find_shared(index: SentenceIndex, train: SentenceIndex) -> Iterator[tuple[int, int]]:
    """Find the sentences of a part that occur in the training part, but for short ones.

    Yields:
        The line of the sentence, and the first of those in the training part, in order of lines.
    """
    if not len(train.sentences):
        return
    order = np.argsort(train.sentences, kind="stable")
    places = np.searchsorted(train.sentences, index.sentences, sorter=order)
    first = order[np.minimum(places, len(order) - 1)]
    shared = (train.sentences[first] == index.sentences) & ~index.is_short
    for place in np.flatnonzero(shared).tolist():
        yield int(index.lines[place]), int(train.lines[first[place]])


def find_conflicts(sentences: Int64Array, tags: Int64Array) -> Iterator[tuple[int, int]]:
    """Find sentences that have other tags than the same sentence has in most other places.

    Args:
        sentences: (sentences,) hashes of the tokens.
        tags: (sentences,) hashes of the tags.

    Yields:
        The number of the sentence, and that of the first one with the tags that most of the same
        sentences have (the earlier tags at a tie), in no particular order.
    """
    if not len(sentences):
        return
    order = np.argsort(sentences, kind="stable")
    is_first = np.concatenate([[True], np.diff(sentences[order]) != 0])
    starts = np.append(np.flatnonzero(is_first), len(order))
    group = np.cumsum(is_first) - 1
    differs = tags[order] != tags[order[starts[group]]]
    for number in np.unique(group[differs]).tolist():
        members = order[starts[number] : starts[number + 1]].tolist()
        usual = Counter(tags[members].tolist()).most_common(1)[0][0]
        reference = next(member for member in members if tags[member] == usual)
        yield from ((member, reference) for member in members if tags[member] != usual)


def _as_numpy(values: array[int]) -> Int64Array:
    return np.asarray(values, dtype=np.int64)
