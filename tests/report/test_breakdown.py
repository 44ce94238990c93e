from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.analysis import pair_spans
from seqtag.report.breakdown import (
    LENGTHS,
    range_name,
    range_names,
    span_breakdowns,
    token_breakdowns,
)
from seqtag.text.schemes import find_spans
from seqtag.text.sentence import Sentence, Span


def spans(tags: str) -> list[Span]:
    sentence = Sentence(["w"] * len(tags.split()))
    return [sentence.make_span(*place) for place in find_spans(tags.split())]


def test_ranges_have_readable_names() -> None:
    assert range_names((1, 2, 3, 5)) == ["1 token", "2 tokens", "3–4 tokens", "5+ tokens"]
    assert range_names((1, 6)) == ["1–5 tokens", "6+ tokens"]


@given(st.integers(1, 100))
def test_range_is_the_one_that_the_number_lies_in(value: int) -> None:
    first, _, last = range_name(LENGTHS, value).partition(" ")[0].partition("–")
    low = int(first.rstrip("+"))
    assert low <= value
    assert first.endswith("+") or value <= int(last or low)


def test_tokens_are_split_by_word_and_by_length() -> None:
    right = [[True, False], [True] * 5 + [False], []]
    unseen = [[False, True], [False] * 6, []]
    words, lengths = token_breakdowns(right, unseen)
    assert [(g.name, g.count, g.score) for g in words.groups] == [
        ("known words", 7, 6 / 7),
        ("unseen words", 1, 0.0),
    ]
    assert [(g.name, g.count, g.score) for g in lengths.groups] == [
        ("1–5 tokens", 2, 0.5),
        ("6–10 tokens", 6, 5 / 6),
    ]


def test_spans_are_split_by_word_width_and_length() -> None:
    gold = [spans("B-X I-X O B-X"), spans("B-X")]
    predicted = [spans("B-X O O B-X"), spans("B-X")]
    pairs = [pair_spans(*of) for of in zip(gold, predicted, strict=True)]
    words, widths = span_breakdowns(pairs, [[False, True, False, False], [False]])
    # The span predicted too narrow has no unseen word any more.
    assert [(g.count, g.score) for g in words.groups] == [(2, pytest.approx(0.8)), (1, 0.0)]
    assert [(g.name, g.count, g.score) for g in widths.groups] == [
        ("1 token", 2, pytest.approx(0.8)),
        ("2 tokens", 1, 0.0),
    ]


def test_trait_with_a_single_group_says_nothing() -> None:
    assert token_breakdowns([[True]], [[False]]) == []
    pairs = [pair_spans(spans("B-X"), spans("B-X"))]
    assert span_breakdowns(pairs, [[False]]) == []
