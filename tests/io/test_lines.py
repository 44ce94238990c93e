"""Lines come out of files and pipes as they went in."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.lines import Line, Lines, read_line_groups, read_lines, source_name

# Everything that UTF-8 can hold, and often what other readers take for a line end or a mark.
wild = st.text(
    st.one_of(
        st.sampled_from("\t \r\n\x0b\x0c\x1c\x1e\x85\u00a0\u2028\u2029\ufeff#-_a"),
        st.characters(exclude_categories=["Cs"]),
    )
)


def read(data: bytes) -> list[Line]:
    return list(read_lines(io.BytesIO(data)))


def restored(lines: list[Line]) -> bytes:
    return "".join(line.prefix + line.text + line.ending for line in lines).encode()


@given(wild)
def test_lines_restore_the_text(text: str) -> None:
    assert restored(read(text.encode())) == text.encode()


@given(wild)
def test_lines_end_at_line_feeds_only(text: str) -> None:
    count = text.count("\n") + (not text.endswith("\n") and text != "")
    lines = read(text.encode())
    assert [line.number for line in lines] == list(range(1, count + 1))
    assert not any("\n" in line.text for line in lines)


@given(wild)
def test_gzip_equals_plain(text: str) -> None:
    assert read(gzip.compress(text.encode())) == read(text.encode())


@given(wild, st.integers(1, 4))
def test_pieces_of_any_size_give_the_same_lines(text: str, size: int) -> None:
    data = text.encode()

    class Slow(io.BytesIO):
        def read1(self, _: int | None = -1) -> bytes:
            return self.read(size)

    assert list(read_lines(Slow(data))) == read(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", [Line(1, "a", "")]),
        (b"a\nb\n", [Line(1, "a", "\n"), Line(2, "b", "\n")]),
        (b"a\r\n\r\nb", [Line(1, "a", "\r\n"), Line(2, "", "\r\n"), Line(3, "b", "")]),
        (b"a\rb\r\r\n", [Line(1, "a\rb\r", "\r\n")]),
        (b"\xef\xbb\xbfa\n", [Line(1, "a", "\n", "\ufeff")]),
        (b"\xef\xbb\xbf", [Line(1, "", "", "\ufeff")]),
        ("\x85 \u2028\ufeff\n".encode(), [Line(1, "\x85 \u2028\ufeff", "\n")]),
    ],
)
def test_lines(data: bytes, expected: list[Line]) -> None:
    assert read(data) == expected


def test_a_line_is_there_as_soon_as_it_has_arrived(pipe: Callable[..., BinaryIO]) -> None:
    lines = read_lines(pipe(b"a", b"\nb", b"\n"))
    assert next(lines).text == "a"
    assert next(lines).text == "b"


def test_gzip_is_told_by_its_first_bytes_even_where_they_come_one_by_one(
    pipe: Callable[..., BinaryIO],
) -> None:
    data = gzip.compress(b"a\nb\n")
    pieces = [data[index : index + 1] for index in range(len(data))]
    assert [line.text for line in read_lines(pipe(*pieces, b""))] == ["a", "b"]


def test_gzip_members_follow_each_other_with_zeros_between() -> None:
    data = gzip.compress(b"a\nb") + bytes(7) + gzip.compress(b"c\n") + bytes(600)
    assert [line.text for line in read(data)] == ["a", "bc"]


def test_large_gzip_content() -> None:
    text = b"".join(b"token %d\n" % number for number in range(100_000))
    assert restored(read(gzip.compress(text))) == text
    assert len(read(gzip.compress(b"x" * 3_000_000))[0].text) == 3_000_000


@given(wild, st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_groups_of_lines_can_be_cut_and_joined(text: str, size: int, start: int, end: int) -> None:
    """Each way of putting groups together gives the lines that stand in the file."""
    data = text.encode()

    class Slow(io.BytesIO):
        def read1(self, _: int | None = -1) -> bytes:
            return self.read(size)

    expected = read(data)
    groups = list(read_line_groups(Slow(data)))
    assert [line for lines in groups for line in lines] == expected
    assert all(len(lines) for lines in groups)
    whole = Lines(1, [])
    for lines in groups:
        if not whole.texts:
            whole.prefix = lines.prefix
        whole.extend(lines)
    assert list(whole) == expected
    assert whole.restore(whole.texts) == text
    cut = whole.cut(start, end)
    assert [(line.number, line.text, line.ending) for line in cut] == [
        (line.number, line.text, line.ending) for line in expected[start:end]
    ]
    others = [f"{number}" for number in range(len(whole))]
    assert whole.restore(others) == "".join(
        line.prefix + other + line.ending for line, other in zip(expected, others, strict=True)
    )


@pytest.mark.parametrize("name", ["plain.txt", "packed.gz"])
def test_a_path_may_be_text_or_an_object(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a\n") if name.endswith("gz") else b"a\n")
    assert list(read_lines(path)) == list(read_lines(str(path))) == [Line(1, "a", "\n")]


def test_a_dash_is_standard_input_which_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(b"a\n\xff\n")))
    monkeypatch.setattr(sys, "stdin", stdin)
    lines = read_lines("-")
    assert next(lines).text == "a"
    with pytest.raises(DataError, match="^<stdin>:2: byte 0xff is not UTF-8"):
        next(lines)
    assert not stdin.buffer.closed


def test_source_names(tmp_path: Path) -> None:
    assert source_name("-") == "<stdin>"
    assert source_name(tmp_path) == str(tmp_path)
    assert source_name(io.BytesIO()) == "<stream>"
    with (tmp_path / "a").open("wb+") as file:
        assert source_name(file) == str(tmp_path / "a")


def test_a_wrong_byte_is_named_after_the_lines_before_it(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("a\nb\ncafé\nd\n".encode("latin-1"))
    lines = read_lines(path)
    assert [next(lines).text, next(lines).text] == ["a", "b"]
    with pytest.raises(DataError, match=r"byte 0xe9 is not UTF-8; convert the file") as caught:
        next(lines)
    assert (caught.value.path, caught.value.line) == (str(path), 3)


def test_the_line_of_a_wrong_byte_is_counted_over_pieces(pipe: Callable[..., BinaryIO]) -> None:
    with pytest.raises(DataError) as caught:
        list(read_lines(pipe(b"\xef\xbb\xbfa\n", b"b\nc\n", b"d\n\xc3\n", b"")))
    assert caught.value.line == 5


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_other_unicode_encodings_are_named(encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"
    with pytest.raises(DataError, match=f"{encoding[:6].upper()} text; convert") as caught:
        read((mark + "a\nb\n").encode(encoding))
    assert caught.value.line == 1


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: no such file") as caught:
        list(read_lines(tmp_path / "none"))
    assert caught.value.path == str(tmp_path / "none")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is a folder; give the path of a file"):
        list(read_lines(tmp_path))


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> BinaryIO:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="permission denied; change the rights"):
        list(read_lines(tmp_path / "secret"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "followed"])
def test_damaged_gzip(tmp_path: Path, damage: str) -> None:
    data = bytearray(gzip.compress(b"a\n" * 1000))
    if damage == "cut":
        del data[-9:]
    elif damage == "flipped":
        data[-5] ^= 1
    else:
        data += b"rubbish"
    path = tmp_path / "file.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match="gzip data is damaged .*; make or fetch the file anew"):
        list(read_lines(path))
