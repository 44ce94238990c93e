"""Pairs that nobody should learn from: found, counted by reason, and told."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.text.pairs import Pair

Reason: TypeAlias = Literal["empty", "long", "ratio"]

_MOST_LINES = 3  # that are named for a reason

logger = logging.getLogger("seqtag")


class PairFilter:
    """Says which pairs are fit for training, and keeps count of the others.

    Attributes:
        counts: How many pairs were left out for each reason: a side is ``empty``, or ``long``, or
            the ``ratio`` of their units is too high. Of several reasons the first one counts.
        lines: For each reason the lines of the first such pairs.

    Args:
        max_units: Pairs are left out of which a side has more units.
        max_ratio: So are those of which one side has more than so many times the units of the
            other.
    """

    def __init__(self, *, max_units: int, max_ratio: float) -> None:
        self.max_units = max_units
        self.max_ratio = max_ratio
        self.counts: Counter[Reason] = Counter()
        self.lines: dict[Reason, list[int]] = {}

    def without_empty(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """Yield the pairs of which no side is empty, and count the others."""
        for pair in pairs:
            if pair.has_empty_side:
                self._leave_out(pair.line, "empty")
            else:
                yield pair

    def takes(self, line: int, source: int, target: int) -> bool:
        """Tell whether a pair is fit, and count it where it is not.

        Args:
            line: Its line.
            source: How many units its text has.
            target: How many the translation has.
        """
        reason = length_fault(source, target, self.max_units, self.max_ratio)
        if reason is not None:
            self._leave_out(line, reason)
        return reason is None

    @property
    def message(self) -> str:
        """What was left out and why; empty if nothing was."""
        what: dict[Reason, str] = {
            "empty": "an empty side",
            "long": f"more than {self.max_units:,} units on a side",
            "ratio": f"more than {self.max_ratio:g} times as many units on one side",
        }
        return ", ".join(
            f"{self.counts[reason]:,} with {what[reason]} ({_lines(self.lines[reason], count)})"
            for reason, count in sorted(self.counts.items())
        )

    def tell(self, path: str, kept: int) -> None:
        """Warn of what was left out of a file, in one line; nothing if nothing was.

        Args:
            path: What messages call the file.
            kept: How many of its pairs were fit.

        Raises:
            DataError: None was.
        """
        total = self.counts.total()
        if not kept and total:
            raise DataError(
                f"no pair is left to learn from: {self.message}; give others, or raise "
                "data.max_units and data.max_ratio",
                path=path,
            )
        if total:
            logger.warning(
                "%s: %s of %s left out of training: %s",
                *(path, f"{total:,}", plural(total + kept, "pair"), self.message),
            )

    def _leave_out(self, line: int, reason: Reason) -> None:
        self.counts[reason] += 1
        lines = self.lines.setdefault(reason, [])
        if len(lines) < _MOST_LINES:
            lines.append(line)


def length_fault(
    source: int, target: int, max_units: int, max_ratio: float
) -> Literal["empty", "long", "ratio"] | None:
    """Return what is wrong with the lengths of a pair; None if nothing is."""
    shorter, longer = sorted((source, target))
    if shorter == 0:
        return "empty"
    if longer > max_units:
        return "long"
    return "ratio" if longer > max_ratio * shorter else None


def _lines(lines: list[int], count: int) -> str:
    listed = ", ".join(map(str, lines))
    if count == 1:
        return f"line {listed}"
    return f"lines {listed}, ..." if count > len(lines) else f"lines {listed}"
