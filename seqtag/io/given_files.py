"""Files in a run's folder of what a program gave in place of files."""

from __future__ import annotations

import contextlib
import filecmp
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from seqtag.io.files import os_data_error
from seqtag.io.folders import entries, make_folder, remove, remove_folder

DATA = "data"
"""Where examples and vectors lie that a program gave in place of files."""

GIVEN_VECTORS = "vectors.safetensors"
"""The file of vectors that a program gave, in the run's folder of data."""

GIVEN_SUFFIXES = {"conll": ".conll", "jsonl": ".jsonl", "text": ".txt"}
"""The endings of files of examples there, by their format; before them stands the part."""

_SUFFIXES = "|".join(map(re.escape, GIVEN_SUFFIXES.values()))
_GIVEN = re.compile(rf"(train|dev|test)({_SUFFIXES})|{re.escape(GIVEN_VECTORS)}")


@contextlib.contextmanager
def stage_examples(folder: Path | None) -> Iterator[Path]:
    """Make a folder for examples until it is known that all is right with them.

    It is there for as long as the ``with`` block lasts; so is the run's folder, if nothing else
    has come into it.

    Args:
        folder: The run's folder, in which it is made; None for a place for temporary files.

    Raises:
        DataError: It cannot be made.
    """
    if folder is None:
        with _temporary_folder() as temporary:
            yield temporary
        return
    is_new = not folder.exists()
    staged = folder / f".{DATA}.partial"
    try:
        remove_folder(staged)
        make_folder(staged)
        yield staged
    finally:
        remove_folder(staged)
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Make a folder that is removed behind the ``with`` block."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="seqtag-"))
    except OSError as error:
        raise os_data_error(error, tempfile.gettempdir(), "written") from error
    try:
        yield folder
    finally:
        remove_folder(folder)


def changed_examples(folder: Path, staged: Path) -> list[str]:
    """Return which files of `stage_examples` a run has with another content."""
    pairs = [(path, folder / DATA / path.name) for path in sorted(entries(staged))]
    try:
        return [
            old.name
            for new, old in pairs
            if old.exists() and not filecmp.cmp(new, old, shallow=False)
        ]
    except OSError as error:
        raise os_data_error(error, folder / DATA, "read") from error


def remove_examples(folder: Path, named: Collection[str]) -> None:
    """Remove the examples of a run that was replaced, but for those that the new one reads."""
    if folder.is_dir():
        for entry in list(entries(folder)):
            if _GIVEN.fullmatch(entry.name) and entry.name not in named:
                remove(entry)
        with contextlib.suppress(OSError):  # there is something else in it
            folder.rmdir()


def place_examples(source: Path, folder: Path) -> None:
    """Put the files of a folder into another one, where they take no further space if possible."""
    make_folder(folder)
    for path in list(entries(source)):
        target = folder / path.name
        remove(target)
        try:
            try:
                target.hardlink_to(path)
            except OSError:  # not every disk has links
                shutil.copyfile(path, target)
        except OSError as error:
            raise os_data_error(error, target, "written") from error
