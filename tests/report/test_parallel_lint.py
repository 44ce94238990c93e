from __future__ import annotations

import dataclasses

from seqtag.report.parallel_lint import parallel_lint_report
from seqtag.text.findings import Overlap, ParallelReport, ParallelSummary, Problem, SideSummary

SOURCE = SideSummary("a/train.en", "en", 20_000, 3456, 12, 77, 1234, 0)
FILE = ParallelSummary(
    path="a/train.en",
    part="train",
    format="pairs",
    width=0,
    has_header=False,
    pairs=1000,
    source=SOURCE,
    target=dataclasses.replace(SOURCE, path="a/train.de", name="de", types=4567, empty=2),
    repeated=5,
    ambiguous=0,
    overlap=None,
    problems={},
)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_counts_of_pairs_and_sides_stand_in_tables() -> None:
    text = parallel_lint_report(ParallelReport([FILE], [], {}))
    assert ["train", "pairs", "-", "-", "1,000", "5"] in words(text)
    rest = ["12", "77", "(line", "1234)"]
    assert ["train", "source", "(en)", "20,000", "3,456", *rest, "0"] in words(text)
    assert ["train", "target", "(de)", "20,000", "4,567", *rest, "2"] in words(text)
    assert text.splitlines()[-1] == "no problems"


def test_what_is_no_problem_is_remarked_on() -> None:
    dev = dataclasses.replace(
        FILE,
        path="a/dev.tsv",
        part="dev",
        format="tsv",
        width=3,
        has_header=True,
        ambiguous=7,
        overlap=Overlap(sentences=30, of=1000, unseen_tokens=5000),
    )
    text = parallel_lint_report(ParallelReport([FILE, dev], [], {}))
    assert ["dev", "tsv", "3", "yes", "1,000", "5"] in words(text)
    assert "dev: 30 of 1,000 sources of more than 2 tokens (3.0%) are in train too; " in text
    assert "25.0% of the tokens of its sources are not" in text
    assert "dev: 7 of its sources stand in it before, with another translation" in text


def test_problems_of_two_files_stand_together_in_order_of_lines() -> None:
    file = dataclasses.replace(FILE, problems={"empty": 5, "ratio": 1})
    problems = [
        Problem("a/train.de", 2, "empty", "the target is empty"),
        Problem("a/train.en", 3, "ratio", "they are uneven"),
        Problem("a/train.en", 4, "empty", "the source is empty"),
    ]
    text = parallel_lint_report(ParallelReport([file], problems, {"empty": 5, "ratio": 1}))
    assert text.splitlines()[-6:] == [
        "a/train.de:2: the target is empty",
        "a/train.en:3: they are uneven",
        "a/train.en:4: the source is empty",
        "a/train.en, a/train.de: ... and 3 more: empty; --all lists them",
        "",
        "6 problems: 5 empty, 1 ratio",
    ]


def test_nothing_in_the_files_steers_the_terminal() -> None:
    side = dataclasses.replace(SOURCE, name="B\x1b[2J\u202e")
    file = dataclasses.replace(FILE, source=side, part=None, path="x\x1b")
    text = parallel_lint_report(ParallelReport([file], [], {}))
    assert all(line.isprintable() for line in text.splitlines())
