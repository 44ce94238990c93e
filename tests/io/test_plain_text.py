from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.lines import Line, read_lines
from seqtag.io.plain_text import read_text_groups, read_texts

wild = st.text(st.one_of(st.sampled_from("a \n\r\x85\ufeff"), st.characters(codec="utf-8")))


def texts(source: str | Path | BinaryIO) -> list[str]:
    return [line.text for line in read_texts(source)]


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), "a dog")
    return buffer.getvalue()


@given(wild.filter(lambda text: "\0" not in text))
def test_lines_of_text_are_those_of_the_file(text: str) -> None:
    data = text.encode()
    lines = list(read_lines(io.BytesIO(data)))
    if any(line.text.strip() for line in lines):
        assert list(read_texts(io.BytesIO(data))) == lines
        assert list(read_texts(io.BytesIO(gzip.compress(data)))) == lines
    else:
        with pytest.raises(DataError, match="holds no text"):
            list(read_texts(io.BytesIO(data)))


def test_a_line_is_there_as_soon_as_it_has_arrived(pipe: Callable[..., BinaryIO]) -> None:
    lines = read_texts(pipe(b"a dog\n", b"runs\n"))
    assert next(lines) == Line(1, "a dog", "\n")
    assert next(lines) == Line(2, "runs", "\n")


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a dog\n\nruns")))
    assert texts("-") == ["a dog", "", "runs"]


def test_files_of_a_folder_are_read_by_name_with_blank_lines_between(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbfc\n\n")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"a\n\nb"))
    (tmp_path / "c.txt").write_bytes(b"")
    (tmp_path / "d.txt").write_bytes(b"d\r\n")
    (tmp_path / "e.txt").write_bytes(b"")
    for name in (".f.txt", "f.md", "f"):
        (tmp_path / name).write_bytes(b"no text of the folder")
    (tmp_path / "g.txt").mkdir()
    assert texts(tmp_path) == ["a", "", "b", "", "c", "", "d"]
    assert [line.number for line in read_texts(str(tmp_path))] == [1, 2, 3, 4, 1, 2, 1]


def test_groups_are_those_that_have_arrived(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a dog\nruns\n")
    (tmp_path / "b.txt").write_bytes(b"a cat\n")
    groups = [lines.texts for lines in read_text_groups(tmp_path)]
    assert groups == [["a dog", "runs"], [""], ["a cat"]]


def test_large_file_comes_in_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a dog runs\n" * 50_000)
    groups = list(read_text_groups(path))
    assert 1 < len(groups) < 100
    assert sum(map(len, groups)) == 50_000


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "holds no text", None),
        (b" \n\t\n\r\n\xc2\x85", "holds no text", None),
        (b"\xef\xbb\xbf", "holds no text", None),
        (b"a dog\nruns\0\n", "zero byte", 2),
        ("a dog\n".encode("utf-16-le"), "zero byte", 1),
        ("a dog\n".encode("utf-16"), "UTF-16", 1),
        ("a dog\n".encode("utf-32"), "UTF-32", 1),
        (b"a dog\nl\xe4uft", "not UTF-8", 2),
        (zipped(), "zip archive", None),
        (bz2.compress(b"a dog"), "bzip2", None),
        (lzma.compress(b"a dog"), "xz", None),
        (b"%PDF-1.7\n", "PDF", None),
        (gzip.compress(b"a dog" * 999, mtime=0)[:-9], "gzip data is damaged", None),
    ],
)
def test_what_is_no_text_is_refused(
    data: bytes, message: str, line: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        list(read_texts(path))
    assert error.value.path == str(path)
    assert error.value.line == line


def test_zero_byte_far_behind_is_found_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a dog\n" * 100_000 + b"\0")
    with pytest.raises(DataError, match="zero byte") as error:
        list(read_texts(path))
    assert error.value.line == 100_001


def test_file_in_a_folder_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\n")
    (tmp_path / "b.txt").write_bytes(b"\0")
    with pytest.raises(DataError, match="zero byte") as error:
        texts(tmp_path)
    assert error.value.path == str(tmp_path / "b.txt")


def test_folder_without_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a dog")
    with pytest.raises(DataError, match=r"texts are files NAME\.txt"):
        texts(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"\n")
    with pytest.raises(DataError, match="holds no text; give one that does") as error:
        texts(tmp_path)
    assert error.value.path == str(tmp_path)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        texts(tmp_path / "a.txt")
