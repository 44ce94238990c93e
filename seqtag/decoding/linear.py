"""What a linear model of n-grams says of texts, and of each of their tokens.

It is a logistic regression on the n-grams of a text, each scaled by how much it tells the labels
apart (`seqtag.training.linear`). With both kinds of n-grams, B, brought to length one by
themselves, a text's logit for label c is::

    z_c = b_c + sum over B of (sum_{f in B} w_{f,c} s_f) / sqrt(sum_{f in B} s_f^2)

where an n-gram counts once, however often it occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.int64]

MOST_EVIDENCE = 8.0
"""Highest absolute value of evidence, which has a deviation of about one."""


class TokenNgrams(Protocol):
    """The n-grams of some texts, as `seqtag.batching.ngrams.Bags` has them."""

    @property
    def words(self) -> Sequence[tuple[IntArray, IntArray]]:
        """N-grams of words, and for each of them its token; a pair for each size."""

    @property
    def characters(self) -> tuple[IntArray, IntArray]:
        """The same for n-grams of characters."""

    @property
    def starts(self) -> IntArray:
        """(texts + 1,) the number of each text's first token, and behind the last one."""

    def distinct(self, count: int) -> tuple[IntArray, IntArray]:
        """Return the distinct n-grams of each text, and for each its text."""


@dataclass(frozen=True, eq=False)
class LinearPath:
    """A linear model of n-grams.

    Attributes:
        words: Number of n-grams of words, which have the first numbers; the others are of
            characters.
        weights: (n-grams, labels) the weight of each n-gram times its scale.
        scales: (n-grams,) the scales.
        bias: (labels,)
        evidence_scale: (1,) what evidence is multiplied by.
    """

    words: int
    weights: FloatArray
    scales: FloatArray
    bias: FloatArray
    evidence_scale: FloatArray

    @classmethod
    def from_constants(cls, constants: Mapping[str, Any], words: int) -> LinearPath:
        """Make one of what a network says besides emissions."""
        names = ("weights", "scales", "bias", "evidence_scale")
        return cls(words, *(constants[f"linear.{name}"] for name in names))

    def logits(
        self, ngrams: IntArray, texts: IntArray, count: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return what is said of texts.

        Args:
            ngrams: The distinct n-grams of each text, by text and then by number.
            texts: For each of them its text.
            count: Number of texts.

        Returns:
            (texts, labels) logits; and (2, texts, 1) what sums over n-grams of words, and over
            those of characters, are multiplied by.
        """
        is_word = ngrams < self.words
        logits = np.tile(self.bias.astype(np.float64), (count, 1))
        factors = np.zeros((2, count, 1))
        for kind, factor in zip((is_word, ~is_word), factors, strict=True):
            found, own = ngrams[kind], texts[kind]
            squares = _sums(self.scales[found, None] ** 2, own, count)
            np.divide(1.0, np.sqrt(squares), where=squares > 0.0, out=factor)
            logits += factor * _sums(self.weights[found], own, count)
        return logits, factors

    def evidence(
        self,
        words: Iterable[tuple[IntArray, IntArray]],
        characters: tuple[IntArray, IntArray],
        starts: IntArray,
        factors: FloatArray,
    ) -> npt.NDArray[np.float32]:
        """Return what the n-grams of each token say, scaled and limited.

        An n-gram counts at each of its tokens, so that one of two words counts twice.

        Args:
            words: For each size, from 1 on, n-grams of words, and for each of them the token at
                which it begins, counted over all texts; by token.
            characters: The same for n-grams of characters.
            starts: (texts + 1,) the number of each text's first token, and behind the last one.
            factors: As `logits` returns them.

        Returns:
            (tokens, labels), from -`MOST_EVIDENCE` to `MOST_EVIDENCE`.
        """
        count = int(starts[-1])
        own = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        by_words = np.zeros((count, len(self.bias)), dtype=np.float32)
        for size, (ngrams, places) in enumerate(words, 1):
            sums = _sums(self.weights[ngrams], places, count)
            for shift in range(size):
                by_words[shift:] += sums[: count - shift]
        by_characters = _sums(self.weights[characters[0]], characters[1], count)
        total = by_words * factors[0][own] + by_characters * factors[1][own]
        scaled = np.clip(total * self.evidence_scale, -MOST_EVIDENCE, MOST_EVIDENCE)
        evidence: npt.NDArray[np.float32] = scaled.astype(np.float32)
        return evidence


def _sums(values: FloatArray, groups: IntArray, count: int) -> FloatArray:
    """Sum rows (values, size) by their groups (values,), which are in rising order."""
    sums = np.zeros((count, values.shape[1]), dtype=values.dtype)
    if len(groups):
        starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
        sums[groups[starts]] = np.add.reduceat(values, starts, axis=0)
    return sums


def read_texts(
    path: LinearPath, bags: TokenNgrams, count: int
) -> tuple[FloatArray, npt.NDArray[np.float32]]:
    """Return what a path says of texts (texts, labels) and of their tokens (tokens, labels).

    Args:
        path: The linear path.
        bags: The n-grams of the texts.
        count: Number of all n-grams.
    """
    logits, factors = path.logits(*bags.distinct(count), len(bags.starts) - 1)
    return logits, path.evidence(bags.words, bags.characters, bags.starts, factors)
