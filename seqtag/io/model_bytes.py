"""A model's folder as files in memory, for those who keep models in a place of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from seqtag.errors import ModelError

T = TypeVar("T")


def to_files(save: Callable[[Path], None]) -> dict[str, bytes]:
    """Return the files of a model's folder by their names.

    Args:
        save: Writes the model into a folder that is given.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        save(folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def from_files(files: Mapping[str, bytes], read: Callable[[Path], T]) -> T:
    """Return what is read from a folder with the files that `to_files` has returned.

    Args:
        files: The files by their names.
        read: Reads a folder.

    Raises:
        ModelError: A name is that of no file in a folder.
    """
    # A file of vectors may still be mapped, and on some systems stays until it is not.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        for name, content in files.items():
            if not isinstance(name, str) or Path(name).name != name or name in ("", ".."):
                raise ModelError(f"a model has no file {name!r}")
            if not isinstance(content, bytes):
                raise ModelError(f"the content of a model's file {name!r} is no bytes")
            (Path(place) / name).write_bytes(content)
        return read(Path(place))
