r"""Pretrained word vectors, in text form, a word and its values a line, or word2vec's binary one.

GloVe's files begin with the first word; those of word2vec and fastText (``.vec``) begin with a
header that tells the number of words and of values. The separators are U+0020 and tab alone, so
words may hold any other character: published files have no-break spaces, U+0085 and U+2028 in
words. They have words of several parts as well (``. . .``), so rows are split from the right.
"""

from __future__ import annotations

import contextlib
import gzip
import logging
import os
import re
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.files import os_data_error
from seqtag.io.word2vec import HEAD, read_header, read_rows

logger = logging.getLogger("seqtag")

_Stream: TypeAlias = BufferedReader | gzip.GzipFile

_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_OTHER_FILES = {
    b"PK\x03\x04": "this is a zip archive; unpack it and give the text file that is in it",
    b"\xfd7zXZ\0": "this is packed with xz; unpack it and give the text file",
    b"\xba\x16\x4f\x2f": "this is a binary fastText model; give the .vec file of the same vectors",
}
_LONGEST_ROW = 1 << 22
_BLOCK_ROWS = 512

_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([1-9][0-9]{0,17})")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LARGEST = float(np.finfo(np.float32).max)
_FETCH = "fetch the file anew"


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Words, each with its vector.

    Attributes:
        words: The distinct words, in the order of the file.
        array: (words, size) their vectors.
    """

    words: list[str]
    array: npt.NDArray[np.float32]


def read_vectors(
    path: str | os.PathLike[str], wanted: Callable[[str], bool] | None = None
) -> WordVectors:
    """Read word vectors in GloVe's, word2vec's or fastText's text format, or word2vec's binary one.

    Of a word that is listed twice the first row counts. Rows whose word is empty or not UTF-8,
    which published files have, are left out, of a text with a warning. Blank lines are skipped.

    Args:
        path: The file, plain or gzipped.
        wanted: Tells whether a word's vector is kept; without it, all are. Memory goes by what is
            kept. Of other rows the values are counted but not read.

    Raises:
        DataError: The file cannot be read or is of another format, a row has another number of
            values or one that is no finite number, or the rows are not as many as the header tells
            (with the line).
    """
    name = os.fspath(path)
    try:
        with _open(path) as stream:
            if read_header(stream.peek(HEAD)) is not None:
                return WordVectors(*read_rows(stream, name, wanted))
            return _read_rows(_numbered_lines(stream, name), name, wanted)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"the gzip data is damaged ({error}); {_FETCH}", path=name) from error
    except OSError as error:
        raise os_data_error(error, name, "read") from error


@contextlib.contextmanager
def _open(path: str | os.PathLike[str]) -> Iterator[_Stream]:
    with Path(path).open("rb") as file:
        if file.peek(2).startswith(_GZIP_MAGIC):
            with gzip.open(file) as unpacked:
                yield unpacked
        else:
            yield file


def _numbered_lines(stream: _Stream, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield the number of every line that is not blank, and the line without space at its end.

    Lines are bytes, since a word that is not UTF-8 has to be told from a damaged file.
    """
    for number, line in enumerate(iter(partial(stream.readline, _LONGEST_ROW), b""), start=1):
        if len(line) == _LONGEST_ROW:
            message = f"the line is longer than {_LONGEST_ROW} bytes; give word vectors as text"
            raise DataError(message, path=name, line=number)
        text = (line.removeprefix(_UTF8_MARK) if number == 1 else line).rstrip(b" \t\r\n")
        if text:
            yield number, text


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the first lines of a file tell about its rows.

    Attributes:
        size: The number of values of a row.
        count: The number of rows that the header tells; None without a header.
    """

    size: int
    count: int | None

    @property
    def source(self) -> str:
        """What tells the number of values, in words."""
        return "like the first row" if self.count is None else "as the header tells"


def _find_layout(head: list[tuple[int, bytes]], name: str) -> _Layout:
    """Tell a header from a row.

    Args:
        head: The first two lines, or the only one.
        name: What messages call the file.
    """
    if not head:
        raise DataError("the file is empty; give word vectors as text", path=name)
    line, text = head[0]
    for magic, message in _OTHER_FILES.items():
        if text.startswith(magic):
            raise DataError(message, path=name)
    header = _HEADER.fullmatch(text)
    if header is None:
        return _Layout(_count_values(text, name, line), None)
    count, size = map(int, header.groups())
    if len(head) == 1:
        return _Layout(size, count)
    following = _split_fields(head[1][1])
    if size > 1 and len(following) == 2 and _NUMBER.fullmatch(following[1]):
        return _Layout(1, None)  # vectors of a single value, and the first word is a number
    return _Layout(size, count)


def _count_values(text: bytes, name: str, line: int) -> int:
    """Return the number of values of the first row: all fields from its end that are numbers."""
    fields = _split_fields(text)
    size = 0
    while size < len(fields) - 1 and _is_value(fields[-1 - size]):
        size += 1
    if size:
        return size
    message = (
        "this is no row of word vectors as text: a word and its values with spaces between them"
    )
    if _is_binary(text):
        message = "this is a binary file or one in another encoding; give word vectors as UTF-8"
    raise DataError(message + "; check the path", path=name, line=line)


def _is_value(text: bytes) -> bool:
    return bool(_NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text))


def _is_binary(text: bytes) -> bool:
    if _CONTROL.search(text):
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _split_fields(text: bytes) -> list[bytes]:
    return [part for part in text.replace(b"\t", b" ").split(b" ") if part]


@dataclass(slots=True)
class _Kept:
    """The vectors kept so far.

    Attributes:
        path: What messages call the file.
        size: The number of values of a vector.
        lines: Each word with its line.
        values: The values of the words' vectors, those of pending rows excluded.
        pending: The values of the last words as text. NumPy reads a block of them in two thirds
            of the time that it takes row by row.
    """

    path: str
    size: int
    lines: dict[str, int] = field(default_factory=dict)
    values: array[float] = field(default_factory=lambda: array("f"))
    pending: list[str] = field(default_factory=list)

    def add(self, word: str, line: int, values: bytes) -> None:
        self.lines[word] = line
        # What is not ASCII is no number, and the replacement character is none either.
        self.pending.append(values.decode("ascii", "replace"))
        if len(self.pending) == _BLOCK_ROWS:
            self._read_pending()

    def _read_pending(self) -> None:
        if not self.pending:
            return
        try:
            block = np.loadtxt(self.pending, np.float32, comments=None, delimiter=" ", ndmin=2)
        except ValueError as error:
            raise self._value_error() from error
        if not np.isfinite(block).all():
            raise self._value_error()
        self.values.frombytes(block.tobytes())
        self.pending.clear()

    def _value_error(self) -> DataError:
        """Return what is wrong with the first pending value that is no finite number."""
        lines = islice(self.lines.values(), len(self.lines) - len(self.pending), None)
        line, value = next(
            (line, value)
            for line, row in zip(lines, self.pending, strict=True)
            for value in row.split(" ")
            if not _NUMBER.fullmatch(value.encode()) or abs(float(value)) > _LARGEST
        )
        message = f"{value[:40]!r} is no finite number of 32 bits; {_FETCH}"
        return DataError(message, path=self.path, line=line)

    def finish(self) -> WordVectors:
        self._read_pending()
        values = np.frombuffer(self.values, dtype=np.float32)
        return WordVectors(list(self.lines), values.reshape(-1, self.size))


def _read_rows(
    lines: Iterator[tuple[int, bytes]], name: str, wanted: Callable[[str], bool] | None
) -> WordVectors:
    head = list(islice(lines, 2))
    layout = _find_layout(head, name)
    kept = _Kept(name, layout.size)
    without_word: list[int] = []
    line = count = 0
    for line, text in chain(head[layout.count is not None :], lines):
        count += 1
        raw_word, values = _split_row(text, layout, name, line)
        try:
            word = raw_word.decode("utf-8")
        except UnicodeDecodeError:
            word = ""
        if not word:
            without_word.append(line)
        elif word not in kept.lines and (wanted is None or wanted(word)):
            kept.add(word, line, values)
    _check_count(count, layout, name, line)
    if without_word:
        logger.warning(
            "%s: left out %s whose word is empty or not UTF-8, the first in line %d",
            *(name, plural(len(without_word), "row"), without_word[0]),
        )
    return kept.finish()


def _split_row(text: bytes, layout: _Layout, name: str, line: int) -> tuple[bytes, bytes]:
    """Return the word of a row, and its values with single spaces between them."""
    size = layout.size
    if text.count(b" ") == size and b"\t" not in text and b"  " not in text:
        word, _, values = text.partition(b" ")
        return word, values
    fields = _split_fields(text)
    first = 0 if text.startswith((b" ", b"\t")) else 1  # the first value, at the earliest
    # Parts of a word that are numbers are values too many.
    if len(fields) < first + size or any(map(_NUMBER.fullmatch, fields[first:-size])):
        found = plural(len(fields) - first, "value")
        message = f"the row has {found} where there should be {size}, {layout.source}; {_FETCH}"
        raise DataError(message, path=name, line=line)
    return b" ".join(fields[:-size]), b" ".join(fields[-size:])


def _check_count(count: int, layout: _Layout, name: str, line: int) -> None:
    if not count and not layout.count:
        raise DataError("the file holds no vectors; give another", path=name)
    if layout.count is not None and count != layout.count:
        advice = f"the file is cut short: {_FETCH}" if count < layout.count else "correct it"
        rows = plural(layout.count, "row")
        message = f"the header promises {rows}, but the file has {count}; {advice}"
        raise DataError(message, path=name, line=line or 1)
