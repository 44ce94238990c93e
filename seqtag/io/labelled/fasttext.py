"""Files of fastText: ``__label__positive a gripping film``, a text a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seqtag.io.block import ASCII_SPACE
from seqtag.io.labelled.entries import Entry, Flaw
from seqtag.io.lines import Lines
from seqtag.text.characters import shown

PREFIX = "__label__"


def fasttext_entries(groups: Iterable[Lines], *, labels_required: bool) -> Iterator[Entry | Flaw]:
    """Yield the texts of a file of fastText.

    Each begins with its label; that of more than one label is refused. Blank lines are passed over
    where labels are asked for, else they are empty texts.

    Args:
        groups: The lines of a file.
        labels_required: Whether a line that does not begin with a label is one with a flaw.
    """
    for lines in groups:
        for number, line in enumerate(lines.texts, lines.number):
            if not (line.strip(ASCII_SPACE) or not labels_required):
                continue
            if not line.startswith(PREFIX):
                if labels_required:
                    yield Flaw(number, "label", _no_label(line))
                else:
                    yield Entry(number, number, line, None)
                continue
            first, *others = _split(line)
            if others:
                names = ", ".join(f"'{shown(label)}'" for label in (first, *others))
                message = f"the line has several labels ({names}), and a text has one; leave one"
                yield Flaw(number, "label", message)
                continue
            text = line[len(PREFIX) + len(first) :]
            yield Entry(number, number, text[1:], first)


def _split(line: str) -> list[str]:
    """Return the labels of a line, which are its words with the prefix, as fastText takes it."""
    words = line.replace("\t", " ").split(" ")
    return [word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX)]


def _no_label(line: str) -> str:
    if _split(line):
        return f"the label stands inside the text; put {PREFIX}... at the beginning of the line"
    return f"the line does not begin with {PREFIX}...; write its label so, then a space, the text"
