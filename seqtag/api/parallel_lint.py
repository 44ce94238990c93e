"""Looking for faults in parallel text, each file by itself and all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqtag.api.corpora import corpus_sides
from seqtag.api.pairs import parse_sides
from seqtag.config import TASK_FORMATS
from seqtag.errors import ConfigError
from seqtag.io.labelled import Header
from seqtag.io.lint.parallel_compare import lint_parallel
from seqtag.text.findings import ParallelReport, Part


def lint_pairs(
    files: Sequence[tuple[Part | None, str]],
    names: Sequence[str],
    *,
    source: str = "",
    target: str = "",
    columns: str | None = None,
    format: str | None = None,
    header: Header = "auto",
    limit: int | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> ParallelReport:
    """Look for faults in parallel text; see `seqtag.api.lint.lint`.

    Args:
        files: Each file with what it is given as, the training file before those of dev and test.
        names: What each of them was called by the user; of a public corpus, where its two sides
            stand is known.
        source: Where the texts stand.
        target: Where their translations stand.
        columns: Both, as ``source=en,target=de``.
        format: The files' format; None to go by their names.
        header: Whether the first row of a table is a header.
        limit: How many problems of each kind are listed for each file; None for all.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        ConfigError: It is not told where the sides stand, or the format is one of other files.
        DataError: A file cannot be read, or holds no pair or not the columns.
    """
    if format is not None and format not in TASK_FORMATS["translate"]:
        raise ConfigError(
            f"files in the format {format} hold no translations: the formats of these are "
            f"{', '.join(TASK_FORMATS['translate'])}; or leave out --task translate"
        )
    if columns:
        if source or target:
            raise ConfigError("columns and source or target are given: leave one of them out")
        source, target = parse_sides(columns)
    for name in names:
        known_source, known_target = corpus_sides(name)
        source, target = source or known_source, target or known_target
    return lint_parallel(
        files,
        format=format or "auto",
        source=source,
        target=target,
        header=header,
        limit=limit,
        progress=progress,
    )
