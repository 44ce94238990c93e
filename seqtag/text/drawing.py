"""A tagged sentence as HTML for notebooks and pages."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from seqtag.text.markup import visible

if TYPE_CHECKING:
    from seqtag.text.sentence import Sentence

COLORS = ("#aec7e8", "#ffbb78", "#98df8a", "#ff9896", "#c5b0d5", "#dbdb8d", "#f7b6d2", "#9edae5")
"""Behind spans, one for each label by its letters, so that it has the same one in each sentence."""


def draw_sentence(sentence: Sentence) -> str | None:
    """Return a sentence with its spans marked by displaCy, or with its tags above the tokens.

    Args:
        sentence: The sentence; of its columns with a span scheme the first one is drawn, and
            without such a column the main one.

    Returns:
        HTML; None where spaCy, whose part displaCy is, is not installed.
    """
    if not sentence.tokens:
        return f"<div>{html.escape(visible(sentence.text))}</div>"
    if not sentence.spans_by:
        return _draw_tags(sentence)
    try:
        from spacy import displacy
    except ImportError:
        return None
    begin, end = sentence.offsets[0][0], sentence.offsets[-1][1]
    # What displaCy escapes is the text alone.
    labels = {span.label: html.escape(visible(span.label)) for span in sentence.spans}
    drawn = {
        "text": sentence.text[begin:end],
        "ents": [
            {
                "start": span.start_char - begin,
                "end": span.end_char - begin,
                "label": labels[span.label],
            }
            for span in sentence.spans
        ],
    }
    colors = {labels[label].upper(): _color(label) for label in labels}
    options = {"colors": colors}
    return str(displacy.render(drawn, style="ent", manual=True, jupyter=False, options=options))


def _draw_tags(sentence: Sentence) -> str:
    tags = sentence.tags or [""] * len(sentence)
    drawn = (
        f"<ruby>{html.escape(visible(token))}<rt>{html.escape(visible(tag))}</rt></ruby>"
        for token, tag in zip(sentence.tokens, tags, strict=True)
    )
    return f'<div style="line-height:2.5">{" ".join(drawn)}</div>'


def _color(label: str) -> str:
    return COLORS[sum(label.encode("utf-8", "replace")) % len(COLORS)]
