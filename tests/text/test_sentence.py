from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.sentence import Sentence, Span, joined_offsets
from tests.helpers import run_threads


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


class FixedResults:
    """Results of one sentence that tell how often they were asked for."""

    def __init__(self) -> None:
        self.times = 0

    def of_row(self, sentence: Sentence, row: int) -> dict[str, Any]:
        self.times += 1
        return {
            "scores_by": {"X": [0.5] * row},
            "marginals_by": {"X": np.full((row, 2), 0.5)},
            "spans_by": {"X": [sentence.make_span(0, row, "X", 0.25)]},
        }


def expecting() -> tuple[Sentence, FixedResults]:
    sentence, results = Sentence(["a", "b"], {"X": ["B-X", "I-X"]}), FixedResults()
    sentence.expect(results, 2)
    return sentence, results


@pytest.mark.parametrize(
    "ask",
    [
        lambda sentence: sentence.scores == [0.5, 0.5],
        lambda sentence: sentence.marginals.tolist() == [[0.5, 0.5], [0.5, 0.5]],
        lambda sentence: sentence.spans == [Span(0, 2, "X", 0.25, "a b", 0, 3)],
        lambda sentence: "scores_by={'X': [0.5, 0.5]}" in repr(sentence),
        lambda sentence: dataclasses.asdict(sentence)["scores_by"] == {"X": [0.5, 0.5]},
        lambda sentence: dataclasses.replace(sentence, tokens=["c", "d"]).scores == [0.5, 0.5],
        lambda sentence: sentence != Sentence(["a", "b"], {"X": ["B-X", "I-X"]}),
    ],
)
def test_expected_results_are_computed_once_and_when_asked_for(
    ask: Callable[[Sentence], bool],
) -> None:
    sentence, results = expecting()
    assert (sentence.tags, len(sentence), sentence.text) == (["B-X", "I-X"], 2, "a b")
    assert results.times == 0
    assert ask(sentence)
    assert sentence.scores == [0.5, 0.5]
    assert sentence.spans[0].score == 0.25
    assert results.times == 1


@pytest.mark.parametrize(
    "make",
    [copy.copy, copy.deepcopy, lambda sentence: pickle.loads(pickle.dumps(sentence))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copy_has_all_results_and_is_changed_alone(make: Callable[[Sentence], Sentence]) -> None:
    sentence, _ = expecting()
    made = make(sentence)
    for item in dataclasses.fields(Sentence):
        if item.init and item.name != "marginals_by":
            assert getattr(made, item.name) == getattr(sentence, item.name)
    assert np.array_equal(made.marginals, sentence.marginals)
    made.tags_by = {}
    assert sentence.tags == ["B-X", "I-X"]


def test_copy_of_a_sentence_without_results_is_equal() -> None:
    for sentence in (
        Sentence(["a", "b"]),
        Sentence([]),
        Sentence(["a"], text="<a>", offsets=[(1, 2)]),
    ):
        assert copy.copy(sentence) == copy.deepcopy(sentence) == sentence
        assert pickle.loads(pickle.dumps(sentence)) == sentence


def test_what_is_set_before_results_are_asked_for_is_kept() -> None:
    for name in ("scores_by", "marginals_by", "spans_by"):
        sentence, _ = expecting()
        own: dict[str, Any] = {"X": []}
        setattr(sentence, name, own)
        others = {"scores_by", "marginals_by", "spans_by"} - {name}
        assert all(getattr(sentence, other)["X"] is not own["X"] for other in others)
        assert all(len(getattr(sentence, other)["X"]) for other in others)
        assert getattr(sentence, name) is own


@pytest.mark.parametrize("name", ["scores_by", "marginals_by", "spans_by"])
def test_threads_that_look_at_the_same_time_get_the_same_object(name: str) -> None:
    both = threading.Barrier(2)

    class SlowResults(FixedResults):
        def of_row(self, sentence: Sentence, row: int) -> dict[str, Any]:
            values = super().of_row(sentence, row)
            both.wait(timeout=60)  # each has computed values before any of them sets its own
            return values

    sentence = Sentence(["a", "b"], {"X": ["B-X", "I-X"]})
    sentence.expect(SlowResults(), 2)
    found: list[object] = []
    run_threads(lambda _: found.append(getattr(sentence, name)), 2)
    assert len(found) == 2
    assert found[0] is found[1] is getattr(sentence, name)


def test_text_may_be_set_before_offsets_are_asked_for() -> None:
    sentence = Sentence(["a", "b"])
    sentence.text = "a  b"
    assert sentence.offsets == [(0, 1), (2, 3)]
    assert sentence.text == "a  b"


def test_unknown_attribute_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tag'"):
        _ = Sentence(["a"]).tag  # type: ignore[attr-defined]
    assert not hasattr(Sentence.__new__(Sentence), "tokens")


def test_sentences_are_compared_with_their_arrays() -> None:
    def make(*values: float) -> Sentence:
        marginals = np.array([values, values])
        return Sentence(["a", "b"], {"X": ["A", "B"]}, marginals_by={"X": marginals})

    assert make(0.25, 0.75) == make(0.25, 0.75)
    assert make(0.25, 0.75) != make(0.5, 0.5)
    assert make(0.25, 0.75) != make(0.25, 0.5, 0.25)
    assert make(0.25, 0.75) != Sentence(["a", "b"], {"X": ["A", "B"]})
    assert make(0.25, 0.75) != dataclasses.replace(make(0.25, 0.75), tokens=["a", "c"])
    assert make(0.25, 0.75) != "a b"


class SpanOfTheLastToken:
    """Gives the second of two tokens as a span."""

    def of_row(self, sentence: Sentence, row: int) -> dict[str, Any]:
        return {
            "scores_by": {"X": [0.5, 0.5]},
            "marginals_by": {"X": np.full((2, 2), 0.5)},
            "spans_by": {"X": [sentence.make_span(1, 2, "A")]},
        }


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("look", [False, True])
def test_results_are_those_of_the_tokens_that_were_tagged(raw: bool, look: bool) -> None:
    """Whatever becomes of the tokens, and of offsets made from them, before the first look."""
    given: dict[str, Any] = {"text": "«ab.»", "offsets": [(1, 3), (3, 4)]} if raw else {}

    def tagged() -> Sentence:
        sentence = Sentence(["ab", "."], **given)
        sentence.expect(SpanOfTheLastToken(), 0)
        return sentence

    wanted = tagged().spans
    assert (wanted[0].text, wanted[0].start_char) == (".", 3)
    changes: list[Callable[[list[str]], object]] = [
        list.pop,
        list.clear,
        list.reverse,
        lambda tokens: tokens.append("c"),
        lambda tokens: tokens.__setitem__(0, "abcdef"),
    ]
    for change in changes:
        sentence = tagged()
        change(sentence.tokens)
        if look:
            assert len(sentence.offsets) == (2 if raw else len(sentence.tokens))
        assert sentence.spans == wanted


def test_untagged_sentence_has_its_own_tokens() -> None:
    sentence = Sentence(["a", "b"])
    untagged = sentence.untagged()
    sentence.tokens.pop()
    assert untagged.tokens == ["a", "b"]


def test_fields_are_what_a_sentence_tells() -> None:
    names = [item.name for item in dataclasses.fields(Sentence)]
    assert not [name for name in names if name.startswith("_")]
    assert list(dataclasses.asdict(Sentence(["a"]))) == names
    assert not hasattr(Sentence(["a"]), "__dict__")
