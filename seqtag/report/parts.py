"""Parts that pages are put together from: sections, figures, bars, confusion matrices."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from seqtag.report import numbers
from seqtag.report.analysis import (
    Calibration,
    Confusion,
    fold_confusion,
    most_confused,
)
from seqtag.report.breakdown import Breakdown
from seqtag.report.charts import reliability_chart
from seqtag.report.html import (
    Html,
    clip,
    data,
    details,
    element,
    join,
    plain,
    scroll_box,
    table,
    text,
)

MATRIX_TAGS = 14
"""Rows and columns of a confusion matrix at most."""

TABLE_ROWS = 30
"""Rows of a table shown at once; more are folded away."""

MOST_ROWS = 200
"""Rows of a table at most."""

OTHERS = "others"

Part: TypeAlias = tuple[str, str, Html]
"""A section's anchor, its name in the list of contents, and the section."""


def paragraph(value: str, class_: str | None = None) -> Html:
    """Return a paragraph of our own words."""
    return element("p", text(value), class_=class_)


def section(
    anchor: str, level: int, title: Html, *content: Html, class_: str | None = None
) -> Html:
    """Return a section under its heading."""
    heading = element(f"h{level}", title, id=f"{anchor}-title")
    return element(
        "section", heading, *content, id=anchor, aria_labelledby=f"{anchor}-title", class_=class_
    )


def contents(parts: Iterable[Part]) -> Html:
    """Return links to a page's sections."""
    links = [element("li", element("a", text(name), href=f"#{at}")) for at, name, _ in parts]
    return element("nav", element("ul", *links), aria_label="Contents")


def figures(values: Iterable[tuple[str, str]], class_: str = "figures") -> Html:
    """Return numbers with their names, the first one large."""
    return element(
        "dl",
        *(
            element("div", element("dt", text(name)), element("dd", text(value)))
            for name, value in values
        ),
        class_=class_,
    )


def figure(title: str, *content: Html, legend: Html | None = None) -> Html:
    """Return a drawing under its title."""
    caption = element("figcaption", text(title), *([legend] if legend is not None else []))
    return element("figure", caption, *content)


def bar(part: float, class_: str = "bar") -> Html:
    """Return a bar filled to a part; the number stands beside it."""
    return element(
        "span",
        element("i", style=f"--part:{100 * min(max(part, 0.0), 1.0):.3g}%"),
        class_=class_,
        aria_hidden="true",
    )


def long_table(
    header: Sequence[Html], rows: Sequence[Sequence[Html]], *, caption: str, class_: str = ""
) -> Html:
    """Return a table of which only the first rows are shown at once."""
    shown, folded = rows[:TABLE_ROWS], rows[TABLE_ROWS:MOST_ROWS]
    parts = [table(header, shown, caption=caption, class_=class_)]
    if folded:
        summary = f"{len(folded):,} more"
        more = [table(header, folded, caption=f"{caption}, continued", class_=class_)]
        if len(rows) > MOST_ROWS:
            rest = len(rows) - MOST_ROWS
            more.append(paragraph(f"{rest:,} more are left out.", "soft small"))
        parts.append(details(summary, *more))
    return join(parts)


def matrix(confusion: Confusion, *, caption: str, none: str | None = None) -> Html:
    """Return a confusion matrix, of the most confused tags where there are many.

    Args:
        confusion: The counts.
        caption: What the matrix shows.
        none: The name that stands for no span, if any; it comes last.
    """
    tags = {*confusion, *(tag for row in confusion.values() for tag in row)} - {none}
    chosen = most_confused(confusion, MATRIX_TAGS + (none is not None))
    chosen = [tag for tag in chosen if tag != none][:MATRIX_TAGS]
    counts: Mapping[str, Mapping[str, int]] = confusion
    last = [] if none is None else [none]
    ours = set(last)  # names that are ours and no tags
    if len(tags) > len(chosen):
        rest = unused(OTHERS, tags)
        counts = fold_confusion(confusion, [*chosen, *last], rest)
        last = [rest, *last]
        ours.add(rest)
    names = [*chosen, *last]
    rows = [
        element(
            "tr",
            element("th", _matrix_name(name, ours), scope="row"),
            *(_matrix_cell(counts.get(name, {}), name, other, ours) for other in names),
        )
        for name in names
        if counts.get(name) or name not in ours
    ]
    head = element(
        "tr",
        element("th", text("annotated ↓ predicted →"), scope="col"),
        *(element("th", element("span", _matrix_name(name, ours)), scope="col") for name in names),
    )
    tall = max(len(clip(name, 24)) for name in names) > 6 and len(names) > 5
    return scroll_box(
        element(
            "table",
            element("caption", text(caption)),
            element("thead", head),
            element("tbody", *rows),
            class_="matrix tall" if tall else "matrix",
        ),
        caption,
    )


def unused(name: str, taken: Container[str]) -> str:
    """Return a name of ours that is none of the file's."""
    while name in taken:
        name += "…"
    return name


def _matrix_name(name: str, ours: set[str]) -> Html:
    return element("i", text(name)) if name in ours else data(name, 24)


def _matrix_cell(row: Mapping[str, int], tag: str, other: str, ours: set[str]) -> Html:
    count = row.get(other, 0)
    if not count:
        return element("td", text("·"), class_="none")
    if tag == other:
        return element("td", text(f"{count:,}"), class_=None if tag in ours else "same")
    share = count / sum(row.values())
    return element(
        "td",
        text(f"{count:,}"),
        class_="heat",
        style=f"--part:{min(0.1 + 0.6 * share**0.5, 0.5):.2f}",
        title=plain(f"{clip(tag)} taken for {clip(other)}: {numbers.percent(share)} of its row"),
    )


def breakdown_tables(breakdowns: Sequence[Breakdown], score: str, counted: str) -> Html:
    """Return a table for each trait.

    Args:
        breakdowns: The traits with their groups.
        score: What the groups' score is called.
        counted: What is counted in them.
    """
    return element(
        "div",
        *(
            figure(
                breakdown.name,
                table(
                    [text(""), text(counted), text(score), text("")],
                    [
                        [
                            text(group.name),
                            text(f"{group.count:,}"),
                            text(numbers.percent(group.score)),
                            bar(group.score),
                        ]
                        for group in breakdown.groups
                    ],
                    caption=f"{score} by {breakdown.name.lower()}",
                    class_="fill",
                ),
            )
            for breakdown in breakdowns
        ),
        class_="charts",
    )


def calibration_figure(title: str, calibration: Calibration, things: str) -> Html:
    """Return a reliability diagram with what it says in words and its numbers.

    Args:
        title: What is predicted.
        calibration: The comparison.
        things: What is counted.
    """
    rows = [
        [
            text(f"{part.low * 100:.0f}–{part.high * 100:.0f}{numbers.THIN}%"),
            text(f"{part.count:,}"),
            text(numbers.percent(part.confidence)),
            text(numbers.percent(part.accuracy)),
        ]
        for part in calibration.bins
        if part.count
    ]
    header = ["probability", things, "mean given", "right"]
    return figure(
        title,
        reliability_chart(calibration, f"Reliability diagram, {title}"),
        paragraph(_verdict(calibration), "small"),
        details(
            "Numbers",
            table([text(name) for name in header], rows, caption=f"Calibration, {title}"),
        ),
    )


def _verdict(calibration: Calibration) -> str:
    """Say in words what a reliability diagram shows."""
    gap = calibration.confidence - calibration.accuracy
    if abs(gap) < 0.005:
        verdict = "on the whole neither too sure nor too unsure"
    else:
        verdict = f"{'too sure' if gap > 0 else 'not sure enough'} by {abs(gap) * 100:.1f} points"
    return (
        f"Given {numbers.percent(calibration.confidence)} on average, right in "
        f"{numbers.percent(calibration.accuracy)}: {verdict}. Expected calibration error "
        f"{numbers.percent(calibration.error)}."
    )
