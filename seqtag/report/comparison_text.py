"""A comparison of two taggers as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqtag.report import numbers
from seqtag.report.comparison import (
    SCORE_NAMES,
    ColumnComparison,
    Comparison,
    differing_tokens,
    verdict,
)
from seqtag.report.significance import SAMPLES
from seqtag.report.tables import table, visible
from seqtag.text.sentence import Span

EXAMPLES = 5
"""Sentences shown in which one tagger is better than the other."""

LABELS = 20
"""Labels shown at most."""

_LONGEST = 40  # tokens shown of a sentence


def comparison_report(comparison: Comparison) -> str:
    """Return scores side by side, their differences, labels, and sentences that differ."""
    size = (
        f"{numbers.things(len(comparison.tokens), 'sentence')}, "
        f"{numbers.things(sum(map(len, comparison.tokens)), 'token')}"
    )
    lines = [f"{visible(comparison.source)}: {size}"]
    for column in comparison.columns:
        lines += ["", *_column(comparison, column)]
    return "\n".join(lines)


def _column(comparison: Comparison, column: ColumnComparison) -> Iterator[str]:
    first, second = visible(comparison.first), visible(comparison.second)
    yield f"Column {visible(column.answers.name)}"
    header = ["", first, second, "difference", "95% interval", "p"]
    rows = [
        [
            SCORE_NAMES[name],
            f"{d.first:.4f}",
            f"{d.second:.4f}",
            f"{d.gain:+.4f}",
            f"{d.low:+.4f} to {d.high:+.4f}",
            numbers.probability(d.p_value),
        ]
        for name, d in column.scores.items()
    ]
    yield from table(header, rows)
    yield ""
    for name, difference in column.scores.items():
        yield f"  {verdict(SCORE_NAMES[name], difference, second)}"
    yield f"  Paired bootstrap, {SAMPLES:,} draws of sentences; it says nothing of other seeds."
    yield ""
    things = "tokens" if column.answers.spans is None else "annotated spans"
    rights = {
        "both": column.both,
        f"only {first}": column.only_first,
        f"only {second}": column.only_second,
        "neither": column.neither,
    }
    yield from table(["who is right", things], [[name, f"{n:,}"] for name, n in rights.items()])
    if column.labels:
        yield ""
        yield from _labels(column, first, second)
    for name, indices in ((first, column.better_first), (second, column.better_second)):
        if indices:
            yield ""
            yield f"  {name} makes fewer mistakes in {numbers.things(len(indices), 'sentence')}:"
            for index in indices[:EXAMPLES]:
                yield from _example(comparison, column, index)


def _labels(column: ColumnComparison, first: str, second: str) -> Iterator[str]:
    shown = list(column.labels)
    if len(shown) > LABELS:
        shown = [*shown[: LABELS // 2], *shown[-(LABELS // 2) :]]
    header = ["label", "support", f"F1 {first}", f"F1 {second}", f"only {first}", f"only {second}"]
    rows = [
        [
            change.label,
            f"{change.support:,}",
            f"{change.first:.4f}",
            f"{change.second:.4f}",
            f"{change.lost:,}",
            f"{change.won:,}",
        ]
        for change in shown
    ]
    yield from table(header, rows)
    if rest := len(column.labels) - len(shown):
        yield f"  and {rest:,} between these"


def _example(comparison: Comparison, column: ColumnComparison, index: int) -> Iterator[str]:
    tokens = [visible(token) for token in comparison.tokens[index]]
    answers = column.answers
    yield f"    sentence {index + 1:,}"
    names = ["annotated", visible(comparison.first), visible(comparison.second)]
    width = max(map(len, names))
    if answers.spans is not None:
        for name, spans in zip(names, answers.spans, strict=True):
            yield f"      {name:<{width}}  {_bracketed(tokens, spans[index])}"
        return
    yield f"      {_bracketed(tokens, [])}"
    for place in differing_tokens(answers, index)[:EXAMPLES]:
        tags = (answers.gold, answers.first, answers.second)
        told = (f"{name} {visible(of[index][place])}" for name, of in zip(names, tags, strict=True))
        yield f"      {tokens[place]}: {', '.join(told)}"


def _bracketed(tokens: Sequence[str], spans: Sequence[Span]) -> str:
    """Return a sentence with its spans in brackets."""
    pieces = []
    for place, token in enumerate(tokens[:_LONGEST]):
        starts = "".join("[" for span in spans if span.start == place)
        ends = "".join(f" {visible(span.label)}]" for span in spans if span.end == place + 1)
        pieces.append(f"{starts}{token}{ends}")
    return " ".join(pieces) + (" …" if len(tokens) > _LONGEST else "")
