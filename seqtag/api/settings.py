"""A run's configuration from files, mappings and keyword arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from seqtag.api.corpora import SCHEME, corpus_task, resolve_corpora, trainable_tasks
from seqtag.config import RunConfig, load_toml, resolve, set_key, to_mapping
from seqtag.io.run_folder import read_text

ConfigSource = str | os.PathLike[str] | Mapping[str, Any] | RunConfig

_SHORT_KEYS = {name: f"data.{name}" for name in ("train", "dev", "test", "columns")}


def make_config(
    source: ConfigSource | None,
    settings: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None = None,
) -> RunConfig:
    """Make a complete configuration.

    Args:
        source: A TOML file, a nested mapping or a configuration.
        settings: Values that go before those of the source, by keys such as ``encoder.dropout``;
            ``train``, ``dev``, ``test`` and ``columns`` stand for the keys of section ``data``.
        base: Values between the preset and the source.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
        DataError: The file cannot be read.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        text = read_text(path)
        # Shows what is wrong in its line.
        resolve(load_toml(text, path), base=base, text=text, path=path)
    values = given_values(source, settings)
    # A configuration that was resolved before was complete then.
    given = None if isinstance(source, RunConfig) else values
    return resolve_corpora(resolve(values, base=base), given)


def given_values(source: ConfigSource | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are given, unchecked, as a nested dictionary; as for `make_config`.

    The task of a public corpus to train on is among them.

    Raises:
        ConfigError: The file is no TOML, or a key has no place.
        DataError: The file cannot be read.
    """
    values: dict[str, Any] = {}
    if isinstance(source, RunConfig):
        values = to_mapping(source)
    elif isinstance(source, Mapping):
        for key, value in source.items():
            set_key(values, key, dict(value) if isinstance(value, Mapping) else value)
    elif source is not None:
        path = os.fspath(source)
        values = load_toml(read_text(path), path)
    for key, value in settings.items():
        value = os.fspath(value) if isinstance(value, os.PathLike) else value
        set_key(values, full_key(key), value)
    if "task" not in values and (task := _task_of_corpus(values)):
        values["task"] = task
    return values


def full_key(name: str) -> str:
    """Return the key that a setting's name stands for, such as ``data.train`` for ``train``."""
    return _SHORT_KEYS.get(name, name)


def _task_of_corpus(values: Mapping[str, Any]) -> str | None:
    """Return the task of the public corpus to train on, by which other defaults go, if any."""
    data = values.get("data")
    train = data.get("train") if isinstance(data, Mapping) else None
    if not isinstance(train, str) or not train.startswith(SCHEME):
        return None
    task = corpus_task(train)
    return task if task in trainable_tasks() else None
