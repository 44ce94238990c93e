"""Word vectors in word2vec's binary format.

Behind a line with the number of words and of values, each word is followed by a space and its
values as little-endian numbers of 32 bits; word2vec itself ends them with a line feed, others do
not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

import numpy as np

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.vector_blocks import BLOCK_ROWS, FETCH, Block, Stream

HEAD = 1 << 12
"""Bytes of a file's beginning that tell whether it is one of these."""

_BLOCK = 1 << 20
_LONGEST_WORD = 1 << 12
_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([1-9][0-9]{0,8})[ \t]*\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_header(head: bytes) -> tuple[int, int] | None:
    """Return the number of words and of values if a file is in this format; None if it is not.

    Args:
        head: The beginning of the file, `HEAD` bytes of it where it has as many.
    """
    header = _HEADER.match(head)
    if header is None:
        return None
    count, size = int(header[1]), int(header[2])
    first = head[header.end() :]
    _, _, values = first.partition(b" ")
    if _is_text(values[: 4 * size]) or _is_row(first.partition(b"\n")[0], size):
        return None
    return count, size


def _is_row(line: bytes, size: int) -> bool:
    """Tell whether a line ends in so many numbers, whatever stands in its word."""
    fields = line.split()
    try:
        values = [float(field) for field in fields[-size:]]
    except ValueError:
        return False
    return len(values) == size


def _is_text(part: bytes) -> bool:
    """Tell whether bytes could be a part of a text, whose last character may be cut."""
    if _CONTROL.search(part):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(part)
    except UnicodeDecodeError:
        return False
    return True


def read_blocks(stream: Stream, name: str, wanted: Callable[[str], bool] | None) -> Iterator[Block]:
    """Read the vectors of a file.

    Args:
        stream: The file, from its beginning.
        name: What messages call it.
        wanted: Tells whether a word's vector is kept; None to keep all.

    Yields:
        Some words in the order of the file, and (words, size) their vectors; a word that is listed
        twice comes twice. Rows whose word is empty or not UTF-8 are left out.

    Raises:
        DataError: The file is cut short, goes on behind its last row, or a value is no finite
            number.
    """
    head = stream.read(HEAD)
    header = _HEADER.match(head)
    assert header is not None
    count, size = int(header[1]), int(header[2])
    words: list[str] = []
    values = bytearray()
    rows = _split(stream, head[header.end() :], 4 * size, name)
    number = 0
    for number, (raw, vector) in enumerate(rows, 1):
        if number > count:
            break
        word = _decoded(raw)
        if word and (wanted is None or wanted(word)):
            if not np.isfinite(np.frombuffer(vector, "<f4")).all():
                raise DataError(f"a value of {word!r} is no finite number; {FETCH}", path=name)
            words.append(word)
            values += vector
            if len(words) == BLOCK_ROWS:
                yield words, np.frombuffer(bytes(values), "<f4").reshape(-1, size)
                words = []
                values.clear()
    if number != count:
        has = "more" if number > count else f"{number:,}"
        raise DataError(
            f"the header promises {plural(count, 'row')}, but the file has {has}; {FETCH}",
            path=name,
        )
    yield words, np.frombuffer(bytes(values), "<f4").reshape(-1, size)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _split(stream: Stream, begun: bytes, width: int, name: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield each word with the bytes of its values; what is no whole row at the end is nothing.

    Args:
        stream: What follows.
        begun: What has been read of the rows.
        width: Bytes of a row's values.
        name: What messages call the file.
    """
    buffer, place = begun, 0
    while True:
        end = buffer.find(b" ", place, place + _LONGEST_WORD)
        if end < 0 and len(buffer) >= place + _LONGEST_WORD:
            raise DataError(f"a word is longer than {_LONGEST_WORD} bytes; {FETCH}", path=name)
        if end < 0 or len(buffer) <= end + width:
            more = stream.read(max(_BLOCK, width))
            if not more:
                return
            buffer, place = buffer[place:] + more, 0
            continue
        yield buffer[place:end].lstrip(b"\n"), buffer[end + 1 : end + 1 + width]
        place = end + 1 + width
