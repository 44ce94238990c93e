"""Medians with their spread."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import TypedDict


class Summary(TypedDict):
    """A figure that was measured several times.

    Attributes:
        median: The middle value.
        low: The least value.
        high: The greatest value.
        values: All of them, in the order in which they were measured.
    """

    median: float
    low: float
    high: float
    values: list[float]


def summarize(values: Sequence[float], digits: int = 4) -> Summary:
    """Return the median and the spread of some values.

    Args:
        values: At least one.
        digits: Significant digits that are kept.
    """
    kept = [significant(value, digits) for value in values]
    median = significant(statistics.median(values), digits)
    return {"median": median, "low": min(kept), "high": max(kept), "values": kept}


def ratios(first: Sequence[float], second: Sequence[float]) -> Summary:
    """Return how many times the second the first is, pair by pair."""
    return summarize([a / b for a, b in zip(first, second, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that at least a share of all values does not exceed.

    Args:
        values: At least one.
        share: From above 0 to 1, such as 0.99.
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the sample's standard deviation, 0 for a single value."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return statistics.fmean(values), deviation


def significant(value: float, digits: int) -> float:
    """Return a number rounded to some significant digits."""
    return float(f"{value:.{digits}g}")
