"""Sentences as HTML with some of their tokens marked."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from seqtag.report.html import Html, clip, data, element, join, plain, text
from seqtag.text.drawing import DrawnSpan, draw_spans
from seqtag.text.sentence import Span, joined_offsets

CONTEXT = 10
"""Tokens shown to either side of what an example is about."""

LONGEST_EXAMPLE = 48
"""Tokens shown of one sentence at most."""

LONGEST_LABEL = 40
"""Characters shown of one label at most."""

# The label is isolated, and so is what stands behind it: see `note`.
_SPAN = (
    '<mark class="{class_}">{text}\N{NO-BREAK SPACE}<b dir="ltr">'
    '<bdi class="label" style="background:{bg}">{label}</bdi>{note}</b></mark>'
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of tokens that is marked.

    Attributes:
        start: Its first token.
        end: Behind its last token.
        note: What stands behind it, such as a label.
        class_: How it is marked.
    """

    start: int
    end: int
    note: Html
    class_: str | None = None


def window(length: int, start: int, end: int) -> tuple[int, int]:
    """Return which tokens of a sentence are shown around some of them: from where to where.

    Args:
        length: The sentence's tokens.
        start: The first token that the example is about.
        end: Behind the last one.
    """
    first = max(0, start - CONTEXT)
    return first, min(length, end + CONTEXT, first + LONGEST_EXAMPLE)


def sentence(tokens: Sequence[str], marks: Iterable[Mark], part: tuple[int, int]) -> Html:
    """Return a part of a sentence with marks, in its own direction of writing.

    Args:
        tokens: The whole sentence.
        marks: Marks that do not overlap, from left to right.
        part: The first token shown, and behind the last one.
    """
    low, high = part
    pieces = [text("…")] if low else []
    place = low
    for mark in marks:
        start, end = max(mark.start, low), min(mark.end, high)
        if start < end:
            pieces += _words(tokens[place:start])
            words = join(_words(tokens[start:end]), " ")
            pieces.append(
                element("mark", words, text("\N{NO-BREAK SPACE}"), mark.note, class_=mark.class_)
            )
            place = end
    pieces += _words(tokens[place:high])
    if high < len(tokens):
        pieces.append(text("…"))
    # No <bdi> around words, since dir="auto" goes by the first letter outside of these.
    return element("span", join(pieces, " "), dir="auto", class_="sentence")


def _words(tokens: Sequence[str]) -> list[Html]:
    return [text(clip(token)) for token in tokens]


def note(label: str, addition: str = "") -> Html:
    """Return a mark's note: a label, and something of ours behind it."""
    content = [data(label, LONGEST_LABEL)]
    if addition:
        content.append(text(f"\N{NO-BREAK SPACE}{addition}"))
    # Isolated, so that letters from right to left do not turn the number behind them.
    return element("b", *content, dir="ltr")


def span_sentence(
    tokens: Sequence[str],
    spans: Sequence[Span],
    focus: Container[Span | None],
    part: tuple[int, int],
    notes: Sequence[str] = (),
) -> Html:
    """Return a part of a sentence with its spans and their labels, as displaCy draws them.

    Where spaCy is not installed they are marked without colours.

    Args:
        tokens: The whole sentence.
        spans: Spans that do not overlap, from left to right.
        focus: Those that the example is about.
        part: The first token shown, and behind the last one.
        notes: What stands behind each label.
    """
    low, high = part
    words = [plain(clip(token)) for token in tokens[low:high]]
    before, after = "… " if low else "", " …" if high < len(tokens) else ""
    places = [(len(before) + a, len(before) + b) for a, b in joined_offsets(words)]
    shown = [
        DrawnSpan(
            places[max(span.start, low) - low][0],
            places[min(span.end, high) - low - 1][1],
            plain(clip(span.label, LONGEST_LABEL)),
            text(f"\N{NO-BREAK SPACE}{notes[number]}") if notes else "",
            "focus" if span in focus else "",
        )
        for number, span in enumerate(spans)
        if max(span.start, low) < min(span.end, high)
    ]
    content = f"{before}{' '.join(words)}{after}"
    # As in `sentence`, the direction goes by the words.
    drawn = draw_spans(content, shown, template=_SPAN, direction="inherit")
    if drawn is None:
        return sentence(tokens, _span_marks(spans, focus, notes), part)
    return element("div", Html(drawn), dir="auto", class_="sentence")


def _span_marks(
    spans: Sequence[Span], focus: Container[Span | None], notes: Sequence[str]
) -> list[Mark]:
    return [
        Mark(
            span.start,
            span.end,
            note(span.label, notes[number] if notes else ""),
            "focus" if span in focus else None,
        )
        for number, span in enumerate(spans)
    ]


def versions(rows: Sequence[tuple[str, Html]], *, place: str) -> Html:
    """Return the same sentence in several versions, one below the other.

    Args:
        rows: What each version is, and the version; the first one is how it should be.
        place: Where the sentence stands in the file.
    """
    listed = [
        element(
            "div",
            element("dt", data(name, 24)),
            element("dd", version),
            class_="row" if number else "row wanted",
        )
        for number, (name, version) in enumerate(rows)
    ]
    where = element("p", text(place), class_="place")
    return element("div", element("dl", *listed), where, class_="example versions")


def single(version: Html, *, place: str) -> Html:
    """Return a sentence with its place in the file."""
    return element("div", version, element("p", text(place), class_="place"), class_="example")
