"""What a linear model of n-grams says of texts, and of each of their tokens.

It is a logistic regression on the n-grams of a text, each scaled by how much it tells the labels
apart (`seqtag.training.linear`). With both kinds of n-grams, B, brought to length one by
themselves, a text's logit for label c is::

    z_c = b_c + sum over B of (sum_{f in B} w_{f,c} s_f) / sqrt(sum_{f in B} s_f^2)

where n-grams of one word and of its characters count once for each distinct word of the text, and
those of several words once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.int64]

MOST_EVIDENCE = 8.0
"""Highest absolute value of evidence, which has a deviation of about one."""


class TextNgrams(Protocol):
    """The n-grams of some texts: `seqtag.batching.ngrams.Bags`, which says what these hold."""

    @property
    def tokens(self) -> IntArray:
        """Of each token the number of its word among the distinct words."""

    @property
    def words(self) -> IntArray:
        """Number of each distinct word as an n-gram; -1 for none."""

    @property
    def characters(self) -> tuple[IntArray, IntArray]:
        """N-grams of characters of the distinct words, and the word of each."""

    @property
    def longer(self) -> Sequence[tuple[IntArray, IntArray]]:
        """N-grams of several words for each size, and where each begins."""

    @property
    def starts(self) -> IntArray:
        """The number of each text's first token, and behind the last one."""

    def distinct_words(self) -> tuple[IntArray, IntArray]:
        """Return the distinct words of each text, and the text of each."""

    def distinct_longer(self, count: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield for each size the distinct n-grams of each text, and the text of each."""


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

    def read(self, bags: TextNgrams) -> tuple[FloatArray, npt.NDArray[np.float32]]:
        """Return what is said of texts and of their tokens.

        What a token says is the sum over its n-grams, scaled and limited; one of several words
        counts at each of these.

        Args:
            bags: The n-grams of the texts.

        Returns:
            (texts, labels) logits; and (tokens, labels) evidence, from -`MOST_EVIDENCE` to
            `MOST_EVIDENCE`.
        """
        count, tokens = len(bags.starts) - 1, len(bags.tokens)
        squares = self.scales[:, None] ** 2
        listed = bags.words >= 0
        by_word = np.where(listed[:, None], self.weights[bags.words], 0.0)
        by_characters = _sums(self.weights[bags.characters[0]], bags.characters[1], len(bags.words))
        lengths = _sums(squares[bags.characters[0]], bags.characters[1], len(bags.words))
        distinct, own = bags.distinct_words()
        said = _sums(by_word[distinct], own, count)
        length = _sums(np.where(listed, squares[bags.words, 0], 0.0)[distinct, None], own, count)
        for ngrams, texts in bags.distinct_longer(len(self.scales)):
            said += _sums(self.weights[ngrams], texts, count)
            length += _sums(squares[ngrams], texts, count)
        factors = _inverse_root(length), _inverse_root(_sums(lengths[distinct], own, count))
        logits = self.bias + factors[0] * said
        logits = logits + factors[1] * _sums(by_characters[distinct], own, count)
        texts = np.repeat(np.arange(count), np.diff(bags.starts))
        evidence = by_word[bags.tokens]
        for size, (ngrams, places) in enumerate(bags.longer, 2):
            sums = _sums(self.weights[ngrams], places, tokens)
            for shift in range(min(size, tokens)):
                evidence[shift:] += sums[: tokens - shift]
        evidence = evidence * factors[0][texts]
        evidence += by_characters[bags.tokens] * factors[1][texts]
        limited = np.clip(evidence * self.evidence_scale, -MOST_EVIDENCE, MOST_EVIDENCE)
        return logits.astype(np.float64), limited.astype(np.float32)


def _inverse_root(values: FloatArray) -> FloatArray:
    """Return one divided by the root of each value, 0 for 0."""
    roots = np.sqrt(values)
    return np.divide(1.0, roots, where=roots > 0.0, out=np.zeros_like(roots))


def _sums(values: FloatArray, groups: IntArray, count: int) -> FloatArray:
    """Sum rows (values, size) by their groups (values,), which are in rising order."""
    sums = np.zeros((count, values.shape[1]), dtype=values.dtype)
    if len(groups):
        starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
        sums[groups[starts]] = np.add.reduceat(values, starts, axis=0)
    return sums
