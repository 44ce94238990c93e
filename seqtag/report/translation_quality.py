"""Sections of a page about a translator's answers: how good, how long, and what goes wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from seqtag.report import numbers
from seqtag.report.charts import bubble_chart, histogram
from seqtag.report.html import Html, data, details, element, table, text
from seqtag.report.parts import bar, figure, paragraph
from seqtag.report.translation_analysis import (
    SymbolConfusion,
    count_between,
    groups_of_lengths,
    symbol_confusions,
)
from seqtag.report.translation_tables import length_range
from seqtag.report.translation_view import View

CONFUSIONS = 12
"""Confusions of symbols that are shown at once."""

MORE_CONFUSIONS = 88
"""Further ones that are folded away."""

_BUBBLES = 30  # each way in the chart of lengths
_RATIOS = [0.45 + 0.1 * place for place in range(12)]


def quality_content(view: View) -> list[Html]:
    """Return how the quality is distributed, and how it goes with the source's length."""
    values = [question.quality for question in view.questions]
    edges = [10.0 * place for place in range(11)]
    chart = histogram(
        edges,
        count_between(values, edges),
        name=f"Number of {view.thing}s by the chrF of their translation",
        across=f"chrF of the {view.thing} by itself",
        things=f"{view.thing}s",
        marks=edges[::2],
        show=numbers.compact,
    )
    return [element("div", figure("chrF", chart), *_by_length(view), class_="charts")]


def _by_length(view: View) -> list[Html]:
    """Return the scores by length of the source."""
    if view.result.reads_characters:
        values = [
            (len(view.result.translations[q.number].source_tokens), float(q.right))
            for q in view.questions
        ]
        score = "exact match"
        rows = [
            [
                text(length_range({"from": low, "to": high})),
                text(f"{count:,}"),
                text(numbers.percent(mean)),
                bar(mean),
            ]
            for low, high, count, mean in groups_of_lengths(values)
        ]
    else:
        score = "BLEU"
        rows = [
            [
                text(length_range(group)),
                text(f"{group['pairs']:,}"),
                text(numbers.fixed(group["bleu"], 1)),
                bar(group["bleu"] / 100),
            ]
            for group in view.result.scores.get("by_length") or ()
        ]
    if not rows:
        return []
    title = f"{score[0].upper()}{score[1:]} by length of the source"
    header = [text(name) for name in ("units", f"{view.thing}s", score, "")]
    return [figure(title, table(header, rows, caption=title, class_="fill"))]


def confusions_content(view: View) -> list[Html]:
    """Return the symbols that are written for others; of sentences there are too many."""
    if not view.result.reads_characters:
        return []
    found, skipped = symbol_confusions(view.result, view.questions, by_character=view.by_character)
    if not found:
        return []
    intro = (
        f"Wrong answers are set against the nearest right one, symbol by symbol, with as few "
        f"changes as possible: {sum(one.count for one in found):,} in all."
    )
    if skipped:
        intro += f" {numbers.things(skipped, 'answer')} too long for this left out."
    most = found[0].count
    rows = [
        [
            _symbol(one.wanted),
            _symbol(one.given),
            text(f"{one.count:,}"),
            text("–" if one.share is None else numbers.percent(one.share)),
            _word(view, one),
            bar(one.count / most, "bar off"),
        ]
        for one in found[: CONFUSIONS + MORE_CONFUSIONS]
    ]
    header = [
        text(name)
        for name in ("wanted", "written", "times", "of all that are wanted", "such as", "")
    ]
    caption = "Confusions of symbols"
    class_ = "fill limited rates"
    content = [
        paragraph(intro, "soft"),
        table(header, rows[:CONFUSIONS], caption=caption, class_=class_),
    ]
    if rest := rows[CONFUSIONS:]:
        more = table(header, rest, caption=f"{caption}, continued", class_=class_)
        content.append(details(f"{len(rest)} more", more))
    return content


def _symbol(value: str | None) -> Html:
    if value is None:
        return element("i", text("nothing"), class_="soft")
    return element("i", text("space"), class_="soft") if value == " " else data(value, 24)


def _word(view: View, one: SymbolConfusion) -> Html:
    return data(view.pair(one.example).translation.source, 24)


def lengths_content(view: View) -> list[Html]:
    """Return charts of how long translations are, set against their references."""
    name = "characters" if view.by_character else "symbols"
    if not view.result.reads_characters:
        name = "words"
    pairs = []
    for question in view.questions:
        written = view.result.translations[question.number].text
        # What has no spaces is counted as BLEU counts it, roughly.
        pairs.append((len(view.split(question.reference)), len(view.split(written))))
    shorter = sum(given < wanted for wanted, given in pairs)
    longer = sum(given > wanted for wanted, given in pairs)
    same = len(pairs) - shorter - longer
    words = (
        f"{same:,} translations are as long as their reference, {shorter:,} shorter and "
        f"{longer:,} longer. The larger a disc, the more there are; on the dashed line both are "
        "equally long."
    )
    return [
        paragraph(words, "soft"),
        element(
            "div",
            _against_reference(pairs, name, view.thing),
            _ratios(pairs, view.thing),
            class_="charts",
        ),
    ]


def _against_reference(pairs: Sequence[tuple[int, int]], name: str, thing: str) -> Html:
    """Return a chart of lengths wanted and written, in what ``name`` says."""
    limit = sorted(max(pair) for pair in pairs)[math.ceil(len(pairs) * 0.99) - 1]
    step = max(1, math.ceil(limit / _BUBBLES))
    counts = Counter(
        (_rounded(wanted, step), _rounded(given, step))
        for wanted, given in pairs
        if max(wanted, given) <= limit
    )
    drawn = bubble_chart(
        counts,
        max(limit, 1),
        name=f"Length of translations over that of references, in {name}",
        across=f"{name} of the reference",
        up=f"{name} written",
        things=f"{thing}s",
    )
    beyond = sum(max(pair) > limit for pair in pairs)
    notes = []
    if beyond:
        notes.append(paragraph(f"{beyond:,} longer ones are not drawn.", "soft small"))
    return figure("Written against reference", drawn, *notes)


def _ratios(pairs: Sequence[tuple[int, int]], thing: str) -> Html:
    """Return a chart of the ratios of lengths written to lengths wanted."""
    ratios = [given / wanted for wanted, given in pairs if wanted]
    shares = histogram(
        _RATIOS,
        count_between(ratios, _RATIOS),
        name=f"Number of {thing}s by the length of their translation, as a ratio",
        across="written / reference; the outer bars hold all beyond",
        things=f"{thing}s",
        marks=[0.5, 0.75, 1.0, 1.25, 1.5],
        show=lambda value: f"{value:.2f}".rstrip("0").rstrip("."),
    )
    return figure("Ratio of lengths", shares)


def _rounded(value: int, step: int) -> float:
    """Return the middle of the step that a number is in."""
    return value // step * step + (step - 1) / 2
