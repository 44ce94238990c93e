from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.translation_analysis import (
    MOST_CELLS,
    align,
    count_between,
    differences,
    find_questions,
    groups_of_lengths,
    middling,
    split_characters,
    split_spaces,
    split_words,
    symbol_confusions,
    writes_characters,
)
from seqtag.training.translation_scores import edit_distance
from tests.report.translation_results import make_translation, translation_result

WORDS = st.lists(st.sampled_from("abc"), max_size=8)
TEXTS = st.text(st.sampled_from("ab c.\u0301日本3"), max_size=12)


@given(WORDS, WORDS)
def test_alignment_has_both_texts_and_the_least_number_of_changes(
    wanted: list[str], written: list[str]
) -> None:
    pairs = align(wanted, written)
    assert pairs is not None
    assert [a for a, _ in pairs if a is not None] == wanted
    assert [b for _, b in pairs if b is not None] == written
    assert sum(a != b for a, b in pairs) == edit_distance(wanted, written)


def test_alignment_replaces_rather_than_leaves_out() -> None:
    assert align(["K", "AE", "T"], ["K", "IH", "T"]) == [("K", "K"), ("AE", "IH"), ("T", "T")]
    assert align("abcd", "abd") == [("a", "a"), ("b", "b"), ("c", None), ("d", "d")]
    assert align("", "x") == [(None, "x")]


def test_texts_that_are_too_long_are_not_aligned() -> None:
    length = int(MOST_CELLS**0.5) + 1
    assert align("a" * length, "b" * length) is None
    assert align("a" * length, "a" * length) == [("a", "a")] * length


@given(TEXTS)
def test_pieces_cover_all_but_spaces(text: str) -> None:
    for split in (split_words, split_characters, split_spaces):
        pieces = [text[start:end] for start, end in split(text)]
        assert "".join(pieces) == "".join(text.split())
    assert [text[start:end] for start, end in split_spaces(text)] == text.split()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Ein Hund, 3.5 kg!", ["Ein", "Hund", ",", "3", ".", "5", "kg", "!"]),
        ("日本 語x", ["日", "本", "語", "x"]),
        ("a\u0301b", ["a\u0301b"]),
        ("नमस्ते जी", ["नमस्ते", "जी"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
    ],
)
def test_words_are_split_from_marks(text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in split_words(text)] == pieces


def test_marks_stay_with_their_characters() -> None:
    text = "e\u0301 ष्"
    assert [text[start:end] for start, end in split_characters(text)] == ["e\u0301", "ष्"]


@given(WORDS, WORDS)
def test_what_does_not_differ_is_the_same_in_both(first: list[str], second: list[str]) -> None:
    marks = differences(first, second)
    kept = [
        [piece for piece, is_other in zip(side, only, strict=True) if not is_other]
        for side, only in zip((first, second), marks, strict=True)
    ]
    assert kept[0] == kept[1]
    if first == second:
        assert not any(marks[0])


def test_differing_pieces_are_found() -> None:
    assert differences(["a", "b", "c"], ["a", "x", "c", "d"]) == (
        [False, True, False],
        [False, True, False, True],
    )


@given(st.lists(st.floats(0, 100), max_size=30))
def test_values_are_counted_between_edges(values: list[float]) -> None:
    edges = [20.0, 40.0, 50.0, 80.0]
    inside = np.clip(values, 20.0, 80.0)
    assert count_between(values, edges) == np.histogram(inside, edges)[0].tolist()


def test_kind_of_symbols_is_told_by_the_units() -> None:
    words = [make_translation("cat", "K AE T"), make_translation("x", "")]
    assert not writes_characters(words)
    assert writes_characters([make_translation("cat", "кат", by_character=True)])
    assert not writes_characters([])


def test_sources_of_words_are_questions_with_several_answers() -> None:
    result = translation_result(
        ["read", "a", "read"], ["R IY D", "AH", "R IY D"], ["R EH T", "EY", "R IY D"]
    )
    assert [q.right for q in find_questions(result, by_character=False)] == [False, False, True]
    result = translation_result(
        *(["read", "a", "read"], ["R IH D", "AH", "R IH D"], ["R EH T", "EY", "R IY D"]),
        reads_characters=True,
    )
    first, second = find_questions(result, by_character=False)
    assert (first.number, first.reference, first.right) == (0, "R IY D", False)
    assert first.quality == max(result.quality[0], result.quality[2])
    assert (second.number, second.reference) == (1, "EY")


def test_confusions_are_counted_in_wrong_answers() -> None:
    result = translation_result(
        ["a", "b", "c", "d"],
        ["K IH T", "P IH", "AE", "S T"],
        ["K AE T", "P AE", "AE", "T"],
        reads_characters=True,
    )
    questions = find_questions(result, by_character=False)
    found, skipped = symbol_confusions(result, questions, by_character=False)
    assert skipped == 0
    assert [(c.wanted, c.given, c.count, c.share, c.example) for c in found] == [
        ("AE", "IH", 2, 2 / 3, 0),
        (None, "S", 1, None, 3),
    ]


def test_answers_too_long_to_be_compared_are_told() -> None:
    long = "a" * 600, "b" * 600
    result = translation_result(
        *(["x", "y"], [long[0], "c"], [long[1], "d"]), by_character=True, reads_characters=True
    )
    questions = find_questions(result, by_character=True)
    found, skipped = symbol_confusions(result, questions, by_character=True)
    assert [(c.wanted, c.given) for c in found] == [("d", "c")]
    assert skipped == 1


def test_pictures_are_of_middling_length_and_few_cells() -> None:
    lengths = [1, 5, 5, 6, 6, 7, 30, 50]
    texts = [" ".join("x" * length) for length in lengths]
    result = translation_result(texts, texts, [*texts[:3], "y", "y", "x", *texts[6:]])
    questions = find_questions(result, by_character=False)
    chosen = middling(result.translations, questions, 3, 10_000)
    assert len(chosen) == 3
    qualities = [questions[place].quality for place in chosen]
    assert qualities == sorted(qualities, reverse=True)
    assert 7 not in middling(result.translations, questions, 8, 10_000)
    assert len(middling(result.translations, questions, 8, 10_000)) == 7
    few = middling(result.translations, questions, 8, 100)
    assert sum((lengths[place] + 1) ** 2 for place in few) <= 100
    assert middling([], [], 8, 100) == []


def test_groups_of_lengths_keep_the_same_length_together() -> None:
    values = [(3, 1.0), (1, 0.0), (3, 0.0), (3, 0.5), (9, 1.0)]
    assert groups_of_lengths(values, 2) == [(1, 3, 4, 0.375), (9, 9, 1, 1.0)]
    assert groups_of_lengths([(2, 1.0)]) == [(2, 2, 1, 1.0)]
    assert groups_of_lengths([]) == []


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 1)), max_size=40))
def test_groups_of_lengths_hold_all_values_once(values: list[tuple[int, float]]) -> None:
    groups = groups_of_lengths(values)
    assert len(groups) <= 5
    assert sum(count for _, _, count, _ in groups) == len(values)
    ends = [end for low, high, _, _ in groups for end in (low, high)]
    assert ends == sorted(ends)
    assert len({high for _, high, _, _ in groups}) == len(groups)
    assert sum(n * mean for _, _, n, mean in groups) == pytest.approx(sum(v for _, v in values))
