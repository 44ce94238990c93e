from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.long_texts import cut_text
from seqtag.text.units import Characters, Units, Words, learn_units

CHARACTERS = Characters(list("abcdefghijklmnopqrstuvwxyz ,.!"))


def cut(text: str, limit: int, units: Units = CHARACTERS) -> list[str]:
    return list(cut_text(units, text, limit))


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("short", 10, ["short"]),
        ("one two. three four.", 12, ["one two.", "three four."]),
        ("one two, three four", 12, ["one two,", "three four"]),
        ("one two three four", 12, ["one two", "three four"]),
        ("abcdefghij", 4, ["ab", "cde", "fg", "hij"]),
        # The place that is near the middle, not the first one.
        ("no. this goes on. and on, yes", 20, ["no. this goes on.", "and on, yes"]),
        ('he said "go." and went', 14, ['he said "go."', "and went"]),
        # No number and no time of day is torn apart.
        ("dogs eat 10,000 sausages", 18, ["dogs eat 10,000", "sausages"]),
        ("", 4, []),
        ("   ", 4, []),
    ],
)
def test_texts_are_cut_where_it_hurts_least(text: str, limit: int, pieces: list[str]) -> None:
    assert cut(text, limit) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("我爱你。他来了！", ["我爱你。", "他来了！"]),
        ("「我爱你。」他来了！", ["「我爱你。」", "他来了！"]),
        ("我爱你，他来了", ["我爱你，", "他来了"]),
    ],
)
def test_texts_without_spaces_are_cut_behind_their_marks(text: str, pieces: list[str]) -> None:
    assert cut(text, 6, Characters(sorted(set(text)))) == pieces


@given(st.text("ab .,!\t", max_size=120), st.integers(1, 20))
def test_nothing_is_lost_and_no_piece_is_too_long(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    for piece in pieces:
        assert 1 <= len(CHARACTERS.encode(piece).numbers) <= limit


@given(st.text("abc. \U0001f600é", max_size=80), st.integers(4, 12))
def test_subwords_keep_the_limit_as_well(text: str, limit: int) -> None:
    units = SUBWORDS
    pieces = cut(text, limit, units)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(1 <= len(units.encode(piece).numbers) <= limit for piece in pieces)


SUBWORDS = learn_units("subword", ["abc abc. ab bca cab"] * 3, size=12)


def test_words_are_never_cut_where_there_are_spaces() -> None:
    units = Words([], tokenizer="space")
    text = " ".join(f"word{n}" for n in range(50))
    pieces = cut(text, 7, units)
    assert [word for piece in pieces for word in piece.split()] == text.split()
    assert all(len(piece.split()) <= 7 for piece in pieces)


@pytest.mark.parametrize("word", ["a", "ab, ", "ab ", "abc. "])
def test_very_long_texts_are_cut_quickly(word: str) -> None:
    text = word * (200_000 // len(word))
    started = time.perf_counter()
    pieces = cut(text, 500)
    assert time.perf_counter() - started < 5
    assert len(pieces) < 2 * len(text) / 250
