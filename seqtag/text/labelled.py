"""A text and its label as they stand in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with the label that it was given.

    Attributes:
        text: The text, of which nothing is left out; it may hold line ends.
        label: Its label, without white space around it; None where the file gives none, which
            can be so only if labels are not asked for.
        line: The line of the file in which it begins, from 1.
        path: What messages call the file.
    """

    text: str
    label: str | None
    line: int
    path: str
