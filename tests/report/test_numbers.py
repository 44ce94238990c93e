from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.956, "95.6 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.99999, ">99.9 %"),
        (0.00001, "<0.1 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_percent(value: float | None, shown: str) -> None:
    assert numbers.percent(value).replace(numbers.THIN, " ") == shown


@given(st.floats(0, 1))
def test_percent_is_whole_only_for_what_is(value: float) -> None:
    shown = numbers.percent(value, 0).replace(numbers.THIN, " ")
    assert (shown == "100 %") == (value == 1)
    assert (shown == "0 %") == (value == 0)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123, "+1.2"), (-0.0123, "−1.2"), (0.0, "0.0"), (-0.0001, "0.0")]
)
def test_points(value: float, shown: str) -> None:
    assert numbers.points(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (4000, "1 h 6 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert numbers.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.003, "0.003"),
        (0.00015, "0.00015"),
        (1.2345, "1.23"),
        (20, "20"),
        (1234.5, "1,234"),
        (3e-5, "3e−5"),
        (2.5e7, "2.5e7"),
        (math.inf, "–"),
    ],
)
def test_compact(value: float, shown: str) -> None:
    assert numbers.compact(value) == shown


def test_other_numbers() -> None:
    assert numbers.probability(0.0004) == "<0.001"
    assert numbers.probability(0.0414) == "0.041"
    assert numbers.things(1, "token") == "1 token"
    assert numbers.things(1200, "token") == "1,200 tokens"
    assert numbers.memory(512.3) == "512 MB"
    assert numbers.memory(1234) == "1.2 GB"


def test_fixed() -> None:
    assert numbers.fixed(35.678, 1) == "35.7"
    assert numbers.fixed(math.nan, 2) == "–"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("f1", 0.87654, "0.8765"),
        ("bleu", 27.126, "27.13"),
        ("perplexity", 72.125, "72.12"),
        ("perplexity", 123456.789, "123,456.79"),
        ("perplexity", 1.0142320547350045e304, "1e304"),
        ("perplexity", 3.25e9, "3.2e9"),
        ("perplexity", None, "–"),
    ],
)
def test_scores_go_by_their_names(name: str, value: float | None, shown: str) -> None:
    assert numbers.score(name, value) == shown
