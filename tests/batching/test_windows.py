from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import Window, cut, overlapping_windows


@given(st.integers(0, 400), st.integers(4, 60))
def test_every_token_is_kept_from_exactly_one_window(length: int, max_length: int) -> None:
    windows = overlapping_windows(length, max_length)
    kept = [token for w in windows for token in range(w.keep_start, w.keep_end)]
    assert kept == list(range(length))


@given(st.integers(1, 400), st.integers(4, 60))
def test_windows_lie_in_the_sequence_and_none_is_too_long(length: int, max_length: int) -> None:
    for w in overlapping_windows(length, max_length):
        assert 0 <= w.start <= w.keep_start < w.keep_end <= w.end <= length
        assert w.end - w.start == min(length, max_length)


@given(st.integers(1, 400), st.integers(4, 60))
def test_kept_token_has_context_on_either_side(length: int, max_length: int) -> None:
    quarter = max_length // 4
    for w in overlapping_windows(length, max_length):
        assert w.start == 0 or w.keep_start - w.start >= quarter
        assert w.end == length or w.end - w.keep_end >= quarter


@given(st.integers(61, 5000), st.integers(4, 60))
def test_no_token_is_read_much_more_than_twice(length: int, max_length: int) -> None:
    windows = overlapping_windows(length, max_length)
    assert len(windows) <= 2 + (length - max_length) // (max_length // 2)


def test_short_sequence_is_one_window() -> None:
    assert overlapping_windows(8, 8) == [Window(0, 8, 0, 8)]


def test_windows_overlap_by_half_and_the_last_ends_with_the_sequence() -> None:
    assert overlapping_windows(17, 8) == [
        Window(0, 8, 0, 6),
        Window(4, 12, 6, 10),
        Window(8, 16, 10, 12),
        Window(9, 17, 12, 17),
    ]


@given(st.integers(1, 500), st.integers(1, 60))
def test_pieces_follow_each_other_and_are_of_nearly_equal_length(
    length: int, max_length: int
) -> None:
    pieces = list(cut(length, max_length))
    sizes = [end - start for start, end in pieces]
    assert [token for start, end in pieces for token in range(start, end)] == list(range(length))
    assert max(sizes) <= max_length
    assert max(sizes) - min(sizes) <= 1
    assert len(pieces) == -(-length // max_length)


@pytest.mark.parametrize(
    ("length", "pieces"), [(0, [(0, 0)]), (4, [(0, 4)]), (5, [(0, 2), (2, 5)])]
)
def test_sequence_is_cut_only_where_it_is_too_long(
    length: int, pieces: list[tuple[int, int]]
) -> None:
    assert list(cut(length, 4)) == pieces
