from __future__ import annotations

import statistics

import pytest

from scripts.benchmark.summary import (
    mean_and_deviation,
    percentile,
    ratios,
    significant,
    summarize,
)


def test_summary_is_median_and_spread() -> None:
    assert summarize([3.0, 1.0, 2.0]) == {
        "median": 2.0,
        "low": 1.0,
        "high": 3.0,
        "values": [3.0, 1.0, 2.0],
    }
    assert summarize([4.0, 1.0, 2.0, 3.0])["median"] == 2.5


def test_ratios_are_taken_pair_by_pair() -> None:
    """The ratio of medians would be 1 here."""
    assert ratios([1.0, 2.0, 3.0], [2.0, 1.0, 3.0])["values"] == [0.5, 2.0, 1.0]
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (0.001, 1)])
def test_percentile_is_the_least_value_that_covers_a_share(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected
    assert percentile([7.0], share) == 7.0


def test_deviation_is_that_of_a_sample() -> None:
    values = [95.6, 95.7, 95.9]
    assert mean_and_deviation(values) == (statistics.fmean(values), statistics.stdev(values))
    assert mean_and_deviation([95.6]) == (95.6, 0.0)


def test_figures_keep_their_significant_digits() -> None:
    assert significant(123456.0, 3) == 123000
    assert significant(0.00123456, 3) == 0.00123
