"""Texts with their translations, as files give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation.

    Attributes:
        source: The text, of which nothing is left out.
        target: Its translation.
        line: The line of the file, or of both, in which they stand, from 1.
    """

    source: str
    target: str
    line: int

    @property
    def has_empty_side(self) -> bool:
        """Whether one of the two is nothing but white space."""
        return not (self.source.strip() and self.target.strip())


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts and the translation of each.

    Attributes:
        sources: The texts.
        targets: Their translations.
        lines: The line of each.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    lines: Sequence[int]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.sources)

    def __iter__(self) -> Iterator[Pair]:
        """Yield the pairs."""
        return map(Pair, self.sources, self.targets, self.lines)

    def choose(self, numbers: Sequence[int]) -> Pairs:
        """Return some of the pairs.

        Args:
            numbers: Which ones, from 0.
        """
        return Pairs(
            [self.sources[number] for number in numbers],
            [self.targets[number] for number in numbers],
            [self.lines[number] for number in numbers],
        )
