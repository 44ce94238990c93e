"""Word vectors in fastText's binary models (``.bin``), with those of n-grams.

A model holds its arguments, a dictionary, and a matrix with a row for each word and each number of
an n-gram; what follows is not read. floret writes the same with two arguments more.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.vector_blocks import BLOCK_ROWS, FETCH, Block, Stream, VectorContents
from seqtag.text.hashed_ngrams import HashedNgrams
from seqtag.text.vector_lookup import FloatArray

MAGIC = struct.pack("<i", 793712314)
"""What every model begins with."""

_VERSIONS = (11, 12)
_ARGUMENTS = 12
_SUPERVISED = 3
_FASTTEXT_MODE = 1
_WORD = 0
_BLOCK = 1 << 20
_LONGEST_WORD = 1 << 16
_LARGEST_SIZE = 1 << 20
_DAMAGED = f"the model is damaged: {FETCH}"


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands in front of the words.

    Attributes:
        size: Numbers of a vector.
        buckets: How many vectors n-grams have.
        shortest: Characters of the shortest ones.
        longest: Characters of the longest ones.
        entries: Entries of the dictionary.
        words: How many of them are words.
        pruned: N-grams that are listed with new numbers; below 0 where none is.
    """

    size: int
    buckets: int
    shortest: int
    longest: int
    entries: int
    words: int
    pruned: int


class _Reader:
    """A stream of which any number of bytes may be taken.

    Args:
        stream: The stream.
        name: What messages call it.
    """

    def __init__(self, stream: Stream, name: str) -> None:
        self._stream = stream
        self._name = name
        self._buffer = b""
        self._place = 0

    def _fill(self, wanted: int) -> bool:
        """Have as many bytes at hand; tell whether there are."""
        while len(self._buffer) - self._place < wanted:
            more = self._stream.read(max(_BLOCK, wanted))
            if not more:
                return False
            self._buffer, self._place = self._buffer[self._place :] + more, 0
        return True

    def peek(self, size: int) -> bytes:
        """Return the bytes that come next, which may be fewer."""
        self._fill(size)
        return self._buffer[self._place : self._place + size]

    def take(self, size: int) -> bytes:
        """Return the bytes that come next.

        Raises:
            DataError: There are not as many.
        """
        if not self._fill(size):
            raise DataError(f"the file is cut short: {_DAMAGED}", path=self._name)
        self._place += size
        return self._buffer[self._place - size : self._place]

    def text(self) -> bytes:
        """Return the bytes up to the next zero, which is passed over.

        Raises:
            DataError: There is none near.
        """
        end = self._buffer.find(b"\0", self._place)
        if end < 0:
            self._fill(_LONGEST_WORD)
            end = self._buffer.find(b"\0", self._place)
        if end < 0:
            raise DataError(f"a word has no end: {_DAMAGED}", path=self._name)
        found = self._buffer[self._place : end]
        self._place = end + 1
        return found


def read_contents(stream: Stream, name: str) -> VectorContents:
    """Return what a model holds.

    A word's vector is the one of its row: the mean of this and those of its n-grams is what
    fastText gives for it.

    Args:
        stream: The file, from its beginning.
        name: What messages call it.

    Raises:
        DataError: The model is damaged or quantized, of another version, or its n-grams are
            numbered as floret does; and as its rows are read, it is cut short or a value is no
            finite number.
    """
    reader = _Reader(stream, name)
    head = _read_head(reader, name)
    text, ends = bytearray(), array("q", [0])
    for number in range(head.entries):
        word = reader.text()
        _, kind = struct.unpack("<qb", reader.take(9))
        if number < head.words:
            if kind != _WORD:
                raise DataError(f"a label stands among the words: {_DAMAGED}", path=name)
            text += word
            ends.append(len(text))
    is_quantized, rows, columns = struct.unpack("<?qq", reader.take(17))
    if is_quantized or head.pruned >= 0:
        raise DataError(
            "this model is quantized, and its vectors are not what they were: give the model "
            "before that (.bin), or its vectors as text (.vec)",
            path=name,
        )
    if (rows, columns) != (head.words + head.buckets, head.size):
        raise DataError(
            f"the matrix has {rows:,} rows of {columns:,} numbers and should have "
            f"{head.words + head.buckets:,} of {head.size:,}: {_DAMAGED}",
            path=name,
        )
    words = _read_words(reader, text, ends, head.size, name)
    if not head.buckets or not head.longest:
        return VectorContents(head.size, words)
    ngrams = HashedNgrams("fasttext", head.buckets, max(1, head.shortest), head.longest)
    ngram_rows = _read_rows(reader, head.buckets, head.size, name)
    return VectorContents(head.size, words, ngrams, ngram_rows)


def _read_head(reader: _Reader, name: str) -> _Head:
    _, version = struct.unpack("<ii", reader.take(8))
    if version not in _VERSIONS:
        raise DataError(
            f"fastText's version {version} is unknown, {' and '.join(map(str, _VERSIONS))} are "
            "read: give the vectors as text (.vec)",
            path=name,
        )
    # floret writes the same version, and two arguments more: the dictionary's sizes tell.
    for arguments in (_ARGUMENTS, _ARGUMENTS + 2):
        layout = struct.Struct(f"<{arguments}id3iqq")
        values = layout.unpack(reader.peek(layout.size).ljust(layout.size, b"\0"))
        size, model, buckets, shortest, longest = (values[place] for place in (0, 7, 8, 9, 10))
        entries, words, labels, tokens, pruned = values[-5:]
        if entries == words + labels and min(words, labels, tokens, buckets, shortest) >= 0:
            break
    else:
        raise DataError(f"its head tells no sizes: {_DAMAGED}", path=name)
    reader.take(layout.size)
    if arguments > _ARGUMENTS and values[11] != _FASTTEXT_MODE:
        raise DataError(
            "this is a binary model of floret: give the vectors that its save_floret_vectors "
            "writes (.floret)",
            path=name,
        )
    if not 0 < size <= _LARGEST_SIZE:
        raise DataError(f"vectors have {plural(size, 'number')}: {_DAMAGED}", path=name)
    if version == _VERSIONS[0] and model == _SUPERVISED:
        longest = 0  # which such models did not write as it was
    return _Head(size, buckets, shortest, longest, entries, words, pruned)


def _read_words(
    reader: _Reader, text: bytearray, ends: array[int], size: int, name: str
) -> Iterator[Block]:
    """Yield words with their rows; what is not UTF-8 in a word is replaced.

    Args:
        reader: What the rows are read from.
        text: The words, one behind the other.
        ends: Where the first one begins, and where each of them ends.
        size: Numbers of a row.
        name: What messages call the file.
    """
    bounds = pairwise(ends)
    for rows in _read_rows(reader, len(ends) - 1, size, name):
        words = [bytes(text[start:end]) for _, (start, end) in zip(rows, bounds, strict=False)]
        yield [word.decode("utf-8", "replace") for word in words], rows


def _read_rows(reader: _Reader, count: int, size: int, name: str) -> Iterator[FloatArray]:
    """Yield some rows after the other, ``count`` in all."""
    for start in range(0, count, BLOCK_ROWS):
        wanted = min(BLOCK_ROWS, count - start)
        rows = np.frombuffer(reader.take(4 * size * wanted), "<f4").reshape(wanted, size)
        if not np.isfinite(rows).all():
            raise DataError(f"a value is no finite number: {_DAMAGED}", path=name)
        yield rows
