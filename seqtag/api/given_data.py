"""What a program gives in place of files: written to files that are read as any others.

What is behind them, such as resuming and repeating a run, is then the same whatever was given.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqtag.api.given_vectors import word_vectors
from seqtag.api.settings import full_key
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.io.columns import parse_columns
from seqtag.io.examples import write_labelled, write_lines, write_pairs, write_sentences
from seqtag.io.given_files import GIVEN_SUFFIXES, GIVEN_VECTORS
from seqtag.io.labelled import parse_text_columns
from seqtag.io.parallel import parallel_layout
from seqtag.io.vectors import WordVectors, write_vectors

_NAMES = (str, os.PathLike)
_PARTS = ("train", "dev", "test")
_FORMATS = {"tag": "conll", "classify": "jsonl", "translate": "jsonl", "generate": "text"}


@dataclass(frozen=True, slots=True)
class GivenData:
    """What is given in place of files.

    Attributes:
        examples: The parts of a run's data, by their names: train, dev or test.
        vectors: Pretrained word vectors; None for none.
    """

    examples: Mapping[str, Iterable[Any]]
    vectors: WordVectors | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.examples) or self.vectors is not None

    def names(self, config: RunConfig) -> dict[str, str]:
        """Return what each file that a configuration names stands for."""
        found = {getattr(config.data, part): f"<{part}>" for part in self.examples}
        if self.vectors is not None:
            found[config.embedding.vectors] = "<embedding.vectors>"
        return found

    def named(self, config: RunConfig, folder: Path) -> RunConfig:
        """Return a configuration that names the files of what is given.

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
            part: os.fspath(folder / f"{part}{GIVEN_SUFFIXES[format]}") for part in self.examples
        }
        config = replace(config, data=replace(config.data, **names))
        if self.vectors is None:
            return config
        path = os.fspath(folder / GIVEN_VECTORS)
        return replace(config, embedding=replace(config.embedding, vectors=path))

    def write(self, config: RunConfig, folder: Path) -> RunConfig:
        """Write what is given, each example as soon as it comes.

        Args:
            config: The run's configuration.
            folder: Where the files are written; it exists.

        Returns:
            The configuration with the names of the files, and the columns that they have.

        Raises:
            DataError: There is no example, one is not as it must be, or a file cannot be written.
        """
        config = self.named(config, folder)
        if self.vectors is not None:
            write_vectors(config.embedding.vectors, self.vectors)
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
    """Part examples and vectors among the settings of a run from what a configuration can hold.

    Returns:
        The settings, with names in place of the objects that stand for them until it is known
        where they are written; and the objects.

    Raises:
        ConfigError: A part is given as a mapping or as bytes, which are neither, or vectors are of
            no kind that is known.
        DataError: The vectors hold no word, or a value that is no finite number.
    """
    plain: dict[str, Any] = {}
    vectors = None
    examples: dict[str, Iterable[Any]] = {}
    for key, value in settings.items():
        section, _, part = full_key(key).partition(".")
        if (section, part) == ("embedding", "vectors") and not isinstance(value, _NAMES):
            vectors, value = word_vectors(value), part
        if section == "data" and part in _PARTS and _holds_examples(value):
            if isinstance(value, Mapping | bytes | bytearray):
                raise ConfigError(
                    f"data.{part} is of type {type(value).__name__}: give the name of a file, or "
                    "an iterable of examples"
                )
            examples[part] = value
            value = part
        plain[key] = value
    return plain, GivenData({part: examples[part] for part in _PARTS if part in examples}, vectors)


def _holds_examples(value: object) -> bool:
    """Tell whether a value can be iterated over and is no name of a file."""
    if isinstance(value, _NAMES):
        return False
    # Data sets of torch have lengths and numbers and need not have an iterator.
    return isinstance(value, Iterable) or hasattr(value, "__getitem__")
