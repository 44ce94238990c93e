"""Parallel text of every format."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError, DataError
from seqtag.io.parallel import ParallelLayout, parallel_layout, read_pairs
from seqtag.text.pairs import Pair

FILES = ParallelLayout("pairs", "en", "de")
TSV = ParallelLayout("tsv", "0", "1")
JSONL = ParallelLayout("jsonl", "source", "target")

any_text = st.text(
    st.one_of(
        st.sampled_from("\t \r\n\"'a\x0b\x85\u2028\ufeff{}[]:\\"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=20,
)
line_text = any_text.map(lambda text: "".join(text.split("\n"))).filter(
    lambda text: not text.endswith("\r") and not text.startswith("\ufeff")
)
cell_text = line_text.map(lambda text: "".join(text.split("\t")))


def read(data: str | bytes, layout: ParallelLayout) -> list[tuple[str, str, int]]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return [(pair.source, pair.target, pair.line) for pair in read_pairs(stream, layout)]


def error(data: str | bytes, layout: ParallelLayout) -> str:
    with pytest.raises(DataError) as caught:
        read(data, layout)
    return str(caught.value)


def write(folder: Path, source: str, target: str) -> Path:
    (folder / "train.en").write_bytes(source.encode())
    (folder / "train.de").write_bytes(target.encode())
    return folder / "train"


def read_files(path: Path) -> list[tuple[str, str, int]]:
    return [(pair.source, pair.target, pair.line) for pair in read_pairs(path, FILES)]


def files_error(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_files(path)
    return str(caught.value).replace(str(path.parent), "DIR")


@given(st.lists(st.tuples(line_text, line_text), min_size=1, max_size=5))
def test_two_files_come_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    path = write(
        tmp_path_factory.mktemp("pairs"),
        "".join(f"{source}\n" for source, _ in texts),
        "".join(f"{target}\r\n" for _, target in texts),
    )
    assert read_files(path) == [(*pair, line) for line, pair in enumerate(texts, 1)]


@given(st.lists(st.tuples(cell_text, cell_text), min_size=1, max_size=5))
def test_tsv_comes_back(texts: list[tuple[str, str]]) -> None:
    data = "".join(f"{source}\t{target}\n" for source, target in texts)
    layout = parallel_layout("-", header="no")
    assert read(data, layout) == [(*pair, line) for line, pair in enumerate(texts, 1)]


@given(st.lists(st.tuples(any_text, any_text), min_size=1, max_size=5), st.booleans())
def test_json_lines_come_back(texts: list[tuple[str, str]], nested: bool) -> None:
    objects = [{"source": source, "target": target} for source, target in texts]
    lines = [json.dumps({"translation": o} if nested else o) for o in objects]
    found = read("\n".join(lines), JSONL)
    assert found == [(*pair, line) for line, pair in enumerate(texts, 1)]


def test_files_may_be_gzipped(tmp_path: Path) -> None:
    (tmp_path / "train.en.gz").write_bytes(gzip.compress(b"a dog\n"))
    (tmp_path / "train.de").write_text("ein Hund")
    assert read_files(tmp_path / "train") == [("a dog", "ein Hund", 1)]
    assert read(gzip.compress(b"a\tb"), TSV) == [("a", "b", 1)]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\tb\n")))
    assert list(read_pairs("-", TSV)) == [Pair("a", "b", 1)]


def test_pairs_arrive_as_their_lines_do() -> None:
    class Pipe(io.RawIOBase):
        sent = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self.read1(size)

        def read1(self, size: int = -1) -> bytes:
            self.sent += 1
            return b"a\tb\n"[:size] if size == 2 else b"tb\na\tb\na\tb\na\t"

    pipe = Pipe()
    pairs = read_pairs(pipe, TSV)  # type: ignore[arg-type]  # a raw stream will do
    next(pairs)
    assert pipe.sent <= 3


@pytest.mark.parametrize(
    ("source", "target", "place", "counts"),
    [
        (
            "a\nb\nc\n",
            "a\nb",
            "DIR/train.en:3",
            "train.en has 3 lines and DIR/train.de has 2 lines",
        ),
        ("a\n", "a\nb\nc\n", "DIR/train.de:2", "train.en has 1 line and DIR/train.de has 3 lines"),
        ("", "a\n", "DIR/train.de:1", "train.en has 0 lines and DIR/train.de has 1 line"),
        ("a\n\n", "a\n", "DIR/train.en:2", "train.en has 2 lines and DIR/train.de has 1 line"),
    ],
)
def test_unequal_line_counts_are_refused(
    tmp_path: Path, source: str, target: str, place: str, counts: str
) -> None:
    message = files_error(write(tmp_path, source, target))
    assert message.startswith(f"{place}: line {place[-1]} has no partner: DIR/{counts}; give")


def test_unequal_line_counts_are_found_after_all_pairs(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path, "a\nb\n", "c\n"), FILES)
    assert next(pairs) == Pair("a", "c", 1)
    with pytest.raises(DataError, match="no partner"):
        next(pairs)


def test_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.en").write_text("a\n")
    assert files_error(tmp_path / "train").startswith("DIR/train.de: cannot be read: no such file")


def test_damaged_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a\nb\n", "c\nd\n")
    (tmp_path / "train.de").write_bytes(b"c\n\xff\n")
    assert files_error(path).startswith("DIR/train.de:2: byte 0xff is not UTF-8")


def test_two_files_have_a_path() -> None:
    with pytest.raises(ConfigError, match="read from their paths"):
        list(read_pairs(io.BytesIO(b""), FILES))


def test_columns_are_found_by_name_and_number() -> None:
    data = "id\tde\ten\n1\tein Hund\ta dog\n"
    assert read(data, parallel_layout("-", source="en", target="de")) == [("a dog", "ein Hund", 2)]
    assert read(data, parallel_layout("-", source="-1", target="1", header="yes")) == [
        ("a dog", "ein Hund", 2)
    ]
    assert read(data, parallel_layout("-", source="en", target="1")) == [("a dog", "ein Hund", 2)]


def test_well_known_names_are_a_header() -> None:
    assert read("Source\tTarget\na\tb\n", TSV) == [("a", "b", 2)]
    assert read("source\tb\n", TSV) == [("source", "b", 1)]
    assert len(read("source\ttarget\n", parallel_layout("-", header="no"))) == 1


def test_blank_lines_of_tables_and_objects_are_passed_over() -> None:
    assert read("\na\tb\n  \nc\td\n\n", TSV) == [("a", "b", 2), ("c", "d", 4)]
    line = '{"source": "a", "target": "b"}'
    assert read(f"\n{line}\n \t\n{line}\n", JSONL) == [("a", "b", 2), ("a", "b", 4)]


def test_empty_sides_are_passed_on_or_refused(tmp_path: Path) -> None:
    assert read("\tb\na\t \n", TSV) == [("", "b", 1), ("a", " ", 2)]
    path = write(tmp_path, "a\nb\n", "c\n \n")
    assert len(read_files(path)) == 2
    with pytest.raises(DataError, match=r"train.en:2: the target is empty"):
        list(read_pairs(path, FILES, empty_allowed=False))
    with pytest.raises(DataError, match="the source is empty"):
        list(read_pairs(io.BytesIO(b"\t\n"), TSV, empty_allowed=False))


@pytest.mark.parametrize("layout", [TSV, JSONL])
def test_nothing_is_refused(layout: ParallelLayout, tmp_path: Path) -> None:
    for data in ("", "\n\n"):
        assert "holds no pair" in error(data, layout)
    assert files_error(write(tmp_path, "", "")) == (
        "DIR/train.en: holds no pair; give texts and their translations"
    )


@pytest.mark.parametrize(
    ("data", "source", "target", "message"),
    [
        ("a\n", "0", "1", "<stream>:1: there is no column 1 for the target: the line has 1 column"),
        ("a\tb\n", "en", "1", "there is no column 'en'; the header names 'a', 'b'; name one"),
        ("end\tde\n", "en", "de", "did you mean 'end'?"),
        ("en\ten\n", "en", "1", "several columns have the name 'en'"),
        ("a\tb\n", "0", "-2", "source and target are both column 0 of 2"),
        ("a\tb\nc\nd\te\tf\n", "0", "1", ":2: the line has 1 column, others have 2"),
        ("a\tb\nd\te\tf\n", "0", "1", ":2: the line has 3 columns, others have 2"),
    ],
)
def test_bad_tables_are_refused(data: str, source: str, target: str, message: str) -> None:
    assert message in error(data, parallel_layout("-", source=source, target=target))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "this is no JSON"),
        ("[1]", "there is an array where an object must be"),
        ('"a"', "there is a string where an object must be"),
        ("2.0", "there is a number where an object must be"),
        ('{"source": "a"}', "no key 'target'; the keys are 'source'"),
        ("{}", "no key 'source'; the keys are none"),
        ('{"source": 1, "target": "b"}', "'source' is a number and no text"),
        ('{"source": "a", "target": null}', "'target' is null and no text"),
        ('{"source": NaN, "target": "b"}', "NaN is no value"),
        ('{"translation": {"en": "a"}}', "no key 'source'; the keys are 'translation', 'en'"),
        ('{"translation": "a"}', "no key 'source'"),
        ('{"source": "a\\ud800", "target": "b"}', "half a character"),
        ('{"source": "a", "target": "\\udc00b"}', "the target, at"),
        ("[" * 100_000, "no JSON|nested too deeply"),
    ],
)
def test_bad_objects_are_refused(line: str, message: str) -> None:
    good = '{"source": "a", "target": "b"}'
    found = error(f"{good}\n{line}\n", JSONL)
    assert found.startswith("<stream>:2: ")
    assert any(part in found for part in message.split("|"))


def test_objects_of_languages_are_read() -> None:
    line = '{"id": 12345678901234567890, "translation": {"en": "a dog", "de": "ein Hund"}}'
    assert read(line, ParallelLayout("jsonl", "en", "de")) == [("a dog", "ein Hund", 1)]
    flat = '{"text": "a dog", "translation": "ein Hund"}'
    assert read(flat, ParallelLayout("jsonl", "text", "translation")) == [("a dog", "ein Hund", 1)]


@given(st.binary(max_size=60), st.sampled_from([TSV, JSONL]))
def test_anything_is_read_or_refused(data: bytes, layout: ParallelLayout) -> None:
    try:
        pairs = read(data, layout)
    except DataError:
        return
    assert pairs
