"""The findings of `seqtag.lint` as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TypeAlias

from seqtag.report.tables import table
from seqtag.text.characters import printable
from seqtag.text.findings import (
    FileSummary,
    Kind,
    LabelledReport,
    LabelledSummary,
    LintReport,
    ParallelReport,
    ParallelSummary,
    Problem,
    TagSummary,
    TextReport,
    TextSummary,
)
from seqtag.text.sentence_index import SHORT

AnyReport: TypeAlias = LintReport | LabelledReport | ParallelReport | TextReport

MOST_TAGS = 20
"""Of more tags only the most frequent are shown."""


def lint_report(report: LintReport, *, all_tags: bool = False) -> str:
    """Return counts as tables, the problems one a line, and how many there are.

    Args:
        report: The findings.
        all_tags: Whether to show all tags and not only the most frequent ones.
    """
    names = short_names(report.files)
    parts = [
        "\n".join(_counts(report.files, names)),
        *("\n".join(lines) for lines in _columns(report.files, names, all_tags)),
        "\n".join(_remarks(report.files, names)),
        "\n".join(problem_lines(report)),
        summary_line(report),
    ]
    text = "\n\n".join(part for part in parts if part)
    return "\n".join(map(printable, text.split("\n")))


def short_names(
    files: Sequence[FileSummary | LabelledSummary | ParallelSummary | TextSummary],
) -> list[str]:
    """Return what tables call the files: their parts, their names or, if need be, their paths."""
    names = [file.part or PurePath(file.path).name for file in files]
    return names if len(set(names)) == len(names) else [file.path for file in files]


def _counts(files: Sequence[FileSummary], names: Sequence[str]) -> Iterator[str]:
    """Yield the table of counts and that of columns, a line a file."""
    header = ["file", "sentences", "tokens", "types", "longest", "repeated"]
    rows = [
        [
            name,
            *(f"{n:,}" for n in (file.sentences, file.tokens, file.types)),
            f"{file.longest:,} (line {file.longest_line})",
            f"{file.repeated:,}",
        ]
        for name, file in zip(names, files, strict=True)
    ]
    if any(file.documents for file in files):
        header.insert(1, "documents")
        for row, file in zip(rows, files, strict=True):
            row.insert(1, f"{file.documents:,}")
    yield from table(header, rows)
    yield ""
    yield from table(
        ["file", "columns", "separated by", "token", "tags"],
        [
            [
                name,
                str(file.width),
                file.separator,
                file.token,
                ", ".join(f"{tag.column} ({tag.scheme or 'no spans'})" for tag in file.tags),
            ]
            for name, file in zip(names, files, strict=True)
        ],
    )


def _columns(
    files: Sequence[FileSummary], names: Sequence[str], all_tags: bool
) -> Iterator[Iterator[str]]:
    """Yield for each tag column the lines of the table of its tags, and of its spans."""
    for column in dict.fromkeys(tag.column for file in files for tag in file.tags):
        found: list[tuple[str, TagSummary]] = [
            (name, tag)
            for name, file in zip(names, files, strict=True)
            for tag in file.tags
            if tag.column == column
        ]
        titles = [name for name, _ in found]
        tags = [tag.tags for _, tag in found]
        yield _distribution(f"tags in {column}", titles, tags, None if all_tags else MOST_TAGS)
        spans = [tag.spans for _, tag in found]
        if any(spans):
            yield _distribution(
                f"spans in {column}", titles, spans, None if all_tags else MOST_TAGS
            )


def _distribution(
    title: str, names: Sequence[str], counts: Sequence[Mapping[str, int]], limit: int | None
) -> Iterator[str]:
    pooled: Counter[str] = Counter()
    for found in counts:
        pooled.update(found)
    totals = [sum(found.values()) or 1 for found in counts]
    rows = [
        [
            label,
            *(
                f"{found.get(label, 0):,} {found.get(label, 0) / total:6.1%}"
                for found, total in zip(counts, totals, strict=True)
            ),
        ]
        for label, _ in pooled.most_common(limit)
    ]
    yield from table([title, *names], rows)
    if len(rows) < len(pooled):
        yield f"  ... and {len(pooled) - len(rows):,} more; --all shows them"


def _remarks(files: Sequence[FileSummary], names: Sequence[str]) -> Iterator[str]:
    """Yield what is worth knowing and no problem."""
    for name, file in zip(names, files, strict=True):
        if file.overlap is not None:
            shared, of = file.overlap.sentences, file.overlap.of
            yield (
                f"  {name}: {shared:,} of {of:,} sentences of more than {SHORT} tokens "
                f"({shared / max(of, 1):.1%}) are in train too; "
                f"{file.overlap.unseen_tokens / max(file.tokens, 1):.1%} of its tokens are not"
            )
        if file.ambiguous:
            yield (
                f"  {name}: {file.ambiguous:,} of the sentences of up to {SHORT} tokens have other "
                "tags than the same ones elsewhere"
            )


def problem_lines(report: AnyReport) -> Iterator[str]:
    """Yield the problems one a line, and for each file how many are left out."""
    problems: dict[str, list[Problem]] = {}
    left: dict[str, Counter[Kind]] = {}
    names: dict[str, str] = {}
    firsts: dict[str, str] = {}  # of two files that are looked at together
    for file in report.files:  # of which one may be given twice
        problems.setdefault(file.path, [])
        left.setdefault(file.path, Counter()).update(file.problems)
        names[file.path] = file.path
        if isinstance(file, ParallelSummary) and file.target.path != file.path:
            names[file.path] = f"{file.path}, {file.target.path}"
            firsts[file.target.path] = file.path
    for problem in report.problems:
        path = firsts.get(problem.path, problem.path)
        if path not in problems:
            path = _folder_of(path, problems)
        problems[path].append(problem)
        left[path][problem.kind] -= 1
    for path, listed in problems.items():
        yield from map(str, listed)
        for kind, count in (+left[path]).items():
            yield f"{names[path]}: ... and {count:,} more: {kind}; --all lists them"


def _folder_of(path: str, folders: Iterable[str]) -> str:
    """Return the folder in which a file of a folder with texts stands."""
    return next(folder for folder in folders if PurePath(path).is_relative_to(folder))


def summary_line(report: AnyReport) -> str:
    """Return how many problems there are, of each kind and together."""
    if report.clean:
        return "no problems"
    total = sum(report.counts.values())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.items())
    return f"{total:,} problem{'s' if total > 1 else ''}: {kinds}"
