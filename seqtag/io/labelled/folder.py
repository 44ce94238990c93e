"""A folder for each label: FOLDER/LABEL/NAME.txt, each file a text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from seqtag.errors import DataError
from seqtag.io.files import os_data_error
from seqtag.io.labelled.entries import Entry
from seqtag.io.lines import read_line_groups

SUFFIXES = (".txt", ".txt.gz")
"""Ends of the names of files with texts."""


def folder_entries(folder: str | os.PathLike[str], *, labels_required: bool) -> Iterator[Entry]:
    """Yield the texts below a folder, by label and then by name.

    Args:
        folder: The folder.
        labels_required: Whether texts that stand in the folder itself are passed over, since they
            have no label, or are the first ones.

    Raises:
        DataError: As `label_files`, or a file cannot be read or is not UTF-8.
    """
    for path, label in label_files(folder, labels_required=labels_required):
        yield Entry(1, 1, read_whole_text(path), label, str(path))


def label_files(
    folder: str | os.PathLike[str], *, labels_required: bool
) -> Iterator[tuple[Path, str | None]]:
    """Yield the files with texts below a folder, and the label of each.

    Hidden files and folders, and files of other names than ``*.txt`` and ``*.txt.gz``, are passed
    over.

    Args:
        folder: The folder.
        labels_required: As for `folder_entries`.

    Raises:
        DataError: A folder cannot be read, has no file for its label, or has folders in it.
    """
    folders, files = list_texts(Path(folder))
    if not labels_required:
        yield from ((path, None) for path in files)
    for place in folders:
        deeper, files = list_texts(place)
        if deeper:
            message = "it is a folder inside that of a label; put its texts beside it"
            raise DataError(message, path=deeper[0])
        if not files:
            message = f"holds no text for the label '{place.name}'; texts are files NAME.txt"
            raise DataError(message, path=place)
        yield from ((path, place.name) for path in files)


def read_whole_text(path: Path) -> str:
    """Return what is in a file, without the last line end.

    Raises:
        DataError: The file cannot be read or is not UTF-8.
    """
    texts: list[str] = []
    for lines in read_line_groups(path):
        texts += lines.texts
    return "\n".join(texts)


def list_texts(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders and the files with texts in a folder, by name.

    Raises:
        DataError: The folder cannot be read.
    """
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise os_data_error(error, folder, "read") from error
    folders = [path for path in found if path.is_dir()]
    files = [path for path in found if path.name.endswith(SUFFIXES) and not path.is_dir()]
    return folders, files
