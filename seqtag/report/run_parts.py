"""A page about a run, and its sections on how it was trained and with what configuration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line, key, line_chart
from seqtag.report.html import Html, data, details, document, element, join, table, text
from seqtag.report.parts import Part, contents, figure, figures, paragraph, section
from seqtag.report.results import PageResult, Setting
from seqtag.report.style import STYLE

SCORES = {"f1": "F1 of spans", "accuracy": "accuracy", "macro_f1": "macro F1"}
"""Scores on dev that are drawn, the one that counts first."""

_MOST_LINES = 4  # of a chart
_MOST_EPOCHS = 200  # rows of the table by epoch


@dataclass(frozen=True, slots=True)
class ScoreChart:
    """A chart of scores on dev by epoch.

    Attributes:
        title: What it shows.
        lines: Its lines, the one that counts first.
        show: Writes a score with a number of decimals.
        tick: Writes a score at an axis.
        marks_best: Whether the best epoch is marked on the first line.
        from_zero: Whether the axis begins at 0 in any case.
    """

    title: str
    lines: Sequence[Line]
    show: Callable[[float, int], str]
    tick: Callable[[float], str]
    marks_best: bool = False
    from_zero: bool = False


def run_document(
    result: PageResult,
    header: Html,
    sections: Iterable[Part],
    *,
    charts: Sequence[ScoreChart] | None = None,
    style: str = "",
) -> str:
    """Return a page about an evaluation as HTML, which loads nothing and runs nothing.

    Args:
        result: What it is made from.
        header: Its head, with the scores.
        sections: What was found, which stands between the training and the configuration.
        charts: As for `training_part`.
        style: Further rules of style.
    """
    parts = [
        *training_part(result.history, result.facts, charts),
        *sections,
        *configuration_part(result.settings),
    ]
    body = [
        header,
        contents(parts),
        element("main", *(part for _, _, part in parts)),
        element("footer", text(f"Made by seqtag {result.version}.")),
    ]
    return document(f"{result.title} on {result.source}", STYLE + style, join(body))


def training_part(
    history: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
    charts: Sequence[ScoreChart] | None = None,
) -> Iterator[Part]:
    """Yield the section about the training, if anything is known of it.

    Args:
        history: The lines of ``history.jsonl``.
        facts: As in `seqtag.report.results.EvaluationResult`.
        charts: The scores on dev; None for those of taggers and classifiers.
    """
    shown = list(_facts(facts))
    if charts is None and history:
        lines = _dev_scores(history)
        charts = [percent_chart("Score on dev", lines, marks_best=True)] if lines else []
    curves = _curves(history, charts or (), facts.get("best_epoch"))
    if shown or curves:
        content = [*curves, *([figures(shown, "facts")] if shown else [])]
        yield "training", "Training", section("training", 2, text("Training"), *content)


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is known of the training, with its names."""
    shown = {
        "sentences": ("training sentences", numbers.count),
        "texts": ("training texts", numbers.count),
        "pairs": ("training pairs", numbers.count),
        "lines": ("training lines", numbers.count),
        "units": ("training units", numbers.count),
        "source_units": ("training units read", numbers.count),
        "target_units": ("training units written", numbers.count),
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


def percent_chart(title: str, lines: Sequence[Line], *, marks_best: bool = False) -> ScoreChart:
    """Return a chart of scores that are fractions."""
    return ScoreChart(title, lines, numbers.percent, _tick_percent, marks_best)


def perplexity_chart(values: Sequence[float], *, from_zero: bool = False) -> ScoreChart:
    """Return a chart of perplexities by epoch.

    The first epochs' perplexity is so high that the others could not be told apart: the chart shows
    the logarithm.

    Args:
        values: The perplexities.
        from_zero: As for `ScoreChart`.
    """
    logs = [math.log(value) if 0 < value < math.inf else math.nan for value in values]
    return ScoreChart(
        "Log of the perplexity on dev",
        [Line("perplexity", logs)],
        lambda value, _: numbers.compact(math.exp(value)),
        numbers.compact,
        from_zero=from_zero,
    )


def dev_values(history: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """Return a score on dev by epoch, NaN where it is not known."""
    return _values([record.get("dev", {}) for record in history], name)


def _curves(
    history: Sequence[Mapping[str, Any]], charts: Sequence[ScoreChart], best: int | None
) -> list[Html]:
    """Return charts of the training's course, and its numbers."""
    if not history:
        return []
    epochs = [record["epoch"] for record in history]
    drawn = [_score_figure(chart, epochs, best) for chart in charts]
    columns = [
        (line.name, [chart.show(value, 2) for value in line.values])
        for chart in charts
        for line in chart.lines
    ]
    for title, name in (("Training loss", "train_loss"), ("Learning rate", "learning_rate")):
        values = _values(history, name)
        columns.append((title.lower(), list(map(numbers.compact, values))))
        if any(map(math.isfinite, values)):
            chart = line_chart(
                [Line(title, values)],
                epochs,
                name=f"{title} by epoch",
                show=numbers.compact,
                from_zero=True,
            )
            drawn.append(figure(title, chart))
    rows = [
        [text(str(epoch)), *(text(values[n]) for _, values in columns)]
        for n, epoch in enumerate(epochs[:_MOST_EPOCHS])
    ]
    header = [text("epoch"), *(data(name) for name, _ in columns)]
    by_epoch = details("Numbers by epoch", table(header, rows, caption="The training by epoch"))
    return [element("div", *drawn, class_="charts curves"), by_epoch]


def _score_figure(chart: ScoreChart, epochs: Sequence[int], best: int | None) -> Html:
    """Return a chart of scores under its title, with a legend."""
    legend = element(
        "span",
        *(element("span", key(number), data(line.name)) for number, line in enumerate(chart.lines)),
        class_="legend",
    )
    drawn = line_chart(
        chart.lines,
        epochs,
        name=f"Dev score by epoch: {', '.join(line.name for line in chart.lines)}",
        show=chart.tick,
        from_zero=chart.from_zero,
        best=_best(best, chart, epochs) if chart.marks_best else None,
    )
    return figure(chart.title, drawn, legend=legend)


def _best(best: int | None, chart: ScoreChart, epochs: Sequence[int]) -> tuple[int, str] | None:
    """Return the best epoch with its score on the main line."""
    if best is None or best not in epochs:
        return None
    return best, f"best: {chart.show(chart.lines[0].values[epochs.index(best)], 1)}"


def _dev_scores(history: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return the scores on dev that are drawn: the one that counts first."""
    first = history[0].get("dev", {})
    names = first.get("by_column", {"": first})
    lines = []
    for column, scores in names.items():
        for key_ in SCORES if len(names) == 1 else ("f1" if "f1" in scores else "accuracy",):
            if key_ in scores:
                name = f"{column} {SCORES[key_]}".strip()
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


def configuration_part(settings: Mapping[str, Sequence[Setting]]) -> Iterator[Part]:
    """Yield the section about the configuration, if it is known.

    Args:
        settings: The configuration by section.
    """
    if not settings:
        return
    tables = [_settings(name, rows) for name, rows in settings.items() if rows]
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
