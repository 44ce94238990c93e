from __future__ import annotations

import dataclasses

import pytest

from seqtag.report.lint import lint_report
from seqtag.text.findings import FileSummary, LintReport, Overlap, Problem, TagSummary

FILE = FileSummary(
    path="a/train.conll",
    part="train",
    format="conll",
    width=2,
    separator="tabs",
    token="0",
    documents=0,
    sentences=1200,
    tokens=20_000,
    types=3456,
    longest=41,
    longest_line=77,
    repeated=3,
    ambiguous=0,
    tags=[TagSummary("-1", "bio", {"O": 15_000, "B-X": 5000}, {"X": 5000})],
    overlap=None,
    problems={},
)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_counts_stand_in_tables() -> None:
    text = lint_report(LintReport([FILE], [], {}))
    assert ["train", "1,200", "20,000", "3,456", "41", "(line", "77)", "3"] in words(text)
    assert ["train", "2", "tabs", "0", "-1", "(bio)"] in words(text)
    assert ["O", "15,000", "75.0%"] in words(text)
    assert ["X", "5,000", "100.0%"] in words(text)
    assert text.splitlines()[-1] == "no problems"
    assert "documents" not in text


def test_documents_are_counted_where_there_are_any() -> None:
    text = lint_report(LintReport([dataclasses.replace(FILE, documents=12)], [], {}))
    assert ["train", "12", "1,200"] in [line[:3] for line in words(text)]


def test_parts_stand_side_by_side() -> None:
    dev = dataclasses.replace(
        FILE,
        path="a/dev.conll",
        part="dev",
        tags=[TagSummary("-1", "bio", {"O": 3, "B-Y": 1}, {"Y": 1})],
        overlap=Overlap(sentences=30, of=1000, unseen_tokens=5000),
        ambiguous=7,
    )
    text = lint_report(LintReport([FILE, dev], [], {}))
    assert ["B-Y", "0", "0.0%", "1", "25.0%"] in words(text)
    assert "dev: 30 of 1,000 sentences of more than 2 tokens (3.0%) are in train too; " in text
    assert "25.0% of its tokens are not" in text
    assert "dev: 7 of the sentences of up to 2 tokens have other tags" in text


def test_problems_stand_one_a_line_with_those_left_out_counted() -> None:
    problems = [
        Problem("a/train.conll", 3, "columns", "the line has 1 column"),
        Problem("b.conll", 9, "leak", "the sentence is also there"),
    ]
    files = [
        dataclasses.replace(FILE, problems={"columns": 1001}),
        dataclasses.replace(FILE, path="b.conll", part=None, problems={"leak": 1}),
    ]
    text = lint_report(LintReport(files, problems, {"columns": 1001, "leak": 1}))
    assert text.splitlines()[-6:] == [
        "",
        "a/train.conll:3: the line has 1 column",
        "a/train.conll: ... and 1,000 more: columns; --all lists them",
        "b.conll:9: the sentence is also there",
        "",
        "1,002 problems: 1,001 columns, 1 leak",
    ]


def test_file_given_twice_has_its_problems_told_once_each() -> None:
    problem = Problem("a/train.conll", 3, "columns", "the line has 1 column")
    file = dataclasses.replace(FILE, problems={"columns": 1})
    again = dataclasses.replace(file, part=None)
    text = lint_report(LintReport([file, again], [problem, problem], {"columns": 2}))
    assert text.count("a/train.conll:3: ") == 2
    assert "more: columns" not in text


@pytest.mark.parametrize(("all_tags", "shown"), [(False, 20), (True, 30)])
def test_of_many_tags_the_most_frequent_are_shown(all_tags: bool, shown: int) -> None:
    tags = {f"T{n}": n + 1 for n in range(30)}
    file = dataclasses.replace(FILE, tags=[TagSummary("UPOS", None, tags, {})])
    text = lint_report(LintReport([file], [], {}), all_tags=all_tags)
    assert sum(line[:1] == [f"T{n}"] for line in words(text) for n in range(30)) == shown
    assert ("... and 10 more" in text) == (not all_tags)
    assert ["T29", "30"] in [line[:2] for line in words(text)]


def test_files_of_one_name_are_called_by_their_paths() -> None:
    files = [dataclasses.replace(FILE, path=f"{name}/x.conll", part=None) for name in "ab"]
    text = lint_report(LintReport(files, [], {}))
    assert {"a/x.conll", "b/x.conll"} <= {line[0] for line in words(text) if line}


def test_nothing_in_the_files_steers_the_terminal() -> None:
    tag = TagSummary("-1", None, {"B\x1b[2J\u202e": 1}, {})
    problem = Problem("x\x1b[2J", 1, "leak", "\u200b\x9b")
    file = dataclasses.replace(FILE, path="x\x1b[2J", tags=[tag], problems={"leak": 1})
    text = lint_report(LintReport([file], [problem], {"leak": 1}))
    assert all(line.isprintable() for line in text.splitlines())
