"""A tagged sentence as HTML for notebooks and pages."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqtag.text.markup import visible

if TYPE_CHECKING:
    from seqtag.text.sentence import Sentence

COLORS = ("#77aadd", "#ee8866", "#aaaa00", "#44bb99", "#99ddff", "#eedd88", "#bbcc33", "#ffaabb")
"""Behind spans, one for each label by its letters, so that it has the same one in each sentence.

The scheme "light" of Paul Tol's colour schemes: dark letters are read on all of them, and
colour-blind people tell them apart.
"""


@dataclass(frozen=True, slots=True)
class DrawnSpan:
    """A span of a text as it is drawn.

    Attributes:
        start: Its first character.
        end: Behind its last character.
        label: Its label.
        note: What stands behind the label, as HTML.
        class_: How it is marked.
    """

    start: int
    end: int
    label: str
    note: str = ""
    class_: str = ""


def draw_spans(
    text: str, spans: Iterable[DrawnSpan], *, template: str = "", direction: str = "ltr"
) -> str | None:
    """Return a text with its spans marked by displaCy.

    Args:
        text: The text; it is escaped.
        spans: Spans that do not overlap, from left to right.
        template: HTML of a span, with ``{text}``, ``{label}``, ``{bg}`` for its colour, ``{note}``
            and ``{class_}``; empty for displaCy's own, which shows no notes.
        direction: Of writing, in CSS.

    Returns:
        HTML; None where spaCy, whose part displaCy is, is not installed.
    """
    try:
        from spacy import displacy
    except ImportError:
        return None
    drawn = {
        "text": text,
        "ents": [
            {
                "start": span.start,
                "end": span.end,
                # What displaCy escapes is the text alone.
                "label": html.escape(visible(span.label)),
                "params": {"bg": _color(span.label), "note": span.note, "class_": span.class_},
            }
            for span in spans
        ],
        "settings": {"direction": direction},
    }
    options = {"template": template} if template else {}
    return str(displacy.render(drawn, style="ent", manual=True, jupyter=False, options=options))


def draw_sentence(sentence: Sentence) -> str | None:
    """Return a sentence with its spans marked by displaCy, or with its tags above the tokens.

    Args:
        sentence: The sentence; of its columns with a span scheme the first one is drawn, and
            without such a column the main one.

    Returns:
        HTML; None where spans are to be drawn and spaCy is not installed.
    """
    if not sentence.tokens:
        return f"<div>{html.escape(visible(sentence.text))}</div>"
    if not sentence.spans_by:
        return _draw_tags(sentence)
    begin, end = sentence.offsets[0][0], sentence.offsets[-1][1]
    spans = [
        DrawnSpan(span.start_char - begin, span.end_char - begin, span.label)
        for span in sentence.spans
    ]
    return draw_spans(sentence.text[begin:end], spans)


def _draw_tags(sentence: Sentence) -> str:
    tags = sentence.tags or [""] * len(sentence)
    drawn = (
        f"<ruby>{html.escape(visible(token))}<rt>{html.escape(visible(tag))}</rt></ruby>"
        for token, tag in zip(sentence.tokens, tags, strict=True)
    )
    return f'<div style="line-height:2.5">{" ".join(drawn)}</div>'


def _color(label: str) -> str:
    return COLORS[sum(label.encode("utf-8", "replace")) % len(COLORS)]
