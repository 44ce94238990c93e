from __future__ import annotations

import string
import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.features import (
    MAX_CHARACTERS,
    clip_word,
    hashed_features,
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


@given(st.text(st.characters()), st.integers(1, 2**24))
def test_hashes_are_buckets_of_the_features(word: str, buckets: int) -> None:
    hashed = hashed_features(word, buckets)
    assert hashed.dtype == "int64"
    encoded = [f.encode("utf-8", "surrogatepass") for f in word_features(word)]
    assert hashed.tolist() == [zlib.crc32(e) % buckets for e in encoded]


def test_hashes_are_the_same_in_every_process() -> None:
    """A model would be useless in another process otherwise; `hash` is salted there."""
    program = "from seqtag.text.features import hashed_features as f; print(*f('Übung', 32768))"
    here = " ".join(map(str, hashed_features("Übung", 32768)))
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_long_blob_has_no_more_features_than_a_long_word() -> None:
    assert len(hashed_features("x" * 300_000, 1000)) == len(hashed_features("x" * 40, 1000))
