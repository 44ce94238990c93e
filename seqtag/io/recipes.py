"""Recipes of public corpora: what a corpus is, where its files lie, and how a run reads them.

A recipe is a TOML file in the package's folder ``corpora/recipes``; its name is the corpus's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from seqtag.errors import DataError

TASKS = ("tag", "classify", "translate", "generate", "none")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"https?://[^\s/]+/\S*")

# Keys of a recipe and of each of its files, with their types; True where they must be there.
_KEYS: Mapping[str, tuple[type, bool]] = {
    "title": (str, True),
    "task": (str, True),
    "language": (str, True),
    "licence": (str, True),
    "licence_address": (str, False),
    "non_commercial": (bool, False),
    "homepage": (str, True),
    "citation": (str, True),
    "note": (str, False),
    "run": (dict, False),
    "files": (list, True),
}
_FILE_KEYS: Mapping[str, tuple[type, bool]] = {
    "part": (str, True),
    "name": (str, True),
    "size": (int, True),
    "sha256": (str, True),
    "packed": (bool, False),
    "addresses": (list, True),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipeFile:
    """One file of a corpus.

    Attributes:
        part: The part that it belongs to, such as ``train``.
        name: The name under which it is stored.
        size: Its bytes.
        sha256: Its checksum, in hexadecimal digits.
        addresses: Where it can be fetched, in the order in which they are tried.
        packed: Whether the addresses give it gzipped; size and checksum are those of the file
            itself.
    """

    part: str
    name: str
    size: int
    sha256: str
    addresses: tuple[str, ...]
    packed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A public corpus.

    Attributes:
        name: What it is called in ``corpus:NAME``.
        title: What it is, in a few words.
        task: What a model learns from it; ``none`` where seqtag has no such task.
        language: Codes of its languages; ``none`` for numbers.
        licence: What its source says, or ``not stated``.
        licence_address: Where the licence can be read; may be empty.
        non_commercial: Whether it must not be put to commercial use.
        homepage: Where it comes from.
        citation: Whom to name.
        note: What else its users should know; may be empty.
        run: Keys of a run's configuration, section by section, that fit its files.
        files: Its files.
    """

    name: str
    title: str
    task: str
    language: str
    licence: str
    licence_address: str = ""
    non_commercial: bool = False
    homepage: str
    citation: str
    note: str = ""
    run: Mapping[str, Any]
    files: tuple[RecipeFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def parts(self) -> dict[str, str]:
        """For each part the name that stands for its files.

        It is that of the only file, or for texts in several languages the name without the
        language: ``train`` for ``train.en`` and ``train.de``.
        """
        parts: dict[str, str] = {}
        for file in self.files:
            parts[file.part] = file.name if file.part not in parts else Path(file.name).stem
        return parts

    @property
    def terms(self) -> str:
        """The licence, and whether it rules out commercial use."""
        return f"{self.licence}; non-commercial" if self.non_commercial else self.licence


def recipe_names() -> list[str]:
    """Return the names of all recipes, sorted."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in _folder().iterdir()
        if entry.name.endswith(".toml")
    )


def read_recipe(name: str) -> Recipe:
    """Read one of the recipes that ``recipe_names`` gives.

    Raises:
        DataError: It is not as a recipe must be.
    """
    return parse_recipe((_folder() / f"{name}.toml").read_text(encoding="utf-8"), name)


def parse_recipe(text: str, name: str) -> Recipe:
    """Read a recipe.

    Args:
        text: The content of its file.
        name: The corpus's name.

    Raises:
        DataError: It is no TOML, or a key is unknown, missing or of the wrong type or form.
    """
    path = f"{name}.toml"
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"this is no TOML: {error}", path=path) from error
    _check_keys(values, _KEYS, path)
    files = []
    for entry in values.pop("files"):
        if not isinstance(entry, dict):
            raise DataError("files must be sections: write [[files]]", path=path)
        _check_keys(entry, _FILE_KEYS, path)
        files.append(RecipeFile(**{**entry, "addresses": tuple(entry["addresses"])}))
    recipe = Recipe(name=name, **{"run": {}, **values, "files": tuple(files)})
    for problem in _problems(recipe):
        raise DataError(problem, path=path)
    return recipe


def _folder() -> Traversable:
    try:
        return resources.files("seqtag.corpora") / "recipes"
    except ModuleNotFoundError:  # run from a source folder that is not installed
        return Path(__file__).resolve().parents[2] / "corpora" / "recipes"


def _check_keys(
    values: Mapping[str, Any], keys: Mapping[str, tuple[type, bool]], path: str
) -> None:
    for key in values:
        if key not in keys:
            raise DataError(f"unknown key {key}; the keys are {', '.join(keys)}", path=path)
    for key, (kind, is_needed) in keys.items():
        if key not in values:
            if is_needed:
                raise DataError(f"{key} is missing", path=path)
        elif type(values[key]) is not kind:
            raise DataError(f"{key} is {values[key]!r}, not of type {kind.__name__}", path=path)


def _problems(recipe: Recipe) -> list[str]:
    """Return what is wrong with a recipe whose keys and types are right."""
    found = []
    if not _NAME.fullmatch(recipe.name):
        found.append(f"the name {recipe.name!r} is not of lower-case letters, digits and hyphens")
    if recipe.task not in TASKS:
        found.append(f"task is {recipe.task!r}: give one of {', '.join(TASKS)}")
    for key in ("title", "language", "licence", "homepage", "citation"):
        if not getattr(recipe, key).strip():
            found.append(f"{key} is empty")
    addresses = [recipe.homepage, *([recipe.licence_address] if recipe.licence_address else [])]
    if not recipe.files:
        found.append("there are no files")
    for file in recipe.files:
        addresses += [str(address) for address in file.addresses]
        if not file.addresses:
            found.append(f"{file.name} has no address")
        if not _NAME.fullmatch(file.part):
            found.append(f"part is {file.part!r}: give a word like train")
        if not _FILE_NAME.fullmatch(file.name):
            found.append(f"name is {file.name!r}: give a plain file name")
        if not _SHA256.fullmatch(file.sha256):
            found.append(f"sha256 of {file.name} is not 64 hexadecimal digits")
        if file.size < 1:
            found.append(f"size of {file.name} is {file.size}")
    found += [f"{a!r} is no address" for a in addresses if not _ADDRESS.fullmatch(a)]
    names = [file.name.lower() for file in recipe.files]
    if len(set(names)) != len(names):
        found.append("two files have one name")
    for part, name in recipe.parts.items():
        files = [file.name for file in recipe.files if file.part == part]
        if len(files) > 1 and {Path(file).stem for file in files} != {name}:
            found.append(f"the files of {part} differ in more than their ending: {files}")
    return found
