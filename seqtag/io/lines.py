r"""Lines of text from a file or a pipe, plain or gzipped, with all that is needed to restore them.

A line ends at LF or CRLF and nowhere else: Python's own notion of lines would also break at a lone
CR and, with ``str.splitlines``, at characters such as U+0085 and U+2028 that occur inside tokens.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from seqtag.errors import DataError
from seqtag.io.files import os_data_error

Source: TypeAlias = str | os.PathLike[str] | BinaryIO

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_CHUNK_SIZE = 1 << 17
_UTF8_MARK = "\ufeff"
# UTF-32 first, since its little-endian mark begins with that of UTF-16.
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class Line(NamedTuple):
    r"""One line of a file; ``prefix + text + ending`` is what stands in the file.

    Attributes:
        number: Its number in the file, from 1.
        text: Its characters without what ends it.
        ending: ``"\n"``, ``"\r\n"``, or ``""`` for a last line without a line end.
        prefix: The byte order mark in front of a file's first line, else ``""``.
    """

    number: int
    text: str
    ending: str
    prefix: str = ""


@dataclass(slots=True)
class Lines:
    r"""Successive lines of a file, kept with as few objects as can be.

    Millions of small tuples would take longer to be collected than lines to be read.

    Attributes:
        number: The first line's number in the file, from 1.
        texts: The characters of each line without what ends it.
        endings: What ends each line; None where all end in ``"\n"``.
        prefix: The byte order mark in front of a file's first line, else ``""``.
    """

    number: int
    texts: list[str]
    endings: list[str] | None = None
    prefix: str = ""

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.texts)

    def __getitem__(self, index: int) -> Line:
        """Return a line; ``index`` counts from 0."""
        ending = "\n" if self.endings is None else self.endings[index]
        prefix = self.prefix if index == 0 else ""
        return Line(self.number + index, self.texts[index], ending, prefix)

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines in order."""
        return map(self.__getitem__, range(len(self.texts)))

    def cut(self, start: int, end: int) -> Lines:
        """Return the lines from ``start`` to ``end`` (exclusive), counted from 0."""
        endings = None if self.endings is None else self.endings[start:end]
        prefix = self.prefix if start == 0 else ""
        return Lines(self.number + start, self.texts[start:end], endings, prefix)

    def extend(self, more: Lines) -> None:
        """Append the lines that follow these in the file."""
        if self.endings is not None or more.endings is not None:
            self.endings = [*self._all_endings(), *more._all_endings()]
        self.texts += more.texts

    def restore(self, texts: list[str]) -> str:
        """Return the lines as they stand in the file, with other texts in their places."""
        if self.endings is None:
            return "\n".join([self.prefix + texts[0], *texts[1:], ""]) if texts else ""
        return self.prefix + "".join(map("".join, zip(texts, self.endings, strict=True)))

    def _all_endings(self) -> list[str]:
        return ["\n"] * len(self.texts) if self.endings is None else self.endings


def source_name(source: Source) -> str:
    """Return how messages call a source: its path, or ``<stdin>``."""
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return "<stdin>" if path == "-" else path
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "<stream>"


def read_lines(source: Source) -> Iterator[Line]:
    """Read UTF-8 text line by line, each line as soon as it has arrived.

    Gzip is recognised by its first bytes and not by a file name.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file, which stays open.

    Yields:
        The lines in order; their ``prefix + text + ending``, joined, are the whole text.

    Raises:
        DataError: There is no such file, it cannot be read, it is a folder, its gzip data is
            damaged, or it is not UTF-8 (with the line); all lines before the damage are yielded.
    """
    for lines in read_line_groups(source):
        yield from lines


def read_line_groups(source: Source) -> Iterator[Lines]:
    """Read UTF-8 text, many lines at once: as `read_lines`, but as groups of lines.

    Yields:
        All lines, in groups that have at least one, each group as soon as it has arrived.
    """
    return decode_lines(read_pieces(source), source_name(source))


def read_pieces(source: Source) -> Iterator[bytes]:
    """Read the bytes of a source, uncompressed, in pieces that end at a line feed (or the end).

    Args:
        source: As for `read_lines`.

    Raises:
        DataError: As for `read_lines`, but for text that is not UTF-8.
    """
    name = source_name(source)
    try:
        with _open(source) as stream:
            yield from _whole_lines(_read_chunks(stream))
    except OSError as error:
        raise os_data_error(error, name, "read") from error
    except (zlib.error, EOFError) as error:
        message = f"the gzip data is damaged ({error}); make or fetch the file anew"
        raise DataError(message, path=name) from error


def _open(source: Source) -> contextlib.AbstractContextManager[BinaryIO]:
    if not isinstance(source, str | os.PathLike):
        return contextlib.nullcontext(source)
    if os.fspath(source) == "-":
        return contextlib.nullcontext(_standard_input())
    return Path(source).open("rb")


def _standard_input() -> BinaryIO:
    """Return a stream of its own on standard input.

    The interpreter takes down that of ``sys.stdin`` at its end, and aborts where a thread still
    waits in it for input.
    """
    if sys.stdin is None:
        raise DataError("cannot be read: it is closed; give a file", path="<stdin>")
    stream = sys.stdin.buffer
    try:
        return os.fdopen(stream.fileno(), "rb", closefd=False)
    except io.UnsupportedOperation:  # a program has put something else in its place
        return stream


def _read_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what the stream holds, uncompressed, in chunks of bounded size."""
    # No more than two bytes: a pipe may have no third one to give before it wants an answer.
    head = stream.read(2)
    while len(head) == 1 and (more := stream.read(1)):
        head += more
    chunks = _rest_chunks(head, stream)
    return _unzip(chunks) if head == _GZIP_MAGIC else chunks


def _rest_chunks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    # read1 returns what a pipe has to give, where read would wait for a full chunk.
    read = getattr(stream, "read1", stream.read)
    while chunk := read(_CHUNK_SIZE):
        yield chunk


def _unzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of gzip data of any number of members."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        data = chunk
        while data:
            if member.eof:
                # Zeros may pad the data behind a member; a new member never starts with one.
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(_GZIP_WINDOW)
            yield member.decompress(data, _CHUNK_SIZE)
            data = member.unused_data if member.eof else member.unconsumed_tail
    yield member.flush()
    if not member.eof:
        raise EOFError("it ends too early")


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces that end at a line feed (but for the last one)."""
    pending: list[bytes] = []
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            pending.append(chunk[:end])
            yield b"".join(pending)
            pending.clear()
        pending.append(chunk[end:])
    if last := b"".join(pending):
        yield last


def decode_lines(pieces: Iterable[bytes], name: str) -> Iterator[Lines]:
    """Return the bytes of a file as lines of text.

    Args:
        pieces: The bytes, in pieces that end at a line feed (or the end).
        name: What messages call the file.

    Raises:
        DataError: They are not UTF-8; all lines before the damage are yielded.
    """
    number = 1
    for piece in pieces:
        prefix = ""
        failure: DataError | None = None
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError as error:
            start = piece.rfind(b"\n", 0, error.start) + 1
            text = piece[:start].decode("utf-8")
            place = number + piece.count(b"\n", 0, start)
            failure = not_utf8_error(piece, error.start, name, place)
        if number == 1 and text.startswith(_UTF8_MARK):
            prefix, text = _UTF8_MARK, text[1:]
        *texts, last = text.split("\n")
        endings: list[str] | None = None
        if "\r" in text:
            endings = ["\r\n" if line.endswith("\r") else "\n" for line in texts]
            texts = [line.removesuffix("\r") for line in texts]
        if last or (prefix and not texts):
            endings = [*(["\n"] * len(texts) if endings is None else endings), ""]
            texts.append(last)
        if texts:
            yield Lines(number, texts, endings, prefix)
        number += len(texts)
        if failure is not None:
            raise failure


def other_encoding(head: bytes) -> str | None:
    """Return the encoding other than UTF-8 whose byte order mark a file begins with, if one."""
    return next((name for mark, name in _OTHER_MARKS.items() if head.startswith(mark)), None)


def not_utf8_error(piece: bytes, index: int, name: str, number: int) -> DataError:
    """Return the error for the byte at ``index`` that is not UTF-8.

    Args:
        piece: Bytes of the file; where the byte is in line 1, from the file's beginning.
        index: Where the byte is in them.
        name: What messages call the file.
        number: The line that the byte is in.
    """
    if number == 1 and (encoding := other_encoding(piece)):
        message = f"this is {encoding} text; convert the file to UTF-8"
        return DataError(message, path=name, line=1)
    message = f"byte 0x{piece[index]:02x} is not UTF-8; convert the file to UTF-8"
    return DataError(message, path=name, line=number)
