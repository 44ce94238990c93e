from __future__ import annotations

import itertools
import string
import tracemalloc
from collections import Counter
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.features import (
    MAX_CHARACTERS,
    clip_word,
    count_features,
    short_shape,
    word_features,
    word_shape,
)


@given(st.text())
def test_clipped_word_keeps_beginning_and_end(word: str) -> None:
    clipped = clip_word(word)
    assert len(clipped) == min(len(word), MAX_CHARACTERS)
    assert word.startswith(clipped[: MAX_CHARACTERS // 2])
    assert word.endswith(clipped[MAX_CHARACTERS // 2 :])


def test_word_of_the_longest_size_is_whole() -> None:
    word = "ab" * (MAX_CHARACTERS // 2)
    assert clip_word(word) == word
    assert clip_word(word + "c") != word + "c"


@pytest.mark.parametrize(
    ("word", "shape", "short"),
    [
        ("McDonald's-24", "XxXxxxxx'x-dd", "XxXx'x-d"),
        ("ÄRÖ", "XXX", "X"),
        ("东京", "xx", "x"),
        ("٣,5", "d,d", "d,d"),
        ("...", "...", "."),
        ("", "", ""),
    ],
)
def test_shape_tells_kinds_of_characters(word: str, shape: str, short: str) -> None:
    assert word_shape(word) == shape
    assert short_shape(shape) == short


@given(st.text(st.characters()))
def test_shapes_hold_a_mark_for_each_character_or_run(word: str) -> None:
    marks = [
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    ]
    assert word_shape(word) == "".join(marks)
    assert short_shape(word_shape(word)) == "".join(mark for mark, _ in itertools.groupby(marks))


def test_features_are_word_shapes_affixes_and_ngrams() -> None:
    assert sorted(word_features("Abc")) == sorted(
        [
            "wabc",
            "hXxx",
            "rXx",
            *("pa", "pab", "pabc"),
            *("sc", "sbc", "sabc"),
            *("n<ab", "nabc", "nbc>", "n<abc", "nabc>", "n<abc>"),
        ]
    )


def test_affixes_have_four_characters_and_ngrams_five_at_most() -> None:
    features = word_features("internationalization")
    for kind, longest in [("p", 4), ("s", 4), ("n", 5)]:
        assert max(len(f) - 1 for f in features if f[0] == kind) == longest


@given(st.text(string.ascii_letters + string.digits + "-."))
def test_case_shows_in_the_shapes_alone(word: str) -> None:
    different = set(word_features(word)) ^ set(word_features(word.lower()))
    assert {feature[0] for feature in different} <= {"h", "r"}


def test_long_blob_has_no_more_features_than_a_long_word() -> None:
    assert len(word_features("x" * 300_000)) == len(word_features("x" * 40))


@pytest.mark.parametrize("counters", [1, 64, 1 << 22])
@given(
    words=st.lists(st.text("abAB1", max_size=5) | st.text(max_size=5), unique=True),
    min_words=st.integers(1, 4),
)
def test_features_are_counted_once_a_word(counters: int, words: list[str], min_words: int) -> None:
    """However many of them have a checksum in common."""
    expected: Counter[str] = Counter()
    for word in words:
        expected.update(set(word_features(word)))
    with mock.patch("seqtag.text.features._COUNTERS", counters):
        counts = count_features(words, min_words)
    assert counts == {feature: n for feature, n in expected.items() if n >= min_words}


def test_features_of_surrogates_are_counted() -> None:
    assert count_features(["a\ud800", "b\ud800"], 2)["s\ud800"] == 2


def test_memory_goes_by_the_features_that_are_shared() -> None:
    words = ["".join(chr(0x4E00 + 20 * n + i) for i in range(10)) for n in range(1000)]
    tracemalloc.start()
    counts = count_features(words, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(counts) == {"hxxxxxxxxxx", "rx"}
    assert peak < 18e6  # the counters alone are 16.8 MB; all features would be 4 MB more
