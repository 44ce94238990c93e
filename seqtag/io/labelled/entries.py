"""What the formats of labelled text have in common: entries, and what may be wrong in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from seqtag.io.block import ASCII_SPACE
from seqtag.text.characters import LONE_SURROGATE, shown
from seqtag.text.findings import Kind

_BREAK = re.compile("[\t\n\r]")


class Entry(NamedTuple):
    """A text and its label as a file gives them.

    Attributes:
        line: The line in which the entry begins, from 1.
        end: The line in which it ends.
        text: The text.
        label: The label, as it stands there; None where the file gives none.
        path: The file, where it is another one than that which is read: one of a folder.
    """

    line: int
    end: int
    text: str
    label: str | None
    path: str | None = None


class Flaw(NamedTuple):
    """A place in a file of which no entry can be made.

    Attributes:
        line: The line, from 1.
        kind: What kind of problem it is.
        message: What is wrong and what to do.
        path: As for `Entry`.
    """

    line: int
    kind: Kind
    message: str
    path: str | None = None


def bare_label(entry: Entry) -> str | None:
    """Return the label without the white space around it; None where there is none at all.

    A space in front of a label, as behind the comma in ``good, positive``, means nothing.
    """
    if entry.label is None or not entry.label.strip():
        return None
    return entry.label.strip(ASCII_SPACE + "\n")


def find_flaws(entry: Entry, *, labels_required: bool) -> Iterator[Flaw]:
    """Find what makes an entry unfit for use.

    Args:
        entry: The entry.
        labels_required: Whether it must have a text and a label, as for training and evaluation,
            or is to be given a label.

    Yields:
        What is wrong with it, the label first.
    """

    def flaw(kind: Kind, message: str) -> Flaw:
        return Flaw(entry.line, kind, message, entry.path)

    label = bare_label(entry)
    if label is None:
        if labels_required:
            yield flaw("empty", "the text has no label; give it one, or take the line out")
    elif found := _BREAK.search(label):
        name = "tab" if found[0] == "\t" else "line end"
        yield flaw("label", f"the label '{shown(label)}' holds a {name}; write it without")
    elif LONE_SURROGATE.search(label):
        yield flaw("characters", f"the label '{shown(label)}' {_HALF}")
    if labels_required and not entry.text.strip():
        yield flaw("empty", "the text is empty; write one, or take the line out")
    elif fault := half_character_fault(entry.text):
        yield flaw("characters", f"the text, {fault}")


def half_character_fault(text: str) -> str | None:
    """Return what is wrong with a text that holds half a character, and where; or None.

    ASCII alone can stand for such a character: by an escape in JSON.
    """
    if text.isascii() or (found := LONE_SURROGATE.search(text)) is None:
        return None
    return f"at '{shown(text[max(found.start() - 10, 0) : found.end() + 10])}', {_HALF}"


_HALF = "holds half a character (a lone surrogate), which cannot be written; write a whole one"
