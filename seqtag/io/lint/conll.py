"""The columns of a CoNLL file's rows, and the rows that have others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.columns import Columns
from seqtag.io.conll import find_columns, split_row
from seqtag.io.lint.rows import DAMAGED, Rows
from seqtag.io.lint.sentence import ReadableRows
from seqtag.text.characters import character_name, hidden_characters
from seqtag.text.findings import Findings


class ConllRows:
    """Reads the rows of a CoNLL file.

    Attributes:
        width: The number of columns that most of the first rows have.
        separator: What separates most of these: ``tabs`` or ``spaces``.

    Args:
        columns: Which columns hold tokens and tags.
        head: The first rows of the file.
        findings: Gets the rows that have another number of columns or another separator.

    Raises:
        DataError: None of the first rows can be read, or they lack a column.
    """

    def __init__(self, columns: Columns, head: Sequence[Rows], findings: Findings) -> None:
        pairs = [pair for rows in head for pair in zip(rows.lines, rows.texts, strict=True)]
        layouts = [
            (len(split_row(text)), _separator(text), line)
            for line, text in pairs
            if text != DAMAGED
        ]
        if not layouts:
            message = "no row of it is UTF-8; convert the file to UTF-8"
            raise DataError(message, path=findings.path, line=pairs[0][0])
        self.width = Counter(width for width, *_ in layouts).most_common(1)[0][0]
        usual = [layout[1:] for layout in layouts if layout[0] == self.width]
        self.separator = Counter(separator for separator, _ in usual).most_common(1)[0][0]
        self._findings = findings
        self._token, self._tags = find_columns(
            columns, self.width, path=findings.path, number=usual[0][1]
        )

    def read(self, rows: Rows) -> ReadableRows:
        """Return the tokens of rows, and report rows with other columns."""
        lines: Sequence[int] = rows.lines
        gaps: list[int] = []
        if self.separator == "tabs":
            cells = [text.split("\t") for text in rows.texts]
            is_regular = True
        else:
            cells = [split_row(text) for text in rows.texts]
            is_regular = "\t" not in "".join(rows.texts)
        if not is_regular or set(map(len, cells)) != {self.width}:
            lines, cells, gaps = self._choose(rows)
        return ReadableRows(
            lines,
            [row[self._token] for row in cells],
            [[row[place] for row in cells] for place in self._tags],
            gaps,
        )

    def _choose(self, rows: Rows) -> tuple[list[int], list[list[str]], list[int]]:
        """Return lines and columns of the rows that can be read, and where others are missing."""
        lines: list[int] = []
        cells: list[list[str]] = []
        gaps: list[int] = []
        for line, text in zip(rows.lines, rows.texts, strict=True):
            row = split_row(text)
            if text == DAMAGED or len(row) != self.width:
                gaps.append(len(cells))
                if text != DAMAGED:
                    self._report_width(line, text, len(row))
                continue
            if _separator(text) != self.separator:
                message = f"the columns are separated by {_separator(text)}, others by "
                self._findings.add(line, "separators", message + self.separator)
            lines.append(line)
            cells.append(row)
        return lines, cells, gaps

    def _report_width(self, line: int, text: str, width: int) -> None:
        hidden = hidden_characters(text.replace("\t", ""))
        if hidden and not "".join(set(text).difference(hidden)).strip():
            names = ", ".join(map(character_name, hidden))
            message = f"the line looks blank but holds {names}; make it blank"
            self._findings.add(line, "characters", message)
            return
        message = f"the line has {plural(width, 'column')}, others have {self.width}"
        if text.startswith("#"):
            message += "; if it is a comment, say --comment=#"
        self._findings.add(line, "columns", message)


def _separator(text: str) -> str:
    return "tabs" if "\t" in text else "spaces"
