"""Lines of JSON that hold an object each: reading them, and saying what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from seqtag.io.block import ASCII_SPACE
from seqtag.io.lines import Lines
from seqtag.text.characters import shown

_MOST_KEYS = 10  # that a message lists


class Number(str):
    """A number as it is written, so that ``2.0`` stays ``2.0`` and none is too large."""

    __slots__ = ()


def json_objects(groups: Iterable[Lines]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Read JSON Lines; blank lines are passed over.

    Args:
        groups: The lines of a file.

    Yields:
        The number of each line with its object, in which numbers are `Number`; or with a string
        that says what is wrong with it.
    """
    for lines in groups:
        for number, line in enumerate(lines.texts, lines.number):
            if line.strip(ASCII_SPACE):
                yield number, _read(line)


def kind_of(value: object) -> str:
    """Return what JSON calls a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def missing_key(key: str, keys: Sequence[str]) -> str:
    """Return a message that there is no such key among those that there are."""
    listed = ", ".join([f"'{shown(each)}'" for each in keys[:_MOST_KEYS]]) or "none"
    more = ", ..." if len(keys) > _MOST_KEYS else ""
    return f"there is no key '{shown(key)}'; the keys are {listed}{more}"


def _read(line: str) -> dict[str, Any] | str:
    try:
        found = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        return f"this is no JSON: {error.msg} at character {error.pos + 1}; write an object a line"
    except ValueError as error:
        return f"this is no JSON: {error}; write a string, or take the line out"
    except RecursionError:
        return "this JSON is nested too deeply; write an object of strings"
    if isinstance(found, dict):
        return found
    return f"there is {kind_of(found)} where an object must be; write an object a line"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value")


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_refuse_constant)
