"""What is left of a sentence when the rows that cannot be read are taken out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple


class ReadableRows(NamedTuple):
    """The tokens of the rows that can be read.

    Attributes:
        lines: The line of each token.
        tokens: The tokens.
        tags: For each tag column the tag of each token.
        gaps: Before which tokens (or behind the last one: their number) rows are missing.
    """

    lines: Sequence[int]
    tokens: list[str]
    tags: list[list[str]]
    gaps: Collection[int]
