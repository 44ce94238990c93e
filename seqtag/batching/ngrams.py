"""The n-grams of whole texts as numbers: of words, and of characters within words.

N-grams are known by 64-bit hashes, which two of ten million share with a chance of one to 400,000.
Words are lower-cased.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.words import Lists
from seqtag.text.features import clip_word
from seqtag.text.sentence import Sentence

Numbers: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.int64]
"""Hashes of n-grams, signed, since arrays on disk have no other 64-bit whole numbers."""

SHORTEST = 3
"""Characters of the shortest n-gram within a word."""

MAX_WORDS = 200_000
"""Distinct words whose n-grams are remembered."""

# Odd numbers without a pattern, by which hashes are mixed.
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class Bags:
    """The n-grams of some texts, each with the token at which it begins.

    Attributes:
        words: Numbers (or hashes) of n-grams of words, and for each of them the number of its
            token, counted over all texts; a pair for each size, by token.
        characters: The same for the n-grams of characters, of all sizes together.
        starts: (texts + 1,) the number of each text's first token, and behind the last one.
    """

    words: Sequence[tuple[Numbers, Numbers]]
    characters: tuple[Numbers, Numbers]
    starts: Numbers

    def distinct(self, count: int) -> tuple[Numbers, Numbers]:
        """Return the distinct n-grams of each text, and for each the number of its text.

        Args:
            count: Number of all n-grams.

        Returns:
            The n-grams, and for each of them its text; by text, then by n-gram.
        """
        texts = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts)) * count
        pairs = [*self.words, self.characters]
        codes = np.unique(np.concatenate([texts[places] + ngrams for ngrams, places in pairs]))
        own = codes // count if count else codes
        return codes - own * count, own


class NgramFinder:
    """Finds the hashes of n-grams of texts.

    Args:
        longest: Words of the longest n-gram of words, and characters of that of characters.
    """

    def __init__(self, longest: tuple[int, int]) -> None:
        self._longest = longest
        self._words = _Words(longest[1], lambda hashes: hashes)

    def bags(self, sentences: Sequence[Sentence]) -> Bags:
        """Return the hashes of all n-grams of some texts."""
        if len(self._words) > MAX_WORDS:
            self._words = _Words(self._longest[1], lambda hashes: hashes)
        words, starts = self._words, _starts(sentences)
        rows = words.rows(chain.from_iterable(s.tokens for s in sentences))
        found = list(_word_ngrams(words.hashes(rows), starts, self._longest[0]))
        return Bags(found, words.characters(rows), starts)


class NgramTable:
    """Finds the numbers of listed n-grams in texts; threads may share one.

    Args:
        longest: As for `NgramFinder`.
        words: Hashes of the listed n-grams of words, in rising order: those with the first numbers.
        characters: Hashes of the listed n-grams of characters, in rising order.
    """

    def __init__(self, longest: tuple[int, int], words: Keys, characters: Keys) -> None:
        self._longest = longest
        self._listed = words
        self._listed_characters = characters
        self._lock = threading.Lock()
        self._words = self._forget()

    def __len__(self) -> int:
        """Return how many n-grams are listed."""
        return len(self._listed) + len(self._listed_characters)

    def bags(self, sentences: Sequence[Sentence]) -> Bags:
        """Return the numbers of the listed n-grams of some texts."""
        starts = _starts(sentences)
        with self._lock:
            if len(self._words) > MAX_WORDS:
                self._words = self._forget()
            rows = self._words.rows(chain.from_iterable(s.tokens for s in sentences))
            hashes, characters = self._words.hashes(rows), self._words.characters(rows)
        words = []
        for keys, places in _word_ngrams(hashes, starts, self._longest[0]):
            numbers, inside = _look_up(self._listed, keys)
            words.append((numbers, places[inside]))
        return Bags(words, characters, starts)

    def _forget(self) -> _Words:
        def numbers(hashes: Keys) -> Numbers:
            return _look_up(self._listed_characters, hashes)[0] + len(self._listed)

        return _Words(self._longest[1], numbers)


def list_ngrams(
    finder: NgramFinder, chunks: Iterable[Sequence[Sentence]], most: int
) -> tuple[Keys, Keys]:
    """List the n-grams of texts.

    Args:
        finder: Finds them.
        chunks: The texts, some of them at a time.
        most: How many of each kind to list at most: those that occur most often.

    Returns:
        Hashes of those of words and of those of characters, both in rising order.
    """
    none = np.zeros(0, dtype=np.int64)
    counted = [(none, none), (none, none)]
    for chunk in chunks:
        bags = finder.bags(chunk)
        found = [np.concatenate([keys for keys, _ in bags.words]), bags.characters[0]]
        for kind, keys in enumerate(found):
            counted[kind] = _added(*counted[kind], *np.unique(keys, return_counts=True))
    listed = []
    for keys, counts in counted:
        chosen = np.argsort(-counts, kind="stable")[:most]
        listed.append(keys[np.sort(chosen)])
    return listed[0], listed[1]


class _Words:
    """The hash of each distinct word, and what stands for its characters' n-grams.

    Args:
        longest: Characters of the longest n-gram.
        keep: Returns what to keep of the hashes of the n-grams of a word.
    """

    def __init__(self, longest: int, keep: Callable[[Keys], Numbers]) -> None:
        self._sizes = range(SHORTEST, longest + 1)
        self._keep = keep
        self._rows: dict[str, int] = {}
        self._hashes = Lists(np.int64)
        self._characters = Lists(np.int64)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, tokens: Iterable[str]) -> Numbers:
        known = self._rows
        found = []
        for token in tokens:
            row = known.get(token)
            found.append(self._add(token) if row is None else row)
        return np.array(found, dtype=np.int64)

    def hashes(self, rows: Numbers) -> Keys:
        return self._hashes.take(rows)[0]

    def characters(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return what stands for the n-grams of words, and for each its word's place in rows."""
        numbers, _, lengths = self._characters.take(rows)
        return numbers, np.repeat(np.arange(len(rows)), lengths)

    def _add(self, token: str) -> int:
        row = len(self._rows)
        word = clip_word(token.lower())
        edged = f"<{word}>"
        ngrams = {edged[i : i + n] for n in self._sizes for i in range(len(edged) - n + 1)}
        self._hashes.put(row, [_hash(word)])
        hashes = np.array(sorted(map(_hash, ngrams)), dtype=np.int64)
        self._characters.put(row, self._keep(hashes))
        self._rows[token] = row
        return row


def _starts(sentences: Sequence[Sentence]) -> Numbers:
    return np.cumsum([0, *(len(sentence.tokens) for sentence in sentences)], dtype=np.int64)


def _word_ngrams(hashes: Keys, starts: Numbers, longest: int) -> Iterator[tuple[Keys, Numbers]]:
    """Yield for each size the hashes of n-grams of words within texts, and where they begin."""
    places = np.arange(len(hashes))
    yield hashes, places
    ends = np.repeat(starts[1:], np.diff(starts))
    grown = hashes
    for size in range(2, longest + 1):
        count = max(0, len(hashes) - size + 1)
        grown = _mixed(grown[:count], hashes[len(hashes) - count :])
        inside = places[:count] + size <= ends[:count]
        yield grown[inside], places[:count][inside]


def _hash(text: str) -> int:
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


def _mixed(first: Keys, second: Keys) -> Keys:
    """Return a hash of each pair."""
    mixed = first.view(np.uint64) * _FIRST + second.view(np.uint64) * _SECOND
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(32)
    return mixed.view(np.int64)


def _look_up(listed: Keys, keys: Keys) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return the numbers of those keys that are listed, and which these are."""
    if not len(listed):
        return np.zeros(0, dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
    numbers = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
    inside = listed[numbers] == keys
    return numbers[inside], inside


def _added(keys: Keys, counts: Numbers, more: Keys, more_counts: Numbers) -> tuple[Keys, Numbers]:
    """Return distinct keys with their counts, and those of more texts added."""
    distinct, places = np.unique(np.concatenate([keys, more]), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate([counts, more_counts]))
    return distinct, total.astype(np.int64)
