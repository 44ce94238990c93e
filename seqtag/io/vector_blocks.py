"""What files of word vectors hold, whatever their format, as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from seqtag.text.hashed_ngrams import HashedNgrams
from seqtag.text.vector_lookup import FloatArray

BLOCK_ROWS = 512
"""Rows that are read at once."""

FETCH = "fetch the file anew"
"""What to do about a damaged file."""

Block: TypeAlias = tuple[list[str], FloatArray]
"""Some words, and (words, size) their vectors."""


class Stream(Protocol):
    """What vectors are read from."""

    def read(self, size: int, /) -> bytes:
        """Return as many bytes as are wanted, and fewer at the end alone."""

    def readline(self, size: int, /) -> bytes:
        """Return a line, or as many bytes of it as are wanted; nothing at the end."""


@dataclass(frozen=True, slots=True)
class VectorContents:
    """The vectors of a file, to be read once and in order.

    Attributes:
        size: The number of values of a vector.
        words: Words with their vectors; a word may come twice, and then the first counts.
        ngrams: How n-grams of words are numbered; None where the file has vectors of words alone.
        ngram_rows: Arrays (n-grams, size), one behind the other a vector for each number, to be
            read behind ``words``.
    """

    size: int
    words: Iterator[Block]
    ngrams: HashedNgrams | None = None
    ngram_rows: Iterator[FloatArray] = field(default_factory=lambda: iter(()))
