"""The sections of a page about a run: how it was trained, and with what configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line, key, line_chart
from seqtag.report.html import Html, data, details, element, join, table, text
from seqtag.report.parts import Part, figure, figures, paragraph, section
from seqtag.report.results import Setting

SCORES = {"f1": "F1 of spans", "accuracy": "accuracy", "macro_f1": "macro F1"}
"""Scores on dev that are drawn, the one that counts first."""

_MOST_LINES = 4  # of a chart
_MOST_EPOCHS = 200  # rows of the table by epoch


def training_part(history: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the section about the training, if anything is known of it.

    Args:
        history: The lines of ``history.jsonl``.
        facts: As in `seqtag.report.results.EvaluationResult`.
    """
    shown = list(_facts(facts))
    curves = _curves(history, facts.get("best_epoch"))
    if shown or curves:
        content = [*curves, *([figures(shown, "facts")] if shown else [])]
        yield "training", "Training", section("training", 2, text("Training"), *content)


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is known of the training, with its names."""
    shown = {
        "sentences": ("training sentences", numbers.count),
        "texts": ("training texts", numbers.count),
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
