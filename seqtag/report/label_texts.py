"""Labelled texts as HTML: heat maps of what a classifier looked at, and what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seqtag.report import numbers
from seqtag.report.html import Html, clip, data, element, join, text
from seqtag.report.sentences import single
from seqtag.text.label import Label
from seqtag.text.markup import Piece, as_html

LONGEST_TEXT = 70
"""Tokens shown of one text at most."""

CONTEXT = 6
"""Tokens shown to either side of a heavy one in a text that is too long."""

_GAP = Piece(" … ", None, 0)


def example(label: Label, gold: str, number: int) -> Html:
    """Return a text as a heat map, with its annotated and its predicted label.

    Args:
        label: What the classifier says.
        gold: The annotated label.
        number: The text's place in the file, from 0.
    """
    tokens = len(label.tokens)
    pieces = shortened(label.pieces)
    shown = sum(piece.weight is not None for piece in pieces)
    place = f"text {number + 1:,}"
    if shown < tokens:
        place += f", {shown:,} of its {tokens:,} tokens, around those that count most"
    heat_map = element("span", Html(as_html(pieces)), dir="auto", class_="sentence")
    return single(join([_answers(label, gold), heat_map]), place=place)


def _answers(label: Label, gold: str) -> Html:
    given = text(f" {numbers.percent(label.score)}")
    predicted = element("b", data(label.label, 40))
    if label.label == gold:
        content = [predicted, given, text(", which is right")]
    else:
        wanted = element("b", data(gold, 40))
        content = [text("annotated "), wanted, text(" · predicted "), predicted, given]
        if gold in label.scores:
            content.append(text(f" ({numbers.percent(label.scores[gold])} for the annotated one)"))
    return element("p", *content, class_="answer")


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the parts of a text that count most, with an ellipsis for what is left out.

    The heaviest tokens are taken with those around them, one after the other, until there are
    `LONGEST_TEXT`; a shorter text is shown as it is. Of words as long as books the beginning is
    shown.
    """
    places = [place for place, piece in enumerate(pieces) if piece.weight is not None]
    if len(places) <= LONGEST_TEXT:
        return [_clipped(piece) for piece in pieces]
    kept = _heaviest([pieces[place].weight or 0.0 for place in places])
    result: list[Piece] = []
    end = -1  # the token before, if it is shown
    for token in sorted(kept):
        if token != end + 1:
            result.append(_GAP)
        elif token:
            # What stands between two tokens that are shown.
            result += pieces[places[token - 1] + 1 : places[token]]
        result.append(pieces[places[token]])
        end = token
    if end < len(places) - 1:
        result.append(_GAP)
    return [_clipped(piece) for piece in result]


def _heaviest(weights: Sequence[float]) -> set[int]:
    """Return the numbers of the tokens that are shown."""
    kept: set[int] = set()
    for token in sorted(range(len(weights)), key=lambda token: -weights[token]):
        first = max(0, token - CONTEXT)
        around = set(range(first, min(len(weights), token + CONTEXT + 1))) - kept
        if len(kept) + len(around) > LONGEST_TEXT:
            break
        kept |= around
    return kept


def _clipped(piece: Piece) -> Piece:
    return replace(piece, text=clip(piece.text))
