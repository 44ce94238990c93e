"""Lines of a file that may not be UTF-8 everywhere, and characters in them that nobody sees."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from seqtag.io.lines import Lines, Source, decode_lines, read_pieces
from seqtag.io.lint.rows import report_damage
from seqtag.text.characters import character_name, hidden_characters, may_hide, shown
from seqtag.text.findings import Findings

_AROUND = 20


class LossyLines:
    """The lines of a file, of which those that are not UTF-8 are reported and marked as damaged.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file.
        findings: Gets the damaged lines.
        progress: Is told how many more bytes have been read, time and again.
    """

    def __init__(
        self, source: Source, findings: Findings, progress: Callable[[int], object]
    ) -> None:
        self._source = source
        self._findings = findings
        self._progress = progress
        self._damaged: deque[int] = deque()

    def __iter__(self) -> Iterator[Lines]:
        return decode_lines(self._pieces(), self._findings.path)

    def is_damaged(self, first: int, last: int) -> bool:
        """Tell whether one of some lines is damaged; asked for in order of lines."""
        while self._damaged and self._damaged[0] < first:
            self._damaged.popleft()
        return bool(self._damaged) and self._damaged[0] <= last

    def _pieces(self) -> Iterator[bytes]:
        first = 1
        for piece in read_pieces(self._source):
            sound = piece
            try:
                piece.decode("utf-8")
            except UnicodeDecodeError:
                self._damaged.extend(report_damage(piece, first, self._findings))
                sound = piece.decode("utf-8", "replace").encode("utf-8")
            yield sound
            first += piece.count(b"\n")
            self._progress(len(piece))


def hidden_fault(text: str, noun: str) -> str | None:
    """Return what is wrong with a text that holds hidden characters; None if it does not.

    Tabs and line ends are none in a text.

    Args:
        text: The text.
        noun: What messages call it.
    """
    if not may_hide(text):
        return None
    text = text.replace("\r\n", "\n").replace("\n", " ").replace("\t", " ")
    hidden = hidden_characters(text)
    if not hidden:
        return None
    names = ", ".join(map(character_name, hidden))
    place = text.index(hidden[0])
    around = shown(text[max(place - _AROUND, 0) : place + _AROUND])
    return f"the {noun}, at '{around}', holds {names}"
