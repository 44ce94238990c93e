from __future__ import annotations

import pytest

from seqtag.report.translation_analysis import split_characters, split_words
from seqtag.report.translation_texts import MOST_PIECES, Pair, Split, hypotheses, pair_example
from tests.report.markup import read
from tests.report.translation_results import make_translation


def marks(reference: str, given: str, split: Split = split_words) -> list[str]:
    pair = Pair(make_translation("a source", given), reference, 11, 45.67)
    return [element.text for element in read(pair_example(pair, split)).named("mark")]


def test_pair_is_shown_with_its_place_and_all_three_texts() -> None:
    pair = Pair(make_translation("A dog.", "Der Hund."), "Ein Hund.", 1233, 45.67)
    found = read(pair_example(pair, split_words))
    assert found.texts("dt") == ["source", "reference", "translation"]
    assert found.texts("dd") == ["A dog.", "Ein Hund.", "Der Hund."]
    assert found.texts("p", "place") == ["pair 1,234 · chrF 45.7"]
    assert [e.text for e in found.named("mark")] == ["Ein", "Der"]


@pytest.mark.parametrize(
    ("reference", "given", "expected"),
    [
        ("a b c", "a b c", []),
        ("a b c", "a x y c", ["b", "x y"]),
        ("one  two  three.", "two. three,", ["one", ".", ".", ","]),
        ("a", "", ["a"]),
    ],
)
def test_differences_are_marked_neighbours_together(
    reference: str, given: str, expected: list[str]
) -> None:
    assert marks(reference, given) == expected


def test_characters_are_marked_with_their_accents() -> None:
    assert marks("cafe\u0301", "cafa", split_characters) == ["e\u0301", "a"]


def test_empty_translations_are_told() -> None:
    pair = Pair(make_translation("a", ""), "b", 0, 0.0)
    assert read(pair_example(pair, split_words)).texts("dd")[2] == "empty"


def test_long_texts_are_cut() -> None:
    long = " ".join(f"w{number}" for number in range(5000))
    pair = Pair(make_translation(long, long + " " + "x" * 9999), "x" * 99_999, 0, 0.0)
    source = pair_example(pair, split_words)
    found = read(source)
    assert f"the first {MOST_PIECES} of 5,001 words or symbols" in found.texts("p", "place")[0]
    assert all(shown.endswith("…") for shown in found.texts("dd"))
    assert len(source) < 5000


def test_hypotheses_are_listed_and_the_reference_among_them_is_told() -> None:
    pair = Pair(make_translation("a", "x", ["y", "", "z"]), "y", 4, 10.0)
    found = read(hypotheses(pair, 3))
    assert found.texts("li") == ["x −0.50", "y −1.50 · the reference", "empty −2.50"]
    assert found.texts("li", "found") == ["y −1.50 · the reference"]
    assert found.texts("dd") == ["a", "y"]
