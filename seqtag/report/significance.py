"""Whether one system is better than another, or only looks so on this sample of sentences.

The paired bootstrap of Koehn (2004), "Statistical significance tests for machine translation
evaluation": sentences are drawn with replacement, as many as there are, and both systems are scored
on the same draw, again and again. The interval is that of the percentiles of the differences. The
p value is the two-sided form of that of Berg-Kirkpatrick, Burkett and Klein (2012), "An empirical
investigation of statistical significance in NLP": the draws are centred on the difference observed,
not on none, so that the p value is the share of draws whose difference lies at least as far from
the observed one as that lies from none. One is added to both counts, which keeps the p value above
zero (Davison and Hinkley 1997, section 4.2).

Every score is a ratio of two sums over the sentences, so that a draw needs no more than the sums:
for accuracy right tokens and tokens, for F1 twice the right spans and all annotated and predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

SAMPLES = 10_000
"""Draws of sentences."""

SEED = 1
"""Of the draws, so that the same comparison always has the same result."""

_CELLS = 1 << 22  # numbers in memory at once
_CLOSE = 1e-12  # differences by rounding alone


@dataclass(frozen=True, slots=True)
class Difference:
    """A score of two systems.

    Attributes:
        first: The first system's score.
        second: The second system's score.
        low: Lower end of the 95% interval of the second one's gain over the first.
        high: Its upper end.
        p_value: How probable a difference as large, either way, is between equal systems.
    """

    first: float
    second: float
    low: float
    high: float
    p_value: float

    @property
    def gain(self) -> float:
        """What the second system's score is above the first's."""
        return self.second - self.first


def paired_bootstrap(
    parts: npt.ArrayLike, totals: npt.ArrayLike, *, samples: int = SAMPLES, seed: int = SEED
) -> list[Difference]:
    """Compare two systems in some scores, each a ratio of sums over the sentences.

    Args:
        parts: (sentences, scores, 2) what each sentence adds to the numerator of each score of
            the first and the second system.
        totals: (sentences, scores, 2) what it adds to the denominators. A ratio to 0 is 0.
        samples: Draws of sentences.
        seed: Of the draws.

    Returns:
        The comparison in each score.

    Raises:
        ValueError: The shapes do not agree, or there is no sentence.
    """
    parts, totals = np.asarray(parts, np.float64), np.asarray(totals, np.float64)
    if parts.shape != totals.shape or parts.ndim != 3 or parts.shape[2] != 2 or not len(parts):
        raise ValueError(
            f"parts have shape {parts.shape} and totals {totals.shape}: both must be (sentences, "
            f"scores, 2), with at least one sentence"
        )
    number, scores, _ = parts.shape
    table = np.concatenate([parts, totals]).reshape(2, number, scores * 2)
    observed = _ratio(table[0].sum(axis=0), table[1].sum(axis=0)).reshape(scores, 2)
    drawn = _ratio(*_drawn_sums(table, samples, seed)).reshape(samples, scores, 2)
    gains = drawn[:, :, 1] - drawn[:, :, 0]
    gain = observed[:, 1] - observed[:, 0]
    far = np.abs(gains - gain) >= np.abs(gain) - _CLOSE
    p_values = (far.sum(axis=0) + 1) / (samples + 1)
    low, high = np.quantile(gains, [0.025, 0.975], axis=0)
    return [
        Difference(*(float(value) for value in values))
        for values in zip(*observed.T, low, high, p_values, strict=True)
    ]


def _drawn_sums(table: FloatArray, samples: int, seed: int) -> FloatArray:
    """Sum draws of sentences.

    Args:
        table: (tables, sentences, columns)
        samples: Number of draws.
        seed: Of the draws.

    Returns:
        (tables, samples, columns)
    """
    random = np.random.default_rng(seed)
    tables, number, columns = table.shape
    sums = np.empty((tables, samples, columns))
    at_once = max(1, _CELLS // number)
    for begin in range(0, samples, at_once):
        rows = min(at_once, samples - begin)
        picks = random.integers(0, number, size=(rows, number))
        picks += np.arange(rows)[:, None] * number
        times = np.bincount(picks.ravel(), minlength=rows * number).reshape(rows, number)
        sums[:, begin : begin + rows] = times.astype(np.float64) @ table
    return sums


def _ratio(parts: FloatArray, totals: FloatArray) -> FloatArray:
    return np.divide(parts, totals, out=np.zeros_like(parts), where=totals > 0)
