"""Files written whole or not at all, and plain words for what the operating system refuses."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

from seqtag.errors import DataError

_REASONS = {
    errno.EACCES: "permission denied; change the rights of the file and its folder",
    errno.EPERM: "permission denied; change the rights of the file and its folder",
    errno.ENOENT: "no such file or folder; check the path",
    errno.EISDIR: "this is a folder; give the path of a file",
    errno.ENOTDIR: "a part of the path is a file and not a folder; check the path",
    errno.ENAMETOOLONG: "the name is too long; give a shorter one",
    errno.ELOOP: "the links in this path lead round in a circle; check the path",
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EFBIG: "the file grows larger than this disk allows; give a path on another one",
    errno.EROFS: "the disk is read-only; give a path on another one",
}


_TEMPORARY = re.compile(r"\.seqtag-[0-9a-f]{16}\.tmp")


def is_temporary(name: str) -> bool:
    """Tell whether a file was written by `write_whole` in a program that was killed meanwhile."""
    return _TEMPORARY.fullmatch(name) is not None


def os_data_error(error: OSError, path: str | os.PathLike[str], action: str) -> DataError:
    """Return what the operating system refused as an error in plain words.

    Args:
        error: What the operating system said.
        path: The file that was to be read or written.
        action: What failed, such as ``"read"`` or ``"written"``.
    """
    reason = _REASONS.get(error.errno or 0) or f"{error.strerror or error}; check the path"
    return DataError(f"cannot be {action}: {reason}", path=path)


@overload
def write_whole(
    path: str | os.PathLike[str], mode: Literal["w"] = "w"
) -> AbstractContextManager[TextIO]: ...


@overload
def write_whole(
    path: str | os.PathLike[str], mode: Literal["wb"]
) -> AbstractContextManager[BinaryIO]: ...


def write_whole(
    path: str | os.PathLike[str], mode: Literal["w", "wb"] = "w"
) -> AbstractContextManager[IO[Any]]:
    """Open a file for writing that takes its place only once all of it is on the disk.

    What is written goes to a temporary file in the same folder, which then replaces ``path`` in
    one step. Whenever the program ends, ``path`` therefore holds either all of the new content or
    what it held before. If the ``with`` block raises, the temporary file is removed.

    Args:
        path: The file to write; an existing one is replaced, a link is followed.
        mode: ``"w"`` for UTF-8 text (line ends are written as given), ``"wb"`` for bytes.

    Returns:
        A context manager that gives the open file.

    Raises:
        DataError: The operating system refuses (full disk, no permission, no such folder), or
            ``path`` is a folder or a device.
    """
    return _write_whole(path, mode)


@contextlib.contextmanager
def _write_whole(path: str | os.PathLike[str], mode: Literal["w", "wb"]) -> Iterator[IO[Any]]:
    target = Path(os.path.realpath(path))
    # Not made by tempfile, which would leave the file readable by its owner only.
    temporary = target.parent / f".seqtag-{secrets.token_hex(8)}.tmp"
    try:
        _check_replaceable(target, path)
        with _create(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _flush_folder(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        # An error that names another file arose from the block's own work with that file.
        if isinstance(error, OSError) and error.filename in (None, str(target), str(temporary)):
            raise os_data_error(error, path, "written") from error
        raise


def _create(path: Path, mode: Literal["w", "wb"]) -> IO[Any]:
    return path.open("xb") if mode == "wb" else path.open("x", encoding="utf-8", newline="")


def _check_replaceable(target: Path, path: str | os.PathLike[str]) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not target.is_file():
        raise DataError("cannot be written: this is not a regular file; give another", path=path)


def _flush_folder(folder: Path) -> None:
    """Bring the folder's new entry to the disk, on systems that can be asked to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
