"""Looking for faults in files of labelled texts, each by itself and all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqtag.config import TASK_FORMATS
from seqtag.errors import ConfigError
from seqtag.io.columns import Format
from seqtag.io.labelled import Header, LabelledFormat, guess_labelled_format, parse_text_columns
from seqtag.io.lint.labelled import LabelledScan, scan_labelled
from seqtag.io.lint.labelled_compare import (
    report_conflicts,
    report_labels,
    report_repeated,
    report_shared,
)
from seqtag.io.parallel import ParallelFormat
from seqtag.text.findings import LabelledReport, LabelledSummary, LabelSummary, Overlap, Part


def lint_labelled(
    files: Sequence[tuple[Part | None, str]],
    *,
    columns: str | None = None,
    format: Format | LabelledFormat | ParallelFormat | None = None,
    header: Header = "auto",
    limit: int | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> LabelledReport:
    """Look for faults in files of labelled texts; see `seqtag.api.lint.lint`.

    Args:
        files: Each file with what it is given as, the training file before those of dev and test.
        columns: Column specification, as for `seqtag.train`.
        format: The files' format; None to go by their names.
        header: Whether the first row of a table is a header.
        limit: How many problems of each kind are listed for each file; None for all.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        ConfigError: The columns are not understood, or the format is one of other files.
        DataError: A file cannot be read, or holds no text or not the columns.
    """
    if format == "conll" or format == "conllu" or format == "pairs" or format == "text":
        raise ConfigError(
            f"files in the format {format} hold no labelled texts: the formats of these are "
            f"{', '.join(TASK_FORMATS['classify'])}; or leave out --task classify"
        )
    scans: list[LabelledScan] = []
    train: LabelledScan | None = None
    for part, path in files:
        kind = format or guess_labelled_format(path)
        scan = scan_labelled(
            path,
            parse_text_columns(columns, kind),
            kind,
            header=header,
            limit=limit,
            known=train.types if train else None,
            progress=progress,
        )
        scans.append(scan)
        train = scan if part == "train" else train
    held = [
        scan
        for scan, (part, _) in zip(scans, files, strict=True)
        if train is not None and part in ("dev", "test")
    ]
    report_labels(scans, train, held)
    ambiguous = report_conflicts(scans)
    summaries = []
    for scan, (part, _), count in zip(scans, files, ambiguous, strict=True):
        report_repeated(scan)
        is_held = train is not None and any(scan is other for other in held)
        overlap = report_shared(scan, train) if train is not None and is_held else None
        summaries.append(_summarize(scan, part, count, overlap))
    return LabelledReport.of(summaries, [scan.findings.problems() for scan in scans])


def _summarize(
    scan: LabelledScan, part: Part | None, ambiguous: int, overlap: Overlap | None
) -> LabelledSummary:
    has_columns = scan.format in ("tsv", "csv", "jsonl")
    return LabelledSummary(
        path=scan.findings.path,
        part=part,
        format=scan.format,
        width=scan.width,
        has_header=scan.has_header,
        text=scan.columns.text if has_columns else "",
        label=scan.columns.label if has_columns else "",
        texts=scan.texts,
        tokens=scan.tokens,
        types=len(scan.types),
        shortest=min(scan.lengths),
        median=scan.median,
        longest=scan.longest,
        longest_line=scan.longest_line,
        repeated=scan.index.count_repeated(),
        ambiguous=ambiguous,
        labels=[
            LabelSummary(label, count, scan.first_lines[label])
            for label, count in scan.labels.most_common()
        ],
        overlap=overlap,
        problems=dict(scan.findings.counts),
    )
