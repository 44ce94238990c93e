"""Which format parallel text has, and where its two sides stand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from seqtag.errors import ConfigError
from seqtag.io.labelled import Header
from seqtag.io.labelled.columns import is_index

ParallelFormat: TypeAlias = Literal["pairs", "tsv", "jsonl"]
"""``pairs`` are two files, of which each line of one belongs to that line of the other."""

_SUFFIXES: dict[str, ParallelFormat] = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_DEFAULTS: dict[ParallelFormat, tuple[str, str]] = {
    "pairs": ("", ""),
    "tsv": ("0", "1"),
    "jsonl": ("source", "target"),
}


@dataclass(frozen=True, slots=True)
class ParallelLayout:
    """How parallel text is written.

    Attributes:
        format: Its format.
        source: Where the texts stand: for ``pairs`` the ending of the file, without its point; for
            TSV the column's index, from 0 or, negative, from the end, or its name; for JSON Lines
            the key.
        target: Where the translations stand, likewise.
        header: Whether the first row of TSV holds the names of the columns; ``auto``: where a
            column is given by its name, or the two have well-known names.
    """

    format: ParallelFormat
    source: str
    target: str
    header: Header = "auto"

    @property
    def are_named(self) -> bool:
        """Whether a column of TSV is given by its name, so that there must be a header."""
        return not (is_index(self.source) and is_index(self.target))


def guess_parallel_format(path: str | os.PathLike[str]) -> ParallelFormat:
    """Return the format of parallel text by its name, with or without ``.gz`` at the end.

    Names that end in ``.tsv`` and ``.tab`` are those of TSV, and so is standard input; ``.jsonl``
    and ``.ndjson`` are JSON Lines; every other name is the common beginning of two files.

    Args:
        path: The file; ``-`` for standard input.
    """
    return "tsv" if os.fspath(path) == "-" else named_parallel_format(path) or "pairs"


def named_parallel_format(path: str | os.PathLike[str]) -> ParallelFormat | None:
    """Return the format that a single file's name tells, or None if it tells none."""
    return _SUFFIXES.get(Path(os.fspath(path).lower().removesuffix(".gz")).suffix)


def parallel_layout(
    path: str | os.PathLike[str],
    *,
    format: str = "auto",
    source: str = "",
    target: str = "",
    header: Header = "auto",
) -> ParallelLayout:
    """Return how parallel text is written.

    Args:
        path: The file; for two files their common beginning, or one of them.
        format: The format; ``auto`` to go by the name.
        source: Where the texts stand, as in `ParallelLayout`; empty for the first column of TSV
            and the key ``source``.
        target: Where their translations stand; empty for the second column and the key ``target``.
        header: Whether the first row of TSV holds the names of its columns.

    Raises:
        ConfigError: The format is none of parallel text, the endings of two files are not given,
            or both sides are the same.
    """
    name = os.fspath(path)
    kind = guess_parallel_format(name) if format == "auto" else _known_format(format)
    first, second = (
        _bare_side(given.strip() or default, kind)
        for given, default in zip((source, target), _DEFAULTS[kind], strict=True)
    )
    if not (first and second):
        raise ConfigError(
            f"{name}: two files hold parallel text, with the same lines; give their endings, as "
            "--source en --target de for NAME.en and NAME.de (a file of both is TSV or JSON "
            "Lines, and its name ends in .tsv or .jsonl)"
        )
    if first == second:
        where = {"pairs": "the ending", "tsv": "column", "jsonl": "the key"}[kind]
        raise ConfigError(
            f"source and target are both {where} '{first}'; name two with --source and --target"
        )
    layout = ParallelLayout(kind, first, second, header)
    if header == "no" and kind == "tsv" and layout.are_named:
        raise ConfigError(
            f"columns '{first}' and '{second}': names of columns stand in a header, and "
            "header is no; give their numbers"
        )
    return layout


def _known_format(name: str) -> ParallelFormat:
    for known in get_args(ParallelFormat):
        if name == known:
            return cast("ParallelFormat", known)
    raise ConfigError(
        f"data.format is '{name}', in which there are no translations: give one of "
        f"{', '.join(get_args(ParallelFormat))}"
    )


def _bare_side(side: str, kind: ParallelFormat) -> str:
    """Return where a side stands, always written in the same way."""
    if kind == "pairs":
        return side.removeprefix(".")
    return str(int(side)) if kind == "tsv" and is_index(side) else side


def pair_paths(path: str | os.PathLike[str], layout: ParallelLayout) -> tuple[str, str]:
    """Return the two files of parallel text in the format ``pairs``.

    Args:
        path: Their common beginning, such as ``DIR/train`` for ``DIR/train.en`` and
            ``DIR/train.de``; or one of the two. Either may be gzipped and end in ``.gz`` too.
        layout: Their endings.

    Raises:
        ConfigError: It is standard input.
    """
    name = os.fspath(path)
    if name == "-":
        raise ConfigError(
            "standard input is one file, and the format pairs has two; pipe TSV or JSON Lines"
        )
    for side in (layout.source, layout.target):
        for ending in (f".{side}", f".{side}.gz"):
            if name.endswith(ending) and Path(name).is_file():
                return _both(name.removesuffix(ending), layout)
    return _both(name, layout)


def _both(beginning: str, layout: ParallelLayout) -> tuple[str, str]:
    return _existing(f"{beginning}.{layout.source}"), _existing(f"{beginning}.{layout.target}")


def _existing(path: str) -> str:
    """Return a path, with ``.gz`` behind it where only such a file is there."""
    zipped = f"{path}.gz"
    return zipped if not Path(path).exists() and Path(zipped).exists() else path
