"""JSON Lines: an object a line, of which two keys hold text and label."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from seqtag.io.block import ASCII_SPACE
from seqtag.io.labelled.columns import TextColumns
from seqtag.io.labelled.entries import Entry, Flaw
from seqtag.io.lines import Lines
from seqtag.text.characters import shown

_MOST_KEYS = 10  # that a message lists


class _Number(str):
    """A number as it is written, so that ``2.0`` stays ``2.0`` and none is too large."""

    __slots__ = ()


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
    for lines in groups:
        for number, line in enumerate(lines.texts, lines.number):
            if line.strip(ASCII_SPACE):
                found = _read(line, columns, labels_required)
                if isinstance(found, str):
                    yield Flaw(number, "json", found)
                else:
                    yield Entry(number, number, *found)


def _read(line: str, columns: TextColumns, labels_required: bool) -> tuple[str, str | None] | str:
    """Return the text and the label of an object, or else what is wrong with it."""
    try:
        found = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        return f"this is no JSON: {error.msg} at character {error.pos + 1}; write an object a line"
    except ValueError as error:
        return f"this is no JSON: {error}; write null, or take the line out"
    except RecursionError:
        return "this JSON is nested too deeply; write an object of strings"
    if not isinstance(found, dict):
        return f"there is {_kind(found)} where an object must be; write an object a line"
    for key in (columns.text, columns.label):
        if key not in found and (labels_required or key == columns.text):
            return (
                f"there is no key '{shown(key)}'; the keys are {_list_keys(found)}: "
                f"name two as in --columns {_EXAMPLE}"
            )
    text, label = found[columns.text], found.get(columns.label)
    if not isinstance(text, str) or isinstance(text, _Number):
        return f"'{shown(columns.text)}' is {_kind(text)} and no text; write a string"
    if isinstance(label, bool):
        label = "true" if label else "false"
    if label is not None and not isinstance(label, str):
        return f"'{shown(columns.label)}' is {_kind(label)} and no label; write a string"
    return text, label


def _kind(value: object) -> str:
    """Return what JSON calls a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def _list_keys(found: dict[str, Any]) -> str:
    keys = [f"'{shown(key)}'" for key in list(found)[:_MOST_KEYS]]
    more = ["..."] if len(found) > _MOST_KEYS else []
    return ", ".join(keys + more) or "none"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value")


_EXAMPLE = "text=review,label=stars"
_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_refuse_constant)
