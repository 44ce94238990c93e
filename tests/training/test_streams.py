from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import Rows
from seqtag.batching.stream import SKIPPED
from seqtag.text.cleaning import MASK, Artefacts, LineCleaner
from seqtag.text.spelling import learn_spelling
from seqtag.text.unit_base import END, UNKNOWN
from seqtag.text.units import UnitKind
from seqtag.training import streams
from seqtag.training.objective import in_memory
from seqtag.training.streams import TextStream, encode_text
from tests.generators import LINES, make_units


def encode(lines: list[str], kind: UnitKind = "word", artefacts: Artefacts = "keep") -> TextStream:
    return encode_text(
        lines, make_units(kind), learn_spelling(LINES), LineCleaner(artefacts), in_memory
    )


def test_every_line_ends_and_is_counted() -> None:
    stream = encode(["the king sat", "", "a cat"])
    units = make_units("word")
    wanted = [*units.encode("the king sat").numbers, END, END, *units.encode("a cat").numbers, END]
    assert stream.numbers.tolist() == wanted
    # As is usual of WikiText: words and an end for each line, blank ones too.
    assert (stream.lines, stream.tokens, stream.characters) == (3, 3 + 2 + 3, 12 + 5 + 3)
    assert (stream.unknown, stream.spelling_cost) == (0, 0.0)


@pytest.mark.parametrize("kind", ["char", "word", "subword"])
def test_tokens_and_characters_do_not_depend_on_units(kind: UnitKind) -> None:
    stream, other = encode(LINES, kind), encode(LINES)
    assert (stream.tokens, stream.characters) == (other.tokens, other.characters)
    assert stream.tokens == sum(len(line.split()) + 1 for line in LINES)
    assert stream.characters == len("\n".join(LINES)) + 1


@pytest.mark.parametrize("artefacts", ["undo", "split"])
def test_tokens_and_characters_are_those_of_the_text_as_it_stood(artefacts: Artefacts) -> None:
    lines = ["a  red @-@ tipped one isn 't mine .", "", "( the king )"]
    kept, stream = encode(lines), encode(lines, artefacts=artefacts)
    assert (stream.tokens, stream.characters) == (kept.tokens, kept.characters)
    assert kept.characters == 35 + 1 + 13


def test_what_is_kept_comes_in_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each piece begins is noted, which of each line would cost more than a short line."""
    monkeypatch.setattr(streams, "PIECE", 10)
    lengths: list[int] = []

    def keep(rows: Iterable[Rows], width: int) -> tuple[Rows, npt.NDArray[np.int64]]:
        pieces = list(rows)
        lengths.extend(map(len, pieces))
        return in_memory(pieces, width)

    spelling, clean = learn_spelling(LINES), LineCleaner("keep")
    stream = encode_text(LINES * 3, make_units("word"), spelling, clean, keep)
    assert stream.numbers.tolist() == encode(LINES * 3).numbers.tolist()
    assert len(lengths) > 2
    longest = max(len(line.split()) + 1 for line in LINES)
    assert all(10 <= length < 10 + longest for length in lengths[:-1])


def test_what_is_unknown_costs_its_spelling() -> None:
    stream = encode(["the dog sat", "a dog"])
    assert stream.numbers.tolist().count(UNKNOWN) == stream.unknown == 2
    assert stream.spelling_cost == pytest.approx(2 * learn_spelling(LINES).cost(" dog"))


@pytest.mark.parametrize("kind", ["char", "word", "subword"])
def test_words_that_a_corpus_left_out_are_skipped(kind: UnitKind) -> None:
    plain, stream = encode(["the sat"], kind), encode(["the <unk> sat"], kind, "undo")
    assert (stream.numbers == SKIPPED).sum() == 1
    assert (stream.tokens, stream.unknown, stream.spelling_cost) == (plain.tokens, 0, 0.0)
    assert stream.characters == plain.characters
    # Without that, it is a word like others, which this text does not have.
    kept = encode(["the <unk> sat"], kind)
    assert not (kept.numbers == SKIPPED).any()
    assert kept.unknown > 0


@given(st.lists(st.text("abkingtheso, .\t", max_size=20), min_size=1, max_size=6))
def test_a_stream_gives_its_text_back(lines: list[str]) -> None:
    units = make_units("char", ["abkingtheso, ."])
    stream = encode_text(lines, units, learn_spelling(LINES), LineCleaner("keep"), in_memory)
    rows: list[list[int]] = [[]]
    for number in stream.numbers.tolist():
        if number == END:
            rows.append([])
        else:
            rows[-1].append(number)
    assert [units.decode(row) for row in rows[:-1]] == [" ".join(line.split()) for line in lines]
    assert rows[-1] == []


@pytest.mark.parametrize("artefacts", ["keep", "undo", "split"])
def test_the_character_that_masks_words_may_be_in_a_text(artefacts: Artefacts) -> None:
    with_it = encode([f"the king {MASK * 3} sat"], artefacts=artefacts)
    without = encode(["the king \ufffd\ufffd\ufffd sat"], artefacts=artefacts)
    assert with_it.numbers.tolist() == without.numbers.tolist()
    assert (with_it.tokens, with_it.characters) == (without.tokens, without.characters)
    assert SKIPPED not in with_it.numbers
