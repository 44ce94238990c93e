from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from seqtag.config import SearchConfig
from seqtag.decoding import Found
from seqtag.text.unit_base import Encoded
from seqtag.text.units import Characters, UnitKind, Words
from seqtag.training import decoding
from seqtag.training.decoding import translate_numbers, write
from tests.translators import Copying, make_units


@pytest.mark.parametrize("beam", [1, 3])
def test_translations_are_those_of_their_sources(
    beam: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sources of all lengths, over several batches, none of them empty-handed."""
    monkeypatch.setattr(decoding, "BATCH_UNITS", 30)
    rng = np.random.default_rng(0)
    sources = [rng.integers(4, 20, size).tolist() for size in (5, 0, 3, 9, 40, 1, 3, 7, 2)]
    network = Copying(20)
    found = translate_numbers(network, sources, SearchConfig(beam=beam), vocabulary=9)
    assert [best.numbers for (best,) in found] == sources
    assert sum(network.batches) == len(sources)
    assert len(network.batches) > 2
    for (best,), source in zip(found, sources, strict=True):
        assert best.attention.tolist() == np.eye(len(source) + 1).tolist()


def test_without_sources_nothing_is_asked() -> None:
    network = Copying(9)
    assert translate_numbers(network, [], SearchConfig(), vocabulary=9) == []
    assert network.batches == []


def test_several_translations_of_each_are_given() -> None:
    found = translate_numbers(
        Copying(9), [[4, 5], [6]], SearchConfig(beam=3), vocabulary=9, nbest=3
    )
    assert [len(each) for each in found] == [3, 3]
    for each in found:
        assert [one.score for one in each] == sorted((one.score for one in each), reverse=True)


SOURCE = Encoded([1, 5, 1], ["Zork", "sees", "Blorb"], [" Zork", " sees", " Blorb"])


def found_of(numbers: list[int], looks_at: list[int], width: int = 4) -> Found:
    attention = np.eye(width, dtype=np.float32)[[*looks_at, width - 1]] * 0.6 + 0.1
    return Found(numbers=numbers, log_probability=-1.0, score=-1.0, attention=attention)


@pytest.fixture
def words() -> Words:
    return Words([" sieht", " da"], tokenizer="space")


def test_unknown_words_are_copied_from_where_attention_is(words: Words) -> None:
    found = found_of([1, 4, 1, 5], [2, 1, 0, 3])
    assert write(words, found, SOURCE, copy=True) == "Blorb sieht Zork da"


def test_unknown_words_are_marked_where_none_is_to_be_copied(words: Words) -> None:
    assert write(words, found_of([1, 4], [2, 1]), SOURCE, copy=False) == "⁇ sieht"


def test_end_of_the_source_is_not_copied(words: Words) -> None:
    """Where the end is looked at most, the unit that is looked at most is taken."""
    found = found_of([1], [3])
    found.attention[0] = [0.1, 0.1, 0.2, 0.6]
    assert write(words, found, SOURCE, copy=True) == "Blorb"


def test_nothing_can_be_copied_of_an_empty_source(words: Words) -> None:
    found = found_of([1], [0], width=1)
    assert write(words, found, Encoded([], [], []), copy=True) == "⁇"


def test_unknown_characters_are_copied_within_words() -> None:
    units = Characters(list("ab "))
    source = units.encode("aßb")
    assert write(units, found_of([5, 1, 4], [2, 1, 0]), source, copy=True) == "bßa"


@pytest.mark.parametrize("kind", ["char", "subword"])
@pytest.mark.parametrize("tokenizer", ["space", "spacy"])
def test_whole_words_are_copied_from_sources_in_parts_of_words(
    kind: UnitKind, tokenizer: Literal["space", "spacy"]
) -> None:
    """Whatever part of the word is looked at; a mark behind it is none."""
    source = make_units(kind, ["o r k Z k or rk ork ork, sees"]).encode("Zork sees ork, Zo")
    words = Words([" a"], tokenizer=tokenizer)
    starts = np.cumsum([0, *map(len, source.texts)])
    shift = int(source.texts[0][0] == " ")  # the first subword begins with a space
    for letters, wanted in (((0, 4), "Zork"), ((5, 9), "sees"), ((10, 13), "ork")):
        for letter in range(*letters):
            place = int(np.searchsorted(starts, letter + shift, side="right")) - 1
            found = found_of([4, 1, 4], [0, place, 0], width=len(source.texts) + 1)
            assert write(words, found, source, copy=True) == f"a {wanted} a"
