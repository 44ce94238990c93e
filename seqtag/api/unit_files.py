"""Units to and from the plain values that a model folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqtag.text.units import Units, units_from_json

_LISTS = ("items", "merges", "scores")
"""What of units is kept in files of its own: a string for each unit, merge or score."""


def unit_lists(units: Mapping[str, Units]) -> dict[str, Sequence[str]]:
    """Return the lists of strings of some units, by their names in the folder."""
    found: dict[str, Sequence[str]] = {}
    for role, own in units.items():
        values = own.to_json()
        for name in _LISTS:
            if name in values:
                found[f"{role}_{name}"] = [_as_string(value) for value in values[name]]
    return found


def describe_units(units: Mapping[str, Units]) -> dict[str, dict[str, Any]]:
    """Return what else `read_units` makes them of, by what they are for."""
    return {
        role: {name: value for name, value in own.to_json().items() if name not in _LISTS}
        for role, own in units.items()
    }


def read_units(
    described: Mapping[str, Mapping[str, Any]], lists: Mapping[str, Sequence[str]], role: str
) -> Units:
    """Make units again of the content of a model's folder.

    Args:
        described: What `describe_units` returned.
        lists: The folder's lists of strings.
        role: What the units are for.

    Raises:
        KeyError, TypeError, ValueError: As for `units_from_json`.
    """
    values = dict(described[role])
    for name in _LISTS:
        if f"{role}_{name}" in lists:
            values[name] = [_from_string(name, value) for value in lists[f"{role}_{name}"]]
    return units_from_json(values)


def _as_string(value: object) -> str:
    """Return a unit, a merge or a score as a string."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else repr(value)


def _from_string(name: str, value: str) -> object:
    """Return what `_as_string` was given."""
    if name == "merges":
        return [int(part) for part in value.split(" ")]
    return float(value) if name == "scores" else value
