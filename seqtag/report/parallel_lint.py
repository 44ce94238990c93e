"""The findings of `seqtag.lint` in parallel text as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqtag.report.lint import problem_lines, short_names, summary_line
from seqtag.report.tables import table
from seqtag.text.characters import printable
from seqtag.text.findings import ParallelReport, ParallelSummary
from seqtag.text.sentence_index import SHORT


def parallel_lint_report(report: ParallelReport) -> str:
    """Return counts as tables, the problems one a line, and how many there are.

    Args:
        report: The findings.
    """
    names = short_names(report.files)
    parts = [
        "\n".join(_pairs(report.files, names)),
        "\n".join(_sides(report.files, names)),
        "\n".join(_remarks(report.files, names)),
        "\n".join(problem_lines(report)),
        summary_line(report),
    ]
    text = "\n\n".join(part for part in parts if part)
    return "\n".join(map(printable, text.split("\n")))


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
            shared, of = file.overlap.sentences, file.overlap.of
            yield (
                f"  {name}: {shared:,} of {of:,} sources of more than {SHORT} tokens "
                f"({shared / max(of, 1):.1%}) are in train too; "
                f"{file.overlap.unseen_tokens / max(file.source.tokens, 1):.1%} of the tokens of "
                "its sources are not"
            )
        if file.ambiguous:
            yield (
                f"  {name}: {file.ambiguous:,} of its sources stand in it before, with another "
                "translation"
            )
