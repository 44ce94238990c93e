"""JSON Lines: an object a line, of which two keys hold text and label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from seqtag.io.json_lines import Number, json_objects, kind_of, missing_key
from seqtag.io.labelled.columns import TextColumns
from seqtag.io.labelled.entries import Entry, Flaw
from seqtag.io.lines import Lines
from seqtag.text.characters import shown

_EXAMPLE = "text=review,label=stars"


def json_entries(
    groups: Iterable[Lines], columns: TextColumns, *, labels_required: bool
) -> Iterator[Entry | Flaw]:
    """Yield the objects of JSON Lines; blank lines are passed over.

    A label is a string, or a number or ``true`` or ``false`` as it is written; a text is a string.

    Args:
        groups: The lines of a file.
        columns: The keys of text and label.
        labels_required: Whether an object without a label is one with a flaw.
    """
    for number, value in json_objects(groups):
        found = value if isinstance(value, str) else _entry(value, columns, labels_required)
        if isinstance(found, str):
            yield Flaw(number, "json", found)
        else:
            yield Entry(number, number, *found)


def _entry(
    found: dict[str, Any], columns: TextColumns, labels_required: bool
) -> tuple[str, str | None] | str:
    """Return the text and the label of an object, or else what is wrong with it."""
    for key in (columns.text, columns.label):
        if key not in found and (labels_required or key == columns.text):
            return f"{missing_key(key, list(found))}: name two as in --columns {_EXAMPLE}"
    text, label = found[columns.text], found.get(columns.label)
    if not isinstance(text, str) or isinstance(text, Number):
        return f"'{shown(columns.text)}' is {kind_of(text)} and no text; write a string"
    if isinstance(label, bool):
        label = "true" if label else "false"
    if label is not None and not isinstance(label, str):
        return f"'{shown(columns.label)}' is {kind_of(label)} and no label; write a string"
    return text, label
