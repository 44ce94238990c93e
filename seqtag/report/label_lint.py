"""The findings of `seqtag.lint` in labelled texts as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from seqtag.report.lint_parts import MOST_TAGS, overlap_remark, report_text, short_names
from seqtag.report.tables import table
from seqtag.text.findings import LabelledReport, LabelledSummary
from seqtag.text.sentence_index import SHORT


def label_lint_report(report: LabelledReport, *, all_labels: bool = False) -> str:
    """Return counts as tables, the problems one a line, and how many there are.

    Args:
        report: The findings.
        all_labels: Whether to show all labels and not only the most frequent ones.
    """
    names = short_names(report.files)
    return report_text(
        report,
        _counts(report.files, names),
        _layouts(report.files, names),
        _labels(report.files, names, None if all_labels else MOST_TAGS),
        _remarks(report.files, names),
    )


def _counts(files: Sequence[LabelledSummary], names: Sequence[str]) -> Iterator[str]:
    header = ["file", "texts", "tokens", "types", "shortest", "median", "longest", "repeated"]
    rows = [
        [
            name,
            *(f"{n:,}" for n in (file.texts, file.tokens, file.types, file.shortest, file.median)),
            f"{file.longest:,} ({_unit(file)} {file.longest_line})",
            f"{file.repeated:,}",
        ]
        for name, file in zip(names, files, strict=True)
    ]
    yield from table(header, rows)


def _layouts(files: Sequence[LabelledSummary], names: Sequence[str]) -> Iterator[str]:
    yield from table(
        ["file", "format", "columns", "header", "text", "label"],
        [
            [
                name,
                file.format,
                str(file.width) if file.width else "-",
                ("yes" if file.has_header else "no") if file.width else "-",
                file.text or "-",
                file.label or "-",
            ]
            for name, file in zip(names, files, strict=True)
        ],
    )


def _labels(
    files: Sequence[LabelledSummary], names: Sequence[str], limit: int | None
) -> Iterator[str]:
    """Yield for each label how many texts of each file have it, and the line of the first."""
    pooled: Counter[str] = Counter()
    for file in files:
        pooled.update({found.label: found.count for found in file.labels})
    found = [{label.label: label for label in file.labels} for file in files]
    totals = [sum(label.count for label in file.labels) or 1 for file in files]
    rows = []
    for label, _ in pooled.most_common(limit):
        row = [label]
        for file, labels, total in zip(files, found, totals, strict=True):
            count = labels[label].count if label in labels else 0
            place = f"({_unit(file)} {labels[label].line})" if count else ""
            row.append(f"{count:,} {count / total:6.1%} {place}".rstrip())
        rows.append(row)
    yield from table(["labels", *names], rows)
    if len(rows) < len(pooled):
        yield f"  ... and {len(pooled) - len(rows):,} more; --all shows them"


def _remarks(files: Sequence[LabelledSummary], names: Sequence[str]) -> Iterator[str]:
    """Yield what is worth knowing and no problem."""
    for name, file in zip(names, files, strict=True):
        if file.overlap is not None:
            yield overlap_remark(name, file.overlap, "texts", file.tokens)
        if file.ambiguous:
            yield (
                f"  {name}: {file.ambiguous:,} of the texts of up to {SHORT} tokens have other "
                "labels than the same ones elsewhere"
            )


def _unit(file: LabelledSummary) -> str:
    return "file" if file.format == "folder" else "line"
