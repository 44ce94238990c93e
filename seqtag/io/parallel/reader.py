"""Parallel text of any format, pair by pair."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from seqtag.errors import ConfigError, DataError
from seqtag.io.labelled.entries import Flaw
from seqtag.io.lines import Source, read_line_groups, source_name
from seqtag.io.parallel.entries import AlignedPairs, TablePairs, half_character, json_pairs
from seqtag.io.parallel.layout import ParallelLayout, pair_paths
from seqtag.text.pairs import Pair


def read_pairs(
    source: Source, layout: ParallelLayout, *, empty_allowed: bool = True
) -> Iterator[Pair]:
    """Read parallel text, each pair as soon as its line has arrived.

    Lines end at LF or CRLF. Blank lines of TSV and JSON Lines are passed over; in two files they
    are empty texts.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped. For
            the format ``pairs`` the path that `pair_paths` takes.
        layout: The format, and where the two sides stand.
        empty_allowed: Whether a text may be empty, as where such pairs are left out (see
            `PairFilter`), or is refused.

    Yields:
        The pairs in order.

    Raises:
        ConfigError: Two files are to be read from standard input.
        DataError: A file cannot be read, a line of it is not what the format asks for, one file
            has more lines than the other, a text is empty and must not be, or there is no pair.
    """
    entries, path = _entries(source, layout)
    found = False
    for entry in entries:
        if isinstance(entry, Flaw):
            raise _error(entry, path)
        if flaw := half_character(entry):
            raise _error(flaw, path)
        if not empty_allowed and entry.has_empty_side:
            side = "target" if entry.source.strip() else "source"
            message = f"the {side} is empty; write one, or take the pair out"
            raise DataError(message, path=path, line=entry.line)
        found = True
        yield entry
    if not found:
        raise DataError("holds no pair; give texts and their translations", path=path)


def _entries(source: Source, layout: ParallelLayout) -> tuple[Iterable[Pair | Flaw], str]:
    """Return the pairs and the flaws of parallel text, and what messages call it."""
    if layout.format == "pairs":
        if not isinstance(source, str | os.PathLike):
            raise ConfigError("two files of parallel text are read from their paths; give these")
        first, second = pair_paths(source, layout)
        aligned = AlignedPairs(read_line_groups(first), read_line_groups(second), (first, second))
        return aligned, first
    path = source_name(source)
    groups = read_line_groups(source)
    if layout.format == "tsv":
        return TablePairs(groups, layout, path), path
    return json_pairs(groups, layout), path


def _error(flaw: Flaw, path: str) -> DataError:
    return DataError(flaw.message, path=flaw.path or path, line=flaw.line)
