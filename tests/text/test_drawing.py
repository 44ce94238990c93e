from __future__ import annotations

import html
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.drawing import draw_sentence
from seqtag.text.sentence import Sentence

WILD = ["<b>", "&amp;", "a{b}", "\u202e", '"', "é"]
words = st.lists(st.sampled_from([*WILD, "Ada", "in"]), min_size=1, max_size=6)


def plain(drawn: str | None) -> str:
    """Return the text of HTML without its tags, and without white space."""
    assert drawn is not None
    return re.sub(r"\s", "", html.unescape(re.sub("<[^>]*>", "", drawn)))


def with_spans(tokens: list[str], labels: dict[tuple[int, int], str]) -> Sentence:
    sentence = Sentence(tokens)
    spans = [sentence.make_span(*place, label) for place, label in labels.items()]
    sentence.spans_by = {"ner": spans}
    return sentence


def test_spans_are_marked_in_the_text() -> None:
    sentence = with_spans(["Ada", "Berg", "met", "Lenz"], {(0, 2): "PER", (3, 4): "PER"})
    drawn = draw_sentence(sentence)
    assert drawn == sentence._repr_html_()
    assert plain(drawn) == "AdaBergPERmetLenzPER"
    assert drawn is not None
    marks = re.findall(r"<mark [^>]*background: ([^;]+);[^>]*>\s*([^<]*?)\s*<span", drawn)
    assert [text for _, text in marks] == ["Ada Berg", "Lenz"]
    assert marks[0][0] == marks[1][0]  # a label has one colour


def test_a_sentence_of_a_longer_text_is_drawn_alone() -> None:
    text = "Before. Ada met Lenz. Behind."
    sentence = Sentence(
        ["Ada", "met", "Lenz", "."], text=text, offsets=[(8, 11), (12, 15), (16, 20), (20, 21)]
    )
    sentence.spans_by = {"ner": [sentence.make_span(2, 3, "PER")]}
    assert plain(draw_sentence(sentence)) == "AdametLenzPER."


@given(words, st.sampled_from([*WILD, "PER"]))
def test_nothing_of_texts_and_labels_is_markup(tokens: list[str], label: str) -> None:
    bare = with_spans(tokens, {})
    assert plain(draw_sentence(bare)) == "".join(bare.text.split())
    drawn = draw_sentence(with_spans(tokens, {(0, 1): label}))
    first = tokens[0] + label.replace("\u202e", "\\u202e")
    assert plain(drawn) == first + "".join(tokens[1:])
    tagged = Sentence(tokens, tags_by={"pos": [label] * len(tokens)})
    wanted = "".join((token + label) for token in tokens).replace("\u202e", "\\u202e")
    assert plain(draw_sentence(tagged)) == wanted


def test_tags_stand_above_their_tokens_where_there_are_no_spans() -> None:
    sentence = Sentence(["a", "dog"], tags_by={"pos": ["DET", "NOUN"], "other": ["x", "y"]})
    assert re.findall("<ruby>(.*?)<rt>(.*?)</rt></ruby>", str(draw_sentence(sentence))) == [
        ("a", "DET"),
        ("dog", "NOUN"),
    ]
    assert plain(draw_sentence(Sentence(["a", "dog"]))) == "adog"
    assert plain(draw_sentence(Sentence([], text=" <i>"))) == "<i>"


def test_without_spacy_notebooks_show_what_they_show_of_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    assert draw_sentence(with_spans(["Ada"], {(0, 1): "PER"})) is None
