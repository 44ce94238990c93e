"""Which format a file of labelled texts has, and which columns hold text and label."""

from __future__ import annotations

import difflib
import os
import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from seqtag.errors import ConfigError
from seqtag.io.docbin import SUFFIX
from seqtag.io.labelled.fasttext import PREFIX
from seqtag.io.lines import read_pieces

LabelledFormat: TypeAlias = Literal["tsv", "csv", "jsonl", "fasttext", "folder", "text"]
"""``text``, a text a line, has no labels and serves for prediction only."""

_SUFFIXES: dict[str, LabelledFormat] = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".ft": "fasttext",
    ".fasttext": "fasttext",
    SUFFIX: "jsonl",  # which spaCy's documents are read as
}
_ROLES = ("text", "label")
_INDEX = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class TextColumns:
    """The columns of a file of labelled texts.

    Attributes:
        text: The column of the texts: its index, from 0 or, negative, from the end (``"0"``,
            ``"-1"``), or its name; for JSON Lines a key.
        label: The column of the labels, likewise.
    """

    text: str
    label: str

    @property
    def spec(self) -> str:
        """The columns as `parse_text_columns` reads them, such as ``text=0,label=1``."""
        return f"text={self.text},label={self.label}"

    @property
    def are_named(self) -> bool:
        """Whether a column is given by its name, so that a table needs a header."""
        return not (is_index(self.text) and is_index(self.label))


_BY_INDEX = TextColumns("0", "1")
_BY_NAME = TextColumns("text", "label")


def is_index(name: str) -> bool:
    """Tell whether a column is given by its index and not by its name."""
    return _INDEX.fullmatch(name) is not None


def guess_labelled_format(
    path: str | os.PathLike[str], *, labels_required: bool = True
) -> LabelledFormat:
    """Return the format of a file of labelled texts.

    It is told by the name, with or without ``.gz`` at its end: ``.tsv`` and ``.tab``, ``.csv``,
    ``.jsonl`` and ``.ndjson``, ``.ft`` and ``.fasttext``; a folder is one with a folder for each
    label. A file of any other name, and standard input, is a text a line where no labels are
    asked for; else fastText if its first line begins with ``__label__``, and TSV if not (or if it
    is standard input or another pipe, at which nobody can look twice).

    Args:
        path: The file; ``-`` for standard input.
        labels_required: Whether labels are asked for.

    Raises:
        DataError: The first line has to be looked at and cannot be read.
    """
    name = os.fspath(path)
    by_name = named_format(name)
    if by_name is not None:
        return by_name
    if not labels_required:
        return "text"
    return "fasttext" if begins_with_label(name) else "tsv"


def begins_with_label(path: str) -> bool:
    """Tell whether a file begins with a label as fastText has it.

    Of what can be read only once, standard input or another pipe, nothing is read.

    Raises:
        DataError: The file cannot be read.
    """
    if path == "-" or Path(path).is_fifo():
        return False
    return next(read_pieces(path), b"").removeprefix(BOM_UTF8).startswith(PREFIX.encode())


def named_format(path: str) -> LabelledFormat | None:
    """Return the format that a file's name tells, or None if it tells none."""
    if path != "-" and Path(path).is_dir():
        return "folder"
    return _SUFFIXES.get(Path(path.lower().removesuffix(".gz")).suffix)


def parse_text_columns(spec: str | None, format: LabelledFormat) -> TextColumns:
    """Read a description of columns such as ``text=review,label=stars`` or ``text=0,label=-1``.

    Args:
        spec: ``role=column`` pairs with a comma between them. A role that is left out, or both
            with ``None``, takes its default: first column text, second column label; for JSON
            Lines the keys ``text`` and ``label``.
        format: The format of the files.

    Raises:
        ConfigError: The description is not of this form, or the format has no columns.
    """
    default = _BY_NAME if format == "jsonl" else _BY_INDEX
    if not spec:
        return default
    if format not in ("tsv", "csv", "jsonl"):
        raise ConfigError(f"columns '{spec}': files in the format {format} have none; leave it out")
    given: dict[str, str] = {}
    for part in spec.split(","):
        role, equals, value = (piece.strip() for piece in part.partition("="))
        if not (role and equals and value):
            raise ConfigError(
                f"columns '{spec}': '{part}' is not of the form role=column; "
                f"write it like '{default.spec}'"
            )
        if role not in _ROLES:
            near = difflib.get_close_matches(role, _ROLES, n=1)
            advice = f"did you mean {near[0]}?" if near else f"the roles are {', '.join(_ROLES)}"
            raise ConfigError(f"columns '{spec}': unknown role '{role}'; {advice}")
        if role in given:
            raise ConfigError(f"columns '{spec}': {role} is given twice; name one column")
        given[role] = str(int(value)) if format != "jsonl" and is_index(value) else value
    columns = TextColumns(given.get("text", default.text), given.get("label", default.label))
    if columns.text == columns.label:
        other = "label" if "text" in given else "text"
        advice = f"name that of the {other} too" if len(given) == 1 else "name two columns"
        raise ConfigError(
            f"columns '{spec}': text and label are both column {columns.text}; {advice}"
        )
    return columns
