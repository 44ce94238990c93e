"""Scores as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from seqtag.report import numbers

MATRIX_TAGS = 18
"""A confusion matrix of more tags is too wide to be read."""

_HEADLINES = {
    "accuracy": "accuracy",
    "accuracy_unseen": "accuracy of unseen words",
    "precision": "precision (strict)",
    "recall": "recall (strict)",
    "f1": "F1 (strict)",
    "conlleval_f1": "F1 (conlleval)",
}

_OTHER_SCORES = (
    *("macro_f1", "nll", "bleu", "chrf"),
    *("exact_match", "symbol_error_rate", "length_ratio", "perplexity"),
)
_SEED_SCORES = (*((key,) for key in (*_HEADLINES, *_OTHER_SCORES)), ("calibration", "error"))


def score_report(scores: Mapping[str, Any]) -> str:
    """Return scores as tables: the main ones, those by type, and what was taken for what.

    Args:
        scores: As `seqtag.api.evaluate.evaluate` returns them.
    """
    parts = [f"{scores['sentences']:,} sentences, {scores['tokens']:,} tokens"]
    confusion = scores["confusion"]
    by_column = scores.get("by_column", {next(iter(confusion)): scores})
    for name, column in by_column.items():
        parts.append("\n".join(_column_report(name, column, confusion[name])))
    return "\n\n".join(parts)


def _column_report(
    name: str, scores: Mapping[str, Any], confusion: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    """Yield the lines of one tag column's report."""
    yield f"Column {visible(name)}"
    for key, title in _HEADLINES.items():
        if scores.get(key) is not None:
            yield f"  {title:<26}{scores[key]:>8.4f}"
    if by_type := scores.get("by_type"):
        yield ""
        keys = ("precision", "recall", "f1")
        rows = [
            [label, *(f"{values[key]:.4f}" for key in keys), str(values["support"])]
            for label, values in by_type.items()
        ]
        yield from table(["type", *keys, "support"], rows)
    mistakes = sorted(
        ((n, a, b) for a, row in confusion.items() for b, n in row.items() if a != b),
        key=lambda mistake: (-mistake[0], mistake[1:]),
    )
    tags = sorted({*confusion, *(tag for row in confusion.values() for tag in row)})
    if len(tags) <= MATRIX_TAGS:
        yield ""
        yield "  Confusion matrix: annotated down, predicted across"
        rows = [[a, *(str(confusion.get(a, {}).get(b, 0) or "·") for b in tags)] for a in tags]
        yield from table(["", *tags], rows)
    if mistakes:
        yield ""
        yield "  Most frequent mistakes"
        yield from table(
            ["annotated", "predicted", "tokens"], [[a, b, str(n)] for n, a, b in mistakes[:10]]
        )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table's lines, the first column flush left and the others flush right.

    Where a title is much wider than what stands below, as the tags of a confusion matrix may be,
    it is still given in full.
    """
    lines = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in lines) for i in range(len(header))]
    for row in lines:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  " + "  ".join(cells).rstrip()


def visible(text: str) -> str:
    """Return text from a file in a form that cannot steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def seed_report(metrics: Mapping[str, Any]) -> str:
    """Return the mean and deviation of several seeds' scores as a table.

    Args:
        metrics: As `seqtag.training.scores.summarize_seeds` returns them.
    """
    names = list(metrics["seeds"])
    rows = []
    for part, means in metrics["mean"].items():
        for path in _SEED_SCORES if part != "train" else (("seconds",), ("tokens_per_second",)):
            mean = _at(means, path)
            if mean is not None:
                deviation = _at(metrics["deviation"][part], path)
                values = [_at(metrics["seeds"][name][part], path) for name in names]
                show = _short if part == "train" else partial(numbers.score, path[0])
                rows.append([f"{part} {' '.join(path)}", *map(show, (mean, deviation, *values))])
    lines = table(["score", "mean", "deviation", *names], rows)
    return "\n".join([*lines, f"  best on dev: {metrics['best']}"])


def _at(values: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - a number or a mapping
    """Return what stands at a path in nested mappings; None where there is nothing."""
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _short(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.0f}"
