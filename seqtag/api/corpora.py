"""Public corpora by name: what there is, where it is kept, and how a run names it.

Wherever a run or a command takes a file, ``corpus:NAME/PART`` stands for a part of a corpus, and
is fetched when it is first read. As training data, ``corpus:NAME`` stands for all parts.
"""

from __future__ import annotations

import difflib
import logging
import os
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqtag.config import DataConfig, RunConfig, from_mapping, set_key, to_mapping
from seqtag.errors import ConfigError
from seqtag.io.corpora import fetch, missing
from seqtag.io.download import FetchProgress as FetchProgress  # for those who show it
from seqtag.io.download import ShowProgress as ShowProgress
from seqtag.io.recipes import Recipe as Recipe
from seqtag.io.recipes import read_recipe, recipe_names

logger = logging.getLogger("seqtag")

SCHEME = "corpus:"
_PARTS = ("train", "dev", "test")


def list_corpora() -> list[Recipe]:
    """Return all public corpora that can be fetched, by name; no network is touched."""
    return [read_recipe(name) for name in recipe_names()]


def find_corpus(name: str) -> Recipe:
    """Return what is known of a corpus.

    Raises:
        ConfigError: There is no corpus of this name.
    """
    names = recipe_names()
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, n=1)
        advice = f"did you mean {near[0]}?" if near else "`seqtag corpora list` names all"
        raise ConfigError(f"there is no corpus {name!r}: {advice}")
    return read_recipe(name)


def get_corpus(
    name: str,
    folder: str | os.PathLike[str] | None = None,
    progress: ShowProgress | None = None,
) -> dict[str, Path]:
    """Fetch all files of a corpus that are not there yet.

    Args:
        name: The corpus.
        folder: Where to put its files; None for the corpus's folder in the cache, which the
            environment variable ``SEQTAG_CORPORA_CACHE`` can move.
        progress: Called as bytes arrive.

    Returns:
        For each part its file as `seqtag.train` takes it: ``get_corpus("wnut17")["train"]``. For
        texts in several languages it is their path without the language.

    Raises:
        ConfigError: There is no corpus of this name.
        DataError: A file cannot be fetched or written.
    """
    recipe = find_corpus(name)
    place = None if folder is None else Path(folder)
    files = fetch(recipe, recipe.files, place, progress=progress)
    return {part: files[0].parent / stem for part, stem in recipe.parts.items()}


def corpus_path(text: str, progress: ShowProgress | None = None, *, task: str | None = None) -> str:
    """Return the path that a file's name stands for.

    Args:
        text: ``corpus:NAME/PART``, which is fetched if it is not there yet; anything else is a
            path and returned as it is.
        progress: Called as bytes arrive.
        task: What the file is for; None for anything.

    Raises:
        ConfigError: There is no such corpus or part, no part is named, or it is for another task.
        DataError: A file cannot be fetched or written.
    """
    if not text.startswith(SCHEME):
        return text
    recipe, part = _parse(text)
    if task not in (None, recipe.task):
        raise ConfigError(f"{text} is for task {recipe.task}, not for {task}: name another corpus")
    if part is None:
        raise ConfigError(f"{text} has several parts: name one of {_part_names(recipe)}")
    files = [file for file in recipe.files if file.part == part]
    if absent := missing(recipe, files):
        size = readable_size(sum(file.size for file in absent))
        logger.info("fetching %s (%s; licence: %s)", text, size, recipe.terms)
    paths = fetch(recipe, files, progress=progress)
    return str(paths[0].parent / recipe.parts[part])


def corpus_task(text: str) -> str:
    """Return the task of a corpus that is named as ``corpus:NAME`` or ``corpus:NAME/PART``.

    Raises:
        ConfigError: There is no such corpus or part.
    """
    return _parse(text)[0].task


def corpus_sides(text: str) -> tuple[str, str]:
    """Return where the two sides of a corpus's parallel text stand, as ``data.source`` says it.

    Args:
        text: ``corpus:NAME/PART``; of anything else, and of other corpora, nothing is known.

    Raises:
        ConfigError: There is no such corpus or part.
    """
    if not text.startswith(SCHEME):
        return "", ""
    data = _parse(text)[0].run.get("data", {})
    return data.get("source", ""), data.get("target", "")


def check_parts(data: DataConfig, thing: str = "file") -> None:
    """Refuse a run that has nothing to train on, or two parts on standard input.

    Args:
        data: The data of the run.
        thing: What it is trained on.

    Raises:
        ConfigError: It is one of these.
    """
    if not data.train:
        raise ConfigError(f"there is nothing to train on: give a {thing} with --train")
    if [data.train, data.dev, data.test].count("-") > 1:
        raise ConfigError("standard input can be only one of --train, --dev and --test")


def corpus_files(data: DataConfig, progress: ShowProgress | None = None) -> DataConfig:
    """Return the data of a run with the paths of its files, fetching what is not there yet.

    Raises:
        ConfigError: There is no such corpus or part.
        DataError: A file cannot be fetched or written.
    """
    return replace(
        data,
        train=corpus_path(data.train, progress),
        dev=corpus_path(data.dev, progress),
        test=corpus_path(data.test, progress),
    )


def resolve_corpora(config: RunConfig, given: Mapping[str, Any] | None = None) -> RunConfig:
    """Complete a configuration whose training data are a corpus by what is known of the corpus.

    ``data.train = "corpus:NAME"`` becomes ``"corpus:NAME/train"``, ``data.dev`` and ``data.test``
    the corpus's other parts, and the task, the columns and so on those that it needs. Files keep
    their names as parts of corpora, so that the configuration has its meaning on any machine;
    `corpus_files` turns them into paths. A configuration that is complete comes back as it is.

    Args:
        config: The configuration.
        given: The keys that the user gave, section by section as in ``config.toml``; these stay
            as they are. None: those that differ from their defaults.

    Raises:
        ConfigError: There is no such corpus or part, or its task is another one than was given or
            none that can be trained.
    """
    if not any(getattr(config.data, part).startswith(SCHEME) for part in _PARTS):
        return config
    values = to_mapping(config)
    if given is None:
        given = dict(_differences(values, to_mapping(RunConfig())))
    if config.data.train.startswith(SCHEME):
        recipe, part = _parse(config.data.train)
        _check_task(recipe, config.task if "task" in given else None)
        values["task"] = recipe.task
        for key, value in _leaves(recipe.run):
            if not _is_in(given, key):
                set_key(values, key, value)
        if part is None:
            for other in ("dev", "test"):
                if other in recipe.parts and not _is_in(given, f"data.{other}"):
                    values["data"][other] = f"{SCHEME}{recipe.name}/{other}"
    for part in _PARTS:
        if values["data"][part].startswith(SCHEME):
            values["data"][part] = _part_of(values["data"][part], part, values["task"])
    return from_mapping(RunConfig, values)


def trainable_tasks() -> tuple[str, ...]:
    """Return the tasks that a run can have."""
    return typing.get_args(typing.get_type_hints(RunConfig)["task"])


def readable_size(size: int) -> str:
    """Return a number of bytes for people: ``2.2 kB``, ``17.8 MB``."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def _parse(text: str) -> tuple[Recipe, str | None]:
    """Read ``corpus:NAME`` or ``corpus:NAME/PART``; a corpus of one part needs no name of it."""
    name, slash, part = text.removeprefix(SCHEME).partition("/")
    recipe = find_corpus(name)
    if slash and part not in recipe.parts:
        raise ConfigError(f"{text}: there is no such part; the parts are {_part_names(recipe)}")
    if not slash and len(recipe.parts) == 1:
        part = next(iter(recipe.parts))
    return recipe, part or None


def _part_names(recipe: Recipe) -> str:
    return ", ".join(f"{SCHEME}{recipe.name}/{part}" for part in recipe.parts)


def _part_of(text: str, place: str, task: str) -> str:
    """Return a corpus in the place of a run's train, dev or test as one of its parts.

    Raises:
        ConfigError: It has no such part, or is for another task than the run.
    """
    recipe, part = _parse(text)
    _check_task(recipe, task)
    part = part or place
    if part not in recipe.parts:
        raise ConfigError(f"{text} has no part {part}; its parts are {_part_names(recipe)}")
    return f"{SCHEME}{recipe.name}/{part}"


def _check_task(recipe: Recipe, task: str | None) -> None:
    """Refuse a corpus that a run cannot train on.

    Args:
        recipe: The corpus.
        task: The run's task; None if it is still to be chosen.
    """
    here = f"{SCHEME}{recipe.name}"
    if recipe.task not in trainable_tasks():
        what = recipe.note if recipe.task == "none" else recipe.task
        raise ConfigError(
            f"{here} is a corpus that seqtag does not train on yet ({what}); "
            f"`seqtag corpora get {recipe.name}` fetches it for other uses"
        )
    if task not in (None, recipe.task):
        raise ConfigError(f"{here} is for task {recipe.task}, and the run's task is {task}")


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each key of a nested mapping by its full name, with its value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _is_in(values: Mapping[str, Any], key: str) -> bool:
    """Tell whether a nested mapping has a key such as ``data.columns``."""
    return key in dict(_leaves(values))


def _differences(values: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a nested mapping has otherwise than another one of the same keys, as items."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield key, dict(_differences(value, others[key]))
        elif value != others[key]:
            yield key, value
