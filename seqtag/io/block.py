"""A stretch of an annotated file: its lines as they stand there, and the sentence in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from seqtag.errors import DataError
from seqtag.io.lines import Lines
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
    lines: Lines
    rows: list[int]
    sentence: Sentence


class Kind(Enum):
    """What a line is to its sentence."""

    ROW = auto()
    BLANK = auto()
    COMMENT = auto()
    BOUNDARY = auto()


def gather_rows(
    groups: Iterable[Lines], kind_of: Callable[[str], Kind]
) -> Iterator[tuple[Lines, list[int]]]:
    """Divide a file's lines among its sentences, each as soon as the blank line behind it is read.

    Args:
        groups: The lines of a file.
        kind_of: Tells from a line's text what it is. A boundary ends a sentence like a blank line,
            but belongs to what follows.

    Yields:
        The lines of a stretch and the indices of its rows. Together, the stretches hold all lines.
    """
    row, blank, boundary = Kind.ROW, Kind.BLANK, Kind.BOUNDARY
    begun: Lines | None = None  # what earlier groups hold of the current stretch
    rows: list[int] = []
    for group in groups:
        start = 0  # where the stretch begins in this group
        shift = 0 if begun is None else len(begun)  # from places in the group to those in it
        for index, text in enumerate(group.texts):
            kind = kind_of(text)
            if kind is row:
                rows.append(index + shift)
            elif rows and (kind is blank or kind is boundary):
                end = index + (kind is blank)
                yield _joined(begun, group.cut(start, end)), rows
                begun, rows, start, shift = None, [], end, -end
        if start < len(group):
            begun = _joined(begun, group.cut(start, len(group)))
    if begun is not None:
        yield begun, rows


def _joined(begun: Lines | None, more: Lines) -> Lines:
    if begun is None:
        return more
    begun.extend(more)
    return begun


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
    replaced = list(block.lines.texts)
    for row, text in zip(block.rows, texts, strict=True):
        replaced[row] = text
    return block.lines.restore(replaced)


def plural(count: int, noun: str) -> str:
    """Return ``1 column`` or ``2 columns``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
