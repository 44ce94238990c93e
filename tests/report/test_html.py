from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.html import (
    clip,
    data,
    details,
    document,
    element,
    is_hidden,
    join,
    plain,
    plain_text,
    table,
    text,
)
from tests.report.markup import read, read_page

TEXT = st.text(st.characters(codec=None), max_size=20)


@given(TEXT)
def test_text_reads_back_as_it_was_but_for_what_cannot_be_seen(value: str) -> None:
    shown = read(element("p", text(value))).named("p")[0].text
    assert shown == "".join(f"U+{ord(c):04X}" if is_hidden(c) else c for c in value)
    text(value).encode("utf-8")


@given(TEXT)
def test_attribute_reads_back_in_the_same_way(value: str) -> None:
    shown = read(element("p", title=value)).named("p")[0].attributes["title"]
    assert shown == plain(value)
    assert not any(map(is_hidden, shown))


@given(TEXT)
def test_plain_text_holds_no_element(value: str) -> None:
    found = read(element("title", plain_text(value)))
    assert [e.name for e in found.elements] == ["title"]


@pytest.mark.parametrize(
    "character", ["\x00", "\n", "\x7f", "\u202e", "\u2066", "\u200b", "\ud800"]
)
def test_what_steers_or_cannot_be_written_is_shown_by_its_number(character: str) -> None:
    assert f"U+{ord(character):04X}" in text(f"a{character}b")
    assert character not in text(character) + plain(character)


@pytest.mark.parametrize("value", ["naïve", "a\u00a0b", "می\u200cخواهم", "👨\u200d👩", "e\u0301"])
def test_what_scripts_need_stays(value: str) -> None:
    assert text(value) == value


@given(st.characters(categories=["Cc", "Cf"]))
def test_no_character_that_formats_gets_through(character: str) -> None:
    if character not in "\u200c\u200d":
        kept = [c for c in text(character) if unicodedata.category(c) in ("Cc", "Cf")]
        assert kept == []


def test_long_words_are_clipped() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"
    assert len(data("x" * 100_000)) < 1000


def test_word_is_kept_apart_from_the_direction_around_it() -> None:
    assert data("שלום") == "<bdi>שלום</bdi>"


def test_empty_word_is_seen() -> None:
    assert "empty" in data("")


def test_attributes_are_named_by_their_keys() -> None:
    shown = element("a", text("x"), href="#y", class_="z", aria_label="w", title=None, viewBox="0")
    assert shown == '<a href="#y" class="z" aria-label="w" viewBox="0">x</a>'


def test_separator_is_escaped() -> None:
    assert join([text("a"), text("b")], "<") == "a&lt;b"


def test_table_has_titles_of_rows_and_columns() -> None:
    header, rows = [text("x"), text("y")], [[text("a"), text("1")]]
    found = read(table(header, rows, caption="What it shows"))
    assert found.texts("caption") == ["What it shows"]
    assert [e.attributes["scope"] for e in found.named("th")] == ["col", "col", "row"]
    box = found.named("div", "box")[0]
    assert box.attributes["aria-label"] == "What it shows"


def test_details_have_a_summary() -> None:
    assert read(details("more", text("x"))).texts("summary") == ["more"]


def test_document_is_a_page_that_loads_nothing() -> None:
    body = element("main", element("h1", text("<T>")))
    page = document("<T>\u202e", "p { color: red; }", body)
    assert read_page(page).texts("title") == ["<T>[U+202E]"]
