"""Random choices that come out the same on every version of Python, and invented words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

ONSETS = "b br cl d dr f fl g gl h k l m n p pl pr qu r s sk sn st t th tr v w z".split()
VOWELS = "a e i o u ai ea ee ou".split()
CODAS = "b d f l lm ld lt m mp n nd ng r rb rk rm rp sk st v x".split()


class Chance:
    """A stream of random choices.

    Only ``random.Random.random`` is used: it is the one method whose values are promised to stay
    the same in later versions of Python.

    Args:
        seed: Where the stream starts.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def maybe(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + int(self._random() * (high - low + 1))

    def choose(self, items: Sequence[T]) -> T:
        """Return one of ``items``, each as likely as the others."""
        return items[int(self._random() * len(items))]

    def rank(self, items: Sequence[T]) -> T:
        """Return one of ``items``, the earlier ones more often, as frequent words in a text are."""
        return items[int(self._random() ** 2 * len(items))]

    def weighted(self, items: Sequence[tuple[float, T]]) -> T:
        """Return the second of one of the pairs, as often as its first, a weight, tells."""
        point = self._random() * sum(weight for weight, _ in items)
        for weight, item in items:
            point -= weight
            if point < 0:
                return item
        return items[-1][1]

    def syllables(self, count: int) -> str:
        """Return an invented word of ``count`` syllables in lower case."""
        parts = []
        for index in range(count):
            parts.append(self.choose(ONSETS) + self.choose(VOWELS))
            if index == count - 1 or self.maybe(0.3):
                parts.append(self.choose(CODAS))
        return "".join(parts)
