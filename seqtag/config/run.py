"""A run's configuration from all the places that it may come from."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seqtag.config.mapping import from_mapping
from seqtag.config.presets import CHOICES, PRESETS
from seqtag.config.schema import RunConfig
from seqtag.config.tasks import SECTION_TASKS
from seqtag.config.toml import find_line
from seqtag.errors import ConfigError


def set_key(values: dict[str, Any], key: str, value: Any) -> None:  # noqa: ANN401 - as in TOML
    """Set a key such as ``encoder.hidden_size`` in a nested dictionary.

    Raises:
        ConfigError: A part of the key before its last is a value and no section.
    """
    *sections, name = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{key}: {section} is a value and has no keys of its own")
    values[name] = value


def resolve(
    values: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None = None,
    text: str = "",
    path: str | None = None,
) -> RunConfig:
    """Make a complete configuration of the values given and those of the preset they name.

    What neither holds goes by what is chosen, such as the learning rate by the optimizer.

    Args:
        values: Keys and sections as in ``config.toml``.
        base: Values between the preset and ``values``: those of a run that this one starts from.
        text: The file that the values came from, to find a wrong key's line.
        path: That file's name.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
    """
    try:
        given = _merged([base or {}, values])
        named: dict[str, Any] = {k: given[k] for k in ("task", "preset") if k in given}
        # Without its own defaults, a task's configuration would be none that it can have.
        of_task = CHOICES["task"].get(str(named.get("task")), {})
        chosen = from_mapping(RunConfig, _merged([of_task, named]))
        # The run to start from may be of another task.
        base = {
            k: v
            for k, v in (base or {}).items()
            if chosen.task in SECTION_TASKS.get(k, (chosen.task,))
        }
        layers = [PRESETS[chosen.task][chosen.preset], base, values]
        config = from_mapping(RunConfig, _merged([of_task, *layers]))
        return from_mapping(RunConfig, _merged([*_defaults(config), *layers]))
    except ConfigError as error:
        # Every message about a value begins with its key.
        key = error.message.removeprefix("unknown key ").split(" is ")[0].split(":")[0]
        line = find_line(text, key)
        raise ConfigError(error.message, path=path if line else None, line=line) from None


def _defaults(config: RunConfig) -> Iterator[Mapping[str, Any]]:
    """Yield the defaults that follow from what was chosen."""
    for key, layers in CHOICES.items():
        yield layers.get(operator.attrgetter(key)(config), {})


def _merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay nested mappings over each other, the last one on top."""
    merged: dict[str, Any] = {}
    for layer in layers:
        _merge(merged, layer)
    return merged


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    """Lay one nested mapping over another."""
    for key, value in source.items():
        if isinstance(value, Mapping):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            _merge(target[key], value)
        else:
            target[key] = value
