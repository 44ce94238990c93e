"""From the rows of a table to texts and labels: the header, and where the columns stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from seqtag.errors import ConfigError, DataError
from seqtag.io.block import plural
from seqtag.io.labelled.columns import TextColumns, is_index
from seqtag.io.labelled.entries import Entry, Flaw
from seqtag.io.labelled.table import Record
from seqtag.text.characters import shown

Header: TypeAlias = Literal["auto", "yes", "no"]
"""Whether the first row holds the names of the columns; see `TableEntries`."""

TEXT_NAMES = frozenset(
    (
        *("text", "texts", "sentence", "sentences", "phrase", "document", "documents", "utterance"),
        *("review", "reviews", "review_text", "comment", "comments", "comment_text", "feedback"),
        *("tweet", "tweets", "message", "messages", "post", "posts", "question", "query"),
        *("content", "contents", "body", "title", "headline", "abstract", "description"),
    )
)
LABEL_NAMES = frozenset(
    (
        *("label", "labels", "class", "classes", "category", "categories", "target", "targets"),
        *("sentiment", "polarity", "rating", "ratings", "star", "stars", "score", "emotion"),
        *("topic", "intent", "tag", "gold"),
    )
)
_MOST_NAMES = 20  # that a message lists


class TableEntries:
    """The texts and labels of the rows of a table.

    With ``header="auto"``, the first row is a header where a column is given by its name; else if
    its two cells have well-known names, of whatever case: that of the text one such as ``text``,
    ``sentence`` or ``review`` and that of the label one such as ``label``, ``sentiment`` or
    ``stars`` (where labels are not asked for and there is none, the text's alone).

    Attributes:
        width: Number of columns; 0 before the first row.
        has_header: Whether the first row is a header.

    Args:
        records: The rows, and the lines of which none can be made.
        columns: Which columns hold text and label.
        path: What messages call the file.
        header: Whether the first row is a header.
        labels_required: Whether there must be a label column. If not, a column of labels that the
            file does not have is none; and a blank line is an empty text where there is a single
            column.
        width: How many columns the rows have; 0 for as many as the first one.
    """

    def __init__(
        self,
        records: Iterable[Record | Flaw],
        columns: TextColumns,
        *,
        path: str,
        header: Header = "auto",
        labels_required: bool,
        width: int = 0,
    ) -> None:
        if header == "no" and columns.are_named:
            raise ConfigError(
                f"columns '{columns.spec}': names of columns stand in a header, and header is no; "
                "give their numbers"
            )
        self.width = width
        self.has_header = False
        self._records = records
        self._columns = columns
        self._path = path
        self._header = header
        self._labels_required = labels_required

    def __iter__(self) -> Iterator[Entry | Flaw]:
        """Yield the entries in order, and a flaw for each row of another number of columns.

        Raises:
            DataError: There is no such column.
        """
        places: tuple[int, int | None] | None = None
        for record in self._without_blanks():
            if isinstance(record, Flaw):
                yield record
                continue
            line, end, cells = record
            if places is None and self.width in (0, len(cells)):
                self.width = len(cells)
                places = self._find_places(record)
                if self.has_header:
                    continue
            if places is None or len(cells) != self.width:
                message = f"the line has {plural(len(cells), 'column')}, others have {self.width}"
                yield Flaw(line, "columns", f"{message}; give all lines the same")
                continue
            text, label = places
            yield Entry(line, end, cells[text], None if label is None else cells[label])

    def _without_blanks(self) -> Iterator[Record | Flaw]:
        """Yield the rows without blank lines, unless these are empty texts."""
        leading: list[Record] = []  # the blank lines before the row that tells what they are
        width = self.width
        for record in self._records:
            if isinstance(record, Flaw):
                yield record
            elif len(record.cells) > 1 or record.cells[0].strip(" "):
                width = width or len(record.cells)
                if width == 1:
                    yield from leading
                leading.clear()
                yield record
            elif not self._labels_required and width < 2:
                if width:
                    yield record
                else:
                    leading.append(record)
        yield from leading

    def _find_places(self, first: Record) -> tuple[int, int | None]:
        """Return where text and label stand, and note whether the first row is a header."""
        by_name = self._columns.are_named
        text = self._place("text", self._columns.text, first)
        label: int | None = None
        if self._labels_required or self._has(self._columns.label, first):
            label = self._place("label", self._columns.label, first)
        if text == label:
            if self._labels_required:
                raise DataError(
                    f"text and label are both column {text} of {self.width}; name two with "
                    f"--columns {_EXAMPLE}",
                    path=self._path,
                    line=first.line,
                )
            label = None
        self.has_header = by_name or self._header == "yes"
        if self._header == "auto" and not by_name:
            self.has_header = _is_name(first.cells[text], TEXT_NAMES) and (
                label is None or _is_name(first.cells[label], LABEL_NAMES)
            )
        return text, label

    def _has(self, name: str, first: Record) -> bool:
        if is_index(name):
            return -self.width <= int(name) < self.width
        return name in _names(first)

    def _place(self, role: str, name: str, first: Record) -> int:
        """Return the index of a column.

        Raises:
            DataError: There is no such column.
        """
        if self._has(name, first):
            if is_index(name):
                return int(name) % self.width
            if _names(first).count(name) == 1:
                return _names(first).index(name)
            message = f"several columns have the name '{name}'; give the number of one"
        elif is_index(name):
            message = (
                f"there is no column {name} for the {role}: the line has "
                f"{plural(self.width, 'column')}; name the columns that the file has, such as "
                f"--columns {_EXAMPLE}"
            )
        else:
            names = _names(first)
            near = difflib.get_close_matches(name, names, n=1)
            message = f"there is no column '{name}'; the header names {_list(names)}"
            message += f": did you mean '{shown(near[0])}'?" if near else "; name one of them"
        raise DataError(message, path=self._path, line=first.line)


def _names(first: Record) -> list[str]:
    return [cell.strip() for cell in first.cells]


def _is_name(cell: str, names: frozenset[str]) -> bool:
    return cell.strip().lower() in names


def _list(names: Sequence[str]) -> str:
    listed = [f"'{shown(name)}'" for name in names[:_MOST_NAMES]]
    return ", ".join([*listed, "..."] if len(names) > _MOST_NAMES else listed)


_EXAMPLE = "text=0,label=1"
