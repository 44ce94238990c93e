"""Word vectors as text: a word and its values a line.

GloVe's files begin with the first word; those of word2vec and fastText (``.vec``) begin with a
header that tells the number of words and of values, and those of floret with one that tells how
n-grams are numbered, whose numbers stand in place of words. The separators are U+0020 and tab
alone, so words may hold any other character: published files have no-break spaces, U+0085 and
U+2028 in words. They have words of several parts as well (``. . .``), so rows are split from the
right.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

import numpy as np

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.vector_blocks import BLOCK_ROWS, FETCH, Block, Stream, VectorContents
from seqtag.text.hashed_ngrams import HashedNgrams
from seqtag.text.vector_lookup import FloatArray

logger = logging.getLogger("seqtag")

_UTF8_MARK = b"\xef\xbb\xbf"
_LONGEST_ROW = 1 << 22

_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([1-9][0-9]{0,17})")
_FLORET_HEADER = re.compile(
    rb"([1-9][0-9]{0,8}) ([1-9][0-9]{0,8}) ([1-9][0-9]{0,2}) ([0-9]{1,3}) ([1-4]) ([0-9]{1,10})"
    rb" ([^ \t]{1,32}) ([^ \t]{1,32})"
)
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LARGEST = float(np.finfo(np.float32).max)


def read_contents(
    stream: Stream, name: str, wanted: Callable[[str], bool] | None
) -> VectorContents:
    """Return what a file of text holds.

    Blank lines are skipped. Rows whose word is empty or not UTF-8, which published files have, are
    left out with a warning.

    Args:
        stream: The file, from its beginning.
        name: What messages call it.
        wanted: Tells whether a word's vector is kept; None to keep all. Of other rows the values
            are counted but not read.

    Raises:
        DataError: The file is of another format; and as its rows are read, a row has another
            number of values or one that is no finite number, or the rows are not as many as the
            header tells (with the line).
    """
    lines = _numbered_lines(stream, name)
    head = list(islice(lines, 2))
    floret = _FLORET_HEADER.fullmatch(head[0][1]) if head else None
    if floret is not None:
        buckets, size, shortest, longest, hash_count, seed = map(int, floret.groups()[:6])
        begin, end = (mark.decode("utf-8", "replace") for mark in floret.groups()[6:])
        marks = {"begin": begin, "end": end}
        ngrams = HashedNgrams("floret", buckets, shortest, longest, hash_count, seed, **marks)
        rows = _read_rows(chain(head[1:], lines), _Layout(size, buckets), name, None)
        return VectorContents(size, iter(()), ngrams, _numbered_rows(rows, name))
    layout = _find_layout(head, name)
    rows = _read_rows(chain(head[layout.count is not None :], lines), layout, name, wanted)
    return VectorContents(layout.size, rows)


def _numbered_rows(blocks: Iterator[Block], name: str) -> Iterator[FloatArray]:
    """Yield the vectors of rows that are numbered from 0 on, each where a word would stand."""
    number = 0
    for words, array in blocks:
        for word in words:
            if word != str(number):
                raise DataError(
                    f"row {number:,} is called {word[:40]!r}, and rows of floret are numbered from "
                    f"0 on; {FETCH}",
                    path=name,
                )
            number += 1
        yield array


def _numbered_lines(stream: Stream, name: str) -> Iterator[tuple[int, bytes]]:
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
class _Pending:
    """Rows whose values have not been read yet.

    NumPy reads a block of them in two thirds of the time that it takes row by row.

    Attributes:
        path: What messages call the file.
        size: The number of values of a vector.
        words: Their words.
        lines: Their lines.
        values: Their values as text.
    """

    path: str
    size: int
    words: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def add(self, word: str, line: int, values: bytes) -> None:
        self.words.append(word)
        self.lines.append(line)
        # What is not ASCII is no number, and the replacement character is none either.
        self.values.append(values.decode("ascii", "replace"))

    def read(self) -> Block:
        """Return the rows, of which none is pending any more."""
        if not self.words:
            return [], np.zeros((0, self.size), dtype=np.float32)
        try:
            array = np.loadtxt(self.values, np.float32, comments=None, delimiter=" ", ndmin=2)
        except ValueError as error:
            raise self._value_error() from error
        if not np.isfinite(array).all():
            raise self._value_error()
        words, self.words, self.lines, self.values = self.words, [], [], []
        return words, array

    def _value_error(self) -> DataError:
        """Return what is wrong with the first value that is no finite number."""
        line, value = next(
            (line, value)
            for line, row in zip(self.lines, self.values, strict=True)
            for value in row.split(" ")
            if not _NUMBER.fullmatch(value.encode()) or abs(float(value)) > _LARGEST
        )
        message = f"{value[:40]!r} is no finite number of 32 bits; {FETCH}"
        return DataError(message, path=self.path, line=line)


def _read_rows(
    lines: Iterator[tuple[int, bytes]],
    layout: _Layout,
    name: str,
    wanted: Callable[[str], bool] | None,
) -> Iterator[Block]:
    pending = _Pending(name, layout.size)
    without_word: list[int] = []
    line = count = 0
    for line, text in lines:
        count += 1
        raw_word, values = _split_row(text, layout, name, line)
        try:
            word = raw_word.decode("utf-8")
        except UnicodeDecodeError:
            word = ""
        if not word:
            without_word.append(line)
        elif wanted is None or wanted(word):
            pending.add(word, line, values)
            if len(pending.words) == BLOCK_ROWS:
                yield pending.read()
    _check_count(count, layout, name, line)
    if without_word:
        logger.warning(
            "%s: left out %s whose word is empty or not UTF-8, the first in line %d",
            *(name, plural(len(without_word), "row"), without_word[0]),
        )
    yield pending.read()


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
        message = f"the row has {found} where there should be {size}, {layout.source}; {FETCH}"
        raise DataError(message, path=name, line=line)
    return b" ".join(fields[:-size]), b" ".join(fields[-size:])


def _check_count(count: int, layout: _Layout, name: str, line: int) -> None:
    if not count and not layout.count:
        raise DataError("the file holds no vectors; give another", path=name)
    if layout.count is not None and count != layout.count:
        advice = f"the file is cut short: {FETCH}" if count < layout.count else "correct it"
        rows = plural(layout.count, "row")
        message = f"the header promises {rows}, but the file has {count}; {advice}"
        raise DataError(message, path=name, line=line or 1)
