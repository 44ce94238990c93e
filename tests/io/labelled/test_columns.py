"""Formats and columns of labelled text."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqtag.errors import ConfigError, DataError
from seqtag.io.labelled import LabelledFormat, guess_labelled_format, parse_text_columns


@pytest.mark.parametrize(
    ("spec", "format", "expected"),
    [
        (None, "tsv", "text=0,label=1"),
        ("", "csv", "text=0,label=1"),
        (None, "jsonl", "text=text,label=label"),
        (None, "fasttext", "text=0,label=1"),
        ("label=-1", "tsv", "text=0,label=-1"),
        ("text=02", "tsv", "text=2,label=1"),
        (" label = stars , text = full review ", "csv", "text=full review,label=stars"),
        ("text=0", "jsonl", "text=0,label=label"),
        ("text=a=b", "csv", "text=a=b,label=1"),
    ],
)
def test_columns(spec: str | None, format: LabelledFormat, expected: str) -> None:
    columns = parse_text_columns(spec, format)
    assert columns.spec == expected
    assert parse_text_columns(expected if spec else None, format) == columns


@pytest.mark.parametrize(
    ("spec", "format", "message"),
    [
        ("review", "csv", "'review' is not of the form role=column; write it like 'text=0,label=1"),
        ("text=", "csv", "is not of the form"),
        ("text=1,", "csv", "is not of the form"),
        ("txt=1", "csv", "unknown role 'txt'; did you mean text"),
        ("token=1", "csv", "unknown role 'token'"),
        ("q=1", "csv", "unknown role 'q'; the roles are text, label"),
        ("text=1,text=2", "csv", "text is given twice"),
        ("text=1", "csv", "text and label are both column 1; name that of the label too"),
        ("label=0", "csv", "text and label are both column 0; name that of the text too"),
        ("text=a,label=a", "csv", "text and label are both column a; name two columns"),
        ("text=1,label=0", "fasttext", "files in the format fasttext have none"),
        ("text=1,label=0", "folder", "files in the format folder have none"),
    ],
)
def test_wrong_columns(spec: str, format: LabelledFormat, message: str) -> None:
    with pytest.raises(ConfigError, match="^columns '") as caught:
        parse_text_columns(spec, format)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.tsv", "tsv"),
        ("A.TSV.GZ", "tsv"),
        ("a.tab", "tsv"),
        ("a.csv", "csv"),
        ("a.csv.gz", "csv"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.ft", "fasttext"),
        ("a.fasttext", "fasttext"),
        ("-", "tsv"),
    ],
)
def test_format_is_told_by_the_name(name: str, expected: LabelledFormat) -> None:
    assert guess_labelled_format(name) == expected
    if name != "-":
        assert guess_labelled_format(Path(name), labels_required=False) == expected


def test_format_of_other_names(tmp_path: Path) -> None:
    assert guess_labelled_format(tmp_path) == "folder"
    assert guess_labelled_format("-", labels_required=False) == "text"
    assert guess_labelled_format("a.txt", labels_required=False) == "text"
    path = tmp_path / "a.txt"
    for content, expected in {
        "\ufeff__label__x a\n": "fasttext",
        "a\tx\n": "tsv",
        "a __label__x\n": "tsv",
        "": "tsv",
    }.items():
        path.write_text(content, "utf-8")
        assert guess_labelled_format(path) == expected
        assert guess_labelled_format(path, labels_required=False) == "text"
    with pytest.raises(DataError, match="no such file"):
        guess_labelled_format(tmp_path / "none.txt")
