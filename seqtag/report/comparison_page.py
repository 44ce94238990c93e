"""The page about a comparison of two taggers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from seqtag.report import numbers
from seqtag.report.charts import gain_chart
from seqtag.report.comparison import (
    SCORE_NAMES,
    ColumnComparison,
    Comparison,
    differing_tokens,
    verdict,
)
from seqtag.report.html import Html, data, document, element, join, table, text
from seqtag.report.mistakes import folded
from seqtag.report.parts import Part, bar, contents, figures, long_table, paragraph, section
from seqtag.report.sentences import (
    Mark,
    note,
    sentence,
    span_sentence,
    versions,
    window,
)
from seqtag.report.significance import SAMPLES
from seqtag.report.style import STYLE
from seqtag.text.sentence import Span

EXAMPLES = 12
"""Sentences shown in which one tagger is better than the other."""


def comparison_page(comparison: Comparison) -> str:
    """Return a page about a comparison of two taggers, as HTML that loads and runs nothing."""
    if len(comparison.columns) == 1:
        column = comparison.columns[0]
        lead, parts = _headline(comparison, column), list(_sections(comparison, column, "", 2))
    else:
        lead, parts = join([]), list(_columns(comparison))
    size = (
        f"{numbers.things(len(comparison.tokens), 'sentence')}, "
        f"{numbers.things(sum(map(len, comparison.tokens)), 'token')}"
    )
    title = join([data(comparison.second), text(" against "), data(comparison.first)])
    where = [text("both scored on "), data(comparison.source), text(f" · {size}")]
    header = element(
        "header", element("h1", title), element("p", *where, class_="soft"), lead, contents(parts)
    )
    body = [
        header,
        element("main", *(part for _, _, part in parts)),
        element("footer", text(f"Made by seqtag {comparison.version}.")),
    ]
    return document(f"{comparison.second} against {comparison.first}", STYLE, join(body))


def _headline(comparison: Comparison, column: ColumnComparison) -> Html:
    """Return the score that counts, of both, and whether they differ."""
    name, main = next(iter(column.scores.items()))
    values = [
        (f"points of {SCORE_NAMES[name]}", numbers.points(main.gain)),
        (comparison.second, numbers.percent(main.second)),
        (comparison.first, numbers.percent(main.first)),
    ]
    words = verdict(SCORE_NAMES[name], main, comparison.second)
    return join([figures(values), paragraph(words, "lead")])


def _columns(comparison: Comparison) -> Iterator[Part]:
    for number, column in enumerate(comparison.columns, start=1):
        anchor = f"column{number}"
        parts = [part for _, _, part in _sections(comparison, column, f"{anchor}-", 3)]
        title = join([text("Column "), data(column.answers.name)])
        lead = _headline(comparison, column)
        content = section(anchor, 2, title, lead, *parts, class_="column")
        yield anchor, f"Column {column.answers.name}", content


def _sections(
    comparison: Comparison, column: ColumnComparison, prefix: str, level: int
) -> Iterator[Part]:
    first, second = comparison.first, comparison.second
    for anchor, title, content in (
        ("scores", "Scores", _scores(comparison, column)),
        ("right", "Who is right", _rights(comparison, column)),
        ("labels", "Won and lost", _labels(comparison, column)),
        ("first", f"Where {first} is better", _examples(comparison, column, column.better_first)),
        (
            "second",
            f"Where {second} is better",
            _examples(comparison, column, column.better_second),
        ),
    ):
        if content:
            at = f"{prefix}{anchor}"
            yield at, title, section(at, level, text(title), *content)


def _scores(comparison: Comparison, column: ColumnComparison) -> list[Html]:
    rows = [
        [
            text(SCORE_NAMES[name]),
            text(numbers.percent(d.first, 2)),
            text(numbers.percent(d.second, 2)),
            text(numbers.points(d.gain)),
            text(f"{numbers.points(d.low)} to {numbers.points(d.high)}"),
            text(numbers.probability(d.p_value)),
        ]
        for name, d in column.scores.items()
    ]
    titles = [text(name) for name in ("difference", "95% interval", "p")]
    header = [text(""), data(comparison.first), data(comparison.second), *titles]
    named = [(SCORE_NAMES[name], difference) for name, difference in column.scores.items()]
    return [
        table(header, rows, caption="Scores"),
        element(
            "figure",
            element("figcaption", text("Difference in points, with its 95% interval")),
            gain_chart(named, "Difference of the scores with its interval"),
            class_="apart",
        ),
        paragraph(
            f"Paired bootstrap over sentences (Koehn 2004), {SAMPLES:,} draws; p is two-sided, "
            "centred on the difference observed (Berg-Kirkpatrick et al. 2012). It says how far "
            "the difference may be due to the choice of these sentences, not how far it is due to "
            "the seeds of the two trainings.",
            "soft small",
        ),
    ]


def _rights(comparison: Comparison, column: ColumnComparison) -> list[Html]:
    things = "tokens" if column.answers.spans is None else "annotated spans"
    total = max(column.total, 1)
    rows = [
        [name, text(f"{n:,}"), text(numbers.percent(n / total)), bar(n / total)]
        for name, n in (
            (text("both"), column.both),
            (join([text("only "), data(comparison.first)]), column.only_first),
            (join([text("only "), data(comparison.second)]), column.only_second),
            (text("neither"), column.neither),
        )
    ]
    header = [text(name) for name in ("", things, "share", "")]
    return [table(header, rows, caption="Who is right", class_="fill limited")]


def _labels(comparison: Comparison, column: ColumnComparison) -> list[Html]:
    if not column.labels:
        return []
    things = "tokens" if column.answers.spans is None else "spans"
    rows = [
        [
            data(change.label),
            text(f"{change.support:,}"),
            text(numbers.percent(change.first)),
            text(numbers.percent(change.second)),
            text(numbers.points(change.second - change.first)),
            text(f"{change.lost:,}"),
            text(f"{change.won:,}"),
        ]
        for change in column.labels
    ]
    first, second = data(comparison.first), data(comparison.second)
    header = [
        text("tag" if column.answers.spans is None else "label"),
        text(things),
        join([text("F1 "), first]),
        join([text("F1 "), second]),
        text("points"),
        join([text("only "), first]),
        join([text("only "), second]),
    ]
    return [
        long_table(header, rows, caption="Labels in which they differ"),
        paragraph(f"“only”: {things} that only this one gets right.", "soft small"),
    ]


def _examples(
    comparison: Comparison, column: ColumnComparison, indices: Sequence[int]
) -> list[Html]:
    if not indices:
        return []
    intro = f"Fewer mistakes in {numbers.things(len(indices), 'sentence')}; most of them first."
    shown = [_example(comparison, column, index) for index in indices[:EXAMPLES]]
    return [paragraph(intro, "soft"), *folded(shown, 6)]


def _example(comparison: Comparison, column: ColumnComparison, index: int) -> Html:
    tokens = comparison.tokens[index]
    if column.answers.spans is None:
        return _tag_example(comparison, column, index)
    gold, *others = (spans[index] for spans in column.answers.spans)
    wrong = [[span for span in of if not _has(gold, span)] for of in others]
    missed = [span for span in gold if not all(_has(of, span) for of in others)]
    places = list(chain(missed, *wrong))
    start, end = min(s.start for s in places), max(s.end for s in places)
    shown = window(len(tokens), start, end)
    names = ("annotated", comparison.first, comparison.second)
    rows = [
        (name, span_sentence(tokens, spans, focus, shown))
        for name, spans, focus in zip(names, (gold, *others), (missed, *wrong), strict=True)
    ]
    return versions(rows, place=f"sentence {index + 1:,}")


def _has(spans: Sequence[Span], span: Span) -> bool:
    wanted = (span.start, span.end, span.label)
    return any((other.start, other.end, other.label) == wanted for other in spans)


def _tag_example(comparison: Comparison, column: ColumnComparison, index: int) -> Html:
    tokens, answers = comparison.tokens[index], column.answers
    places = differing_tokens(answers, index)
    shown = window(len(tokens), places[0], places[-1] + 1)
    names = ("annotated", comparison.first, comparison.second)
    rows = []
    for name, tags in zip(names, (answers.gold, answers.first, answers.second), strict=True):
        marks = [
            Mark(
                place,
                place + 1,
                note(tags[index][place]),
                None if tags[index][place] == answers.gold[index][place] else "focus",
            )
            for place in places
        ]
        rows.append((name, sentence(tokens, marks, shown)))
    return versions(rows, place=f"sentence {index + 1:,}")
