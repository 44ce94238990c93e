from __future__ import annotations

import dataclasses

from seqtag.report.text_lint import text_lint_report
from seqtag.text.findings import Overlap, Problem, TextReport, TextSummary

FILE = TextSummary(
    path="a/train.txt",
    part="train",
    lines=1100,
    blank=100,
    tokens=20_000,
    types=3456,
    characters=98_765,
    longest=77,
    longest_path="a/train.txt",
    longest_line=1234,
    repeated=50,
    unknown=0,
    marks=0,
    overlap=None,
    problems={},
)


def test_counts_stand_in_a_table() -> None:
    lines = text_lint_report(TextReport([FILE], [], {})).splitlines()
    counts = ["1,100", "100", "20,000", "3,456", "98,765", "77", "(line", "1234)", "50", "5.0%"]
    assert lines[1].split() == ["train", *counts]
    assert lines[2:] == ["", "no problems"]


def test_what_is_no_problem_is_remarked_on() -> None:
    overlap = Overlap(sentences=30, of=1000, unseen_tokens=5000)
    dev = dataclasses.replace(
        FILE, path="a/dev", part="dev", longest_path="a/dev/b.txt", unknown=1500, overlap=overlap
    )
    text = text_lint_report(TextReport([FILE, dev, dataclasses.replace(dev, marks=2)], [], {}))
    assert "(b.txt:1234)" in text
    assert "30 of 1,000 lines of more than 2 tokens (3.0%) are in train too; 25.0% of" in text
    assert "traces of tokenization, 1,500 <unk>; data.artefacts=undo takes them out" in text
    assert "traces of tokenization, 1,500 <unk>, 2 marks such as @-@; data" in text


def test_problems_in_files_of_a_folder_are_those_of_the_folder() -> None:
    file = dataclasses.replace(FILE, path="a", part=None, problems={"encoding": 3})
    problems = [Problem("a/b.txt", 2, "encoding", "byte 0xff is not UTF-8")]
    text = text_lint_report(TextReport([file], problems, {"encoding": 3}))
    assert text.splitlines()[-4:] == [
        "a/b.txt:2: byte 0xff is not UTF-8",
        "a: ... and 2 more: encoding; --all lists them",
        "",
        "3 problems: 3 encoding",
    ]
