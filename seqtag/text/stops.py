"""Strings at which writing stops, found while a text is still being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqtag.errors import ConfigError


class Passed(NamedTuple):
    """What is known once a piece has been written.

    Attributes:
        text: What can be printed now.
        is_over: Whether a stop string has been written. Nothing is printed of it or behind it.
    """

    text: str
    is_over: bool


class StopStrings:
    """Finds the first stop string in a text that comes in pieces.

    The first one is that which ends first, of those that end together the longest. What may be the
    beginning of a stop string is held back until that is known, so that nothing has to be taken
    back: all that is printed, `rest` included, is the text in front of the stop string.

    Args:
        stops: The stop strings; without any, all pieces pass.

    Raises:
        ConfigError: A stop string is empty.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        if not all(stops):
            raise ConfigError("an empty stop string stops nothing: leave it out")
        self._stops = tuple(stops)
        self._longest = max(map(len, stops), default=0)
        self._held = ""
        self._is_over = False

    def add(self, piece: str) -> Passed:
        """Take the next piece of the text; behind a stop string it is ignored."""
        if self._is_over:
            return Passed("", True)
        text = self._held + piece
        found = [(text.find(stop), len(stop)) for stop in self._stops]
        ends = [(start + length, start) for start, length in found if start >= 0]
        if ends:
            _, start = min(ends)
            self._held, self._is_over = "", True
            return Passed(text[:start], True)
        kept = self._begun(text)
        self._held = text[kept:]
        return Passed(text[:kept], False)

    def rest(self) -> str:
        """Return what was held back of a text that ends here."""
        held, self._held = self._held, ""
        return held

    def _begun(self, text: str) -> int:
        """Return where the longest beginning of a stop string starts that the text ends in."""
        for start in range(max(len(text) - self._longest + 1, 0), len(text)):
            end = text[start:]
            if any(stop.startswith(end) for stop in self._stops):
                return start
        return len(text)
