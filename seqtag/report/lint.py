"""The findings of `seqtag.lint` in annotated files as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from seqtag.report.lint_parts import MOST_TAGS, overlap_remark, report_text, short_names
from seqtag.report.tables import table
from seqtag.text.findings import FileSummary, LintReport, TagSummary
from seqtag.text.sentence_index import SHORT


def lint_report(report: LintReport, *, all_tags: bool = False) -> str:
    """Return counts as tables, the problems one a line, and how many there are.

    Args:
        report: The findings.
        all_tags: Whether to show all tags and not only the most frequent ones.
    """
    names = short_names(report.files)
    return report_text(
        report,
        _counts(report.files, names),
        *_columns(report.files, names, all_tags),
        _remarks(report.files, names),
    )


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
            yield overlap_remark(name, file.overlap, "sentences", file.tokens)
        if file.ambiguous:
            yield (
                f"  {name}: {file.ambiguous:,} of the sentences of up to {SHORT} tokens have other "
                "tags than the same ones elsewhere"
            )
