"""Labelled texts of every format."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError, DataError
from seqtag.io.labelled import (
    Header,
    LabelledFormat,
    guess_labelled_format,
    parse_text_columns,
    read_labelled,
)
from seqtag.text.labelled import LabelledText
from tests.helpers import SAMPLES

LINE_FORMATS: tuple[LabelledFormat, ...] = ("tsv", "csv", "jsonl", "fasttext", "text")

any_text = st.text(
    st.one_of(
        st.sampled_from("\t \r\n\",;'a\x0b\x85\u2028\ufeff{}[]:\\"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=20,
)
some_text = any_text.filter(lambda text: bool(text.strip()))
# A label is a word or two; white space around it means nothing.
some_label = any_text.map(lambda text: "".join(text.split("\t")).strip()).filter(
    lambda label: label != "" and not set(label) & set("\r\n")
)
pairs = st.lists(st.tuples(some_text, some_label), min_size=1, max_size=5)


def read(
    data: str | bytes,
    format: LabelledFormat = "tsv",
    spec: str | None = None,
    *,
    header: Header = "auto",
    labels_required: bool = True,
) -> list[LabelledText]:
    found = read_labelled(
        io.BytesIO(data.encode() if isinstance(data, str) else data),
        parse_text_columns(spec, format),
        format,
        header=header,
        labels_required=labels_required,
    )
    return list(found)


def values(
    data: str | bytes,
    format: LabelledFormat = "tsv",
    spec: str | None = None,
    *,
    header: Header = "auto",
    labels_required: bool = True,
) -> list[tuple[str, str | None]]:
    found = read(data, format, spec, header=header, labels_required=labels_required)
    return [(item.text, item.label) for item in found]


def error(
    data: str | bytes,
    format: LabelledFormat = "tsv",
    spec: str | None = None,
    *,
    header: Header = "auto",
    labels_required: bool = True,
) -> str:
    with pytest.raises(DataError) as caught:
        read(data, format, spec, header=header, labels_required=labels_required)
    return str(caught.value)


def written(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return file.getvalue()


@given(pairs)
def test_csv_round_trip(rows: list[tuple[str, str]]) -> None:
    assert values(written(rows), "csv", header="no") == rows
    assert values(written([("s", "t"), *rows]), "csv", "label=t,text=s") == rows


@given(pairs, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_jsonl_round_trip(rows: list[tuple[str, str]], is_ascii: bool, end: str) -> None:
    lines = [
        json.dumps({"id": 1, "text": text, "label": label}, ensure_ascii=is_ascii)
        for text, label in rows
    ]
    assert values(end.join(lines), "jsonl") == rows


@given(pairs, st.sampled_from(["\n", "\r\n"]))
def test_tsv_and_fasttext_round_trip(rows: list[tuple[str, str]], end: str) -> None:
    spaces = str.maketrans("\t\n\r", "   ")
    rows = [(f"a {text.translate(spaces)} b", "x" + "".join(label.split())) for text, label in rows]
    tsv = end.join(f"{label}\t\t{text}" for text, label in rows)
    assert values(tsv, "tsv", "text=2,label=0") == rows
    if not any("__label__" in text for text, _ in rows):
        fasttext = end.join(f"__label__{label} {text}" for text, label in rows)
        assert values(fasttext, "fasttext") == rows


@given(
    st.one_of(st.binary(max_size=60), any_text.map(str.encode), st.text('{}[]",:01e.tu\\d8f')),
    st.sampled_from(LINE_FORMATS),
    st.booleans(),
)
def test_any_bytes_are_read_or_refused(
    data: str | bytes, format: LabelledFormat, labels_required: bool
) -> None:
    if format == "text" and labels_required:
        return
    try:
        found = read(data, format, labels_required=labels_required)
    except DataError:
        return
    for item in found:
        assert type(item.text) is str
        item.text.encode()
        assert item.label is None or item.label.strip()
        if labels_required:
            assert item.text.strip()
            assert item.label is not None


@pytest.mark.parametrize(
    ("format", "first", "rest"),
    [
        ("tsv", b"a\tx\n", b"b\tx\n"),
        ("csv", b"a,x\n", b"b,x\n"),
        ("csv", b'"a\nb",x\n', b"b,x\n"),
        ("jsonl", b'{"text": "a", "label": 1}\n', b'{"text": "b", "label": 1}\n'),
        ("fasttext", b"__label__x a\n", b"__label__x b\n"),
    ],
)
def test_a_text_is_there_as_soon_as_it_has_arrived(
    pipe: Callable[..., BinaryIO], format: LabelledFormat, first: bytes, rest: bytes
) -> None:
    source = pipe(first, rest)
    found = read_labelled(source, parse_text_columns(None, format), format, labels_required=True)
    assert next(found).line == 1
    assert next(found).text == "b"


def test_standard_input_and_gzip_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = "\ufeffgut\tja\r\nschlecht\tnein\r\n".encode()
    expected = [("gut", "ja", 1), ("schlecht", "nein", 2)]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (tmp_path / "x.tsv.gz").write_bytes(gzip.compress(data))
    for source in ("-", tmp_path / "x.tsv.gz"):
        found = list(
            read_labelled(source, parse_text_columns(None, "tsv"), "tsv", labels_required=True)
        )
        assert [(item.text, item.label, item.line) for item in found] == expected
        assert found[0].path == ("<stdin>" if source == "-" else str(source))


def test_no_other_character_ends_a_line() -> None:
    text = "a\u2028b\x85c\x0bd\x0ce\x1cf"
    assert values(f"{text}\tx\n") == [(text, "x")]
    assert values(f"__label__x {text}\n", "fasttext") == [(text, "x")]
    assert values('{"text": "a\u2028b", "label": "x"}\n', "jsonl") == [("a\u2028b", "x")]


def test_white_space_around_labels_means_nothing() -> None:
    assert values("a b , pos \n c,pos\n", "csv") == [("a b ", "pos"), (" c", "pos")]
    assert values('{"text": " a", "label": "pos\\n"}', "jsonl") == [(" a", "pos")]


def test_blank_lines_hold_no_text() -> None:
    assert values("\n  \na\tx\n\nb\ty\n\n") == [("a", "x"), ("b", "y")]
    assert values("\na\tx\n\nb\ty\n\n", labels_required=False) == [("a", "x"), ("b", "y")]
    assert [item.line for item in read("\n\n__label__x a\n", "fasttext")] == [3]


def test_at_prediction_an_empty_text_is_a_text() -> None:
    lines = "\n\na\n\nb\n"
    for format in ("text", "tsv", "fasttext"):
        found = read(lines, format, labels_required=False)
        assert [(item.text, item.label, item.line) for item in found] == [
            (text, None, number) for number, text in enumerate(["", "", "a", "", "b"], 1)
        ]
    assert values("\n\n", labels_required=False) == [("", None)] * 2
    assert values("\tx\na\t\n", labels_required=False) == [("", "x"), ("a", None)]
    assert values('""\na\n', "csv", labels_required=False) == [("", None), ("a", None)]
    assert values('{"text": ""}', "jsonl", labels_required=False) == [("", None)]
    assert values("", labels_required=False) == []


def test_at_prediction_a_label_is_passed_on_where_there_is_one() -> None:
    assert values("a\tx\nb\ty\n", labels_required=False) == [("a", "x"), ("b", "y")]
    assert values("a\nb\n", "tsv", "text=0,label=-1", labels_required=False)[0] == ("a", None)
    assert values("__label__x a\nb c\n", "fasttext", labels_required=False) == [
        ("a", "x"),
        ("b c", None),
    ]
    named = values("review,n\na,1\n", "csv", "text=review,label=stars", labels_required=False)
    assert named == [("a", None)]
    objects = '{"text": "a", "label": null}\n{"text": "b", "label": 2}\n'
    assert values(objects, "jsonl", labels_required=False) == [("a", None), ("b", "2")]


def test_numbers_and_truth_values_of_json_are_labels_as_they_are_written() -> None:
    huge = "9" * 10_000
    written_labels = ["1", "2.0", "1e3", "-0.50", "true", "false", huge, '"1"']
    lines = [f'{{"label": {label}, "text": "a"}}' for label in written_labels]
    found = read("\n".join(lines), "jsonl")
    assert [item.label for item in found] == [label.strip('"') for label in written_labels]
    assert {type(item.label) for item in found} == {str}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a"', "this is no JSON: Expecting"),
        ("text,label", "this is no JSON: Expecting value at character 1"),
        ('["a", "b"]', "there is an array where an object must be"),
        ('"a"', "there is a string where an object must be"),
        ('{"text": "a"}', "there is no key 'label'; the keys are 'text': name two as in --columns"),
        ('{"label": "a", "Text": "b"}', "there is no key 'text'; the keys are 'label', 'Text'"),
        ("{}", "there is no key 'text'; the keys are none"),
        ('{"text": 5, "label": 1}', "'text' is a number and no text"),
        ('{"text": null, "label": 1}', "'text' is null and no text"),
        ('{"text": "a", "label": ["x"]}', "'label' is an array and no label"),
        ('{"text": "a", "label": {"x": 1}}', "'label' is an object and no label"),
        ('{"text": "a", "label": null}', "the text has no label"),
        ('{"text": "a", "label": NaN}', "this is no JSON: NaN is no value"),
        ('{"text": "a", "label": "a\\tb"}', "the label 'a\\tb' holds a tab"),
        ('{"text": "a", "label": "a\\nb"}', "the label 'a\\nb' holds a line end"),
        ('{"text": "a \\ud83d b", "label": "x"}', "the text, at 'a \\ud83d b', holds half a char"),
        ('{"text": "a", "label": "\\udc00"}', "the label '\\udc00' holds half a character"),
        ("[" * 100_000, "this JSON is nested too deeply"),
    ],
)
def test_wrong_json_is_told_by_its_line(line: str, message: str) -> None:
    good = '{"text": "a", "label": "x"}\n'
    assert error(f"{good}\n{line}\n{good}", "jsonl").startswith(f"<stream>:3: {message}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a film", "the line does not begin with __label__...; write its label so"),
        ("a __label__x film", "the label stands inside the text; put"),
        ("__label__x __label__y a", "the line has several labels ('x', 'y')"),
        ("__label__x a __label__y", "the line has several labels ('x', 'y')"),
        ("__label__x", "the text is empty"),
        ("__label__ a", "the text has no label"),
    ],
)
def test_wrong_fasttext_is_told_by_its_line(line: str, message: str) -> None:
    assert error(f"__label__x a\n{line}\n", "fasttext").startswith(f"<stream>:2: {message}")


def test_fasttext_labels_end_at_a_space_or_a_tab() -> None:
    assert values("__label__x\ta b\n__label__y  a\n", "fasttext") == [("a b", "x"), (" a", "y")]


@pytest.mark.parametrize(
    ("text", "format", "message"),
    [
        ("a\tx\nb\t\n", "tsv", "2: the text has no label; give it one"),
        ("a\tx\nb\t \n", "tsv", "2: the text has no label"),
        ("a\tx\n\tx\n", "tsv", "2: the text is empty"),
        ("a\tx\n \u3000\tx\n", "tsv", "2: the text is empty"),
        ("a\tx\nb\n", "tsv", "2: the line has 1 column, others have 2"),
        ("a\tx\nb\tx\ty\n", "tsv", "2: the line has 3 columns, others have 2"),
        ("a b x\n", "tsv", "1: there is no column 1 for the label: the line has 1 column; name"),
        ("a,x\nb,x,y\n", "csv", "2: the line has 3 columns, others have 2"),
        ('a,x\n"b,x\n', "csv", "2: the quote that opens a field here is not closed"),
        ('a,x\nb,"\n"\n', "csv", "2: the text has no label"),
        ('a,x\nb,"y\nz"\n', "csv", "2: the label 'y\\nz' holds a line end"),
        ("a\tx\rb\ty\r", "tsv", "1: "),
        ("", "tsv", " holds no text; give a file with labelled texts"),
        ("\n\n", "csv", " holds no text"),
        ("text\tlabel\n", "tsv", " holds no text"),
        ("", "jsonl", " holds no text"),
        ("", "fasttext", " holds no text"),
    ],
)
def test_what_cannot_be_trained_on_is_told_by_its_line(
    text: str, format: LabelledFormat, message: str
) -> None:
    found = error(text, format)
    assert found.startswith(
        f"<stream>:{message}" if message[0].isdigit() else f"<stream>:{message}"
    )


def test_a_wrong_byte_is_told_behind_the_texts_before_it() -> None:
    found = read_labelled(
        io.BytesIO(b"a\tx\ncaf\xe9\tx\n"),
        parse_text_columns(None, "tsv"),
        "tsv",
        labels_required=True,
    )
    assert next(found).text == "a"
    with pytest.raises(DataError, match="^<stream>:2: byte 0xe9 is not UTF-8"):
        next(found)


def test_texts_without_labels_train_nothing() -> None:
    with pytest.raises(ConfigError, match="a file of a text a line has no labels"):
        read("a\n", "text")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "pos/2.txt": "\ufeffa\nb\n",
        "pos/10.txt": "c\r\nd\r\n",
        "pos/.hidden.txt": "e",
        "pos/notes.md": "f",
        "neg/1.txt": "g\u2028h",
        ".git/x.txt": "i",
        "README.txt": "j",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8", newline="")
    (tmp_path / "neg" / "3.txt.gz").write_bytes(gzip.compress(b"k"))
    return tmp_path


def read_folder(folder: Path | str, labels_required: bool = True) -> list[LabelledText]:
    columns = parse_text_columns(None, "folder")
    return list(read_labelled(folder, columns, "folder", labels_required=labels_required))


def test_a_folder_for_each_label(folder: Path) -> None:
    expected = [
        LabelledText("g\u2028h", "neg", 1, str(folder / "neg" / "1.txt")),
        LabelledText("k", "neg", 1, str(folder / "neg" / "3.txt.gz")),
        LabelledText("c\nd", "pos", 1, str(folder / "pos" / "10.txt")),
        LabelledText("a\nb", "pos", 1, str(folder / "pos" / "2.txt")),
    ]
    assert read_folder(folder) == expected
    first = LabelledText("j", None, 1, str(folder / "README.txt"))
    assert read_folder(folder, labels_required=False) == [first, *expected]


def test_wrong_folders_are_told(folder: Path) -> None:
    bad = folder / "pos" / "2.txt"
    bad.write_bytes(b"a\n\xff")
    with pytest.raises(DataError, match=r"2\.txt:2: byte 0xff is not UTF-8"):
        read_folder(folder)
    bad.write_bytes(b"\n")
    with pytest.raises(DataError, match=r"2\.txt:1: the text is empty"):
        read_folder(folder)
    bad.unlink()
    (folder / "pos" / "deeper").mkdir()
    with pytest.raises(DataError, match="deeper: it is a folder inside that of a label"):
        read_folder(folder)
    (folder / "meh").mkdir()
    with pytest.raises(DataError, match="meh: holds no text for the label 'meh'"):
        read_folder(folder)
    with pytest.raises(DataError, match="neg: holds no text; give a file with labelled texts"):
        read_folder(folder / "neg")
    with pytest.raises(DataError, match="none: cannot be read: no such file"):
        read_folder(folder / "none")
    with pytest.raises(ConfigError, match="a folder of labelled texts is read from its path"):
        read_folder("-")


def test_sample_corpus_is_read() -> None:
    path = SAMPLES / "sentiment" / "train.tsv"
    columns = parse_text_columns(None, "tsv")
    found = list(read_labelled(path, columns, "tsv", labels_required=True))
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert [[item.text, item.label] for item in found] == rows


@pytest.mark.corpora
@pytest.mark.parametrize(("part", "count"), [("train", 6920), ("dev", 872), ("test", 1821)])
def test_public_corpus_is_read(corpora: Path, part: str, count: int) -> None:
    path = corpora / "sst2" / f"{part}.tsv"
    format = guess_labelled_format(path)
    found = list(
        read_labelled(path, parse_text_columns(None, format), format, labels_required=True)
    )
    assert len(found) == count
    assert {item.label for item in found} == {"0", "1"}
