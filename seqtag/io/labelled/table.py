r"""The rows of tables: TSV, where a tab separates and nothing is quoted, and CSV.

CSV is that of RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180): a field may stand in quotes and
then hold delimiters, line ends and, written twice, quotes. A quote inside a field that does not
begin with one is an ordinary character. The module ``csv`` would not do: it takes a lone CR for a
line end, has a limit to fields that holds for the whole process, and does not say where a quote was
opened that is never closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seqtag.io.labelled.entries import Flaw
from seqtag.io.lines import Line, Lines
from seqtag.text.characters import shown

_QUOTE = '"'
# A quote that is never closed must not bring a whole file into memory.
MOST_QUOTED = 10_000_000
"""Characters that a quoted field may have."""


class Record(NamedTuple):
    """A row of a table: the lines in which it begins and ends, from 1, and its cells."""

    line: int
    end: int
    cells: list[str]


def tsv_records(groups: Iterable[Lines]) -> Iterator[Record]:
    """Yield the rows of TSV; blank lines are rows of one cell."""
    for lines in groups:
        for number, text in enumerate(lines.texts, lines.number):
            yield Record(number, number, text.split("\t"))


def csv_records(groups: Iterable[Lines]) -> Iterator[Record | Flaw]:
    """Yield the rows of CSV, and the lines with a broken quote; blank lines are passed over.

    Columns are separated by commas, or by semicolons where the first line has a semicolon and no
    comma outside of quotes. Behind a broken quote it goes on with the line below it.
    """
    feed = _Feed(line for lines in groups for line in lines)
    delimiter = ""
    for line in feed:
        if not line.text.strip(" "):
            continue
        delimiter = delimiter or _find_delimiter(line.text)
        if _QUOTE in line.text:
            yield _read_quoted(line, feed, delimiter)
        else:
            yield Record(line.number, line.number, line.text.split(delimiter))


class _Feed:
    """Lines one by one, of which some can be put back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: list[Line] = []  # the next one last

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._returned.pop() if self._returned else next(self._lines)

    def put_back(self, lines: Iterable[Line]) -> None:
        self._returned.extend(reversed(list(lines)))


def _find_delimiter(text: str) -> str:
    outside = "".join(text.split(_QUOTE)[::2])
    return ";" if ";" in outside and "," not in outside else ","


def _read_quoted(line: Line, feed: _Feed, delimiter: str) -> Record | Flaw:
    """Return the row that begins with a line, which may go on in further ones."""
    first = line.number
    cells: list[str] = []
    position = 0
    while True:
        if line.text.startswith(_QUOTE, position):
            opened = line.number
            found = _read_field(line, position + 1, feed, delimiter)
            if isinstance(found, str):
                return Flaw(opened, "quotes", found)
            line, position, cell = found
            cells.append(cell)
            if position == len(line.text):
                return Record(first, line.number, cells)
        else:
            end = line.text.find(delimiter, position)
            if end < 0:
                return Record(first, line.number, [*cells, line.text[position:]])
            cells.append(line.text[position:end])
            position = end
        position += len(delimiter)


def _read_field(
    line: Line, position: int, feed: _Feed, delimiter: str
) -> tuple[Line, int, str] | str:
    """Read a field behind the quote that opens it.

    Returns:
        The line in which it ends, the position behind its last quote, and what is in it; or else
        what is wrong with it, where the lines below the first one are put back.
    """
    opened = line.number
    taken: list[Line] = []
    pieces: list[str] = []
    size = 0
    while True:
        end = line.text.find(_QUOTE, position)
        if end < 0:
            pieces.append(line.text[position:] + line.ending)
            size += len(pieces[-1])
            following = next(feed, None) if size <= MOST_QUOTED else None
            if following is None:
                feed.put_back(taken)
                where = f"within {MOST_QUOTED:,} characters" if size > MOST_QUOTED else "anywhere"
                return (
                    f"the quote that opens a field here is not closed {where}; "
                    f"close it, or {_ADVICE}"
                )
            taken.append(following)
            line, position = following, 0
            continue
        pieces.append(line.text[position:end])
        position = end + 1
        if line.text.startswith(_QUOTE, position):
            pieces.append(_QUOTE)
            position += 1
        elif position == len(line.text) or line.text.startswith(delimiter, position):
            return line, position, "".join(pieces)
        else:
            feed.put_back(taken)
            place = "" if line.number == opened else f" in line {line.number}"
            rest = shown(line.text[position : position + 20])
            return (
                f"the quote that opens a field here is closed{place} before '{rest}' and not "
                f"at the field's end; is a quote missing? {_ADVICE[0].upper()}{_ADVICE[1:]}"
            )


_ADVICE = 'write a quote inside of quotes twice ("")'
