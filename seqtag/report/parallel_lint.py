"""The findings of `seqtag.lint` in parallel text as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqtag.report.lint_parts import overlap_remark, report_text, short_names
from seqtag.report.tables import table
from seqtag.text.findings import ParallelReport, ParallelSummary


def parallel_lint_report(report: ParallelReport) -> str:
    """Return counts as tables, the problems one a line, and how many there are.

    Args:
        report: The findings.
    """
    names = short_names(report.files)
    return report_text(
        report,
        _pairs(report.files, names),
        _sides(report.files, names),
        _remarks(report.files, names),
    )


def _pairs(files: Sequence[ParallelSummary], names: Sequence[str]) -> Iterator[str]:
    yield from table(
        ["file", "format", "columns", "header", "pairs", "repeated"],
        [
            [
                name,
                file.format,
                str(file.width) if file.width else "-",
                ("yes" if file.has_header else "no") if file.width else "-",
                f"{file.pairs:,}",
                f"{file.repeated:,}",
            ]
            for name, file in zip(names, files, strict=True)
        ],
    )


def _sides(files: Sequence[ParallelSummary], names: Sequence[str]) -> Iterator[str]:
    rows = [
        [
            f"{name} {role} ({side.name})",
            *(f"{n:,}" for n in (side.tokens, side.types, side.median)),
            f"{side.longest:,} (line {side.longest_line})",
            f"{side.empty:,}",
        ]
        for name, file in zip(names, files, strict=True)
        for role, side in (("source", file.source), ("target", file.target))
    ]
    yield from table(["side", "tokens", "types", "median", "longest", "empty"], rows)


def _remarks(files: Sequence[ParallelSummary], names: Sequence[str]) -> Iterator[str]:
    """Yield what is worth knowing and no problem."""
    for name, file in zip(names, files, strict=True):
        if file.overlap is not None:
            yield overlap_remark(
                name, file.overlap, "sources", file.source.tokens, "the tokens of its sources"
            )
        if file.ambiguous:
            yield (
                f"  {name}: {file.ambiguous:,} of its sources stand in it before, with another "
                "translation"
            )
