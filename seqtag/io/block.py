"""A stretch of an annotated file: its lines as they stand there, and the sentence in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from seqtag.errors import DataError
from seqtag.io.lines import Line
from seqtag.text.sentence import Sentence

ASCII_SPACE = " \t\r\v\f"


@dataclass(slots=True)
class Block:
    """One sentence of a file together with every line around it; all blocks make the whole file.

    Attributes:
        path: What messages call the file.
        lines: The lines in order: blank lines, comments and document marks before the sentence,
            its rows, and the blank line that ends it.
        rows: For each token the index of its row in ``lines``.
        sentence: The tokens, and under ``tags_by`` the tags of those tag columns that the file
            has. It is without tokens where the last lines of a file hold none.
    """

    path: str
    lines: list[Line]
    rows: list[int]
    sentence: Sentence


class Kind(Enum):
    """What a line is to its sentence."""

    ROW = auto()
    BLANK = auto()
    COMMENT = auto()
    BOUNDARY = auto()


def gather_rows(
    lines: Iterable[Line], kind_of: Callable[[str], Kind]
) -> Iterator[tuple[list[Line], list[int]]]:
    """Divide a file's lines among its sentences, each as soon as the blank line behind it is read.

    Args:
        lines: The lines of a file.
        kind_of: Tells from a line's text what it is. A boundary ends a sentence like a blank line,
            but belongs to what follows.

    Yields:
        The lines of a stretch and the indices of its rows. Together, the stretches hold all lines.
    """
    gathered: list[Line] = []
    rows: list[int] = []
    for line in lines:
        kind = kind_of(line.text)
        if kind is Kind.ROW:
            rows.append(len(gathered))
        elif kind is Kind.BOUNDARY and rows:
            yield gathered, rows
            gathered, rows = [], []
        gathered.append(line)
        if kind is Kind.BLANK and rows:
            yield gathered, rows
            gathered, rows = [], []
    if gathered:
        yield gathered, rows


def check_sentences(blocks: Iterable[Block], path: str) -> Iterator[Block]:
    """Pass blocks on and refuse a file in which no block has a token.

    Raises:
        DataError: The file is empty or holds blank lines, comments and document marks only.
    """
    found = False
    for block in blocks:
        found = found or bool(block.rows)
        yield block
    if not found:
        raise DataError("holds no sentence; give a file with annotated sentences", path=path)


def replace_texts(block: Block, texts: Iterable[str]) -> str:
    """Return a block's lines as they stand in the file, with new texts for its token rows.

    Args:
        block: The block, of which byte order mark and line ends are kept.
        texts: The new text for each token's row.
    """
    lines = list(block.lines)
    for row, text in zip(block.rows, texts, strict=True):
        lines[row] = lines[row]._replace(text=text)
    return "".join([f"{prefix}{text}{ending}" for _, text, ending, prefix in lines])


def plural(count: int, noun: str) -> str:
    """Return ``1 column`` or ``2 columns``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
