"""Looking for faults in plain text, each file by itself and all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqtag.api.plain_text import annotated_task
from seqtag.errors import ConfigError
from seqtag.io.lint.plain_text import PlainScan, scan_plain_text
from seqtag.text.findings import Part, TextReport


def lint_texts(
    files: Sequence[tuple[Part | None, str]],
    *,
    columns: str | None = None,
    format: str | None = None,
    limit: int | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> TextReport:
    """Look for faults in plain text; see `seqtag.api.lint.lint`.

    Args:
        files: Each file or folder with what it is given as, the training file before those of dev
            and test.
        columns: Is refused.
        format: ``text`` to take files of any name for plain text; None to refuse those of others.
        limit: How many problems of each kind are listed for each file; None for all.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        ConfigError: Columns are given, or a file is in another format.
        DataError: A file cannot be read, or there is no text.
    """
    if columns is not None:
        raise ConfigError(f"columns are {columns!r}, and plain text has none: leave them out")
    if format not in (None, "text"):
        raise ConfigError(
            f"files in the format {format} hold no plain text: leave out the format, or "
            "--task generate"
        )
    scans: list[PlainScan] = []
    summaries = []
    train: PlainScan | None = None
    for part, path in files:
        if format is None:
            _check_plain(path)
        scan = scan_plain_text(path, limit=limit, known=train, progress=progress)
        scans.append(scan)
        summaries.append(scan.summary(part))
        train = scan if part == "train" else train
    return TextReport.of(summaries, [scan.problems() for scan in scans])


def _check_plain(path: str) -> None:
    """Refuse annotated files, of which a language model learns the text alone."""
    task = annotated_task(path)
    if task is not None:
        raise ConfigError(
            f"by its name or first line, {path} is annotated: look at it with --task {task}, or "
            "say that it is plain text with --input text"
        )
