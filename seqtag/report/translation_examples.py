"""Sections of a page about a translator's answers that show single ones of them."""

from __future__ import annotations

import random

from seqtag.report import numbers
from seqtag.report.html import Html, clip, details, element, scroll_box, text
from seqtag.report.parts import paragraph
from seqtag.report.translation_analysis import middling
from seqtag.report.translation_texts import Pair, hypotheses
from seqtag.report.translation_view import EXAMPLES, MORE_EXAMPLES, View
from seqtag.text.attention_picture import attention_picture

PICTURES = 8
"""Pictures of attention at most."""

PICTURE_CELLS = 4000
"""Cells that all pictures together have at most."""

HYPOTHESES = 5
"""Hypotheses shown of a text."""


def worst_content(view: View) -> list[Html]:
    """Return the wrong answers, the worst first."""
    intro = (
        "The lowest chrF first; some of these may be mistakes of the reference. Coloured is what "
        "is not in the other text."
    )
    return [paragraph(intro, "soft"), *view.pairs(view.worst)] if view.worst else []


def by_chance_content(view: View) -> list[Html]:
    """Return some answers, chosen by chance."""
    total = len(view.questions)
    wanted = min(total, EXAMPLES + MORE_EXAMPLES)
    places = random.Random(total).sample(range(total), wanted)
    intro = "Right or wrong; the same ones for every run on this file."
    return [paragraph(intro, "soft"), *view.pairs(places)]


def attention_content(view: View) -> list[Html]:
    """Return pictures of what is looked at."""
    result = view.result
    chosen = middling(result.translations, view.questions, PICTURES, PICTURE_CELLS)
    if not chosen:
        return []
    intro = (
        "Some of middling length, from good to bad. Rows are units written, columns are units "
        "read; the stronger a cell's colour, the more the translator looked at the column's unit "
        "as it wrote the row's."
    )
    shown = [_picture(view.pair(place)) for place in chosen]
    first, class_ = (3, "pictures short") if result.reads_characters else (2, "pictures")
    content = [paragraph(intro, "soft"), element("div", *shown[:first], class_=class_)]
    if rest := shown[first:]:
        content.append(details(f"{len(rest)} more", element("div", *rest, class_=class_)))
    return content


def _picture(pair: Pair) -> Html:
    found = pair.translation
    # A word may be as long as a book, and each of its cells names it.
    written, read = ([clip(unit) for unit in side] for side in (found.tokens, found.source_tokens))
    svg = Html(attention_picture(written, read, found.attention))
    caption = element(
        "figcaption",
        element("bdi", text(clip(found.source, 400))),
        element("b", element("bdi", text(clip(found.text, 400)))),
        element("span", text(f"pair {pair.number + 1:,} · chrF {pair.quality:.1f}"), class_="soft"),
    )
    return element("figure", caption, scroll_box(svg, f"Attention of pair {pair.number + 1}"))


def others_content(view: View) -> list[Html]:
    """Return what else was found, first where the reference is among it."""
    several = [
        place
        for place, question in enumerate(view.questions)
        if len(view.result.translations[question.number].nbest) > 1
    ]
    if not several:
        return []
    missed = [place for place in several if not view.questions[place].right and _found(view, place)]
    right = sum(view.questions[place].right for place in several)
    words = (
        f"Of {numbers.things(len(several), view.thing)} with several hypotheses, {right:,} "
        f"{'has' if right == 1 else 'have'} the reference as the best of them, and {len(missed):,} "
        "further down."
    )
    places = [*missed, *(place for place in several if place not in set(missed))]
    shown = [
        hypotheses(view.pair(place), HYPOTHESES) for place in places[: EXAMPLES + MORE_EXAMPLES]
    ]
    return [paragraph(words, "soft"), *view.folded(shown)]


def _found(view: View, place: int) -> bool:
    """Tell whether the reference is among what was found."""
    pair = view.pair(place)
    return any(found.text == pair.reference for found in pair.translation.nbest)
