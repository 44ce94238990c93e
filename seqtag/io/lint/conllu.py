"""The words of a CoNLL-U file's rows, and the rows whose columns or numbers are wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from seqtag.io.block import plural
from seqtag.io.columns import CONLLU_COLUMNS, Columns
from seqtag.io.conllu import read_tags
from seqtag.io.lint.rows import DAMAGED, Rows
from seqtag.io.lint.sentence import ReadableRows
from seqtag.text.characters import shown
from seqtag.text.findings import Findings

_NUMBERS = [str(number) for number in range(1, 512)]
_NUMBER = "(0|[1-9][0-9]{0,8})"
_WORD = re.compile("([1-9][0-9]{0,8})")
_RANGE = re.compile(f"{_NUMBER}-{_NUMBER}")
_EMPTY_NODE = re.compile(f"{_NUMBER}\\.{_NUMBER}")


class ConlluRows:
    """Reads the rows of a CoNLL-U file.

    Attributes:
        width: The number of columns.
        separator: What separates them: ``tabs``.

    Args:
        columns: Which columns hold tokens and tags.
        findings: Gets the rows that have not ten columns, or are numbered wrongly.
    """

    def __init__(self, columns: Columns, findings: Findings) -> None:
        self.width = len(CONLLU_COLUMNS)
        self.separator = "tabs"
        self._columns = columns
        self._token = CONLLU_COLUMNS.index(columns.token)
        self._findings = findings

    def read(self, rows: Rows) -> ReadableRows:
        """Return the words of rows, and report rows that are none of CoNLL-U."""
        lines = rows.lines
        gaps: list[int] = []
        cells = [text.split("\t") for text in rows.texts]
        ids = [row[0] for row in cells]
        widths = list(map(len, cells))
        if ids != _NUMBERS[: len(ids)] or set(widths) != {self.width}:
            words: Sequence[int] = [place for place, found in enumerate(ids) if found.isdecimal()]
            are_in_order = [ids[place] for place in words] == _NUMBERS[: len(words)]
            if are_in_order and rows.begins and set(widths) == {self.width}:
                gaps = self._check_others(rows, ids)
            else:
                words, gaps = self._find_words(rows, ids, widths)
            lines = [lines[index] for index in words]
            cells = [cells[index] for index in words]
        return ReadableRows(
            lines,
            [row[self._token] for row in cells],
            [read_tags(cells, name) for name in self._columns.tags],
            gaps,
        )

    def _check_others(self, rows: Rows, ids: list[str]) -> list[int]:
        """Check the rows that are no words where these are in order, which is much quicker.

        Returns:
            Before which words rows are missing.
        """
        numbering = _Numbering(True, self._findings)
        gaps: list[int] = []
        others = [place for place, found in enumerate(ids) if not found.isdecimal()]
        for count, place in enumerate(others):
            numbering.go_on_to(place - count)
            if numbering.take(rows.lines[place], ids[place]) is None:
                gaps.append(place - count)
        numbering.go_on_to(len(ids) - len(others))
        if rows.ends:
            numbering.end()
        return gaps

    def _find_words(
        self, rows: Rows, ids: list[str], widths: list[int]
    ) -> tuple[list[int], list[int]]:
        """Return which rows are words, and before which of these others are missing."""
        numbering = _Numbering(rows.begins, self._findings)
        words: list[int] = []
        gaps: list[int] = []
        for index, (number, width) in enumerate(zip(ids, widths, strict=True)):
            if number == numbering.expected and width == self.width:  # by far the most
                numbering.next_word()
                words.append(index)
                continue
            line = rows.lines[index]
            kind = None
            if width == self.width:
                kind = numbering.take(line, number)
            elif rows.texts[index] != DAMAGED:
                self._report_width(line, width)
            if kind is None:
                numbering.skip()
                gaps.append(len(words))
            elif kind == "word":
                words.append(index)
        if rows.ends:
            numbering.end()
        return words, gaps

    def _report_width(self, line: int, width: int) -> None:
        message = f"the line has {plural(width, 'column')}, CoNLL-U has {self.width}"
        self._findings.add(line, "columns", f"{message}, separated by tabs")


class _Numbering:
    """Follows the IDs of a sentence's rows: words 1, 2, ..., multiword tokens 1-2, nodes 8.1.

    Attributes:
        expected: The ID of the next word; None after rows that cannot be read.

    Args:
        is_known: Whether the next word is number 1; else it may have any number.
        findings: Gets the IDs that are wrong.
    """

    def __init__(self, is_known: bool, findings: Findings) -> None:
        self._findings = findings
        self._word = 0  # the last one, where the next one is known
        self._nodes = 0  # empty nodes behind it
        self._range_end = 0  # the last word of the last multiword token, and its line
        self._range_line = 0
        self._other = 0  # another word that may come next, behind a wrong one
        self.expected = "1" if is_known else None

    def next_word(self) -> None:
        """Pass the word that is expected."""
        self._go_to(self._word + 1)

    def go_on_to(self, word: int) -> None:
        """Pass words up to this one."""
        if word != self._word:
            self._go_to(word)

    def skip(self) -> None:
        """Pass a row that cannot be read, which may have been a word or not."""
        self.expected = None

    def take(self, line: int, number: str) -> Literal["word", "range", "node"] | None:
        """Pass another row, and return what it is."""
        if match := _WORD.fullmatch(number):
            self._take_word(line, int(match[1]))
            return "word"
        if match := _RANGE.fullmatch(number):
            self._take_range(line, int(match[1]), int(match[2]))
            return "range"
        if match := _EMPTY_NODE.fullmatch(number):
            self._take_node(line, int(match[1]), int(match[2]))
            return "node"
        self._report(line, f"'{shown(number)}' is no CoNLL-U ID; number words 1, 2, ...")
        return None

    def end(self) -> None:
        """End the sentence."""
        if self.expected is not None and self._range_end > self._word:
            message = f"the multiword token ends at word {self._range_end}, the sentence before it"
            self._report(self._range_line, message)

    def _take_word(self, line: int, word: int) -> None:
        if self.expected is None or word == self._other:
            self._go_to(word)
            return
        self._report(line, f"the word has the ID {word}, the next one is {self.expected}")
        following = self._word + 2
        self._go_to(word)
        self._other = following  # for it may be this one alone that is wrong

    def _take_range(self, line: int, first: int, last: int) -> None:
        if self.expected not in (None, str(first)):
            message = f"the multiword token {first}-{last} stands before word {self.expected}"
            self._report(line, message)
        elif last <= first:
            self._report(line, f"the multiword token {first}-{last} ends where it begins or before")
        elif first <= self._range_end:
            message = f"the multiword token {first}-{last} begins in the one before it"
            self._report(line, message)
        self._range_end, self._range_line = last, line

    def _take_node(self, line: int, word: int, node: int) -> None:
        if self.expected is not None and (word, node) != (self._word, self._nodes + 1):
            expected = f"{self._word}.{self._nodes + 1}"
            self._report(line, f"the empty node is {word}.{node}, the next one is {expected}")
        self._nodes = node

    def _go_to(self, word: int) -> None:
        self._word, self._nodes, self._other = word, 0, 0
        self.expected = str(word + 1)

    def _report(self, line: int, message: str) -> None:
        self._findings.add(line, "ids", message)
