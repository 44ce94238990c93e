"""Looking for faults in annotated files, each by itself and all together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Literal, TypedDict, Unpack, overload

from seqtag.api.corpora import corpus_path
from seqtag.api.label_lint import lint_labelled
from seqtag.api.lint_task import LintTask
from seqtag.api.parallel_lint import lint_pairs
from seqtag.api.text_lint import lint_texts
from seqtag.errors import ConfigError
from seqtag.io.columns import Format, guess_format, parse_columns
from seqtag.io.labelled import Header, LabelledFormat
from seqtag.io.lint.compare import report_conflicts, report_labels, report_shared
from seqtag.io.lint.file import Scan, scan_file
from seqtag.io.parallel import ParallelFormat
from seqtag.text.findings import (
    FileSummary,
    LabelledReport,
    LintReport,
    Overlap,
    ParallelReport,
    Part,
    TagSummary,
    TextReport,
)

LISTED = 20
"""How many problems of each kind are listed for each file unless something else is asked for."""


class _Options(TypedDict, total=False):
    """What `lint` takes for files of every task."""

    train: str | os.PathLike[str] | None
    dev: str | os.PathLike[str] | None
    test: str | os.PathLike[str] | None
    columns: str | None
    source: str
    target: str
    format: Format | LabelledFormat | ParallelFormat | None
    comment: str | None
    header: Header
    limit: int | None
    progress: Callable[[int], object]


@overload
def lint(
    *files: str | os.PathLike[str], task: Literal["tag"] = "tag", **options: Unpack[_Options]
) -> LintReport: ...


@overload
def lint(
    *files: str | os.PathLike[str], task: Literal["classify"], **options: Unpack[_Options]
) -> LabelledReport: ...


@overload
def lint(
    *files: str | os.PathLike[str], task: Literal["translate"], **options: Unpack[_Options]
) -> ParallelReport: ...


@overload
def lint(
    *files: str | os.PathLike[str], task: Literal["generate"], **options: Unpack[_Options]
) -> TextReport: ...


def lint(
    *files: str | os.PathLike[str],
    task: LintTask = "tag",
    train: str | os.PathLike[str] | None = None,
    dev: str | os.PathLike[str] | None = None,
    test: str | os.PathLike[str] | None = None,
    columns: str | None = None,
    source: str = "",
    target: str = "",
    format: Format | LabelledFormat | ParallelFormat | None = None,
    comment: str | None = None,
    header: Header = "auto",
    limit: int | None = LISTED,
    progress: Callable[[int], object] = lambda size: None,
) -> LintReport | LabelledReport | ParallelReport | TextReport:
    """Look for faults in CoNLL and CoNLL-U files, in labelled texts, parallel text or plain text.

    Every file is looked at by itself, and all together for sentences that have different tags in
    different places (or texts that have different labels). Development and test files are held
    against the training file besides.

    Args:
        files: Files that are no parts of one corpus; ``-`` is standard input.
        task: What the files are for: ``tag``, ``classify`` for labelled texts, ``translate``
            for parallel text, or ``generate`` for plain text.
        train: The training file.
        dev: The development file.
        test: The test file.
        columns: Column specification, as for `seqtag.train`.
        source: Where the texts of parallel text stand: the ending of a file's name, a column or a
            key, as ``data.source`` says it.
        target: Where their translations stand, likewise.
        format: The files' format; None to go by their names.
        comment: What comment lines of CoNLL files start with; None for none.
        header: Whether the first row of TSV and CSV with labelled texts holds the names of the
            columns; so for parallel text in TSV.
        limit: How many problems of each kind are listed for each file; None for all.
        progress: Is told how many more bytes have been read, time and again.

    Returns:
        Counts, and the problems by line.

    Raises:
        ConfigError: There is no file, the columns are not understood, or it is not told where the
            two sides of parallel text stand.
        DataError: A file cannot be read, or holds no sentence, text or pair or not the columns.
    """
    parts: list[tuple[Part | None, str | os.PathLike[str] | None]] = [
        ("train", train),
        ("dev", dev),
        ("test", test),
        *((None, file) for file in files),
    ]
    names = [(part, os.fspath(path)) for part, path in parts if path is not None]
    given = [(part, corpus_path(name, task=task)) for part, name in names]
    if not given:
        raise ConfigError("there is no file to look at; name one, or - for standard input")
    if sum(path == "-" for _, path in given) > 1:
        raise ConfigError("standard input can be read once only; name it once")
    if task == "translate":
        return lint_pairs(
            given,
            [name for _, name in names],
            source=source,
            target=target,
            columns=columns,
            format=format,
            header=header,
            limit=limit,
            progress=progress,
        )
    if source or target:
        raise ConfigError(
            "source and target are those of parallel text: say --task translate, or leave them out"
        )
    if task == "classify":
        return lint_labelled(
            given, columns=columns, format=format, header=header, limit=limit, progress=progress
        )
    if task == "generate":
        return lint_texts(given, columns=columns, format=format, limit=limit, progress=progress)
    if format is not None and format != "conll" and format != "conllu":
        others = {"pairs": ("parallel", "translate"), "text": ("plain", "generate")}
        what, other = others.get(format, ("labelled", "classify"))
        raise ConfigError(
            f"files in the format {format} hold {what} texts, not tags: say --task {other}"
        )
    return _lint_tagged(given, columns, format, comment, limit, progress)


def _lint_tagged(
    given: Sequence[tuple[Part | None, str]],
    columns: str | None,
    format: Format | None,
    comment: str | None,
    limit: int | None,
    progress: Callable[[int], object],
) -> LintReport:
    kinds = {format or guess_format(path) for part, path in given if part is not None}
    if len(kinds) > 1:
        raise ConfigError(
            "by their names, train, dev and test are of different formats, CoNLL and CoNLL-U, and "
            "cannot be held against each other: look at each by itself, or say --input"
        )
    scans: list[Scan] = []
    train_scan: Scan | None = None
    for part, path in given:
        kind = format or guess_format(path)
        scan = scan_file(
            path,
            parse_columns(columns, kind),
            kind,
            comment=comment,
            limit=limit,
            known=train_scan.types if train_scan else None,
            progress=progress,
        )
        scans.append(scan)
        train_scan = scan if part == "train" else train_scan
    held = {n for n, (part, _) in enumerate(given) if train_scan and part in ("dev", "test")}
    report_labels(scans, train_scan, [scans[number] for number in held])
    ambiguous = report_conflicts(scans)
    summaries = []
    for number, (scan, (part, _)) in enumerate(zip(scans, given, strict=True)):
        overlap = None
        if train_scan is not None and number in held:
            overlap = report_shared(scan, train_scan)
        summaries.append(_summarize(scan, part, ambiguous[number], overlap))
    return LintReport.of(summaries, [scan.findings.problems() for scan in scans])


def _summarize(
    scan: Scan, part: Part | None, ambiguous: int, overlap: Overlap | None
) -> FileSummary:
    return FileSummary(
        path=scan.findings.path,
        part=part,
        format=scan.format,
        width=scan.width,
        separator=scan.separator,
        token=scan.columns.token,
        documents=scan.documents,
        sentences=scan.sentences,
        tokens=scan.tokens,
        types=len(scan.types),
        longest=scan.longest,
        longest_line=scan.longest_line,
        repeated=scan.index.count_repeated(),
        ambiguous=ambiguous,
        tags=[
            TagSummary(
                name,
                counts.scheme(),
                dict(counts.counts.most_common()),
                dict(counts.spans().most_common()),
            )
            for name, counts in zip(scan.columns.tags, scan.tags, strict=True)
        ],
        overlap=overlap,
        problems=dict(scan.findings.counts),
    )
