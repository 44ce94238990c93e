from __future__ import annotations

from typing import Any

import numpy as np

from seqtag.report.label_tables import CONFUSIONS, LABELS, MATRIX_LABELS, label_report, part_report
from seqtag.report.tables import seed_report
from seqtag.training.label_scores import score_labels
from seqtag.training.scores import summarize_seeds


def scored(gold: list[str], given: list[str], labels: list[str]) -> dict[str, Any]:
    numbers = [labels.index(name) for name in given]
    probabilities = np.full((len(gold), len(labels)), 0.25 / max(len(labels) - 1, 1))
    probabilities[range(len(gold)), numbers] = 0.75
    return score_labels(labels, gold, probabilities) | {"texts": len(gold), "tokens": 12345}


def words(lines: str) -> list[list[str]]:
    return [line.split() for line in lines.split("\n")]


def test_report_has_scores_labels_and_confusions() -> None:
    scores = scored(["good", "good", "bad", "bad"], ["good", "bad", "bad", "bad"], ["good", "bad"])
    lines = words(label_report(scores))
    assert label_report(scores).split("\n")[:2] == ["4 texts, 12,345 tokens", ""]
    assert ["accuracy", "0.7500"] in lines
    assert ["macro", "F1", "0.7333"] in lines  # 2/3 and 4/5
    assert ["expected", "calibration", "error", "0.0000"] in lines
    assert ["good", "1.0000", "0.5000", "0.6667", "2"] in lines
    start = lines.index(["Confusion", "matrix:", "annotated", "down,", "predicted", "across"])
    assert lines[start + 1 :] == [["good", "bad"], ["good", "1", "1"], ["bad", "·", "2"]]
    assert part_report(scores) == label_report(scores)


def test_labels_that_are_only_predicted_are_in_the_matrix() -> None:
    lines = words(label_report(scored(["a", "a"], ["a", "b"], ["a", "b"])))
    assert lines[-3:] == [["a", "b"], ["a", "1", "1"], ["b", "·", "·"]]


def test_many_labels_have_their_confusions_listed() -> None:
    labels = [f"l{number:03}" for number in range(LABELS + 5)]
    gold = [*labels, *["l001"] * 3]
    given = [*labels[1:], labels[0], *["l000"] * 3]
    report = label_report(scored(gold, given, labels))
    lines = words(report)
    assert "Confusion matrix" not in report
    start = lines.index(["Most", "frequent", "mistakes"])
    assert lines[start + 1 : start + 3] == [
        ["annotated", "predicted", "texts"],
        ["l001", "l000", "3"],
    ]
    assert len(lines) == start + 2 + CONFUSIONS
    assert "  and 5 more, which --json tells" in report.split("\n")
    assert max(map(len, report.split("\n"))) < 80


def test_many_labels_without_mistakes_end_with_their_table() -> None:
    labels = [f"l{number}" for number in range(MATRIX_LABELS + 1)]
    report = label_report(scored(labels, labels, labels))
    assert report.split("\n")[-1].split()[0] == labels[-1]


def test_labels_cannot_steer_the_terminal() -> None:
    report = label_report(scored(["a\x1b[2J", "b\n"], ["b\n", "b\n"], ["b\n", "a\x1b[2J"]))
    assert "\x1b" not in report
    assert "b\\n" in report


def test_unknown_likelihood_is_left_out() -> None:
    assert "likelihood" not in label_report(scored(["new"], ["a"], ["a", "b"]))


def test_report_of_seeds_has_scores_and_calibration() -> None:
    runs = {
        "seed-1": {"dev": scored(["a", "b"], ["a", "a"], ["a", "b"])},
        "seed-2": {"dev": scored(["a", "b"], ["a", "b"], ["a", "b"])},
    }
    lines = words(seed_report(summarize_seeds(runs)))
    assert ["dev", "accuracy", "0.7500", "0.3536", "0.5000", "1.0000"] in lines
    assert ["dev", "calibration", "error", "0.2500", "0.0000", "0.2500", "0.2500"] in lines
    assert [line[1] for line in lines[1:-1]] == ["accuracy", "macro_f1", "nll", "calibration"]
    assert lines[-1] == ["best", "on", "dev:", "seed-2"]
