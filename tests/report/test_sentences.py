from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtag.report.html import clip, text
from seqtag.report.sentences import (
    CONTEXT,
    LONGEST_EXAMPLE,
    Mark,
    note,
    sentence,
    single,
    span_sentence,
    versions,
    window,
)
from seqtag.text.sentence import Sentence
from tests.report.markup import read


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_window_has_what_the_example_is_about(place: tuple[int, int]) -> None:
    length, start = place
    low, high = window(length, start, start + 1)
    assert 0 <= low <= start < high <= length
    assert high - low <= 2 * CONTEXT + 1
    low, high = window(length, 0, length)
    assert (low, high) == (0, min(length, LONGEST_EXAMPLE))


def shown(words: str, marks: list[Mark], part: tuple[int, int] | None = None) -> str:
    tokens = words.split()
    found = read(sentence(tokens, marks, part or (0, len(tokens))))
    return " ".join(found.elements[0].text.split())


def test_sentence_has_all_of_its_words_and_notes() -> None:
    marks = [Mark(1, 3, note("X")), Mark(3, 4, note("Y", "50 %"))]
    assert shown("a b c d e", marks) == "a b c X d Y 50 % e"
    tokens = ["a", "b", "c", "d", "e"]
    found = read(sentence(tokens, marks, (0, 5)))
    assert found.texts("mark") == ["b c X", "d Y 50 %"]


def test_what_is_left_out_is_told() -> None:
    marks = [Mark(0, 2, note("X")), Mark(3, 5, note("Y")), Mark(5, 6, note("Z"))]
    assert shown("a b c d e f", marks, (1, 4)) == "… b X c d Y …"


def test_direction_goes_by_the_words_and_not_by_the_labels() -> None:
    found = read(sentence(["שלום"], [Mark(0, 1, note("PER", "9 %"))], (0, 1)))
    assert found.elements[0].attributes["dir"] == "auto"
    # What has a direction of its own does not count for that of the sentence.
    assert found.named("b")[0].attributes["dir"] == "ltr"
    assert not [e for e in found.named("bdi") if "b" not in e.path]


def test_words_are_escaped_and_clipped() -> None:
    found = read(sentence(["<b>", "x" * 1000], [], (0, 2)))
    assert [e.name for e in found.elements] == ["span"]
    assert len(found.elements[0].text) < 100


@pytest.fixture(params=["displaCy", "without spaCy"])
def drawn_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who draws spans."""
    if request.param != "displaCy":
        monkeypatch.setitem(sys.modules, "spacy", None)
    return str(request.param)


def test_spans_are_marked_with_their_labels(drawn_by: str) -> None:
    tagged = Sentence(["a", "b", "c", "<i>", "d"])
    spans = [tagged.make_span(0, 1, "X"), tagged.make_span(1, 3, "Y&Z")]
    found = read(span_sentence(tagged.tokens, spans, [spans[1]], (0, 5), ["10 %", "20 %"]))
    assert found.texts("mark") == ["a X 10 %", "b c Y&Z 20 %"]
    assert found.texts("mark", "focus") == ["b c Y&Z 20 %"]
    assert " ".join(found.elements[0].text.split()) == "a X 10 % b c Y&Z 20 % <i> d"
    assert ("entities" in found.classes) == (drawn_by == "displaCy")
    assert found.elements[0].attributes["dir"] == "auto"
    # What has a direction of its own does not count for that of the sentence.
    assert all(e.attributes["dir"] == "ltr" for e in found.named("b"))


@pytest.mark.usefixtures("drawn_by")
@given(
    st.lists(st.sampled_from(["a", "{text}", "&amp;", "\u202e", "שלום", "x" * 999]), min_size=1),
    st.data(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_spans_that_part_is_shown_which_belongs_to_the_shown_tokens(
    tokens: list[str], draw: st.DataObject
) -> None:
    tagged = Sentence(tokens)
    borders = draw.draw(st.lists(st.integers(0, len(tokens)), unique=True).map(sorted))
    spans = [tagged.make_span(a, b, "{X}") for a, b in zip(borders, borders[1:], strict=False)]
    low = draw.draw(st.integers(0, len(tokens) - 1))
    high = draw.draw(st.integers(low + 1, len(tokens)))
    found = read(span_sentence(tokens, spans, [], (low, high)))
    shown = [clip(t).replace("\u202e", "U+202E") for t in tokens]
    marked = [shown[max(s.start, low) : min(s.end, high)] for s in spans]
    assert [text.replace("[", "").replace("]", "") for text in found.texts("mark")] == [
        " ".join([*words, "{X}"]) for words in marked if words
    ]
    assert ("…" in found.elements[0].text.split()) == ((low, high) != (0, len(tokens)))


def test_a_label_has_the_same_colour_in_each_sentence_and_others_have_another() -> None:
    tagged = Sentence(["a", "b", "c"])
    spans = [tagged.make_span(n, n + 1, label) for n, label in enumerate(("PER", "LOC", "PER"))]
    found = read(span_sentence(tagged.tokens, spans, [], (0, 3))).named("bdi", "label")
    found += read(span_sentence(tagged.tokens, spans[1:], [], (1, 3))).named("bdi", "label")
    assert [e.text for e in found] == ["PER", "LOC", "PER", "LOC", "PER"]
    styles = [e.attributes["style"] for e in found]
    assert styles[0] == styles[2] == styles[4] != styles[1] == styles[3]


def test_versions_stand_below_each_other() -> None:
    rows = [("annotated", text("one")), ("<run>", text("two"))]
    found = read(versions(rows, place="sentence 3"))
    assert found.texts("dt") == ["annotated", "<run>"]
    assert found.texts("dd") == ["one", "two"]
    assert found.texts("div", "wanted") == ["annotatedone"]
    assert found.texts("p", "place") == ["sentence 3"]
    assert read(single(text("one"), place="sentence 3")).texts("p", "place") == ["sentence 3"]
