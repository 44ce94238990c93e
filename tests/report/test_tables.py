from __future__ import annotations

from typing import Any

from seqtag.report.tables import MATRIX_TAGS, score_report, seed_report, table, visible

SPANS: dict[str, Any] = {
    "accuracy": 0.9,
    "accuracy_unseen": None,
    "precision": 0.25,
    "recall": 0.5,
    "f1": 1 / 3,
    "conlleval_f1": 0.4,
    "by_type": {"PER": {"precision": 0.25, "recall": 0.5, "f1": 1 / 3, "support": 12}},
}
PLAIN: dict[str, Any] = {"accuracy": 0.75, "accuracy_unseen": 0.5}


def report(scores: dict[str, Any], **confusion: dict[str, dict[str, int]]) -> list[str]:
    counts = {"sentences": 1000, "tokens": 12345, "confusion": confusion}
    return score_report(scores | counts).split("\n")


def test_table_is_flush_left_in_the_first_column_and_right_in_the_others() -> None:
    rows = [["ab", "1"], ["c", "1234"]]
    assert list(table(["x", "num"], rows)) == ["  x    num", "  ab     1", "  c   1234"]
    assert list(table(["x", "y"], [])) == ["  x  y"]


def test_report_of_spans_has_all_scores_and_those_by_type() -> None:
    lines = report(SPANS, **{"-1": {"O": {"O": 3}}})
    assert lines[:2] == ["1,000 sentences, 12,345 tokens", ""]
    assert lines[2] == "Column -1"
    scores = dict(line.strip().rsplit(None, 1) for line in lines[3:8])
    assert scores == {
        "accuracy": "0.9000",
        "precision (strict)": "0.2500",
        "recall (strict)": "0.5000",
        "F1 (strict)": "0.3333",
        "F1 (conlleval)": "0.4000",
    }
    assert "PER 0.2500 0.5000 0.3333 12" in [" ".join(line.split()) for line in lines]


def test_report_of_plain_tags_has_their_accuracies_alone() -> None:
    lines = report(PLAIN, UPOS={"N": {"N": 3}})
    assert [" ".join(line.split()) for line in lines[2:5]] == [
        *("Column UPOS", "accuracy 0.7500", "accuracy of unseen words 0.5000"),
    ]
    assert not [line for line in lines if "F1" in line or "support" in line]


def test_report_has_a_part_for_each_column() -> None:
    scores = {**SPANS, "by_column": {"NER": SPANS, "UPOS": PLAIN}}
    lines = report(scores, NER={"O": {"B-X": 7}}, UPOS={"N": {"V": 9}})
    assert lines.count("Column NER") == lines.count("Column UPOS") == 1
    text = "\n".join(lines)
    ner, upos = text[: text.index("Column UPOS")], text[text.index("Column UPOS") :]
    assert "F1 (strict)" in ner
    assert "F1 (strict)" not in upos
    assert "B-X" in ner
    assert "B-X" not in upos


def test_matrix_has_what_was_annotated_down_and_predicted_across() -> None:
    lines = report(PLAIN, UPOS={"N": {"N": 30, "V": 2}, "V": {"X": 1}})
    start = lines.index("  Confusion matrix: annotated down, predicted across")
    assert [line.split() for line in lines[start + 1 : start + 5]] == [
        ["N", "V", "X"],
        ["N", "30", "2", "·"],
        ["V", "·", "·", "1"],
        ["X", "·", "·", "·"],
    ]


def test_mistakes_come_by_number_and_then_in_alphabetical_order() -> None:
    confusion = {"A": {"A": 99, "B": 2, "C": 5}, "B": {"A": 2}}
    lines = report(PLAIN, UPOS=confusion)
    start = lines.index("  Most frequent mistakes")
    assert [line.split() for line in lines[start + 2 :]] == [
        *(["A", "C", "5"], ["A", "B", "2"], ["B", "A", "2"])
    ]


def test_ten_mistakes_are_enough() -> None:
    confusion = {"A": {f"B{n:02}": n for n in range(1, 13)}}
    lines = report(PLAIN, UPOS=confusion)
    start = lines.index("  Most frequent mistakes")
    assert len(lines[start + 2 :]) == 10
    assert lines[start + 2].split() == ["A", "B12", "12"]


def test_matrix_too_wide_to_read_is_left_out_but_not_the_mistakes() -> None:
    tags = [f"T{number}" for number in range(MATRIX_TAGS + 1)]
    lines = report(PLAIN, XPOS={tag: {"T0": 1} for tag in tags})
    assert not [line for line in lines if "Confusion matrix" in line]
    assert "  Most frequent mistakes" in lines


def test_report_without_mistakes_lists_none() -> None:
    assert "  Most frequent mistakes" not in report(PLAIN, UPOS={"N": {"N": 3}})


def test_seeds_stand_side_by_side_with_mean_and_deviation() -> None:
    metrics = {
        "best": "seed-2",
        "mean": {
            "dev": {"accuracy": 0.5, "f1": 0.25, "by_type": {"X": {"f1": 0.1}}},
            "train": {"seconds": 61.5, "epochs": 3, "tokens_per_second": 12000.4},
        },
        "deviation": {
            "dev": {"accuracy": 0.125, "f1": 0.0, "by_type": {"X": {"f1": 0.0}}},
            "train": {"seconds": 2.0, "epochs": 0.0, "tokens_per_second": 100.0},
        },
        "seeds": {
            "seed-1": {
                "dev": {"accuracy": 0.375, "f1": 0.25},
                "train": {"seconds": 60.0, "epochs": 3, "tokens_per_second": 12000},
            },
            "seed-2": {
                "dev": {"accuracy": 0.625, "f1": 0.25},
                "train": {"seconds": 63.0, "epochs": 3, "tokens_per_second": 12000},
            },
        },
    }
    lines = [line.split() for line in seed_report(metrics).split("\n")]
    assert lines == [
        ["score", "mean", "deviation", "seed-1", "seed-2"],
        ["dev", "accuracy", "0.5000", "0.1250", "0.3750", "0.6250"],
        ["dev", "f1", "0.2500", "0.0000", "0.2500", "0.2500"],
        ["train", "seconds", "62", "2.0000", "60", "63"],
        ["train", "tokens_per_second", "12,000", "100", "12,000", "12,000"],
        ["best", "on", "dev:", "seed-2"],
    ]


def test_what_would_steer_the_terminal_is_shown_as_an_escape() -> None:
    confusion = {"\x1b[31m": {"a\u202eb": 3}}
    text = score_report(PLAIN | {"sentences": 1, "tokens": 3, "confusion": {"\x07": confusion}})
    assert text.replace("\n", "").isprintable()
    assert "Column \\x07" in text
    assert any(line.split() == ["\\x1b[31m", "a\\u202eb", "3"] for line in text.split("\n"))
    assert visible("naïve שלום 中文") == "naïve שלום 中文"
