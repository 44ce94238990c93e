"""What several files of parallel text show together, and all the pairs of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seqtag.io.labelled import Header
from seqtag.io.lint.leaks import report_leaks
from seqtag.io.lint.parallel import MAX_RATIO, MAX_TOKENS, ParallelScan, scan_parallel
from seqtag.io.parallel import parallel_layout
from seqtag.text.findings import Overlap, ParallelReport, ParallelSummary, Part
from seqtag.text.sentence_index import first_alike


def lint_parallel(
    files: Sequence[tuple[Part | None, str]],
    *,
    format: str = "auto",
    source: str = "",
    target: str = "",
    header: Header = "auto",
    max_tokens: int = MAX_TOKENS,
    max_ratio: float = MAX_RATIO,
    limit: int | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> ParallelReport:
    """Look for faults in parallel text: in each file, in all of it, and between the parts.

    Args:
        files: Each file, or common beginning of two, with what it is given as; the training file
            before those of dev and test.
        format: As for `seqtag.io.parallel.parallel_layout`, like the next three.
        source: Where the texts stand.
        target: Where their translations stand.
        header: Whether the first row of TSV holds the names of its columns.
        max_tokens: Texts of more tokens are reported.
        max_ratio: So are pairs of which one side has more than so many times the characters of the
            other.
        limit: How many problems of each kind are listed for each file; None for all.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        ConfigError: It is not told where the sides stand, or so that it cannot be.
        DataError: A file cannot be read, or holds no pair or not the columns.
    """
    scans: list[ParallelScan] = []
    summaries: list[ParallelSummary] = []
    train: ParallelScan | None = None
    for part, path in files:
        scan = scan_parallel(
            path,
            parallel_layout(path, format=format, source=source, target=target, header=header),
            limit=limit,
            known=train,
            max_tokens=max_tokens,
            max_ratio=max_ratio,
            progress=progress,
        )
        repeated, ambiguous = report_repeated(scan)
        is_held = train is not None and part in ("dev", "test")
        overlap = report_shared(scan, train) if train is not None and is_held else None
        scans.append(scan)
        summaries.append(_summarize(scan, part, repeated, ambiguous, overlap))
        train = scan if part == "train" else train
    return ParallelReport.of(summaries, [scan.problems() for scan in scans])


def report_repeated(scan: ParallelScan) -> tuple[int, int]:
    """Report the pairs of three tokens a side and more that stand in the file before.

    Returns:
        How many pairs of any length stand there before; and how many other ones of which the
        source does, with another translation.
    """
    index = scan.index
    if not len(index.lines):
        return 0, 0
    first_of_each = first_alike(index)
    is_again = first_of_each != np.arange(len(first_of_each))
    for number in np.flatnonzero(is_again & ~index.is_short).tolist():
        place = scan.findings.place(int(index.lines[first_of_each[number]]))
        message = f"the same pair stands before, at {place}"
        scan.findings.add(int(index.lines[number]), "repeated", message)
    repeated = int(is_again.sum())
    return repeated, index.count_repeated() - repeated


def report_shared(scan: ParallelScan, train: ParallelScan) -> Overlap:
    """Report the sources that a part has in common with training, but for short pairs."""
    message = "the source is also in the training part"
    return report_leaks(scan, train, scan.sides[0].types.unseen, message)


def _summarize(
    scan: ParallelScan, part: Part | None, repeated: int, ambiguous: int, overlap: Overlap | None
) -> ParallelSummary:
    source, target = (side.summary() for side in scan.sides)
    return ParallelSummary(
        path=scan.path,
        part=part,
        format=scan.layout.format,
        width=scan.width,
        has_header=scan.has_header,
        pairs=scan.pairs,
        source=source,
        target=target,
        repeated=repeated,
        ambiguous=ambiguous,
        overlap=overlap,
        problems=dict(scan.counts()),
    )
