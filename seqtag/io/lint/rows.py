"""The rows of an annotated file, sentence by sentence, whatever else is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from seqtag.io.block import ASCII_SPACE, Kind
from seqtag.io.conll import DOCUMENT_MARK
from seqtag.io.lines import Source, not_utf8_error, other_encoding, read_pieces
from seqtag.text.findings import Findings

DAMAGED = ""
"""The text of a row that is not UTF-8; no other row is empty."""

# A file without blank lines must not be held in memory as a whole.
_MOST_ROWS = 10_000
_UTF8_MARK = "\ufeff"
_SPACE_FIRST = re.compile(f"\n[{ASCII_SPACE}]")  # ten times as fast as with ^


class Rows(NamedTuple):
    """The rows of a sentence, or of a part of a very long one.

    Attributes:
        lines: The line of each row, in order.
        texts: The text of each row.
        begins: Whether the sentence begins with them.
        ends: Whether it ends with them.
    """

    lines: Sequence[int]
    texts: list[str]
    begins: bool
    ends: bool


class _Run(NamedTuple):
    """Rows that stand one under the other; ``ends`` tells that a sentence ends behind them."""

    line: int
    texts: list[str]
    ends: bool


class RowReader:
    """Reads rows as the readers of annotated files do, but goes on where these give up.

    Attributes:
        documents: Number of document marks read so far.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file.
        kind_of: Tells from a line's text what it is to its sentence.
        comment: What comment lines start with; None for none.
        findings: Gets the lines that are not UTF-8.
        progress: Is told how many bytes have been read, time and again.
    """

    def __init__(
        self,
        source: Source,
        kind_of: Callable[[str], Kind],
        comment: str | None,
        findings: Findings,
        progress: Callable[[int], object],
    ) -> None:
        self.documents = 0
        self._source = source
        self._kind_of = kind_of
        self._comment = comment
        self._findings = findings
        self._progress = progress

    def __iter__(self) -> Iterator[Rows]:
        """Yield the rows in order.

        Raises:
            DataError: The file cannot be read, or is in another encoding.
        """
        runs: list[_Run] = []
        begins = True
        for run in self._runs():
            if run.texts:
                runs.append(run)
            if run.ends:
                if runs or not begins:
                    yield _join(runs, begins, ends=True)
                runs, begins = [], True
            elif sum(len(run.texts) for run in runs) > _MOST_ROWS:
                yield _join(runs, begins, ends=False)
                runs, begins = [], False
        if runs or not begins:
            yield _join(runs, begins, ends=True)

    def _runs(self) -> Iterator[_Run]:
        """Yield runs of rows; some may be empty."""
        first = 1
        for piece in read_pieces(self._source):
            damaged: set[int] = set()
            try:
                text = piece.decode("utf-8")
            except UnicodeDecodeError:
                damaged = set(report_damage(piece, first, self._findings))
                text = piece.decode("utf-8", "replace")
            if first == 1:
                text = text.removeprefix(_UTF8_MARK)
            if "\r" in text:
                text = text.replace("\r\n", "\n")
            lines = text.split("\n")
            if not lines[-1]:
                lines.pop()
            runs = None if damaged else self._plain_runs(text, lines, first)
            yield from self._all_runs(lines, first, damaged) if runs is None else runs
            first += len(lines)
            self._progress(len(piece))

    def _plain_runs(self, text: str, lines: list[str], first: int) -> list[_Run] | None:
        """Return the runs of a text as it nearly always is, without a look at each of its lines.

        Returns:
            The runs; None if there may be a document mark, a blank line with spaces, or a comment
            that does not stand before its sentence.
        """
        if DOCUMENT_MARK in text or text[:1] in ASCII_SPACE or _SPACE_FIRST.search(text):
            return None
        comments = 0
        if self._comment:
            comments = text.count("\n" + self._comment) + text.startswith(self._comment)
        runs = []
        start = 0
        while start < len(lines):
            try:
                end = lines.index("", start)
            except ValueError:
                end = len(lines)
            row = start
            while comments and row < end and lines[row].startswith(self._comment or ""):
                comments -= 1
                row += 1
            runs.append(_Run(first + row, lines[row:end], ends=end < len(lines)))
            start = end + 1
        return None if comments else runs

    def _all_runs(self, lines: list[str], first: int, damaged: set[int]) -> Iterator[_Run]:
        """Yield the runs of any text."""
        texts: list[str] = []
        for number, text in enumerate(lines, first):
            kind = self._kind_of(text)
            if kind is Kind.ROW:
                texts.append(DAMAGED if number in damaged else text)
            else:
                self.documents += kind is Kind.BOUNDARY
                yield _Run(number - len(texts), texts, ends=kind is not Kind.COMMENT)
                texts = []
        yield _Run(first + len(lines) - len(texts), texts, ends=False)


def report_damage(piece: bytes, first: int, findings: Findings) -> list[int]:
    """Report each line that is not UTF-8, and return their numbers.

    Args:
        piece: Some lines of a file, of which one is damaged.
        first: The number of the first one.
        findings: Gets the lines.

    Raises:
        DataError: The file is in another encoding.
    """
    damaged = []
    for number, line in enumerate(piece.split(b"\n"), first):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            fault = not_utf8_error(line, error.start, findings.path, number)
            if number == 1 and other_encoding(line):
                raise fault from None
            findings.add(number, "encoding", fault.message)
            damaged.append(number)
    return damaged


def _join(runs: Sequence[_Run], begins: bool, *, ends: bool) -> Rows:
    """Return the rows of some runs."""
    if len(runs) == 1:
        line, texts, _ = runs[0]
        return Rows(range(line, line + len(texts)), texts, begins, ends)
    lines = [number for run in runs for number in range(run.line, run.line + len(run.texts))]
    return Rows(lines, [text for run in runs for text in run.texts], begins, ends)
