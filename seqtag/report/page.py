"""The page about one evaluation: scores, mistakes, probabilities, training, configuration."""

from __future__ import annotations

from collections.abc import Iterator

from seqtag.report import numbers
from seqtag.report.column import view_column
from seqtag.report.column_page import headline, sections
from seqtag.report.html import Html, data, element, join, text
from seqtag.report.parts import Part, figures, section
from seqtag.report.results import EvaluationResult
from seqtag.report.run_parts import SCORES, run_document


def make_page(result: EvaluationResult) -> str:
    """Return a page about a tagger's answers on annotated sentences, as HTML.

    It loads nothing and runs nothing. Its size is bounded: examples, rows and the words in them
    are limited in number and length.
    """
    if len(result.columns) == 1:
        view = view_column(result, result.columns[0])
        scores, columns = headline(view), list(sections(view))
    else:
        scores, columns = _overview(result), list(_columns(result))
    return run_document(result, _header(result, scores), columns)


def _header(result: EvaluationResult, scores: Html) -> Html:
    size = (
        f"{numbers.things(len(result.tokens), 'sentence')}, "
        f"{numbers.things(sum(map(len, result.tokens)), 'token')}"
    )
    where = element("p", text("scored on "), data(result.source), text(f" · {size}"), class_="soft")
    return element("header", element("h1", data(result.title)), where, scores)


def _overview(result: EvaluationResult) -> Html:
    """Return the main score of each of several columns."""
    values = []
    for column in result.columns:
        main = "f1" if "f1" in column.scores else "accuracy"
        values.append((f"{column.name}, {SCORES[main]}", numbers.percent(column.scores[main])))
    return figures(values)


def _columns(result: EvaluationResult) -> Iterator[Part]:
    for number, column in enumerate(result.columns, start=1):
        anchor = f"column{number}"
        view = view_column(result, column, level=3, prefix=f"{anchor}-")
        parts = [part for _, _, part in sections(view)]
        title = join([text("Column "), data(column.name)])
        content = section(anchor, 2, title, headline(view), *parts, class_="column")
        yield anchor, f"Column {column.name}", content
