"""The findings of `seqtag.lint` in plain text as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from seqtag.report.lint import problem_lines, short_names, summary_line
from seqtag.report.tables import table
from seqtag.text.artefacts import MARKS, UNKNOWN_WORD
from seqtag.text.characters import printable
from seqtag.text.findings import TextReport, TextSummary
from seqtag.text.sentence_index import SHORT


def text_lint_report(report: TextReport) -> str:
    """Return counts as a table, the problems one a line, and how many there are.

    Args:
        report: The findings.
    """
    names = short_names(report.files)
    parts = [
        "\n".join(_counts(report.files, names)),
        "\n".join(_remarks(report.files, names)),
        "\n".join(problem_lines(report)),
        summary_line(report),
    ]
    text = "\n\n".join(part for part in parts if part)
    return "\n".join(map(printable, text.split("\n")))


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
            shared, of = file.overlap.sentences, file.overlap.of
            yield (
                f"  {name}: {shared:,} of {of:,} lines of more than {SHORT} tokens "
                f"({shared / max(of, 1):.1%}) are in train too; "
                f"{file.overlap.unseen_tokens / max(file.tokens, 1):.1%} of its tokens are not"
            )
        counts = ((file.unknown, UNKNOWN_WORD), (file.marks, f"marks such as {next(iter(MARKS))}"))
        if traces := ", ".join(f"{count:,} {what}" for count, what in counts if count):
            yield f"  {name}: traces of tokenization, {traces}; data.artefacts=undo takes them out"
