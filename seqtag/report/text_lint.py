"""The findings of `seqtag.lint` in plain text as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from seqtag.report.lint_parts import overlap_remark, report_text, short_names
from seqtag.report.tables import table
from seqtag.text.artefacts import MARKS, UNKNOWN_WORD
from seqtag.text.findings import TextReport, TextSummary


def text_lint_report(report: TextReport) -> str:
    """Return counts as a table, the problems one a line, and how many there are.

    Args:
        report: The findings.
    """
    names = short_names(report.files)
    return report_text(
        report,
        _counts(report.files, names),
        _remarks(report.files, names),
    )


def _counts(files: Sequence[TextSummary], names: Sequence[str]) -> Iterator[str]:
    yield from table(
        ["file", "lines", "blank", "tokens", "types", "characters", "longest", "repeated"],
        [
            [
                name,
                *(f"{n:,}" for n in (file.lines, file.blank, file.tokens, file.types)),
                f"{file.characters:,}",
                f"{file.longest:,} ({_place(file)})",
                f"{file.repeated:,} {file.repeated / max(file.lines - file.blank, 1):6.1%}",
            ]
            for name, file in zip(names, files, strict=True)
        ],
    )


def _place(file: TextSummary) -> str:
    """Return where the longest line stands."""
    if file.longest_path == file.path:
        return f"line {file.longest_line}"
    return f"{PurePath(file.longest_path).name}:{file.longest_line}"


def _remarks(files: Sequence[TextSummary], names: Sequence[str]) -> Iterator[str]:
    """Yield what is worth knowing and no problem."""
    for name, file in zip(names, files, strict=True):
        if file.overlap is not None:
            yield overlap_remark(name, file.overlap, "lines", file.tokens)
        counts = ((file.unknown, UNKNOWN_WORD), (file.marks, f"marks such as {next(iter(MARKS))}"))
        if traces := ", ".join(f"{count:,} {what}" for count, what in counts if count):
            yield f"  {name}: traces of tokenization, {traces}; data.artefacts=undo takes them out"
