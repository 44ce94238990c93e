"""The page about one evaluation: scores, mistakes, probabilities, training, configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line, key, line_chart
from seqtag.report.column import view_column
from seqtag.report.column_page import headline, sections
from seqtag.report.html import Html, data, details, document, element, join, table, text
from seqtag.report.parts import Part, contents, figure, figures, paragraph, section
from seqtag.report.results import EvaluationResult, Setting
from seqtag.report.style import STYLE

_MOST_LINES = 4  # of a chart
_MOST_EPOCHS = 200  # rows of the table by epoch
_SCORES = {"f1": "F1 of spans", "accuracy": "accuracy"}


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
    parts = [*_training(result), *columns, *_configuration(result)]
    body = [
        _header(result, scores),
        contents(parts),
        element("main", *(part for _, _, part in parts)),
        element("footer", text(f"Made by seqtag {result.version}.")),
    ]
    return document(f"{result.title} on {result.source}", STYLE, join(body))


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
        values.append((f"{column.name}, {_SCORES[main]}", numbers.percent(column.scores[main])))
    return figures(values)


def _columns(result: EvaluationResult) -> Iterator[Part]:
    for number, column in enumerate(result.columns, start=1):
        anchor = f"column{number}"
        view = view_column(result, column, level=3, prefix=f"{anchor}-")
        parts = [part for _, _, part in sections(view)]
        title = join([text("Column "), data(column.name)])
        content = section(anchor, 2, title, headline(view), *parts, class_="column")
        yield anchor, f"Column {column.name}", content


def _training(result: EvaluationResult) -> Iterator[Part]:
    facts = list(_facts(result.facts))
    curves = _curves(result.history, result.facts.get("best_epoch"))
    if facts or curves:
        content = [*curves, *([figures(facts, "facts")] if facts else [])]
        yield "training", "Training", section("training", 2, text("Training"), *content)


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is known of the training, with its names."""
    shown = {
        "sentences": ("training sentences", numbers.count),
        "tokens": ("training tokens", numbers.count),
        "words": ("words in the vocabulary", numbers.count),
        "epochs": ("epochs", numbers.count),
        "best_epoch": ("best epoch on dev", numbers.count),
        "seconds": ("time, all in all", numbers.duration),
        "tokens_per_second": ("training tokens a second", numbers.count),
        "peak_memory_mb": ("memory at most", numbers.memory),
    }
    for name, (title, show) in shown.items():
        value = facts.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            yield title, show(value)


def _curves(history: Sequence[Mapping[str, Any]], best: int | None) -> list[Html]:
    """Return charts of the training's course, and its numbers."""
    if not history:
        return []
    epochs = [record["epoch"] for record in history]
    scores = _dev_scores(history)
    losses = _values(history, "train_loss")
    rates = _values(history, "learning_rate")
    charts = []
    if scores:
        legend = element(
            "span",
            *(element("span", key(number), data(line.name)) for number, line in enumerate(scores)),
            class_="legend",
        )
        name = f"Dev score by epoch: {', '.join(line.name for line in scores)}"
        chart = line_chart(
            scores, epochs, name=name, show=_tick_percent, best=_best(best, scores[0], epochs)
        )
        charts.append(figure("Score on dev", chart, legend=legend))
    for title, values in (("Training loss", losses), ("Learning rate", rates)):
        if any(map(math.isfinite, values)):
            line = Line(title, values)
            chart = line_chart(
                [line], epochs, name=f"{title} by epoch", show=numbers.compact, from_zero=True
            )
            charts.append(figure(title, chart))
    lines = [*scores, Line("training loss", losses), Line("learning rate", rates)]
    rows = [
        [
            text(str(epoch)),
            *(
                text(
                    numbers.percent(line.values[n], 2)
                    if line in scores
                    else numbers.compact(line.values[n])
                )
                for line in lines
            ),
        ]
        for n, epoch in enumerate(epochs[:_MOST_EPOCHS])
    ]
    header = [text("epoch"), *(data(line.name) for line in lines)]
    by_epoch = details("Numbers by epoch", table(header, rows, caption="The training by epoch"))
    return [element("div", *charts, class_="charts curves"), by_epoch]


def _best(best: int | None, line: Line, epochs: Sequence[int]) -> tuple[int, str] | None:
    """Return the best epoch with its score on the main line."""
    if best is None or best not in epochs:
        return None
    return best, f"best: {numbers.percent(line.values[epochs.index(best)])}"


def _dev_scores(history: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return the scores on dev that are drawn: the one that counts first."""
    first = history[0].get("dev", {})
    names = first.get("by_column", {"": first})
    lines = []
    for column, scores in names.items():
        for key_ in (
            ("f1", "accuracy") if len(names) == 1 else ("f1" if "f1" in scores else "accuracy",)
        ):
            if key_ in scores:
                name = f"{column} {_SCORES[key_]}".strip()
                lines.append(Line(name, [_score(record, column, key_) for record in history]))
    return lines[:_MOST_LINES]


def _score(record: Mapping[str, Any], column: str, key_: str) -> float:
    dev = record.get("dev", {})
    value = dev.get("by_column", {"": dev}).get(column, {}).get(key_)
    return float(value) if isinstance(value, int | float) else math.nan


def _values(history: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    values = [record.get(name) for record in history]
    return [float(v) if isinstance(v, int | float) else math.nan for v in values]


def _tick_percent(value: float) -> str:
    return f"{round(value * 100, 2):g}{numbers.THIN}%"


def _configuration(result: EvaluationResult) -> Iterator[Part]:
    if not result.settings:
        return
    tables = [_settings(name, rows) for name, rows in result.settings.items() if rows]
    intro = paragraph("In bold: what differs from the defaults.", "soft")
    content = element("div", *tables, class_="settings")
    name = "Configuration"
    yield "configuration", name, section("configuration", 2, text(name), intro, content)


def _settings(name: str, settings: Sequence[Setting]) -> Html:
    rows = []
    for setting in settings:
        value = data(setting.value, 200) if setting.value else text("–")
        shown = value if setting.is_default else element("strong", value)
        key_ = join([text(setting.key), element("small", text(setting.meaning))])
        rows.append([key_, shown])
    header = [text("key"), text("value")]
    return figure(name, table(header, rows, caption=f"Configuration, {name}"))
