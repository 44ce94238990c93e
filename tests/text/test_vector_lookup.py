from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.vector_lookup import has_vector, lookup_forms, needed_forms


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("the", ("the", "The", "THE")),
        ("McDonald", ("McDonald", "mcdonald", "Mcdonald", "MCDONALD")),
        ("USA", ("USA", "usa", "Usa")),
        ("...", ("...",)),
        ("1990", ("1990", "0000", "####")),
        ("B52s", ("B52s", "b52s", "B52S", "B00s", "b00s", "B##s", "b##s")),
        ("", ("",)),
    ],
)
def test_forms_come_in_order_and_once(word: str, forms: tuple[str, ...]) -> None:
    assert lookup_forms(word) == forms


@given(st.text())
def test_word_itself_comes_first_and_no_form_twice(word: str) -> None:
    forms = lookup_forms(word)
    assert forms[0] == word
    assert len(set(forms)) == len(forms)
    assert {word.lower(), word.capitalize(), word.upper()} <= set(forms)


words = st.text("aB1", max_size=3)


@given(st.lists(words), st.sets(st.text("abAB10#", max_size=3)))
def test_needed_forms_are_all_that_lookups_ask_for(needed: list[str], listed: set[str]) -> None:
    """A file cut down to the needed forms answers every lookup as the whole file does."""
    kept = listed & needed_forms(needed)
    for word in needed:
        found = [form for form in lookup_forms(word) if form in listed]
        assert [form for form in lookup_forms(word) if form in kept] == found
        assert has_vector(word, kept) == has_vector(word, listed) == bool(found)
