"""What the findings of `seqtag.lint` have in common as text for a terminal, whatever the task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import TypeAlias

from seqtag.text.characters import printable
from seqtag.text.findings import (
    FileSummary,
    Kind,
    LabelledReport,
    LabelledSummary,
    LintReport,
    Overlap,
    ParallelReport,
    ParallelSummary,
    Problem,
    TextReport,
    TextSummary,
)
from seqtag.text.sentence_index import SHORT

AnyReport: TypeAlias = LintReport | LabelledReport | ParallelReport | TextReport

MOST_TAGS = 20
"""Of more tags or labels only the most frequent are shown."""


def report_text(report: AnyReport, *parts: Iterable[str]) -> str:
    """Return a report: its parts, the problems one a line, and how many there are.

    Args:
        report: The findings.
        parts: The lines of each of the parts, between which a line is blank; those without lines
            are left out.
    """
    parts = (*parts, _problem_lines(report), [_summary_line(report)])
    text = "\n\n".join(part for part in map("\n".join, parts) if part)
    return "\n".join(map(printable, text.split("\n")))


def short_names(
    files: Sequence[FileSummary | LabelledSummary | ParallelSummary | TextSummary],
) -> list[str]:
    """Return what tables call the files: their parts, their names or, if need be, their paths."""
    names = [file.part or PurePath(file.path).name for file in files]
    return names if len(set(names)) == len(names) else [file.path for file in files]


def overlap_remark(
    name: str, overlap: Overlap, things: str, tokens: int, whole: str = "its tokens"
) -> str:
    """Return how much of a part is known from training.

    Args:
        name: What the part is called.
        overlap: What it has in common with the training part.
        things: What is compared: sentences, texts and the like.
        tokens: Number of its tokens.
        whole: What these tokens are.
    """
    return (
        f"  {name}: {overlap.sentences:,} of {overlap.of:,} {things} of more than {SHORT} tokens "
        f"({overlap.sentences / max(overlap.of, 1):.1%}) are in train too; "
        f"{overlap.unseen_tokens / max(tokens, 1):.1%} of {whole} are not"
    )


def _problem_lines(report: AnyReport) -> Iterator[str]:
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


def _summary_line(report: AnyReport) -> str:
    """Return how many problems there are, of each kind and together."""
    if report.clean:
        return "no problems"
    total = sum(report.counts.values())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.items())
    return f"{total:,} problem{'s' if total > 1 else ''}: {kinds}"
