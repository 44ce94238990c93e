"""Parallel text of any format, pair by pair."""

from __future__ import annotations

from collections.abc import Iterator

from seqtag.errors import DataError
from seqtag.io.labelled.entries import Flaw
from seqtag.io.lines import Source, read_line_groups
from seqtag.io.parallel.entries import half_character, parallel_entries, parallel_files
from seqtag.io.parallel.layout import ParallelLayout
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
    files, paths = parallel_files(source, layout)
    entries, path = parallel_entries(list(map(read_line_groups, files)), layout, paths), paths[0]
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


def _error(flaw: Flaw, path: str) -> DataError:
    return DataError(flaw.message, path=flaw.path or path, line=flaw.line)
