from __future__ import annotations

import json
import math
import sys
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.spelling import END_KEY, Spelling, learn_spelling, spelling_from_json

counts = st.dictionaries(
    st.sampled_from(["a", "b", "c", " ", "ä", "😀", END_KEY]), st.integers(1, 50), max_size=5
)


def test_cost_is_that_of_the_characters_and_the_end() -> None:
    spelling = Spelling({"a": 5, "b": 2, END_KEY: 2})  # and one for what was never seen
    assert spelling.cost("") == pytest.approx(-math.log(0.2))
    assert spelling.cost("ab") == pytest.approx(-math.log(0.5 * 0.2 * 0.2))
    rare = 0.1 / (sys.maxunicode + 1)
    assert spelling.cost("xa") == pytest.approx(-math.log(rare * 0.5 * 0.2))


def test_common_characters_cost_least_and_all_can_be_spelt() -> None:
    spelling = learn_spelling(["the lobster is the one"])
    assert spelling.cost(" the") < spelling.cost(" zzz") < math.inf
    assert math.isfinite(spelling.cost("\ud800\uffff\U0010ffff"))
    assert math.isfinite(Spelling({}).cost("a"))


@given(counts)
def test_probabilities_of_a_step_add_up_to_less_than_one(given_counts: dict[str, int]) -> None:
    spelling = Spelling(given_counts)
    end = spelling.cost("")
    seen = [item for item in spelling.counts if item != END_KEY]
    steps = [math.exp(-end)] + [math.exp(end - spelling.cost(item)) for item in seen]
    unseen = sys.maxunicode + 1 - len(seen)
    steps.append(unseen * math.exp(end - spelling.cost("\u0904")))
    assert 0.99 - 1 / sum(spelling.counts.values()) < math.fsum(steps) <= 1 + 1e-12


@given(counts)
def test_probabilities_of_strings_add_up_to_less_than_one(given_counts: dict[str, int]) -> None:
    spelling = Spelling(given_counts)
    letters = ["a", "b", "x"]
    strings = ("".join(s) for length in range(6) for s in product(letters, repeat=length))
    assert math.fsum(math.exp(-spelling.cost(string)) for string in strings) <= 1 + 1e-12


def test_words_end_where_spaces_are_unless_it_is_told() -> None:
    assert Spelling({"a": 9, " ": 4}).counts[END_KEY] == 4
    assert Spelling({"a": 9}).counts[END_KEY] == 1
    assert Spelling({"a": 9, " ": 4, END_KEY: 7}).counts[END_KEY] == 7


def test_spelling_is_learnt_from_words_with_the_spaces_in_front() -> None:
    spelling = learn_spelling(["ab  b\tb", "", "b\ud800"])
    assert spelling.counts == {END_KEY: 4, " ": 4, "a": 1, "b": 4}
    assert learn_spelling(["b\ud800", "", "b b ab"]) == spelling


@given(counts)
def test_spelling_is_made_again_of_json(given_counts: dict[str, int]) -> None:
    spelling = Spelling(given_counts)
    text = json.dumps(spelling.to_json())
    made = spelling_from_json(json.loads(text))
    assert made == spelling
    assert made.cost("abä?") == spelling.cost("abä?")
    # Whatever the order in which characters were counted.
    turned = Spelling(dict(reversed(given_counts.items())))
    assert json.dumps(turned.to_json()) == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"counts": None},
        {"counts": ["a"]},
        {"counts": {"a": 1.5}},
        {"counts": {"a": True}},
        {"counts": {"a": "1"}},
        {"counts": {"a": 0}},
        {"counts": {"a": -1}},
        {"counts": {"ab": 1}},
        {"counts": {"\ud800": 1}},
    ],
)
def test_damaged_json_is_refused(value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        spelling_from_json(value)


def test_spelling_equals_no_other_thing() -> None:
    assert Spelling({"a": 1}) != {"a": 1}
