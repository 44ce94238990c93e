"""Lists of phrases, and where they occur in a sentence."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

MAX_LABELS = 64
"""More labels mean that something else was taken for them; each is a feature of every token."""

OUTSIDE, SINGLE, BEGIN, INSIDE, END = range(5)
"""A token's place in a phrase: in none, all of it, its first token, in between, its last one."""

# Every token leads to the tokens that may follow it, None to the labels of the phrase that ends
# there: one bit each. Where nothing follows, the labels stand in place of a node, which saves most
# of the memory.
_Node: TypeAlias = "dict[str | None, int | _Node]"

_SEPARATOR = re.compile(r"[ \t\n]")


class Gazetteer:
    """Labelled phrases that can be found in sentences; threads may share one.

    Args:
        phrases: The tokens of each phrase, and its label. A phrase may have several labels and be
            listed more than once.
        ignore_case: Whether upper and lower case are the same.

    Attributes:
        NUM_PLACES: How many places a token can have in phrases of a label.
        labels: The labels in alphabetical order.
        ignore_case: As given.

    Raises:
        ValueError: A phrase has no tokens, a token or label is empty or holds a space, a tab or a
            line feed, or there are more than `MAX_LABELS` labels.
    """

    NUM_PLACES: ClassVar[int] = 5

    def __init__(
        self, phrases: Iterable[tuple[Sequence[str], str]], *, ignore_case: bool = True
    ) -> None:
        self.ignore_case = ignore_case
        self._root: _Node = {}
        numbers: dict[str, int] = {}
        for tokens, label in phrases:
            _check_phrase(tokens, label)
            number = numbers.setdefault(label, len(numbers))
            if number == MAX_LABELS:
                raise ValueError(f"there are more than {MAX_LABELS} labels")
            _insert(self._root, self._fold(tokens), 1 << number)
        self.labels = sorted(numbers)
        self._columns = [self.labels.index(label) for label in numbers]

    @classmethod
    def from_entries(cls, entries: Iterable[str], *, ignore_case: bool = True) -> Gazetteer:
        """Make a gazetteer of its `entries`.

        Raises:
            ValueError: As for the class, or an entry has no tab.
        """
        return cls(map(_split_entry, entries), ignore_case=ignore_case)

    @property
    def entries(self) -> list[str]:
        r"""Each phrase with each of its labels as ``New York\tLOC``, in alphabetical order.

        Where case is ignored, phrases are in lower case.
        """
        return sorted(
            f"{phrase}\t{self.labels[column]}"
            for phrase, mask in _walk(self._root)
            for column in self._columns_of(mask)
        )

    def match(self, tokens: Sequence[str]) -> npt.NDArray[np.int64]:
        """Find phrases in a sentence.

        Every label is looked up for itself: from left to right the longest phrase that begins at a
        token, after which the search goes on behind it. The time goes by the number of tokens
        times the length of the longest phrase that begins like the tokens do.

        Returns:
            (length, labels) the place of each token in a phrase of each of `labels`, as a number:
            `OUTSIDE` 0, `SINGLE` 1, `BEGIN` 2, `INSIDE` 3, `END` 4.
        """
        words = self._fold(tokens)
        places = np.full((len(words), len(self.labels)), OUTSIDE, dtype=np.int64)
        free_from = [0] * len(self.labels)
        for start, word in enumerate(words):
            if word not in self._root:  # nearly always
                continue
            for end, mask in _phrases_from(self._root, words, start):
                for column in self._columns_of(mask):
                    if free_from[column] <= start:
                        free_from[column] = end
                        _mark(places[start:end, column])
        return places

    def _fold(self, tokens: Sequence[str]) -> list[str]:
        return [token.casefold() for token in tokens] if self.ignore_case else list(tokens)

    def _columns_of(self, mask: int) -> Iterator[int]:
        """Yield the index in `labels` of each label in a mask."""
        while mask:
            lowest = mask & -mask
            yield self._columns[lowest.bit_length() - 1]
            mask ^= lowest


def _check_phrase(tokens: Sequence[str], label: str) -> None:
    if not tokens:
        raise ValueError(f"a phrase of label {label!r} has no tokens")
    for part in (*tokens, label):
        if not part or _SEPARATOR.search(part):
            raise ValueError(f"{part!r} is no token or label of a phrase")


def _split_entry(entry: str) -> tuple[list[str], str]:
    phrase, _, label = entry.partition("\t")
    return phrase.split(" "), label


def _insert(root: _Node, words: Sequence[str], labels: int) -> None:
    node = root
    for word in words[:-1]:
        below = node.get(word)
        if not isinstance(below, dict):
            below = {} if below is None else {None: below}
            node[sys.intern(word)] = below
        node = below
    last: str | None = words[-1]
    below = node.get(last)
    if isinstance(below, dict):
        node, last, below = below, None, below.get(None)
    assert not isinstance(below, dict)
    node[last if last is None else sys.intern(last)] = labels | (below or 0)


def _walk(root: _Node) -> Iterator[tuple[str, int]]:
    """Yield every phrase, its tokens joined by spaces, with its labels."""
    # Not recursive: a phrase may have more tokens than Python has levels of calls.
    pending: list[tuple[str, _Node]] = [("", root)]
    while pending:
        before, node = pending.pop()
        for word, below in node.items():
            phrase = before if word is None else f"{before} {word}" if before else word
            if isinstance(below, int):
                yield phrase, below
            else:
                pending.append((phrase, below))


def _phrases_from(root: _Node, words: Sequence[str], start: int) -> Iterator[tuple[int, int]]:
    """Return the end and the labels of every phrase that begins at a word, the longest first."""
    found: list[tuple[int, int]] = []
    node = root
    for end in range(start, len(words)):
        below = node.get(words[end])
        if below is None:
            break
        labels = below.get(None) if isinstance(below, dict) else below
        if isinstance(labels, int):
            found.append((end + 1, labels))
        if isinstance(below, int):
            break
        node = below
    return reversed(found)


def _mark(places: npt.NDArray[np.int64]) -> None:
    """Set the places of a phrase's tokens (tokens,)."""
    if len(places) == 1:
        places[0] = SINGLE
    else:
        places[:] = INSIDE
        places[0], places[-1] = BEGIN, END
