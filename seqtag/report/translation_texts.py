"""Translations as HTML, beside what they should be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqtag.report import numbers
from seqtag.report.html import Html, clip, data, element, join, text
from seqtag.report.translation_analysis import Stretch, differences
from seqtag.text.translation import Translation

MOST_PIECES = 120
"""Words or symbols shown of one text at most."""

Split = Callable[[str], list[Stretch]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A translation and what it should be.

    Attributes:
        translation: The translation.
        reference: What it should be.
        number: The pair's place in the file, from 0.
        quality: How near the translation is to the reference, from 0 to 100.
    """

    translation: Translation
    reference: str
    number: int
    quality: float


def pair_example(pair: Pair, split: Split) -> Html:
    """Return a source, its reference and its translation, with the differences of these two.

    Args:
        pair: The texts.
        split: Finds the pieces of a text that are compared.
    """
    source, given = pair.translation.source, pair.translation.text
    pieces = [split(value) for value in (pair.reference, given)]
    shown = [found[:MOST_PIECES] for found in pieces]
    marks = differences(
        *(
            [value[start:end] for start, end in found]
            for value, found in zip((pair.reference, given), shown, strict=True)
        )
    )
    place = f"pair {pair.number + 1:,} · chrF {pair.quality:.1f}"
    length = max(map(len, pieces))
    if length > MOST_PIECES:
        place += f" · the first {MOST_PIECES:,} of {length:,} words or symbols"
    rows = [
        ("source", marked(source, split(source)[:MOST_PIECES], ()), "row"),
        ("reference", marked(pair.reference, shown[0], marks[0]), "row wanted"),
        ("translation", marked(given, shown[1], marks[1]), "row"),
    ]
    listed = [
        element("div", element("dt", text(name)), element("dd", value), class_=class_)
        for name, value, class_ in rows
    ]
    where = element("p", text(place), class_="place")
    return element("div", element("dl", *listed), where, class_="example versions")


def marked(value: str, pieces: Sequence[Stretch], marks: Sequence[bool]) -> Html:
    """Return a text in its own direction of writing, some of its pieces marked.

    Args:
        value: The text.
        pieces: Where the pieces are that are shown.
        marks: Which of them are marked; none where this is empty.
    """
    if not value:
        return data("")
    chosen = marks or [False] * len(pieces)
    content: list[Html] = []
    run: list[Html] = []
    end, before = 0, False
    for (start, stop), is_marked in zip(pieces, chosen, strict=True):
        space = [text(" ")] if start > end and end else []
        if is_marked and before:
            run += space
        else:
            content += [*_mark(run), *space]
            run = []
        (run if is_marked else content).append(text(clip(value[start:stop])))
        end, before = stop, is_marked
    content += _mark(run)
    if value[end:].strip():
        content.append(text(" …"))
    return element("span", *content, dir="auto", class_="sentence")


def _mark(run: Sequence[Html]) -> list[Html]:
    return [element("mark", *run, class_="focus")] if run else []


def hypotheses(pair: Pair, most: int) -> Html:
    """Return what a search found, best first, and which of it is the reference.

    Args:
        pair: A translation with several hypotheses, and its reference.
        most: How many are shown at most.
    """
    items = []
    for found in pair.translation.nbest[:most]:
        is_right = found.text == pair.reference
        shown = element("bdi", text(clip(found.text, 400)) if found.text else data(""))
        score = f" {found.score:.2f}".replace("-", numbers.MINUS)
        told = f"{score} · the reference" if is_right else score
        note = element("span", text(told), class_="soft small")
        items.append(element("li", shown, note, class_="found" if is_right else None))
    lines = [("source", pair.translation.source), ("reference", pair.reference)]
    given = [
        element(
            "div",
            element("dt", text(name)),
            element("dd", text(clip(value, 400)) if value else data(""), dir="auto"),
            class_="row",
        )
        for name, value in lines
    ]
    place = element("p", text(f"pair {pair.number + 1:,}"), class_="place")
    content = [element("dl", *given), element("ol", *items, class_="nbest"), place]
    return element("div", join(content), class_="example")
