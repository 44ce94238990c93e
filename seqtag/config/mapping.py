"""The configuration's dataclasses from and to plain mappings, every value checked."""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from seqtag.config.schema import all_keys
from seqtag.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def from_mapping(cls: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """Make a configuration of a nested mapping; what it does not name keeps its default.

    Args:
        cls: One of the dataclasses of this package.
        values: Key to value, or section to mapping.
        prefix: The section's name with a full stop behind, for messages.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
    """
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise ConfigError(_unknownkey(prefix, name, value))
        hint = hints[name]
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{prefix}{name} is a section, not a value: write [{name}]")
            arguments[name] = from_mapping(typing.cast(type, hint), value, f"{prefix}{name}.")
        else:
            arguments[name] = _checked(f"{prefix}{name}", value, hint, fields[name].metadata)
    return cls(**arguments)


def to_mapping(config: DataclassInstance) -> dict[str, Any]:
    """Return a configuration as a nested dictionary of plain values."""
    return dataclasses.asdict(config)


def _unknownkey(prefix: str, name: str, value: object) -> str:
    """Say that a key is unknown, and which one was probably meant."""
    keys = list(all_keys())
    here = [key for key in keys if key.rpartition(".")[0] == prefix.rstrip(".")]
    sections = list(dict.fromkeys(key.partition(".")[0] for key in keys if "." in key))
    if isinstance(value, Mapping):
        here = keys = sections
    # A right name in the wrong section is as likely as a slip of the pen.
    near = (
        [key for key in keys if key.rpartition(".")[2] == name]
        or _nearest(name, here, 0.5)
        or _nearest(name, keys, 0.6)
    )
    if near:
        advice = f"did you mean {near[0]}?"
    elif prefix:
        names = ", ".join(key.removeprefix(prefix) for key in here)
        advice = f"the keys of [{prefix.rstrip('.')}] are {names}"
    else:
        advice = f"see `seqtag train --help` for the keys; sections are {', '.join(sections)}"
    return f"unknown key {prefix}{name}: {advice}"


def _nearest(name: str, keys: list[str], cutoff: float) -> list[str]:
    """Return the keys whose last part looks most like a name, if any looks like it at all."""
    near = difflib.get_close_matches(name, [k.rpartition(".")[2] for k in keys], 1, cutoff)
    return [key for key in keys if key.rpartition(".")[2] in near]


def _checked(name: str, value: Any, hint: Any, limits: Mapping[str, Any]) -> Any:  # noqa: ANN401 - values of any type come in and go out
    """Return the value as the field's type, or raise ConfigError."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):  # "auto" or a truth value
        options = typing.get_args(hint)
        for option in options:
            try:
                return _checked(name, value, option, limits)
            except ConfigError:
                continue
        raise ConfigError(f"{name} is {value!r}: give auto, true or false")
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices or isinstance(value, bool):
            near = difflib.get_close_matches(str(value), choices, n=1)
            advice = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"{name} is {value!r}: give one of {', '.join(choices)}{advice}")
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError:
            value = math.inf if value > 0 else -math.inf
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        wanted = {int: "a whole number", float: "a number", str: "text, in quotes"}
        raise ConfigError(f"{name} is {value!r}: give {wanted.get(hint, 'true or false')}")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise ConfigError(f"{name} is {value!r}: this is no text in UTF-8, give another name")
    low, high = limits["low"], limits["high"]
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        span = f"{low} or more" if high is None else f"a value from {low} to {high}"
        raise ConfigError(f"{name} is {value!r}: give {span}")
    return value
