from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.gazetteer import BEGIN, END, INSIDE, MAX_LABELS, OUTSIDE, SINGLE, Gazetteer
from tests.helpers import run_threads

Phrases = list[tuple[tuple[str, ...], str]]

tokens = st.sampled_from(["a", "b", "A"])
phrases: st.SearchStrategy[Phrases] = st.lists(
    st.tuples(st.lists(tokens, min_size=1, max_size=4).map(tuple), st.sampled_from("XYZ")),
    max_size=8,
)
# A token of a sentence may be anything, also what cannot be in a phrase.
sentences = st.lists(st.one_of(tokens, st.sampled_from(["", " ", "\t"])), max_size=12)


def searched(phrases: Phrases, sentence: Sequence[str], *, ignore_case: bool) -> list[list[int]]:
    """Return what `Gazetteer.match` should, found by comparing every run with every phrase."""

    def fold(words: Sequence[str]) -> list[str]:
        return [word.lower() if ignore_case else word for word in words]

    labels = sorted({label for _, label in phrases})
    rows = [[OUTSIDE] * len(labels) for _ in sentence]
    for column, label in enumerate(labels):
        listed = [fold(phrase) for phrase, of in phrases if of == label]
        start = 0
        while start < len(sentence):
            runs = [fold(sentence[start:end]) for end in range(len(sentence), start, -1)]
            length = next((len(run) for run in runs if run in listed), 0)
            for place in range(start, start + length):
                rows[place][column] = INSIDE
            if length:
                rows[start][column] = BEGIN
                rows[start + length - 1][column] = END
            if length == 1:
                rows[start][column] = SINGLE
            start += max(length, 1)
    return rows


@given(phrases, sentences, st.booleans())
def test_matches_are_those_of_a_search(
    phrases: Phrases, sentence: list[str], ignore_case: bool
) -> None:
    gazetteer = Gazetteer(phrases, ignore_case=ignore_case)
    found = gazetteer.match(sentence)
    assert found.dtype == "int64"
    assert found.shape == (len(sentence), len(gazetteer.labels))
    assert found.tolist() == searched(phrases, sentence, ignore_case=ignore_case)


@given(phrases, sentences, st.booleans())
def test_entries_make_the_same_gazetteer(
    phrases: Phrases, sentence: list[str], ignore_case: bool
) -> None:
    gazetteer = Gazetteer(phrases, ignore_case=ignore_case)
    copy = Gazetteer.from_entries(gazetteer.entries, ignore_case=ignore_case)
    assert copy.entries == gazetteer.entries
    assert copy.labels == gazetteer.labels
    assert copy.match(sentence).tolist() == gazetteer.match(sentence).tolist()


@given(phrases, st.booleans())
def test_entries_are_the_phrases_in_order(phrases: Phrases, ignore_case: bool) -> None:
    lines = {f"{' '.join(phrase)}\t{label}" for phrase, label in phrases}
    if ignore_case:
        lines = {line.replace("A", "a") for line in lines}
    assert Gazetteer(phrases, ignore_case=ignore_case).entries == sorted(lines)


@given(phrases)
def test_order_of_the_phrases_does_not_matter(phrases: Phrases) -> None:
    first, second = Gazetteer(phrases), Gazetteer(phrases[::-1])
    sentence = ["a", "b", "a", "a", "b"]
    assert first.labels == second.labels
    assert first.match(sentence).tolist() == second.match(sentence).tolist()


def test_every_place_of_a_phrase_has_its_number() -> None:
    gazetteer = Gazetteer(
        [
            (["New", "York"], "LOC"),
            (["New", "York", "Times", "Company"], "ORG"),
            (["York"], "PER"),
            (["Paris"], "LOC"),
        ]
    )
    assert gazetteer.labels == ["LOC", "ORG", "PER"]
    assert gazetteer.match(["the", "NEW", "york", "Times", "Company", "Paris"]).tolist() == [
        [OUTSIDE, OUTSIDE, OUTSIDE],
        [BEGIN, BEGIN, OUTSIDE],
        [END, INSIDE, SINGLE],
        [OUTSIDE, INSIDE, OUTSIDE],
        [OUTSIDE, END, OUTSIDE],
        [SINGLE, OUTSIDE, OUTSIDE],
    ]
    assert sorted([OUTSIDE, SINGLE, BEGIN, INSIDE, END]) == list(range(Gazetteer.NUM_PLACES))


def test_case_is_folded_as_unicode_does() -> None:
    gazetteer = Gazetteer([(["Straße"], "LOC"), (["ΟΔΟΣ"], "LOC")])
    assert gazetteer.match(["STRASSE", "οδος", "οδός"]).tolist() == [[SINGLE], [SINGLE], [OUTSIDE]]


def test_case_counts_where_it_is_not_ignored() -> None:
    gazetteer = Gazetteer([(["May"], "PER")], ignore_case=False)
    assert gazetteer.match(["may", "May", "MAY"]).tolist() == [[OUTSIDE], [SINGLE], [OUTSIDE]]


def test_phrases_may_be_longer_than_calls_nest() -> None:
    phrase = ["x"] * (2 * sys.getrecursionlimit())
    gazetteer = Gazetteer([(phrase, "X"), (["x", "y"], "X")])
    assert gazetteer.entries == [" ".join(phrase) + "\tX", "x y\tX"]
    assert gazetteer.match(phrase)[[0, 1, -1], 0].tolist() == [BEGIN, INSIDE, END]


def test_no_phrases_give_no_columns() -> None:
    gazetteer = Gazetteer([])
    assert gazetteer.match(["a", "b"]).shape == (2, 0)
    assert gazetteer.labels == gazetteer.entries == []


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        (([], "X"), "a phrase of label 'X' has no tokens"),
        ((["a", ""], "X"), "'' is no token or label of a phrase"),
        ((["a b"], "X"), "'a b' is no token"),
        ((["a\tb"], "X"), r"'a\\tb' is no token"),
        ((["a\n"], "X"), r"'a\\n' is no token"),
        ((["a"], ""), "'' is no token or label"),
        ((["a"], "X Y"), "'X Y' is no token or label"),
    ],
)
def test_phrases_that_could_not_be_written_are_refused(
    phrase: tuple[list[str], str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Gazetteer([phrase])


@pytest.mark.parametrize("entry", ["", "a", "a\t", "\tX", "a  b\tX", " a\tX", "a\tX\tY", "a\tX Y"])
def test_damaged_entries_are_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="is no token or label"):
        Gazetteer.from_entries(["b\tX", entry])


def test_number_of_labels_is_limited() -> None:
    most = [(["a"], f"L{number:02}") for number in range(MAX_LABELS)]
    assert Gazetteer(most).match(["a"]).tolist() == [[SINGLE] * MAX_LABELS]
    with pytest.raises(ValueError, match=f"more than {MAX_LABELS} labels"):
        Gazetteer([*most, (["a"], "more")])


def test_threads_may_share_a_gazetteer() -> None:
    gazetteer = Gazetteer([(["a", "b"], "X"), (["b"], "Y")])
    expected = gazetteer.match(["a", "b", "b"] * 20).tolist()

    def work(_: int) -> None:
        for _ in range(50):
            assert gazetteer.match(["a", "b", "b"] * 20).tolist() == expected

    run_threads(work, 4)
