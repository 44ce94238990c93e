"""Plain text: tokenized with one sentence a line, or raw with one text a line."""

from __future__ import annotations

from collections.abc import Iterator

from seqtag.io.lines import Source, read_lines
from seqtag.text.sentence import Sentence


def read_token_lines(source: Source) -> Iterator[Sentence]:
    """Read tokenized text, one sentence a line with spaces (U+0020) between its tokens.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped.

    Yields:
        A sentence for each line, as soon as it has arrived; an empty line gives one of no tokens.

    Raises:
        DataError: The file cannot be read or is not UTF-8.
    """
    for line in read_lines(source):
        yield Sentence([token for token in line.text.split(" ") if token])


def read_text_lines(source: Source) -> Iterator[str]:
    """Read raw text, of which each line is a text of its own.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped.

    Yields:
        Each line without its line end, as soon as it has arrived.

    Raises:
        DataError: The file cannot be read or is not UTF-8.
    """
    for line in read_lines(source):
        yield line.text
