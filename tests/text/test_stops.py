from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError
from seqtag.text.stops import StopStrings

words = st.text("ab\n", min_size=1, max_size=4)


def cut(text: str, stops: list[str]) -> tuple[str, bool]:
    """Return what is in front of the stop string that ends first, and whether there is one."""
    for end in range(1, len(text) + 1):
        lengths = [len(stop) for stop in stops if text[:end].endswith(stop)]
        if lengths:
            return text[: end - max(lengths)], True
    return text, False


def stream(pieces: list[str], stops: list[str]) -> tuple[list[str], bool]:
    found = StopStrings(stops)
    printed, is_over = [], False
    for piece in pieces:
        text, is_over = found.add(piece)
        printed.append(text)
    return [*printed, found.rest()], is_over


@given(st.lists(st.text("ab\n", max_size=3), max_size=12), st.lists(words, max_size=4))
def test_streaming_finds_what_a_search_of_the_whole_text_finds(
    pieces: list[str], stops: list[str]
) -> None:
    text, is_met = cut("".join(pieces), stops)
    printed, is_over = stream(pieces, stops)
    assert "".join(printed) == text
    assert is_over == is_met


@given(st.text("ab\n", max_size=12), st.lists(words, max_size=4))
def test_only_what_may_be_a_stop_string_is_held_back(text: str, stops: list[str]) -> None:
    found = StopStrings(stops)
    shown, is_over = found.add(text)
    if not is_over:
        held = text[len(shown) :]
        assert not held or any(stop.startswith(held) and stop != held for stop in stops)


def test_beginning_of_a_stop_string_is_held_back_until_it_is_none() -> None:
    found = StopStrings(["\n\n"])
    assert found.add("dog\n") == ("dog", False)
    assert found.add("cat") == ("\ncat", False)
    assert found.add("\n") == ("", False)
    assert found.rest() == "\n"
    assert found.rest() == ""


def test_nothing_comes_behind_a_stop_string() -> None:
    found = StopStrings(["."])
    assert found.add("A dog. A") == ("A dog", True)
    assert found.add(" cat") == ("", True)
    assert found.rest() == ""


def test_all_passes_where_there_are_no_stop_strings() -> None:
    assert stream(["a", "", "b"], []) == (["a", "", "b", ""], False)


def test_empty_stop_string_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        StopStrings(["a", ""])
