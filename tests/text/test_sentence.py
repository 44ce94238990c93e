from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.sentence import Sentence, Span, joined_offsets


def test_text_and_offsets_are_those_of_joined_tokens() -> None:
    sentence = Sentence(["Ada", "", "läuft"])
    assert sentence.text == "Ada  läuft"
    assert sentence.offsets == [(0, 3), (4, 4), (5, 10)]


def test_given_text_and_offsets_are_kept() -> None:
    sentence = Sentence(["Ada", "."], text="«Ada.»", offsets=[(1, 4), (4, 5)])
    assert sentence.text == "«Ada.»"
    assert sentence.offsets == [(1, 4), (4, 5)]


def test_text_without_tokens_is_kept() -> None:
    assert Sentence([], text="  ").text == "  "


@given(st.lists(st.text()))
def test_joined_offsets_cut_the_tokens_out_of_the_text(tokens: list[str]) -> None:
    text = " ".join(tokens)
    assert [text[start:end] for start, end in joined_offsets(tokens)] == tokens


def test_length_is_the_number_of_tokens() -> None:
    assert len(Sentence(["a", "b"])) == 2
    assert len(Sentence([])) == 0


def test_short_forms_are_those_of_the_first_column() -> None:
    span = Span(0, 1, "X", 0.5, "a", 0, 1)
    sentence = Sentence(
        ["a"],
        tags_by={"NER": ["B-X"], "UPOS": ["NOUN"]},
        scores_by={"NER": [0.5], "UPOS": [0.25]},
        marginals_by={"NER": np.array([[0.5, 0.5]]), "UPOS": np.array([[1.0]])},
        spans_by={"NER": [span]},
    )
    assert sentence.tags == ["B-X"]
    assert sentence.scores == [0.5]
    assert sentence.marginals.tolist() == [[0.5, 0.5]]
    assert sentence.spans == [span]


def test_short_forms_are_empty_where_nothing_was_predicted() -> None:
    sentence = Sentence(["a", "b"])
    assert (sentence.tags, sentence.scores, sentence.spans) == ([], [], [])
    assert sentence.marginals.shape == (2, 0)


@pytest.mark.parametrize(
    ("start", "end", "text", "place"),
    [(0, 1, "New", (2, 5)), (0, 2, "New  York", (2, 11)), (1, 3, "York.", (7, 12))],
)
def test_span_is_a_stretch_of_the_raw_text(
    start: int, end: int, text: str, place: tuple[int, int]
) -> None:
    sentence = Sentence(
        ["New", "York", "."], text="> New  York.", offsets=[(2, 5), (7, 11), (11, 12)]
    )
    span = sentence.make_span(start, end, "LOC", 0.75)
    assert span == Span(start, end, "LOC", 0.75, text, *place)


def test_annotated_span_is_certain() -> None:
    assert Sentence(["a"]).make_span(0, 1, "X").score == 1.0


def test_sentences_do_not_share_results() -> None:
    first, second = Sentence(["a"]), Sentence(["a"])
    first.tags_by["X"] = ["O"]
    assert second.tags_by == {}
