from __future__ import annotations

import dataclasses

import pytest

from seqtag.report.label_lint import label_lint_report
from seqtag.text.findings import LabelledReport, LabelledSummary, LabelSummary, Overlap, Problem

FILE = LabelledSummary(
    path="a/train.csv",
    part="train",
    format="csv",
    width=3,
    has_header=True,
    text="review",
    label="stars",
    texts=1000,
    tokens=20_000,
    types=3456,
    shortest=2,
    median=19,
    longest=77,
    longest_line=1234,
    repeated=5,
    ambiguous=0,
    labels=[LabelSummary("good", 750, 2), LabelSummary("bad", 250, 3)],
    overlap=None,
    problems={},
)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_counts_and_labels_stand_in_tables() -> None:
    text = label_lint_report(LabelledReport([FILE], [], {}))
    assert ["train", "1,000", "20,000", "3,456", "2", "19", "77", "(line", "1234)", "5"] in words(
        text
    )
    assert ["train", "csv", "3", "yes", "review", "stars"] in words(text)
    assert ["good", "750", "75.0%", "(line", "2)"] in words(text)
    assert text.splitlines()[-1] == "no problems"


def test_parts_stand_side_by_side() -> None:
    dev = dataclasses.replace(
        FILE,
        path="a/dev",
        part="dev",
        format="folder",
        width=0,
        text="",
        label="",
        labels=[LabelSummary("ugly", 1, 4)],
        overlap=Overlap(sentences=30, of=1000, unseen_tokens=5000),
        ambiguous=7,
    )
    text = label_lint_report(LabelledReport([FILE, dev], [], {}))
    assert ["dev", "folder", "-", "-", "-", "-"] in words(text)
    assert ["ugly", "0", "0.0%", "1", "100.0%", "(file", "4)"] in words(text)
    assert "dev: 30 of 1,000 texts of more than 2 tokens (3.0%) are in train too; " in text
    assert "25.0% of its tokens are not" in text
    assert "dev: 7 of the texts of up to 2 tokens have other labels" in text


def test_problems_of_files_in_a_folder_count_for_the_folder() -> None:
    folder = dataclasses.replace(FILE, path="a/x", part=None, problems={"empty": 3})
    problem = Problem("a/x/good/1.txt", 1, "empty", "the text is empty")
    text = label_lint_report(LabelledReport([FILE, folder], [problem], {"empty": 3}))
    assert text.splitlines()[-4:] == [
        "a/x/good/1.txt:1: the text is empty",
        "a/x: ... and 2 more: empty; --all lists them",
        "",
        "3 problems: 3 empty",
    ]


@pytest.mark.parametrize(("all_labels", "shown"), [(False, 20), (True, 30)])
def test_of_many_labels_the_most_frequent_are_shown(all_labels: bool, shown: int) -> None:
    labels = [LabelSummary(f"L{n}", 30 - n, n + 1) for n in range(30)]
    file = dataclasses.replace(FILE, labels=labels)
    text = label_lint_report(LabelledReport([file], [], {}), all_labels=all_labels)
    assert sum(line[:1] == [f"L{n}"] for line in words(text) for n in range(30)) == shown
    assert ("... and 10 more" in text) == (not all_labels)


def test_nothing_in_the_files_steers_the_terminal() -> None:
    file = dataclasses.replace(FILE, labels=[LabelSummary("B\x1b[2J\u202e", 1, 1)], path="x\x1b")
    text = label_lint_report(LabelledReport([file], [], {}))
    assert all(line.isprintable() for line in text.splitlines())
