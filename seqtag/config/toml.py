"""Configurations as TOML text."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from seqtag.config.mapping import to_mapping
from seqtag.config.schema import RunConfig, all_keys
from seqtag.errors import ConfigError


def load_toml(text: str, path: str) -> dict[str, Any]:
    """Parse TOML.

    Args:
        text: The file's content.
        path: The file's name, for messages.

    Raises:
        ConfigError: The text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise ConfigError(f"this is no TOML: {error}", path=path, line=line) from error
    except (ValueError, RecursionError) as error:  # thousands of digits, hundreds of brackets
        raise ConfigError(f"this is no TOML that can be read: {error}", path=path) from error


def dump_toml(config: RunConfig) -> str:
    """Return a complete configuration as TOML, every key with its meaning."""
    import tomli_w  # late, since an exported model is run without the library

    keys = all_keys()
    section = ""
    lines = []
    # Lines of TOML end at line feeds alone; a file's name may hold other ends of lines.
    for line in tomli_w.dumps(to_mapping(config)).removesuffix("\n").split("\n"):
        if line.startswith("["):
            section = line.strip("[]") + "."
        name = section + line.partition(" = ")[0]
        lines.append(f"{line}  # {keys[name].metadata['meaning']}" if name in keys else line)
    return "\n".join(lines) + "\n"


def find_line(text: str, key: str) -> int | None:
    """Return the line, counted from 1, that sets a key such as ``encoder.dropout``.

    That is its own line, that of an inline table which holds it, or for a section that of its
    header or first key; None where there is none of these.
    """
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := re.match(r"\s*\[+\s*([\w.\-]+)\s*\]", line):
            section = header.group(1) + "."
            if section == key + ".":
                return number
        elif pair := re.match(r"\s*([\w.\-]+)\s*=", line):
            set_here = f"{section}{pair.group(1)}."
            if set_here.startswith(f"{key}.") or f"{key}.".startswith(set_here):
                return number
    return None


def parse_value(text: str) -> Any:  # noqa: ANN401 - TOML values are of many types
    """Return the value that a word on the command line stands for.

    A number, a truth value or a text in quotes is read as in TOML; all else is text as it stands:
    ``0.5``, ``true``, ``"2024"``, ``train.conll``, ``2024-01-01``.
    """
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = values.pop("value")
    return value if isinstance(value, bool | int | float | str) and not values else text
