"""Character n-grams by their hashes, from which fastText and floret make vectors of any word.

A word is put between two marks, and each of its n-grams has a hash, whose remainder is the number
of a vector, which it shares with other n-grams. fastText (Bojanowski et al. 2017, "Enriching Word
Vectors with Subword Information") keeps vectors of whole words beside them; floret (Explosion 2021)
counts the whole word among the n-grams and has several hashes for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_MASK_32 = (1 << 32) - 1
_MASK_64 = (1 << 64) - 1

_REMEMBERED = 1 << 16  # n-grams whose hashes are kept, since most words share theirs with others

MAX_WORD = 100
"""Characters of a longer word that are read."""


@dataclass(frozen=True, slots=True)
class HashedNgrams:
    """Which n-grams a word has, and how each of them gets its number.

    Attributes:
        kind: Whose rules these are.
        buckets: How many numbers there are.
        shortest: Characters of the shortest n-grams.
        longest: Characters of the longest ones; 0 for no n-grams.
        hash_count: How many numbers an n-gram has, up to 4; fastText gives one.
        hash_seed: What floret's hashes begin with.
        begin: The mark in front of a word.
        end: The mark behind it.
    """

    kind: Literal["fasttext", "floret"]
    buckets: int
    shortest: int
    longest: int
    hash_count: int = 1
    hash_seed: int = 0
    begin: str = "<"
    end: str = ">"

    def numbers(self, word: str) -> list[int]:
        """Return the numbers of a word's n-grams, from 0 to ``buckets`` - 1; some may come twice.

        A character that is half of a surrogate pair counts as one that UTF-8 knows. Words of more
        than `MAX_WORD` characters, which are no words, are cut.
        """
        marked = f"{self.begin}{word[:MAX_WORD]}{self.end}"
        find = self._fasttext if self.kind == "fasttext" else self._floret
        return list(find(marked))

    def _fasttext(self, marked: str) -> Iterator[int]:
        """Yield numbers as fastText's ``Dictionary::computeSubwords`` does."""
        characters = [_encoded(character) for character in marked]
        for start in range(len(characters)):
            content = 2166136261
            for length, character in enumerate(characters[start : start + self.longest], 1):
                content = _fnv1a(character, content)
                # A mark alone is no n-gram.
                is_mark = length == 1 and start in (0, len(characters) - 1)
                if length >= self.shortest and not is_mark:
                    yield content % self.buckets

    def _floret(self, marked: str) -> Iterator[int]:
        """Yield numbers as ``spacy.vectors.Vectors`` does."""
        ngrams = [marked]
        for size in range(self.shortest, min(self.longest, len(marked)) + 1):
            ngrams += [marked[start : start + size] for start in range(len(marked) - size + 1)]
        for ngram in ngrams:
            hashes = _floret_hashes(ngram, self.hash_seed)
            yield from (part % self.buckets for part in hashes[: self.hash_count])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@lru_cache(maxsize=_REMEMBERED)
def _floret_hashes(ngram: str, seed: int) -> tuple[int, int, int, int]:
    """Return the hashes of an n-gram, each of 32 bits."""
    low, high = murmur3(_encoded(ngram), seed)
    return low & _MASK_32, low >> 32, high & _MASK_32, high >> 32


def _fnv1a(content: bytes, start: int) -> int:
    """Go on with a hash of 32 bits (Fowler, Noll & Vo's 1a), bytes taken as signed numbers."""
    for byte in content:
        signed = byte if byte < 0x80 else byte | 0xFFFFFF00
        start = ((start ^ signed) * 16777619) & _MASK_32
    return start


def murmur3(content: bytes, seed: int) -> tuple[int, int]:
    """Return the two halves of MurmurHash3's 128 bits, in its variant for processors of 64 bits.

    The algorithm is Austin Appleby's, who placed it in the public domain.
    """
    first = second = seed & _MASK_64
    tail = len(content) & ~15
    for start in range(0, tail, 16):
        first ^= _mixed_first(int.from_bytes(content[start : start + 8], "little"))
        first = ((_rotated(first, 27) + second) * 5 + 0x52DCE729) & _MASK_64
        second ^= _mixed_second(int.from_bytes(content[start + 8 : start + 16], "little"))
        second = ((_rotated(second, 31) + first) * 5 + 0x38495AB5) & _MASK_64
    second ^= _mixed_second(int.from_bytes(content[tail + 8 :], "little"))
    first ^= _mixed_first(int.from_bytes(content[tail : tail + 8], "little"))
    first ^= len(content)
    second ^= len(content)
    first = (first + second) & _MASK_64
    second = (second + first) & _MASK_64
    first, second = _finished(first), _finished(second)
    first = (first + second) & _MASK_64
    return first, (second + first) & _MASK_64


_FIRST = 0x87C37B91114253D5
_SECOND = 0x4CF5AD432745937F


def _mixed_first(part: int) -> int:
    return (_rotated(part * _FIRST & _MASK_64, 31) * _SECOND) & _MASK_64


def _mixed_second(part: int) -> int:
    return (_rotated(part * _SECOND & _MASK_64, 33) * _FIRST) & _MASK_64


def _rotated(value: int, count: int) -> int:
    return ((value << count) | (value >> (64 - count))) & _MASK_64


def _finished(value: int) -> int:
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & _MASK_64
    value ^= value >> 33
    value = (value * 0xC4CEB9FE1A85EC53) & _MASK_64
    return value ^ (value >> 33)
