from __future__ import annotations

from typing import Any

import pytest

from seqtag.report.label_tables import part_report
from seqtag.report.tables import seed_report
from seqtag.report.translation_tables import length_range, translation_report

SCORES: dict[str, Any] = {
    "bleu": 36.528,
    "chrf": 61.25,
    "signature": {"bleu": "nrefs:1|tok:13a", "chrf": "nrefs:1|nc:6"},
    "exact_match": 0.125,
    "symbol_error_rate": 0.5,
    "length_ratio": 0.98765,
    "perplexity": 6.75,
    "pairs": 1000,
    "units": 13200,
    "by_length": [
        {"from": 1, "to": 10, "pairs": 400, "bleu": 40.0},
        {"from": 11, "to": None, "pairs": 1600, "bleu": 30.125},
    ],
}


def words(lines: str) -> list[list[str]]:
    return [line.split() for line in lines.split("\n")]


def test_report_has_scores_signatures_and_bleu_by_length() -> None:
    assert words(translation_report(SCORES)) == [
        ["1,000", "pairs,", "13,200", "units"],
        [],
        ["BLEU", "36.53"],
        ["chrF", "61.25"],
        ["exact", "match", "0.1250"],
        ["symbol", "error", "rate", "0.5000"],
        ["written", "/", "reference", "0.9877"],
        ["perplexity", "6.75"],
        [],
        ["nrefs:1|tok:13a"],
        ["nrefs:1|nc:6"],
        [],
        ["source", "length", "pairs", "BLEU"],
        ["1–10", "400", "40.00"],
        ["11", "and", "more", "1,600", "30.12"],
    ]
    assert part_report(SCORES) == translation_report(SCORES)


def test_what_is_not_known_is_left_out() -> None:
    assert words(part_report({"bleu": 0.0, "perplexity": None})) == [["BLEU", "0.00"]]


def test_signatures_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in translation_report({"signature": {"bleu": "\x1b[2J"}})


@pytest.mark.parametrize(
    ("low", "high", "name"), [(1, 5, "1–5"), (1000, 1000, "1,000"), (41, None, "41 and more")]
)
def test_lengths_are_written_as_ranges(low: int, high: int | None, name: str) -> None:
    assert length_range({"from": low, "to": high}) == name


def test_seeds_of_translators_have_scores_of_both_kinds() -> None:
    runs = [
        {key: value for key, value in SCORES.items() if isinstance(value, int | float)},
        {"bleu": 37.5, "exact_match": 0.375, "perplexity": 1234.5, "chrf": 61.25},
    ]
    metrics = {
        "best": "seed-2",
        "mean": {"dev": {"bleu": 37.014, "exact_match": 0.25, "perplexity": 620.625}},
        "deviation": {"dev": {"bleu": 0.687, "exact_match": 0.1768, "perplexity": 868.15}},
        "seeds": {f"seed-{n}": {"dev": run} for n, run in enumerate(runs, start=1)},
    }
    assert words(seed_report(metrics)) == [
        ["score", "mean", "deviation", "seed-1", "seed-2"],
        ["dev", "bleu", "37.01", "0.69", "36.53", "37.50"],
        ["dev", "exact_match", "0.2500", "0.1768", "0.1250", "0.3750"],
        ["dev", "perplexity", "620.62", "868.15", "6.75", "1,234.50"],
        ["best", "on", "dev:", "seed-2"],
    ]
