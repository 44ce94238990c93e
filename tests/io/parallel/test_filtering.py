from __future__ import annotations

import logging

import pytest

from seqtag.errors import DataError
from seqtag.io.parallel import PairFilter
from seqtag.text.pairs import Pair


def test_empty_sides_are_left_out_and_counted() -> None:
    chosen = PairFilter(max_units=9, max_ratio=9.0)
    pairs = [Pair("a", "b", 1), Pair(" ", "b", 2), Pair("a", "", 3), Pair("c", "d", 4)]
    assert list(chosen.without_empty(pairs)) == [pairs[0], pairs[3]]
    assert chosen.counts == {"empty": 2}
    assert chosen.lines == {"empty": [2, 3]}


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (10, 10, None),
        (11, 10, "long"),
        (10, 11, "long"),
        (2, 6, None),
        (2, 7, "ratio"),
        (7, 2, "ratio"),
        (0, 1, "empty"),
        (0, 0, "empty"),
        (1, 11, "long"),
    ],
)
def test_long_and_uneven_pairs_are_left_out(source: int, target: int, reason: str | None) -> None:
    chosen = PairFilter(max_units=10, max_ratio=3.0)
    assert chosen.takes(5, source, target) is (reason is None)
    assert chosen.counts == ({reason: 1} if reason else {})


def test_what_is_left_out_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    chosen = PairFilter(max_units=1000, max_ratio=3.5)
    list(chosen.without_empty([Pair("", "", 7)]))
    for line in range(1, 6):
        chosen.takes(line, 2000, 2000)
    chosen.takes(8, 1, 4)
    chosen.takes(9, 1, 4)
    chosen.tell("train.en", 1234)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert caplog.messages == [
        "train.en: 8 of 1242 pairs left out of training: 1 with an empty side (line 7), 5 with "
        "more than 1,000 units on a side (lines 1, 2, 3, ...), 2 with more than 3.5 times as many "
        "units on one side (lines 8, 9)"
    ]


def test_nothing_is_told_where_nothing_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="seqtag"):
        PairFilter(max_units=1, max_ratio=1.0).tell("train.en", 3)
    assert caplog.messages == []


def test_no_pair_left_is_an_error() -> None:
    chosen = PairFilter(max_units=1, max_ratio=1.0)
    chosen.takes(1, 2, 2)
    with pytest.raises(DataError, match=r"^train.en: no pair is left .* \(line 1\)"):
        chosen.tell("train.en", 0)
