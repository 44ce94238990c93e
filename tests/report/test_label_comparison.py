from __future__ import annotations

import math

import pytest

from seqtag.report.label_comparison import (
    EXAMPLES,
    LabelComparison,
    compare_labels,
    label_comparison_report,
    label_values,
)
from tests.report.label_results import label_result

TEXTS = ["a fine day", "so dull", "not bad at all", "well made", "over too soon"]
GOLD = ["good", "bad", "good", "good", "bad"]
FIRST = ["good", "bad", "bad", "good", "good"]
SECOND = ["good", "good", "good", "bad", "good"]


def compared(
    texts: list[str], gold: list[str], first: list[str], second: list[str], name: str = "old"
) -> LabelComparison:
    results = [label_result(texts, gold, given) for given in (first, second)]
    a, b = (result.predicted for result in results)
    return LabelComparison(
        first=name,
        second="new",
        source="test.tsv",
        gold=gold,
        answers=(a, b),
        scores=(dict(results[0].scores), dict(results[1].scores)),
        accuracy=compare_labels(gold, a, b, samples=500),
    )


def test_report_tells_who_is_right_where() -> None:
    lines = label_comparison_report(compared(TEXTS, GOLD, FIRST, SECOND)).split("\n")
    words = [line.split() for line in lines]
    assert lines[0] == "test.tsv: 5 texts"
    assert words[3][:4] == ["accuracy", "0.6000", "0.4000", "-0.2000"]
    assert ["macro", "F1", "0.5833", "0.2857", "-0.2976"] in words
    start = words.index(["who", "is", "right", "texts"])
    assert words[start + 1 : start + 5] == [
        *(["both", "1"], ["only", "old", "2"], ["only", "new", "1"], ["neither", "1"]),
    ]
    assert ["good", "3", "0.6667", "0.5714"] in words
    start = lines.index("  only new is right in 1 text:")
    assert lines[start + 1 :] == [
        "    text 3: not bad at all",
        "      annotated good, old bad 0.75, new good 0.75",
    ]


def test_no_difference_from_itself() -> None:
    comparison = compared(TEXTS, GOLD, FIRST, FIRST)
    assert comparison.accuracy.p_value == 1
    report = label_comparison_report(comparison)
    assert "No significant difference in accuracy (p = 1.000)." in report
    assert "is right in" not in report
    assert label_values(comparison)["differences"] == []


def test_difference_agrees_with_the_normal_approximation() -> None:
    """Of 400 texts the first is right alone in 60, the second in 20."""
    gold = ["good"] * 400
    first = ["bad"] * 20 + ["good"] * 380
    second = ["good"] * 20 + ["bad"] * 60 + ["good"] * 320
    found = compared(["a b"] * 400, gold, first, second).accuracy
    assert found.gain == pytest.approx(-0.1)
    deviation = math.sqrt((80 / 400 - 0.1**2) / 400)
    assert found.low == pytest.approx(-0.1 - 1.96 * deviation, abs=0.008)
    assert found.high == pytest.approx(-0.1 + 1.96 * deviation, abs=0.008)
    assert found.p_value < 0.01


def test_values_for_json() -> None:
    values = label_values(compared(TEXTS, GOLD, FIRST, SECOND))
    assert values["right"] == {"both": 1, "only_first": 2, "only_second": 1, "neither": 1}
    assert values["scores"]["accuracy"]["difference"] == pytest.approx(-0.2)
    assert values["scores"]["macro_f1"]["first"] == pytest.approx(7 / 12)
    assert values["differences"] == [
        {"text": 2, "gold": "bad", "first": "bad", "second": "good"},
        {"text": 3, "gold": "good", "first": "bad", "second": "good"},
        {"text": 4, "gold": "good", "first": "good", "second": "bad"},
    ]


def test_report_is_bounded_and_steers_nothing() -> None:
    texts = ["\x1b[2J " + "word " * 5000] * 50
    report = label_comparison_report(
        compared(texts, ["good"] * 50, ["good"] * 50, ["bad"] * 50, name="\x1b[31m")
    )
    assert "\x1b" not in report
    assert report.count("    text ") == EXAMPLES
    assert len(report) < 5000
