"""How the configuration's dataclasses declare their keys.

Every field carries its meaning and the values that it may take, so that one description serves
the check, the message when the check fails, the comments in ``config.toml`` and the list of keys in
``seqtag train --help``.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any


def key(
    default: Any,  # noqa: ANN401 - a field's default is of the field's own type
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Any:  # noqa: ANN401 - stands where dataclasses.field does, which is typed the same way
    """Declare a field with its default, meaning and range."""
    return dataclasses.field(
        default=default, metadata={"meaning": meaning, "low": low, "high": high}
    )


def keys_of(cls: type, prefix: str = "") -> dict[str, dataclasses.Field[Any]]:
    """Return every key by its full name, such as ``encoder.hidden_size``, with its field."""
    hints = typing.get_type_hints(cls)
    keys: dict[str, dataclasses.Field[Any]] = {}
    for item in dataclasses.fields(cls):
        if dataclasses.is_dataclass(hints[item.name]):
            keys |= keys_of(hints[item.name], f"{prefix}{item.name}.")
        else:
            keys[prefix + item.name] = item
    return keys
