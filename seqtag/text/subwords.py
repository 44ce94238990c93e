"""Subwords: parts of words, learnt from texts, of which rare and new words can be made.

Texts are split at spaces first, then between letters, single digits and single other characters; a
space belongs to what comes behind it. Subwords are found inside of such parts only:

- byte-pair encoding (Sennrich et al. 2016, https://aclanthology.org/P16-1162/) by merging the
  commonest pair of neighbours over and over, see `seqtag.text.byte_pairs`;
- a unigram language model (Kudo 2018, https://aclanthology.org/P18-1007/), see
  `seqtag.text.unigram`.

BPE-dropout (Provilkov et al. 2020, https://aclanthology.org/2020.acl-main.170/) leaves out some
merges at random, so that training sees a word in several segmentations.
"""

from __future__ import annotations

import math
import random
import unicodedata
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from seqtag.text.byte_pairs import learn_byte_pairs
from seqtag.text.unigram import learn_unigrams
from seqtag.text.unit_base import SPECIAL, UNKNOWN, Units, is_sound, listed_strings

Algorithm: TypeAlias = Literal["bpe", "unigram"]

MAX_PART = 64
"""Longer parts of a text are cut, so that no run of letters takes long."""

VARIANTS = 8
"""A word is segmented so many times at most in a call of `Subwords.sample`."""

_MAX_CACHED = 1 << 17  # words whose segmentation is remembered

_Segmented: TypeAlias = tuple[list[str], list[int]]


class Subwords(Units):
    """Subwords and how texts are made of them.

    Characters that are not among them are unknown, neighbours together.

    Attributes:
        algorithm: How they were learnt.

    Args:
        items: The subwords, of which those of a single character are the known characters.

    Raises:
        ValueError: As for `Units`.
    """

    kind = "subword"
    algorithm: ClassVar[Algorithm]

    def __init__(self, items: Iterable[str]) -> None:
        super().__init__(items)
        self._characters = frozenset(item for item in self.items if len(item) == 1)
        self._cache: dict[str, _Segmented] = {}

    def encode_many(self, texts: Iterable[str]) -> list[list[int]]:
        """Return the numbers of many texts, each as `encode` gives them."""
        word = self._word
        return [[number for part in text.split() for number in word(part)[1]] for text in texts]

    def sample(
        self, texts: Sequence[str], rate: float, rng: np.random.Generator
    ) -> list[list[int]]:
        """Return the numbers of many texts, segmented with BPE-dropout.

        A word that occurs often is segmented `VARIANTS` times, and each occurrence has one of
        these at random.

        Args:
            texts: The texts.
            rate: The share of merges that is left out each time, below 1; with 0 the numbers are
                those of `encode_many`.
            rng: Where chance comes from; in the same state it gives the same numbers.

        Raises:
            ValueError: The subwords were not learnt by byte-pair encoding.
        """
        raise ValueError("BPE-dropout is for subwords that were learnt by byte-pair encoding")

    def _split(self, text: str) -> _Segmented:
        texts: list[str] = []
        numbers: list[int] = []
        for word in text.split():
            pieces, found = self._word(word)
            texts += pieces
            numbers += found
        return texts, numbers

    def _word(self, word: str) -> _Segmented:
        """Return the subwords of what stands between two spaces, and their numbers."""
        cached = self._cache.get(word)
        if cached is not None:
            return cached
        made = self._segment_word(word, self._segment)
        if len(word) <= MAX_PART:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[word] = made
        return made

    def _segment_word(self, word: str, segment: Callable[[str], list[int]]) -> _Segmented:
        texts: list[str] = []
        numbers: list[int] = []
        for part, is_known in _parts(word, self._characters):
            if is_known:
                found = segment(part)
                numbers += found
                texts += [self.items[number - SPECIAL] for number in found]
            else:
                numbers.append(UNKNOWN)
                texts.append(part)
        return texts, numbers

    @abstractmethod
    def _segment(self, part: str) -> list[int]:
        """Return the numbers of the subwords of a part that has no unknown character."""


class BytePairs(Subwords):
    """Subwords by byte-pair encoding.

    Args:
        items: The subwords.
        merges: Pairs of neighbours that become one, the first of which comes first; each as the
            numbers of two items, from 0.

    Raises:
        ValueError: As for `Units`; or a pair is listed twice, or is none of two items that
            together are an item.
    """

    algorithm = "bpe"

    def __init__(self, items: Iterable[str], merges: Iterable[tuple[int, int]]) -> None:
        super().__init__(items)
        self.merges = list(merges)
        self._ranks: dict[tuple[int, int], int] = {}
        self._merged: list[int] = []
        for rank, (first, second) in enumerate(self.merges):
            if not (0 <= first < len(self.items) and 0 <= second < len(self.items)):
                raise ValueError(f"there is no pair {first}, {second} to merge")
            merged = self._numbers.get(self.items[first] + self.items[second])
            if merged is None:
                raise ValueError(f"the pair {first}, {second} becomes no subword")
            self._ranks[first + SPECIAL, second + SPECIAL] = rank
            self._merged.append(merged)
        if len(self._ranks) != len(self.merges):
            raise ValueError("a pair is merged twice")

    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `units_from_json` makes the same subwords again."""
        return {
            "kind": self.kind,
            "algorithm": self.algorithm,
            "items": self.items,
            "merges": [list(pair) for pair in self.merges],
        }

    def sample(
        self, texts: Sequence[str], rate: float, rng: np.random.Generator
    ) -> list[list[int]]:
        """Return the numbers of many texts, segmented with BPE-dropout; see `Subwords.sample`."""
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"a share of {rate} of the merges cannot be left out")
        if rate == 0.0:
            return self.encode_many(texts)
        chance = random.Random(int(rng.integers(2**63)))

        def segment(part: str) -> list[int]:
            return self._merge(part, rate, chance.random)

        split = [text.split() for text in texts]
        counts = Counter(word for words in split for word in words)
        variants = {
            word: [self._segment_word(word, segment)[1] for _ in range(min(count, VARIANTS))]
            for word, count in counts.items()
        }
        draws = iter(rng.integers(2**31, size=counts.total()).tolist())
        numbers = []
        for words in split:
            found: list[int] = []
            for word in words:
                choices = variants[word]
                found += choices[next(draws) % len(choices)]
            numbers.append(found)
        return numbers

    def _segment(self, part: str) -> list[int]:
        return self._merge(part, 0.0, _certain)

    def _merge(self, part: str, rate: float, chance: Callable[[], float]) -> list[int]:
        """Merge neighbours, each time those with the lowest rank, of these the first.

        Each time each pair is left out at a chance of ``rate``. Chance is asked for pairs alone
        that would be the best so far; the others do not matter.
        """
        numbers = [self._numbers[character] for character in part]
        ranks = self._ranks
        none = len(self.merges)
        while len(numbers) > 1:
            best, place = none, 0
            for at, pair in enumerate(zip(numbers, numbers[1:], strict=False)):
                rank = ranks.get(pair, none)
                if rank < best and chance() >= rate:
                    best, place = rank, at
            if best == none:
                break
            numbers[place : place + 2] = [self._merged[best]]
        return numbers


class Unigrams(Subwords):
    """Subwords of a unigram language model.

    Args:
        items: The subwords.
        scores: The log-probability of each.

    Raises:
        ValueError: As for `Units`; or there are not as many scores, or one is not finite.
    """

    algorithm = "unigram"

    def __init__(self, items: Iterable[str], scores: Iterable[float]) -> None:
        super().__init__(items)
        self.scores = list(scores)
        if len(self.scores) != len(self.items):
            raise ValueError(f"{len(self.items)} subwords have {len(self.scores)} scores")
        if not all(map(math.isfinite, self.scores)):
            raise ValueError("a score is no number")
        self._longest = max(map(len, self.items), default=0)

    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `units_from_json` makes the same subwords again."""
        return {
            "kind": self.kind,
            "algorithm": self.algorithm,
            "items": self.items,
            "scores": self.scores,
        }

    def _segment(self, part: str) -> list[int]:
        """Return the most probable segmentation, of several the one with the longest end."""
        best = [0.0]
        last: list[tuple[int, int]] = [(0, UNKNOWN)]
        for end in range(1, len(part) + 1):
            top, choice = -math.inf, (0, UNKNOWN)
            for start in range(max(end - self._longest, 0), end):
                number = self._numbers.get(part[start:end])
                if number is not None:
                    score = best[start] + self.scores[number - SPECIAL]
                    if score > top:
                        top, choice = score, (start, number)
            best.append(top)
            last.append(choice)
        numbers = []
        end = len(part)
        while end:
            end, number = last[end]
            numbers.append(number)
        return numbers[::-1]


def learn_subwords(
    texts: Iterable[str], *, algorithm: Algorithm = "bpe", size: int, min_count: int = 2
) -> Subwords:
    """Learn subwords from texts; the same texts in any order give the same subwords.

    Args:
        texts: The texts, passed over once.
        algorithm: How subwords are found.
        size: How many are learnt at most, single characters included.
        min_count: Rarer characters are unknown.

    Raises:
        ConfigError: ``tokenizers``, which learns byte pairs, is not installed.
    """
    words = Counter(word for text in texts for word in text.split())
    characters = _common_characters(words, size, min_count)
    parts: Counter[str] = Counter()
    for word, count in words.items():
        for part, is_known in _parts(word, characters):
            if is_known:
                parts[part] += count
    if algorithm == "unigram":
        return Unigrams(*learn_unigrams(parts, characters, size))
    return BytePairs(*learn_byte_pairs(parts, characters, size))


def subwords_from_json(value: Mapping[str, Any]) -> Subwords:
    """Make subwords again from what `Subwords.to_json` has returned.

    Raises:
        KeyError: A value is missing.
        TypeError: A value is of another type.
        ValueError: A value cannot be.
    """
    items = listed_strings(value["items"])
    if value["algorithm"] == "bpe":
        return BytePairs(items, _listed_pairs(value["merges"]))
    if value["algorithm"] == "unigram":
        scores = value["scores"]
        if not isinstance(scores, list) or any(type(score) is not float for score in scores):
            raise TypeError("the scores are no list of numbers")
        return Unigrams(items, scores)
    raise ValueError(f"there are no subwords by {value['algorithm']!r}")


def _listed_pairs(value: object) -> list[tuple[int, int]]:
    if not isinstance(value, list):
        raise TypeError("the merges are no list")
    pairs = []
    for pair in value:
        if not isinstance(pair, list) or any(type(number) is not int for number in pair):
            raise TypeError("a merge is no list of numbers")
        first, second = pair
        pairs.append((first, second))
    return pairs


def _certain() -> float:
    return 1.0


def _common_characters(words: Mapping[str, int], size: int, min_count: int) -> frozenset[str]:
    """Return the characters that are known: a space, and the commonest others."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            counts[character] += count
    kept = [item for item, count in counts.items() if count >= min_count and is_sound(item)]
    kept.sort(key=lambda item: (-counts[item], item))
    return frozenset([" ", *kept[: max(size - 1, 0)]])


def _parts(word: str, characters: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Split what stands between two spaces, and the first space, into parts.

    Letters with the marks on them, up to `MAX_PART`, are a part, and so is every other character
    by itself; characters that are not known are one, whatever they are.

    Yields:
        Each part, and whether its characters are known.
    """
    text = f" {word}"
    start, last = 0, "space"
    for place, character in enumerate(word, 1):
        kind = _kind(character) if character in characters else "unknown"
        if last == "space":
            goes_on = kind != "unknown"
        elif last == "letter":
            goes_on = kind == "letter" and place - start < MAX_PART
        else:
            goes_on = kind == last == "unknown"
        if not goes_on:
            yield text[start:place], last != "unknown"
            start = place
        last = kind
    yield text[start:], last != "unknown"


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    return "letter" if category[0] in "LM" or category == "Cf" else "other"
