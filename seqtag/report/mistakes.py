"""The section about mistakes: how many there are of each kind, and examples in their context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seqtag.report import numbers
from seqtag.report.analysis import SPAN_KINDS, SpanKind, SpanPair, extent, frequent_confusions
from seqtag.report.column import ColumnView
from seqtag.report.html import Html, data, details, element, join, table, text
from seqtag.report.parts import bar, paragraph
from seqtag.report.sentences import Mark, sentence, single, span_sentence, versions, window

EXAMPLES = 3
"""Examples of a mistake that are shown at once."""

MORE_EXAMPLES = 5
"""Further ones that are folded away."""

CONFUSIONS = 10
"""Kinds of confusion that come with examples."""

_MEANINGS: dict[SpanKind, str] = {
    "correct": "same tokens, same label",
    "type": "same tokens, another label",
    "boundary": "same label, other tokens that overlap",
    "boundary and type": "overlapping tokens, another label",
    "missed": "annotated, nothing predicted there",
    "spurious": "predicted, nothing annotated there",
}


def count_kinds(pairs: Sequence[Sequence[SpanPair]]) -> Counter[SpanKind]:
    """Return how many spans there are of each kind."""
    return Counter(pair.kind for of_sentence in pairs for pair in of_sentence)


def span_mistakes(view: ColumnView) -> list[Html]:
    """Return what becomes of spans, with examples of each kind of mistake."""
    counts = count_kinds(view.pairs)
    if not counts:
        return []
    most = max(counts.values())
    rows = [
        [
            join([text(kind), element("small", text(_MEANINGS[kind]))]),
            text(f"{counts[kind]:,}"),
            bar(counts[kind] / most, "bar" if kind == "correct" else "bar off"),
        ]
        for kind in SPAN_KINDS
    ]
    header = [text(name) for name in ("what becomes of spans", "spans", "")]
    return [
        table(header, rows, caption="What becomes of spans", class_="fill limited"),
        *(
            _span_examples(view, kind, counts[kind])
            for kind in SPAN_KINDS
            if kind != "correct" and counts[kind]
        ),
    ]


def _span_examples(view: ColumnView, kind: SpanKind, number: int) -> Html:
    """Return examples of one kind of mistake, those that the tagger is surest of first."""
    found = [
        (-_sureness(view, index, pair), index, place)
        for index, of_sentence in enumerate(view.pairs)
        for place, pair in enumerate(of_sentence)
        if pair.kind == kind
    ]
    shown: dict[tuple[str, ...], Html] = {}  # no two of the same words
    for _, index, place in sorted(found):
        pair = view.pairs[index][place]
        words = tuple(f"{s.text} {s.label}" for s in (pair.gold, pair.predicted) if s is not None)
        if words not in shown:
            shown[words] = _span_example(view, index, pair)
        if len(shown) == EXAMPLES + MORE_EXAMPLES:
            break
    meaning = f"{_MEANINGS[kind].capitalize()}; the surest ones first."
    return element(
        "div",
        element(view.examples_level, text(f"{kind.capitalize()} · {number:,}")),
        paragraph(meaning, "soft small"),
        *folded(list(shown.values())),
        class_="kind",
    )


def _sureness(view: ColumnView, index: int, pair: SpanPair) -> float:
    if pair.predicted is not None:
        return pair.predicted.score
    start, end = extent(pair)
    return min(view.column.confidence[index][start:end])


def _span_example(view: ColumnView, index: int, pair: SpanPair) -> Html:
    shown = window(len(view.tokens[index]), *extent(pair))
    rows = span_rows(view, index, [pair], shown)
    return versions(rows, place=_place(index, len(view.tokens[index]), shown))


def span_rows(
    view: ColumnView, index: int, pairs: Sequence[SpanPair], shown: tuple[int, int]
) -> list[tuple[str, Html]]:
    """Return a sentence with its annotated and with its predicted spans.

    Args:
        view: The column.
        index: The sentence.
        pairs: The spans that it is an example of.
        shown: The tokens shown, from where to where.
    """
    if view.spans is None:
        return []
    gold, predicted = (spans[index] for spans in view.spans)
    scores = [numbers.percent(span.score, 0) for span in predicted]
    missed = [pair.gold for pair in pairs]
    wrong = [pair.predicted for pair in pairs]
    tokens = view.tokens[index]
    return [
        ("annotated", span_sentence(tokens, gold, missed, shown)),
        ("predicted", span_sentence(tokens, predicted, wrong, shown, scores)),
    ]


def tag_mistakes(view: ColumnView) -> list[Html]:
    """Return the most frequent confusions of tags with examples."""
    found = frequent_confusions(view.confusion, CONFUSIONS)
    if not found:
        return []
    wrong = sum(hits.count(False) for hits in map(list, view.right))
    places = _places(view, {(a, b) for a, b, _ in found})
    intro = (
        "The most frequent confusions, with examples of which the tagger was surest. Some of them "
        "may be mistakes of the annotation."
    )
    kinds = []
    for gold, predicted, number in found:
        share = f"{numbers.count(number)} tokens, {numbers.percent(number / wrong)} of all mistakes"
        kinds.append(
            element(
                "div",
                element(view.examples_level, data(gold), text(" taken for "), data(predicted)),
                paragraph(share, "soft small"),
                *folded([_tag_example(view, *place) for place in places[gold, predicted]]),
                class_="kind",
            )
        )
    return [paragraph(intro, "soft"), element("div", *kinds, class_="kinds")]


def _places(
    view: ColumnView, wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return sentences and tokens of confusions, the surest first, each word only once."""
    column = view.column
    found: dict[tuple[str, str], list[tuple[float, int, int]]] = {pair: [] for pair in wanted}
    for index, tags in enumerate(zip(column.gold, column.predicted, strict=True)):
        for place, pair in enumerate(zip(*tags, strict=True)):
            if pair in wanted:
                found[pair].append((-column.confidence[index][place], index, place))
    chosen = {}
    for pair, places in found.items():
        words: dict[str, tuple[int, int]] = {}
        for _, index, place in sorted(places):
            words.setdefault(view.tokens[index][place].lower(), (index, place))
            if len(words) == EXAMPLES + MORE_EXAMPLES:
                break
        chosen[pair] = list(words.values())
    return chosen


def _tag_example(view: ColumnView, index: int, place: int) -> Html:
    tokens = view.tokens[index]
    shown = window(len(tokens), place, place + 1)
    given = numbers.percent(view.column.confidence[index][place], 0)
    mark = Mark(place, place + 1, element("b", text(given), dir="ltr"), "focus")
    return single(sentence(tokens, [mark], shown), place=_place(index, len(tokens), shown))


def folded(examples: Sequence[Html], shown: int = EXAMPLES) -> list[Html]:
    """Show some examples and fold the others away."""
    content = [element("div", *examples[:shown], class_="examples")]
    if rest := examples[shown:]:
        content.append(details(f"{len(rest)} more", element("div", *rest, class_="examples")))
    return content


def _place(index: int, length: int, shown: tuple[int, int]) -> str:
    """Tell where an example stands."""
    name = f"sentence {index + 1:,}"
    return name if shown == (0, length) else f"{name}, tokens {shown[0] + 1:,} to {shown[1]:,}"
