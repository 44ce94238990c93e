"""Folders made, replaced and removed, with plain words for what the operating system refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from seqtag.io.files import os_data_error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        DataError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise os_data_error(error, folder, "made") from error


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it; one that is not there is fine.

    Raises:
        DataError: It cannot be removed.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise os_data_error(error, folder, "removed") from error


def replace_folder(source: Path, target: Path) -> None:
    """Put a folder in the place of another, which is removed once the new one stands.

    Raises:
        DataError: It cannot be put there; the other one is where it was.
    """
    old = target.with_name(f".{target.name}.old")
    try:
        remove_folder(old)
        if target.exists():
            target.rename(old)
        try:
            source.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise os_data_error(error, target, "written") from error
    remove_folder(old)


def discard(folder: Path) -> None:
    """Remove a folder that is gone at once for whoever looks for it.

    Raises:
        DataError: It cannot be removed.
    """
    old = folder.with_name(f".{folder.name}.old")
    remove_folder(old)
    try:
        folder.rename(old)
    except FileNotFoundError:
        return
    except OSError as error:
        raise os_data_error(error, folder, "removed") from error
    remove_folder(old)


def remove(path: Path) -> None:
    """Remove a file or a folder; one that is not there is fine.

    Raises:
        DataError: It cannot be removed.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise os_data_error(error, path, "removed") from error


def entries(folder: Path) -> Iterator[Path]:
    """Yield what a folder holds.

    Raises:
        DataError: It cannot be read.
    """
    try:
        yield from folder.iterdir()
    except OSError as error:
        raise os_data_error(error, folder, "read") from error
