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
    """The n-grams of some texts.

    Attributes:
        tokens: (tokens,) of each token the number of its word, among the distinct words of all
            these texts.
        words: (words,) number (or hash) of each distinct word as an n-gram; -1 for none.
        characters: Numbers (or hashes) of the n-grams of characters of each distinct word, and for
            each of them the number of its word, in rising order.
        longer: For each size from 2 on, numbers (or hashes) of n-grams of words, and for each of
            them the number of the token at which it begins, counted over all texts.
        starts: (texts + 1,) the number of each text's first token, and behind the last one.
    """

    tokens: Numbers
    words: Numbers
    characters: tuple[Numbers, Numbers]
    longer: Sequence[tuple[Numbers, Numbers]]
    starts: Numbers

    def distinct_words(self) -> tuple[Numbers, Numbers]:
        """Return the distinct words of each text, and for each the number of its text."""
        return _distinct(self._texts(), self.tokens, len(self.words))

    def distinct_longer(self, count: int) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield for each size the distinct n-grams of each text, and for each its text's number.

        Args:
            count: Number of all n-grams.
        """
        texts = self._texts()
        for ngrams, places in self.longer:
            yield _distinct(texts[places], ngrams, count)

    def entries(self, count: int) -> tuple[Numbers, Numbers]:
        """Return all n-grams that count in each text, and for each the number of its text.

        Those of one word, and of its characters, count once for each distinct word; those of
        several words once.

        Args:
            count: Number of all n-grams.

        Returns:
            N-grams, some of them several times for a text, and texts; by text.
        """
        words, texts = self.distinct_words()
        listed = self.words[words] >= 0
        sizes = np.bincount(self.characters[1], minlength=len(self.words))
        ends = np.cumsum(sizes)
        chosen = np.repeat(ends[words] - np.cumsum(sizes[words]), sizes[words])
        places = chosen + np.arange(int(sizes[words].sum()))
        pairs = [
            (self.words[words][listed], texts[listed]),
            (self.characters[0][places], np.repeat(texts, sizes[words])),
            *self.distinct_longer(count),
        ]
        ngrams, own = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        order = np.argsort(own, kind="stable")
        return ngrams[order], own[order]

    def _texts(self) -> Numbers:
        """Return the number of each token's text."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


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
        starts = _starts(sentences)
        rows = self._words.rows(chain.from_iterable(s.tokens for s in sentences))
        distinct, tokens = np.unique(rows, return_inverse=True)
        hashes = self._words.hashes(distinct)
        longer = list(_longer_ngrams(hashes[tokens], starts, self._longest[0]))
        return Bags(tokens, hashes, self._words.characters(distinct), longer, starts)


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
            distinct, tokens = np.unique(rows, return_inverse=True)
            hashes = self._words.hashes(distinct)
            characters = self._words.characters(distinct)
        words = np.full(len(distinct), -1, dtype=np.int64)
        numbers, inside = _look_up(self._listed, hashes)
        words[inside] = numbers
        longer = []
        for keys, places in _longer_ngrams(hashes[tokens], starts, self._longest[0]):
            numbers, inside = _look_up(self._listed, keys)
            longer.append((numbers, places[inside]))
        return Bags(tokens, words, characters, longer, starts)

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
        counts = np.bincount(bags.tokens, minlength=len(bags.words))
        found = [
            np.concatenate([bags.words[bags.tokens], *(keys for keys, _ in bags.longer)]),
            np.repeat(bags.characters[0], counts[bags.characters[1]]),
        ]
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
        """Return what stands for the n-grams of some words, and for each its word's place."""
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


def _longer_ngrams(hashes: Keys, starts: Numbers, longest: int) -> Iterator[tuple[Keys, Numbers]]:
    """Yield for each size from 2 on the hashes of n-grams within texts, and where they begin."""
    places = np.arange(len(hashes))
    ends = np.repeat(starts[1:], np.diff(starts))
    grown = hashes
    for size in range(2, longest + 1):
        count = max(0, len(hashes) - size + 1)
        grown = _mixed(grown[:count], hashes[len(hashes) - count :])
        inside = places[:count] + size <= ends[:count]
        yield grown[inside], places[:count][inside]


def _distinct(texts: Numbers, numbers: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Return the distinct pairs of a text and a number below ``count``, by text."""
    codes = np.unique(texts * max(count, 1) + numbers)
    own = codes // max(count, 1)
    return codes - own * max(count, 1), own


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
