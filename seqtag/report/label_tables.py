"""Scores of classifiers as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqtag.report.analysis import frequent_confusions
from seqtag.report.tables import score_report, table
from seqtag.report.text_tables import text_report
from seqtag.report.translation_tables import translation_report

MATRIX_LABELS = 10
"""A confusion matrix of more labels is too wide to be read."""

LABELS = 50
"""Rows of the table by label at most."""

CONFUSIONS = 10
"""Confusions listed where there is no matrix."""


def part_report(scores: Mapping[str, Any]) -> str:
    """Return the scores of a model of any task as tables."""
    if "by_label" in scores:
        return label_report(scores)
    if "bits_per_char" in scores:
        return text_report(scores)
    return translation_report(scores) if "bleu" in scores else score_report(scores)


def label_report(scores: Mapping[str, Any]) -> str:
    """Return a classifier's scores as tables: the main ones, those by label, and confusions.

    Args:
        scores: As `seqtag.api.label_evaluation.examine_labels` returns them.
    """
    parts = [
        [f"{scores['texts']:,} texts, {scores['tokens']:,} tokens"],
        list(_headlines(scores)),
        list(_by_label(scores["by_label"])),
        list(_confusions(scores["confusion"])),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _headlines(scores: Mapping[str, Any]) -> Iterator[str]:
    values = {
        "accuracy": scores["accuracy"],
        "macro F1": scores["macro_f1"],
        "negative log-likelihood": scores["nll"],
        "expected calibration error": scores["calibration"]["error"],
    }
    for title, value in values.items():
        if value is not None:
            yield f"  {title:<26}{value:>8.4f}"


def _by_label(by_label: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    keys = ("precision", "recall", "f1")
    rows = [
        [label, *(f"{values[key]:.4f}" for key in keys), str(values["support"])]
        for label, values in by_label.items()
    ]
    yield from table(["label", *keys, "support"], rows[:LABELS])
    if rest := len(rows[LABELS:]):
        yield f"  and {rest:,} more, which --json tells"


def _confusions(confusion: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    labels = list(confusion)
    labels += sorted({label for row in confusion.values() for label in row} - set(labels))
    if len(labels) <= MATRIX_LABELS:
        yield "  Confusion matrix: annotated down, predicted across"
        rows = [[a, *(str(confusion.get(a, {}).get(b, 0) or "·") for b in labels)] for a in labels]
        yield from table(["", *labels], rows)
    elif found := frequent_confusions(confusion, CONFUSIONS):
        yield "  Most frequent mistakes"
        yield from table(["annotated", "predicted", "texts"], [[a, b, str(n)] for a, b, n in found])
