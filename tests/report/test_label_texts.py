from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.label_texts import CONTEXT, LONGEST_TEXT, example, shortened
from seqtag.text.markup import Piece
from tests.report.label_results import make_label
from tests.report.markup import read

LABELS = ["good", "bad"]


def shown(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in shortened(pieces))


def test_short_text_is_shown_as_it_is() -> None:
    label = make_label([f"w{n}" for n in range(LONGEST_TEXT)], "good", LABELS, 0.5)
    assert shortened(label.pieces) == label.pieces
    assert shortened([]) == []


def test_long_text_is_shown_around_what_counts_most() -> None:
    label = make_label([f"w{n}" for n in range(1000)], "good", LABELS, 0.5, heavy=500)
    text = shown(label.pieces)
    around = " ".join(f"w{n}" for n in range(500 - CONTEXT, 500 + CONTEXT + 1))
    assert f" … {around} … " in text
    # The others count the same, and are taken from the beginning.
    assert text.startswith("w0 w1 ")
    assert text.endswith(" … ")


def test_words_as_long_as_books_are_clipped() -> None:
    label = make_label(["x" * 100_000], "good", LABELS, 0.5)
    assert len(shown(label.pieces)) == 80


@given(st.integers(1, 400), st.integers(0, 399), st.integers(0, 3))
def test_what_is_shown_stands_in_the_text_in_its_order(length: int, heavy: int, seed: int) -> None:
    tokens = [f"{n}" for n in range(length)]
    label = make_label(tokens, "good", LABELS, 0.5, heavy=heavy % length)
    pieces = shortened(label.pieces)
    kept = [int(piece.text) for piece in pieces if piece.weight is not None]
    assert kept == sorted(set(kept))
    assert heavy % length in kept
    assert len(kept) <= LONGEST_TEXT
    assert len(kept) == length or len(kept) > LONGEST_TEXT - 2 * CONTEXT - 2
    text = "".join(piece.text for piece in pieces)
    whole = " ".join(tokens)
    assert all(part in whole for part in text.split(" … "))


def test_example_tells_how_much_of_a_text_it_shows() -> None:
    label = make_label(["a"] * 200, "good", LABELS, 0.8)
    text = read(example(label, "bad", 1233)).named("p", "place")[0].text
    assert text.startswith("text 1,234, ")
    assert text.endswith(" of its 200 tokens, around those that count most")
    label = make_label(["a", "b"], "good", LABELS, 0.8)
    assert read(example(label, "bad", 0)).texts("p", "place") == ["text 1"]


def test_empty_text_is_an_example_too() -> None:
    label = make_label([], "good", LABELS, 0.8)
    assert read(example(label, "good", 0)).texts("p") == ["good 80.0 %, which is right", "text 1"]
