from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.vocabulary import UNKNOWN, Vocabulary, count_vocabulary


def test_numbers_follow_the_order_of_the_items() -> None:
    tags = Vocabulary(["O", "B-X"], has_unknown=False)
    assert [tags["O"], tags["B-X"]] == [0, 1]
    assert tags.encode(["B-X", "O", "B-X"]) == [1, 0, 1]
    assert list(tags) == tags.items == ["O", "B-X"]
    assert len(tags) == 2


def test_number_of_the_unknown_entry_comes_first() -> None:
    words = Vocabulary(["the", "cat"], has_unknown=True)
    assert words.encode(["dog", "the", "cat"]) == [UNKNOWN, 1, 2]
    assert len(words) == 3


def test_unlisted_string_without_unknown_entry_has_no_number() -> None:
    tags = Vocabulary(["O"], has_unknown=False)
    with pytest.raises(KeyError, match="B-X"):
        tags.encode(["B-X"])


@given(st.lists(st.sampled_from("abcd"), unique=True), st.lists(st.sampled_from("abcdef")))
@pytest.mark.parametrize("has_unknown", [False, True])
def test_unlisted_strings_can_be_left_out(
    has_unknown: bool, items: list[str], strings: list[str]
) -> None:
    vocabulary = Vocabulary(items, has_unknown=has_unknown)
    numbers = vocabulary.encode_listed(strings)
    assert numbers == [vocabulary[string] for string in strings if string in items]


def test_only_listed_strings_are_contained() -> None:
    words = Vocabulary(["the"], has_unknown=True)
    assert "the" in words
    assert "dog" not in words


def test_string_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="lists a string twice"):
        Vocabulary(["a", "b", "a"], has_unknown=True)


@given(st.lists(st.text(), unique=True), st.booleans())
def test_numbers_are_all_different_and_without_gaps(items: list[str], has_unknown: bool) -> None:
    vocabulary = Vocabulary(items, has_unknown=has_unknown)
    numbers = vocabulary.encode(items)
    assert numbers == list(range(int(has_unknown), len(vocabulary)))


def test_frequent_strings_come_first_and_ties_in_alphabetical_order() -> None:
    counted = count_vocabulary({"b": 1, "c": 3, "a": 1}, has_unknown=False)
    assert counted.items == ["c", "a", "b"]


@given(st.dictionaries(st.text(), st.integers(0, 3)))
def test_order_of_counting_does_not_matter(counts: dict[str, int]) -> None:
    counted = count_vocabulary(counts, has_unknown=True)
    turned = count_vocabulary(dict(reversed(counts.items())), has_unknown=True)
    assert counted.items == turned.items


def test_rare_strings_are_left_out() -> None:
    counts = {"a": 1, "b": 2, "c": 3}
    assert count_vocabulary(counts, has_unknown=True, min_count=2).items == ["c", "b"]
    assert count_vocabulary({"a": 0}, has_unknown=False, min_count=0).items == ["a"]


def test_first_strings_keep_their_place_whatever_their_count() -> None:
    counts = {"a": 5, "b": 4, "c": 1}
    counted = count_vocabulary(counts, has_unknown=True, min_count=2, first=["z", "c"])
    assert counted.items == ["z", "c", "a", "b"]


def test_most_frequent_strings_are_taken_up_to_a_number() -> None:
    counts = {"a": 1, "b": 3, "c": 2}
    assert count_vocabulary(counts, has_unknown=True, max_items=2).items == ["b", "c"]
    kept = count_vocabulary(counts, has_unknown=True, max_items=2, first=["x"])
    assert kept.items == ["x", "b"]
    kept = count_vocabulary(counts, has_unknown=True, max_items=1, first=["x", "y"])
    assert kept.items == ["x", "y"]
