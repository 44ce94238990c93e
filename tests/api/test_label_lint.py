"""Faults in labelled texts."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.api.lint import lint
from seqtag.errors import ConfigError, DataError
from seqtag.io.labelled import LabelledFormat, parse_text_columns, read_labelled
from seqtag.io.lint.labelled import MOST_LABELS, scan_labelled
from seqtag.text.findings import Kind, LabelledReport
from tests.helpers import SAMPLES, files

# Kinds of problems that do not keep a file from being read.
HARMLESS: set[Kind] = {"spaces", "characters", "header", "long-token", "one-label"}


def found(report: LabelledReport) -> list[tuple[str, int, Kind]]:
    return sorted((Path(p.path).name, p.line, p.kind) for p in report.problems)


def write(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(x.encode() if isinstance(x, str) else x for x in lines) + b"\n")
    return path


def texts(name: str, count: int = 6) -> list[str]:
    """Return rows of two labels, each text another one."""
    return [f"{name} text number {n}\t{'good' if n % 2 else 'bad'}" for n in range(count)]


def test_every_planted_problem_is_found_in_its_line_and_nothing_else(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.tsv",
        *texts("a"),
        "too few columns",  # 7
        "one\tgood\tmany",
        b"caf\xe9 and so on\tgood",
        "a text without label\t ",
        " \tgood",
        "white space around it\tgood ",
        "hidden\u200b character\tgood",
        "a label with one\tgo\u200bod",
        "a label like another\tGood",
        "a label of its own\tugly",
        "",  # no problem
        "a text number 1\tgood",
        "a text  number 2\tgood",
        "fine, yes\tgood",
        "fine, yes\tbad",
        "👩\u200d🚀 می\u200cخواهم is fine\tgood\r",
    )
    assert found(lint(path, task="classify", limit=None)) == [
        ("x.tsv", line, kind)
        for line, kind in [
            (7, "columns"),
            (8, "columns"),
            (9, "encoding"),
            (10, "empty"),
            (11, "empty"),
            (12, "spaces"),
            (13, "characters"),
            (14, "characters"),
            (14, "rare-label"),
            (15, "similar-label"),
            (16, "rare-label"),
            (18, "repeated"),
            (19, "conflict"),
        ]
    ]


def test_counts_are_those_of_a_few_lines_of_python() -> None:
    parts = files(SAMPLES / "sentiment", "tsv")
    report = lint(task="classify", **parts)
    assert (report.problems, report.clean) == ([], True)
    known: set[str] = set()
    for summary, path in zip(report.files, parts.values(), strict=True):
        rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        words = [text.split() for text, _ in rows]
        lengths = sorted(map(len, words))
        types = {word for text in words for word in text}
        labels = Counter(label for _, label in rows)
        assert (summary.texts, summary.tokens) == (len(rows), sum(lengths))
        assert summary.types == len(types)
        assert (summary.shortest, summary.longest) == (lengths[0], lengths[-1])
        assert summary.median == lengths[(len(lengths) - 1) // 2]
        assert len(words[summary.longest_line - 1]) == summary.longest
        assert {label.label: label.count for label in summary.labels} == labels
        assert [rows[label.line - 1][1] for label in summary.labels] == [
            label.label for label in summary.labels
        ]
        if summary.overlap is not None:
            unseen = sum(word not in known for text in words for word in text)
            assert summary.overlap.unseen_tokens == unseen
        known = known or types


def test_every_planted_difference_between_parts_is_found(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", *texts("a"), "of two\tgood", "this is shared\tgood")
    dev = write(tmp_path / "dev.tsv", *texts("b"), "of two\tbad", "this  is shared\tgood")
    test = write(tmp_path / "test.tsv", *texts("c"), "this is shared\tbad", "one more text\tgod")
    report = lint(task="classify", train=train, dev=dev, test=test)
    assert found(report) == [
        ("dev.tsv", 8, "leak"),
        ("test.tsv", 7, "conflict"),
        ("test.tsv", 7, "leak"),
        ("test.tsv", 8, "unseen-label"),
    ]
    leak = next(problem for problem in report.problems if problem.kind == "leak")
    assert leak.message.endswith(f"at {train}:8")
    assert [file.ambiguous for file in report.files] == [0, 1, 0]
    overlap = report.files[1].overlap
    assert overlap is not None
    assert (overlap.sentences, overlap.of) == (1, 7)
    # Files that are no parts are not held against each other.
    assert found(lint(train, dev, task="classify")) == []


def test_a_label_that_training_lacks_may_be_a_slip(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", *texts("a"))
    test = write(tmp_path / "test.tsv", *texts("b"), "one more text\tBad")
    (problem,) = lint(task="classify", train=train, test=test).problems
    assert problem.message.endswith("train.tsv; did you mean 'bad'?")


def test_a_single_label_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "a b c\tx", "d e f\tx")
    assert found(lint(path, task="classify")) == [("x.tsv", 1, "one-label")]


@pytest.mark.parametrize(
    ("first", "kinds"),
    [
        ("text\tlabel", []),
        ("text\tklass", ["header"]),
        ("satz\tlabel", ["header"]),
        ("satz\tklasse", ["header"]),
        ("ein ganzer satz\tklasse", ["rare-label"]),
        ("satz\tgood", []),
    ],
)
def test_a_first_row_that_looks_like_a_header(tmp_path: Path, first: str, kinds: list[str]) -> None:
    path = write(tmp_path / "x.tsv", first, *texts("a"))
    report = lint(path, task="classify")
    assert [(problem.line, problem.kind) for problem in report.problems] == [(1, k) for k in kinds]
    assert report.files[0].has_header == (first == "text\tlabel")
    assert "header" not in lint(path, task="classify", header="no").counts
    assert lint(path, task="classify", header="yes").clean


def test_one_ragged_row_at_the_beginning_does_not_make_all_others_ragged(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "text\tlabel\tid", *texts("a"))
    assert found(lint(path, task="classify")) == [("x.tsv", 1, "columns")]


def test_csv_goes_on_behind_broken_quotes_and_damage(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv",
        "id,review,stars",
        '1,"a, b\nand c",5',
        '2,"never closed,5',
        "3,d e f,1",
        b'4,"caf\xe9\nx",5',
        '5,"closed" too early,5',
        "6,g h i,1",
        "7,j k l,5",
    )
    report = lint(path, task="classify", columns="text=review,label=stars")
    assert found(report) == [
        ("x.csv", 4, "quotes"),
        ("x.csv", 6, "encoding"),
        ("x.csv", 8, "quotes"),
    ]
    (summary,) = report.files
    assert (summary.width, summary.has_header, summary.texts) == (3, True, 4)
    assert (summary.format, summary.text, summary.label) == ("csv", "review", "stars")


def test_json_lines_and_fasttext(tmp_path: Path) -> None:
    rows = [f'{{"text": "text number {n}", "label": {n % 2}}}' for n in range(4)]
    objects = write(tmp_path / "x.jsonl", *rows, "{", '{"text": "a b c"}', '{"text": 1}')
    lines = [f"__label__{n % 2} text of fasttext {n}" for n in range(4)]
    others = write(tmp_path / "x.ft", *lines, "no label", "__label__1 __label__0 two")
    report = lint(objects, others, task="classify")
    assert found(report) == [
        ("x.ft", 5, "label"),
        ("x.ft", 6, "label"),
        ("x.jsonl", 5, "json"),
        ("x.jsonl", 6, "json"),
        ("x.jsonl", 7, "json"),
    ]
    assert [[label.label for label in file.labels] for file in report.files] == [["0", "1"]] * 2


def test_problems_of_a_folder_are_told_by_file(tmp_path: Path) -> None:
    for label in ("good", "bad"):
        (tmp_path / label).mkdir()
        for n in range(3):
            write(tmp_path / label / f"{label}{n}.txt", f"the text of {label} {n}", "goes on")
    write(tmp_path / "good" / "z.txt", "the text of bad 1", "goes on")
    write(tmp_path / "good" / "y.txt", "caf", b"\xe9")
    write(tmp_path / "good" / "x.txt", " ")
    report = lint(tmp_path, task="classify")
    assert found(report) == [
        ("x.txt", 1, "empty"),
        ("y.txt", 1, "encoding"),
        ("z.txt", 1, "conflict"),
    ]
    messages = {problem.kind: problem.message for problem in report.problems}
    assert messages["encoding"].startswith("in line 2, byte 0xe9")
    assert messages["conflict"].endswith(f"at {tmp_path / 'bad' / 'bad1.txt'}:1")
    assert report.files[0].texts == 8


@given(
    st.text(st.sampled_from('ab ,"\t\r\n\u200b'), max_size=40),
    st.sampled_from(["tsv", "csv", "fasttext"]),
)
def test_all_that_the_reader_refuses_is_reported(text: str, format: LabelledFormat) -> None:
    row = {"tsv": "x y\tl\n", "csv": "x y,l\n", "fasttext": "__label__l x\n"}[format]
    if format == "fasttext":
        text = text.replace("b", "__label__b ")
    data = (row * 30 + text).encode()  # which settles the number of columns
    columns = parse_text_columns(None, format)
    scan = scan_labelled(io.BytesIO(data), columns, format)
    problems = [problem for problem in scan.findings.problems() if problem.kind not in HARMLESS]
    found = read_labelled(io.BytesIO(data), columns, format, labels_required=True)
    if not problems:
        assert Counter(item.label for item in found) == scan.labels
        return
    with pytest.raises(DataError) as caught:
        list(found)
    assert (caught.value.line, caught.value.message) == (problems[0].line, problems[0].message)


def test_a_column_of_texts_is_no_label_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(["x", f"label {n}"] for n in range(MOST_LABELS + 50))
    report = lint(path, task="classify")
    assert report.counts == {"columns": 1}
    assert "name the label column" in report.problems[0].message
    assert len(report.files[0].labels) == MOST_LABELS + 1


def test_number_of_listed_problems_is_limited(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", *texts("a"), *["one"] * 30)
    report = lint(path, task="classify", limit=5)
    assert (report.counts, len(report.problems)) == ({"columns": 30}, 5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "x.tsv: holds no text; give a file"),
        ("text\tlabel\n", "x.tsv: holds no text"),
        ("one\n", "x.tsv:1: there is no column 1 for the label"),
    ],
)
def test_a_file_without_texts_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.tsv").write_text(content, "utf-8")
    with pytest.raises(DataError) as caught:
        lint(tmp_path / "x.tsv", task="classify")
    assert str(caught.value).startswith(os.fspath(tmp_path / message))
    (tmp_path / "x.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(DataError, match=r"x.jsonl:1: no text can be read: there is no key 'text'"):
        lint(tmp_path / "x.jsonl", task="classify")


def test_formats_belong_to_tasks() -> None:
    with pytest.raises(ConfigError, match="hold labelled texts, not tags: say --task classify"):
        lint("x", format="csv")
    with pytest.raises(ConfigError, match="conll hold no labelled texts"):
        lint("x", task="classify", format="conll")
    with pytest.raises(ConfigError, match="corpus:wnut17/dev is for task tag"):
        lint("corpus:wnut17/dev", task="classify")


@pytest.mark.corpora
@pytest.mark.skipif(
    "SEQTAG_CORPORA" not in os.environ, reason="SEQTAG_CORPORA names no folder of public corpora"
)
def test_public_corpus() -> None:
    corpora = Path(os.environ["SEQTAG_CORPORA"])
    report = lint(task="classify", **files(corpora / "sst2", "tsv"))
    assert report.counts == {"repeated": 7, "leak": 1}
    train = (corpora / "sst2" / "train.tsv").read_text("utf-8").splitlines()
    assert report.files[0].labels[0].count == sum(line.endswith("\t1") for line in train)
