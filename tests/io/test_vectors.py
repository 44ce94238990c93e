"""Word vectors come out of every text format as they went in."""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import os
import re
import struct
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io import word2vec
from seqtag.io.vectors import WordVectors
from tests.vector_files import read_vectors

Rows = list[tuple[str, list[float]]]
Writer = Callable[[Rows], bytes]


def write_glove(rows: Rows) -> bytes:
    return "".join(f"{word} {' '.join(map(repr, values))}\n" for word, values in rows).encode()


def write_word2vec(rows: Rows) -> bytes:
    return f"{len(rows)} {len(rows[0][1])}\n".encode() + write_glove(rows)


def write_fasttext(rows: Rows) -> bytes:
    return write_word2vec(rows).replace(b"\n", b" \n").replace(b" \n", b"\n", 1)


def write_with_tabs(rows: Rows) -> bytes:
    return "".join("\t".join([word, *map(repr, values)]) + "\r\n" for word, values in rows).encode()


WRITERS: list[Writer] = [write_glove, write_word2vec, write_fasttext, write_with_tabs]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# Words of anything but separators; the further parts of a word must not look like values.
part = st.text(
    st.one_of(
        st.sampled_from("a.7\u00a0\x85\u2028\u3000\r"),
        st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\ufeff"),
    ),
    min_size=1,
)
further = part.filter(lambda text: not is_number(text))
words = st.tuples(part, st.lists(further, max_size=2)).map(
    lambda parts: " ".join([parts[0], *parts[1]])
)
values = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    size = draw(st.integers(1, 4))
    row = st.tuples(words, st.lists(values, min_size=size, max_size=size))
    return draw(st.lists(row, min_size=1, max_size=6, unique_by=lambda row: row[0]))


def as_rows(vectors: WordVectors) -> Rows:
    return list(zip(vectors.words, vectors.array.tolist(), strict=True))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that every example of a property may write anew."""
    return tmp_path_factory.mktemp("vectors") / "vectors.txt"


@pytest.mark.parametrize("write", WRITERS)
@given(rows=tables(), packed=st.booleans())
def test_what_is_written_is_read(scratch: Path, write: Writer, rows: Rows, packed: bool) -> None:
    data = write(rows)
    scratch.write_bytes(gzip.compress(data) if packed else data)
    vectors = read_vectors(scratch)
    assert vectors.array.dtype == np.float32
    assert as_rows(vectors) == rows


@pytest.mark.parametrize("write", WRITERS)
@given(rows=tables(), choice=st.sets(st.integers(0, 5)))
def test_wanted_words_are_kept(scratch: Path, write: Writer, rows: Rows, choice: set[int]) -> None:
    chosen = [row for number, row in enumerate(rows) if number in choice]
    scratch.write_bytes(write(rows))
    vectors = read_vectors(scratch, {word for word, _ in chosen}.__contains__)
    assert as_rows(vectors) == chosen
    assert vectors.array.shape == (len(chosen), len(rows[0][1]))


@given(st.binary(), st.sampled_from([b"", b"2 2\n", b"a 1 2\n", b"\x1f\x8b"]))
@settings(max_examples=300)
def test_any_other_file_gives_vectors_or_a_data_error(
    scratch: Path, data: bytes, start: bytes
) -> None:
    scratch.write_bytes(start + data)
    with contextlib.suppress(DataError):
        vectors = read_vectors(scratch)
        assert len(vectors.words) == len(set(vectors.words)) == len(vectors.array)
        assert np.isfinite(vectors.array).all()


def read(path: Path, data: bytes) -> WordVectors:
    path.write_bytes(data)
    return read_vectors(path)


def test_values_are_read_as_python_reads_them(tmp_path: Path) -> None:
    texts = [
        "0.1",
        "-.5",
        "+5.",
        "1e-5",
        "1E3",
        "007",
        "3.4028235e38",
        "1e-46",
        "-0.0",
        "0.30000001",
    ]
    vectors = read(tmp_path / "v", ("a " + " ".join(texts)).encode())
    assert vectors.array.tobytes() == np.array([list(map(float, texts))], np.float32).tobytes()


def test_many_rows_keep_their_order(tmp_path: Path) -> None:
    """More rows than are read at once."""
    numbers = np.random.default_rng(0).normal(size=(3000, 7)).astype(np.float32)
    rows = [(f"w{number}", row) for number, row in enumerate(numbers.tolist())]
    vectors = read(tmp_path / "v", write_glove(rows))
    assert vectors.words == [word for word, _ in rows]
    assert (vectors.array == numbers).all()


def test_only_spaces_and_tabs_separate(tmp_path: Path) -> None:
    words = [
        "a\u00a0b",
        "\x85",
        "\u2028",
        "\u3000",
        ". . .",
        "at name@domain.com",
        "\ufeff",
        "1\x0b2",
    ]
    rows = [(word, [1.0, 2.0]) for word in words]
    assert as_rows(read(tmp_path / "v", write_glove(rows))) == rows


def test_runs_of_separators_count_as_one(tmp_path: Path) -> None:
    data = b"a\t1  2\t\n\n  \nb \t 3 4\r\nc\td  5   6"
    rows = [("a", [1, 2]), ("b", [3, 4]), ("c d", [5, 6])]
    assert as_rows(read(tmp_path / "v", data)) == rows


def test_byte_order_mark_is_no_part_of_the_first_word(tmp_path: Path) -> None:
    assert read(tmp_path / "v", b"\xef\xbb\xbfa 1\n").words == ["a"]
    assert read(tmp_path / "v", b"\xef\xbb\xbf1 2\na 1 2\n").words == ["a"]


def test_first_of_equal_words_counts(tmp_path: Path) -> None:
    assert as_rows(read(tmp_path / "v", b"3 1\na 1\nb 2\na 3\n")) == [("a", [1]), ("b", [2])]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"3 2\n4 5\n6 7\n", [("3", [2]), ("4", [5]), ("6", [7])]),
        (b"3 2\na 0.5\n", [("3", [2]), ("a", [0.5])]),
        (b"5 0\na 1\n", [("5", [0]), ("a", [1])]),
        (b"1 1\n7 5\n", [("7", [5])]),
        (b"1 2\n7 5 6\n", [("7", [5, 6])]),
        (b"1 2 3\n4 5 6\n", [("1", [2, 3]), ("4", [5, 6])]),
        (b"1 2.0\n3 4\n", [("1", [2]), ("3", [4])]),
    ],
)
def test_header_is_told_from_a_row(tmp_path: Path, data: bytes, rows: Rows) -> None:
    assert as_rows(read(tmp_path / "v", data)) == rows


def test_rows_without_a_word_are_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "v"
    data = b"4 2\na 1 2\nb\xff 3 4\n 5 6\nc 7 8\n"
    assert as_rows(read(path, data)) == [("a", [1, 2]), ("c", [7, 8])]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: left out 2 rows whose word is empty or not UTF-8, the first in line 3"
    ]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", None, "the file is empty; give word vectors as text"),
        (b"\n \r\n", None, "the file is empty"),
        (b"0 3\n", None, "the file holds no vectors; give another"),
        (b"a 1 2\nb 1\n", 2, "the row has 1 value where there should be 2, like the first row"),
        (b"a 1 2\n\nb 1 2 3\n", 3, "the row has 3 values where there should be 2, like"),
        (b"a 1 2\nb 1 2 3 4\n", 2, "the row has 4 values"),
        (b"a 1 2\nb\n", 2, "the row has 0 values"),
        (b"a 1 2\n 1\n", 2, "the row has 1 value"),
        (b"a 1 2\n 1 2 3\n", 2, "the row has 3 values"),
        (b"a 1 2\n\t1\t2\t3\n", 2, "the row has 3 values"),
        (b"1 3\na 1 2\n", 2, "the row has 2 values where there should be 3, as the header tells"),
        (b"1 3\na 1 2 3 4\n", 2, "the row has 4 values where there should be 3, as the header"),
        (b"a 1 2\nb 1 x\n", 2, "'x' is no finite number of 32 bits; fetch the file anew"),
        (b"a 1 2\nb . . 1\n", 2, r"'\.' is no finite number"),
        (b"a 1 2\nb 1 nan\n", 2, "'nan' is no finite number"),
        (b"a nan 2\n", 1, "'nan' is no finite number"),
        (b"a 1 2\nb -inf 1\n", 2, "'-inf' is no finite number"),
        (b"a 1 2\nb 1e39 1\n", 2, "'1e39' is no finite number"),
        (b"a 1 2\nb 1 1_0\n", 2, "'1_0' is no finite number"),
        (b"a 1 2\nb 1 1,5\n", 2, "'1,5' is no finite number"),
        (b"a 1 2\nb 1 0x1\n", 2, "'0x1' is no finite number"),
        (b"a 1 2\nb 1\r 2\n", 2, r"'1\\r' is no finite number"),
        (b"a 1 2\nb 1 2\xc2\xa0\n", 2, "is no finite number"),
        ("a 1 2\nb 1 \u0662\n".encode(), 2, "is no finite number"),
        (b"3 2\na 1 2\nb 1 2\n", 3, "header promises 3 rows, but the file has 2; the file is cut"),
        (b"5 2\n", 1, "header promises 5 rows, but the file has 0; the file is cut short"),
        (b"1 2\na 1 2\nb 1 2\n", 3, "header promises 1 row, but the file has 2; correct it"),
        (b"the cat sat\n", 1, "this is no row of word vectors as text: a word and its values"),
        (b"word\n", 1, "this is no row of word vectors"),
        (b"\x80\x04\x95gensim\n", 1, "this is a binary file or one in another encoding"),
        ("a 1 2\n".encode("utf-16"), 1, "this is a binary file or one in another encoding"),
    ],
)
def test_damaged_files_are_refused(
    tmp_path: Path, data: bytes, line: int | None, message: str
) -> None:
    path = tmp_path / "v"
    with pytest.raises(DataError, match=message) as caught:
        read(path, data)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_damage_is_found_behind_many_rows(tmp_path: Path) -> None:
    lines = [f"w{number} 1 2" for number in range(3000)]
    lines[2345] = "x 1 2.x"
    lines[2346] = "y 1 nan"
    with pytest.raises(DataError, match=r"'2\.x' is no finite number") as caught:
        read(tmp_path / "v", "\n".join(lines).encode())
    assert caught.value.line == 2346


def test_damage_is_found_behind_words_that_are_not_wanted(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"a 1 2\nb 1 2\nc 1 2\nb x x\nd 1 x\n")
    assert read_vectors(path, {"a", "b"}.__contains__).words == ["a", "b"]
    with pytest.raises(DataError, match="'x' is no finite number") as caught:
        read_vectors(path, {"b", "d"}.__contains__)
    assert caught.value.line == 5


def test_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the line is longer than 4194304 bytes") as caught:
        read(tmp_path / "v", b"a 1 2\nb " + b"1 " * 3_000_000)
    assert caught.value.line == 2


def write_binary(rows: Rows, end: bytes = b"\n") -> bytes:
    data = f"{len(rows)} {len(rows[0][1])}\n".encode()
    for word, values in rows:
        data += word.encode() + b" " + struct.pack(f"<{len(values)}f", *values) + end
    return data


@pytest.mark.parametrize("size", [5, 100, 300])
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_binary_word2vec_is_read(
    tmp_path: Path, size: int, end: bytes, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word2vec, "_BLOCK", 1000)
    numbers = np.random.default_rng(0).normal(size=(50, size)).astype(np.float32).tolist()
    rows: Rows = [(f"wör{number}", row) for number, row in enumerate(numbers)]
    data = write_binary(rows, end)
    path = tmp_path / "v.bin"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert as_rows(read_vectors(path)) == rows
    assert as_rows(read_vectors(path, lambda word: word.endswith("7"))) == rows[7::10]
    assert read_vectors(path, lambda word: False).array.shape == (0, size)
    # A word that is there again or is not UTF-8 does not count.
    again = write_binary([*rows, rows[0]], end).replace("wör1 ".encode(), b"w\xf6r1 ")
    path.write_bytes(again)
    assert as_rows(read_vectors(path)) == [rows[0], *rows[2:]]


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda data: data[:-3], "the header promises 3 rows, but the file has 2"),
        (lambda data: data[:-400], "the header promises 3 rows, but the file has 2"),
        (lambda data: data.replace(b"3 100", b"2 100"), "promises 2 rows, but the file has more"),
        (lambda data: data[:-5] + struct.pack("<f", np.nan), "a value of 'c' is no finite number"),
        (lambda data: data + b"d " * 3000, "promises 3 rows, but the file has more"),
        (lambda data: data[:409] + b"d" * 5000, "a word is longer than 4096 bytes; fetch the file"),
    ],
)
def test_damaged_binary_word2vec_is_told(
    tmp_path: Path, damaged: Callable[[bytes], bytes], message: str
) -> None:
    numbers = np.random.default_rng(0).normal(size=(3, 100)).astype(np.float32).tolist()
    data = damaged(write_binary(list(zip("abc", numbers, strict=True))))
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / "v", data)
    assert caught.value.path == str(tmp_path / "v")


@pytest.mark.parametrize("first", ["new york", "wör ld", "\x85"])
def test_text_is_not_taken_for_binary(tmp_path: Path, first: str) -> None:
    rows: Rows = [(first, [0.5] * 300), ("b", [1.0] * 300)]
    assert as_rows(read(tmp_path / "v", write_word2vec(rows))) == rows


def test_archives_are_told(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("glove.txt", "a 1 2\n")
    for data, message in [
        (archive.getvalue(), "this is a zip archive; unpack it and give the file that"),
        (lzma.compress(b"a 1 2\n"), "this is packed with xz; unpack it"),
    ]:
        with pytest.raises(DataError, match=message):
            read(tmp_path / "v", data)


@pytest.mark.parametrize("damage", ["cut", "flipped", "followed"])
def test_damaged_gzip(tmp_path: Path, damage: str) -> None:
    data = bytearray(gzip.compress(b"".join(b"w%d 1 2\n" % number for number in range(1000))))
    if damage == "cut":
        del data[-9:]
    elif damage == "flipped":
        data[-5] ^= 1
    else:
        data += b"rubbish"
    with pytest.raises(DataError, match=r"the gzip data is damaged \(.*\); fetch the file anew"):
        read(tmp_path / "v.gz", bytes(data))


def test_gzip_members_follow_each_other(tmp_path: Path) -> None:
    data = gzip.compress(b"a 1 2\nb ") + gzip.compress(b"3 4\n") + bytes(100)
    assert as_rows(read(tmp_path / "v", data)) == [("a", [1, 2]), ("b", [3, 4])]


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: no such file"):
        read_vectors(tmp_path / "none")
    with pytest.raises(DataError, match="this is a folder; give the path of a file"):
        read_vectors(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("packed", [False, True])
def test_pipe_is_read_as_a_file(tmp_path: Path, packed: bool) -> None:
    """A shell gives pipes as paths: ``<(zcat vectors.gz)``."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = gzip.compress(b"a 1 2\n") if packed else b"a 1 2\n"
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert as_rows(read_vectors(path)) == [("a", [1, 2])]
    writer.join()


def test_memory_goes_by_what_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "v"
    row = " 0.25" * 100
    path.write_text("".join(f"w{number}{row}\n" for number in range(20_000)), "utf-8")
    wanted = re.compile(r"w1?[0-9]").fullmatch
    tracemalloc.start()
    try:
        vectors = read_vectors(path, lambda word: wanted(word) is not None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(vectors.words) == 20
    assert peak < 1_000_000  # all vectors would take 8 MB
