"""Examples that a program gives in place of files: written to files that are read as any others.

What is behind them, such as resuming and repeating a run, is then the same whatever was given.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqtag.api.settings import full_key
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.io.columns import parse_columns
from seqtag.io.examples import write_labelled, write_lines, write_pairs, write_sentences
from seqtag.io.labelled import parse_text_columns
from seqtag.io.parallel import parallel_layout

_PARTS = ("train", "dev", "test")
_FORMATS = {"tag": "conll", "classify": "jsonl", "translate": "jsonl", "generate": "text"}
_SUFFIXES = {"conll": ".conll", "jsonl": ".jsonl", "text": ".txt"}


@dataclass(frozen=True, slots=True)
class GivenData:
    """The parts of a run's data that are given as examples.

    Attributes:
        examples: By their part: train, dev or test.
    """

    examples: Mapping[str, Iterable[Any]]

    def named(self, config: RunConfig, folder: Path) -> RunConfig:
        """Return a configuration that names the files of the examples.

        Args:
            config: The run's configuration.
            folder: Where the files are.

        Raises:
            ConfigError: The format that it names is another one than that of the files.
        """
        format = _FORMATS[config.task]
        if self.examples and config.data.format not in ("auto", format):
            raise ConfigError(
                f"data.format is {config.data.format!r}, and examples of task {config.task} are "
                f"written as {format}: leave it out"
            )
        names: dict[str, Any] = {
            part: os.fspath(folder / f"{part}{_SUFFIXES[format]}") for part in self.examples
        }
        return replace(config, data=replace(config.data, **names))

    def write(self, config: RunConfig, folder: Path) -> RunConfig:
        """Write the examples, each as soon as it is given.

        Args:
            config: The run's configuration.
            folder: Where the files are written; it exists.

        Returns:
            The configuration with the names of the files, and the columns that they have.

        Raises:
            DataError: There is no example, one is not as it must be, or a file cannot be written.
        """
        config = self.named(config, folder)
        data = config.data
        for part, examples in self.examples.items():
            path = getattr(data, part)
            if config.task == "tag":
                columns = parse_columns(data.columns or None, "conll")
                found = write_sentences(examples, path, part, columns, comment=data.comment)
                if part == "train" and not data.columns:
                    data = replace(data, columns=found)
            elif config.task == "classify":
                keys = parse_text_columns(data.columns or None, "jsonl")
                write_labelled(examples, path, part, keys.text, keys.label)
            elif config.task == "translate":
                layout = parallel_layout(path, source=data.source, target=data.target)
                write_pairs(examples, path, part, layout.source, layout.target)
            else:
                write_lines(examples, path, part)
        return replace(config, data=data)


def take_examples(settings: Mapping[str, Any]) -> tuple[dict[str, Any], GivenData]:
    """Part the examples among the settings of a run from what is written in a configuration.

    Returns:
        The settings, with names in place of the examples that stand for them until it is known
        where they are written; and the examples.

    Raises:
        ConfigError: A part is given as a mapping or as bytes, which are neither.
    """
    plain: dict[str, Any] = {}
    examples: dict[str, Iterable[Any]] = {}
    for key, value in settings.items():
        section, _, part = full_key(key).partition(".")
        if section == "data" and part in _PARTS and _holds_examples(value):
            if isinstance(value, Mapping | bytes | bytearray):
                raise ConfigError(
                    f"data.{part} is of type {type(value).__name__}: give the name of a file, or "
                    "an iterable of examples"
                )
            examples[part] = value
            value = part
        plain[key] = value
    return plain, GivenData({part: examples[part] for part in _PARTS if part in examples})


def _holds_examples(value: object) -> bool:
    """Tell whether a value can be iterated over and is no name of a file."""
    if isinstance(value, str | os.PathLike):
        return False
    # Data sets of torch have lengths and numbers and need not have an iterator.
    return isinstance(value, Iterable) or hasattr(value, "__getitem__")
