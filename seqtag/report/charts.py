"""Charts as SVG: numbers in, an element out.

Colours and strokes come from the page's style sheet by class, so that charts follow its light and
its dark form; lines differ in their dashes and marks too, not in their colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seqtag.report import numbers
from seqtag.report.analysis import Calibration
from seqtag.report.html import Html, element, plain_text
from seqtag.report.significance import Difference

WIDTH, HEIGHT = 320, 190
_TOP, _RIGHT, _BOTTOM, _LEFT = 16, 14, 34, 46
_FEW = 10  # predictions in a bin that say little
_MOST_MARKS = 40  # with more points than these, marks would hide the line


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart.

    Attributes:
        name: What it shows.
        values: Its heights; NaN where there is none.
    """

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Axes:
    """Maps numbers to places in a chart."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = WIDTH
    height: float = HEIGHT

    def across(self, value: float) -> float:
        return _LEFT + _share(value, self.x) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        return self.height - _BOTTOM - _share(value, self.y) * (self.height - _TOP - _BOTTOM)


def _share(value: float, ends: tuple[float, float]) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])


def line_chart(
    lines: Sequence[Line],
    epochs: Sequence[int],
    *,
    name: str,
    show: Callable[[float], str],
    from_zero: bool = False,
    best: tuple[int, str] | None = None,
) -> Html:
    """Draw some values by epoch.

    Args:
        lines: The lines, four at most, each with a value an epoch.
        epochs: The epochs' numbers, rising.
        name: What the chart shows, for those who hear it.
        show: Writes a value.
        from_zero: Whether the axis begins at 0 in any case.
        best: The epoch to be marked, and what is written there.
    """
    known = [value for line in lines for value in line.values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    marks = ticks(min(low, 0.0) if from_zero else low, high)
    last = epochs[-1] if epochs[-1] > epochs[0] else epochs[0] + 1
    axes = _Axes((epochs[0], last), (marks[0], marks[-1]))
    content = [*_horizontal_grid(axes, marks, show), *_epoch_marks(axes, epochs)]
    if best is not None and best[0] in epochs:
        content += _best_mark(axes, best, lines[0].values[epochs.index(best[0])])
    for number, line in enumerate(lines):
        content += _line(axes, epochs, line.values, number)
    return drawing(name, WIDTH, HEIGHT, *content)


def _horizontal_grid(
    axes: _Axes, marks: Sequence[float], show: Callable[[float], str]
) -> list[Html]:
    grid = []
    for mark in marks:
        y = _at(axes.up(mark))
        grid.append(
            element("line", x1=f"{_LEFT}", x2=_at(axes.width - _RIGHT), y1=y, y2=y, class_="grid")
        )
        grid.append(_label(_LEFT - 6, axes.up(mark) + 4, show(mark), "end"))
    return grid


def _epoch_marks(axes: _Axes, epochs: Sequence[int]) -> list[Html]:
    y = axes.height - _BOTTOM + 15
    middle = (_LEFT + axes.width - _RIGHT) / 2
    labels = [_label(axes.across(epoch), y, str(epoch)) for epoch in whole_ticks(epochs)]
    return [*labels, _label(middle, axes.height - 4, "epoch")]


def _best_mark(axes: _Axes, best: tuple[int, str], value: float) -> list[Html]:
    """Draw a ring around the first line's point at an epoch, a stem and a note."""
    if not math.isfinite(value):
        return []
    x, y = axes.across(best[0]), axes.up(value)
    side = -1 if x > axes.width / 2 else 1
    below = y < _TOP + 12
    foot = _at(axes.height - _BOTTOM)
    return [
        element("line", x1=_at(x), x2=_at(x), y1=_at(y), y2=foot, class_="best"),
        element("circle", cx=_at(x), cy=_at(y), r="7", class_="ring"),
        _label(
            x + 10 * side,
            y + (20 if below else -10),
            best[1],
            "start" if side > 0 else "end",
            "strong",
        ),
    ]


def _line(axes: _Axes, epochs: Sequence[int], values: Sequence[float], number: int) -> list[Html]:
    """Draw a line, broken where values are missing, with its marks."""
    places = [
        (axes.across(epoch), axes.up(value)) if math.isfinite(value) else None
        for epoch, value in zip(epochs, values, strict=True)
    ]
    path, pen = [], "M"
    for place in places:
        if place is None:
            pen = "M"
            continue
        path.append(f"{pen}{_at(place[0])} {_at(place[1])}")
        pen = "L"
    drawn = [element("path", d=" ".join(path), class_=f"line line{number}")]
    if len(epochs) <= _MOST_MARKS:
        drawn += [mark(*place, number) for place in places if place is not None]
    return drawn


def mark(x: float, y: float, number: int) -> Html:
    """Draw the mark of a line's points: a disc, a square, a diamond or a triangle."""
    class_ = f"mark{number}"
    if number == 0:
        return element("circle", cx=_at(x), cy=_at(y), r="2.6", class_=class_)
    corners = [
        [(-2.4, -2.4), (2.4, -2.4), (2.4, 2.4), (-2.4, 2.4)],
        [(0, -3.4), (3.4, 0), (0, 3.4), (-3.4, 0)],
        [(0, -3.2), (3.2, 2.6), (-3.2, 2.6)],
    ][number - 1]
    points = " ".join(f"{_at(x + dx)},{_at(y + dy)}" for dx, dy in corners)
    return element("polygon", points=points, class_=class_)


def key(number: int) -> Html:
    """Draw a short piece of a line, to tell in a legend which one it is."""
    line = element("path", d="M1 6H27", class_=f"line line{number}")
    return element(
        "svg",
        line,
        mark(14, 6, number),
        viewBox="0 0 28 12",
        width="28",
        height="12",
        aria_hidden="true",
    )


def reliability_chart(calibration: Calibration, name: str) -> Html:
    """Draw how often predictions of each bin are right, over their mean probability.

    The larger a point, the more predictions, and it is hollow where there are fewer than `_FEW`;
    its stem reaches to the line on which probabilities would be right.
    """
    axes = _Axes((0.0, 1.0), (0.0, 1.0), WIDTH, 300)
    marks = [0.0, 0.25, 0.5, 0.75, 1.0]
    left, right = _at(axes.across(0)), _at(axes.across(1))
    content = _horizontal_grid(axes, marks, _whole_percent)
    content += [_label(axes.across(x), 300 - _BOTTOM + 15, _whole_percent(x)) for x in marks]
    content.append(_label((_LEFT + WIDTH - _RIGHT) / 2, 296, "probability given"))
    content.append(
        element("line", x1=left, y1=_at(axes.up(0)), x2=right, y2=_at(axes.up(1)), class_="ideal")
    )
    most = max((part.count for part in calibration.bins), default=0)
    for part in calibration.bins:
        if not part.count:
            continue
        x, y = axes.across(part.confidence), axes.up(part.accuracy)
        radius = 3 + 7 * math.sqrt(part.count / most)
        few = " few" if part.count < _FEW else ""
        stem = element(
            "line",
            x1=_at(x),
            x2=_at(x),
            y1=_at(axes.up(part.confidence)),
            y2=_at(y),
            class_=f"stem{few}",
        )
        content.append(stem)
        content.append(
            element(
                "circle",
                element(
                    "title",
                    plain_text(
                        f"{part.count:,} predictions: {numbers.percent(part.confidence)} given, "
                        f"{numbers.percent(part.accuracy)} right"
                    ),
                ),
                cx=_at(x),
                cy=_at(y),
                r=_at(radius),
                class_=f"point{few}",
            )
        )
    return drawing(name, WIDTH, 300, *content)


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    name: str,
    across: str,
    things: str,
    marks: Sequence[float],
    show: Callable[[float], str],
) -> Html:
    """Draw how many values lie between edges.

    Args:
        edges: The edges, rising, one more than there are counts.
        counts: How many values lie between each two.
        name: What the chart shows, for those who hear it.
        across: What the values are.
        things: What is counted.
        marks: Values that are written below the bars.
        show: Writes a value.
    """
    heights = ticks(0.0, max(1, *counts))
    axes = _Axes((edges[0], edges[-1]), (0.0, heights[-1]))
    content = _horizontal_grid(axes, [h for h in heights if h == int(h)], numbers.count)
    foot = axes.up(0)
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        left, right = axes.across(low) + 1, axes.across(high) - 1
        title = f"{show(low)} to {show(high)}: {count:,} {things}"
        content.append(
            element(
                "rect",
                element("title", plain_text(title)),
                x=_at(left),
                y=_at(axes.up(count)),
                width=_at(right - left),
                height=_at(foot - axes.up(count)),
                class_="column-bar",
            )
        )
    y = axes.height - _BOTTOM + 15
    content += [_label(axes.across(value), y, show(value)) for value in marks]
    middle = (_LEFT + axes.width - _RIGHT) / 2
    return drawing(name, WIDTH, HEIGHT, *content, _label(middle, axes.height - 4, across))


def bubble_chart(
    counts: Mapping[tuple[float, float], int],
    last: float,
    *,
    name: str,
    across: str,
    up: str,
    things: str,
) -> Html:
    """Draw how often two numbers come together; on the dashed line they are the same.

    Args:
        counts: How often each pair is there; the first one goes across.
        last: The greatest number.
        name: What the chart shows, for those who hear it.
        across: What the first number is.
        up: What the second one is.
        things: What is counted.
    """
    height = 300
    marks = ticks(0.0, last)
    axes = _Axes((0.0, marks[-1]), (0.0, marks[-1]), WIDTH, height)
    content = _horizontal_grid(axes, marks, numbers.compact)
    y = height - _BOTTOM + 15
    content += [_label(axes.across(value), y, numbers.compact(value)) for value in marks]
    content.append(_label((_LEFT + WIDTH - _RIGHT) / 2, height - 4, across))
    content.append(_label(_LEFT, 8, up, "start"))
    start, end = axes.across(0), axes.across(marks[-1])
    content.append(
        element(
            "line",
            x1=_at(start),
            x2=_at(end),
            y1=_at(axes.up(0)),
            y2=_at(axes.up(marks[-1])),
            class_="ideal",
        )
    )
    most = max(counts.values(), default=1)
    for (first, second), count in sorted(counts.items()):
        content.append(
            element(
                "circle",
                element("title", plain_text(f"{first:g} and {second:g}: {count:,} {things}")),
                cx=_at(axes.across(first)),
                cy=_at(axes.up(second)),
                r=_at(1.2 + 6.5 * math.sqrt(count / most)),
                class_="bubble",
            )
        )
    return drawing(name, WIDTH, height, *content)


def gain_chart(differences: Sequence[tuple[str, Difference]], name: str) -> Html:
    """Draw what a second system gains over a first in each score, with its interval."""
    row, top = 44, 8
    width = 380
    height = top + row * len(differences) + 30
    ends = [end for _, d in differences for end in (d.low, d.high, 0.0)]
    marks = ticks(min(ends), max(ends))
    left, right = 20, width - 20

    def across(value: float) -> float:
        return left + _share(value, (marks[0], marks[-1])) * (right - left)

    content = []
    for value in marks:
        x = _at(across(value))
        class_ = "zero" if abs(value) < 1e-12 else "grid"
        content.append(element("line", x1=x, x2=x, y1=f"{top}", y2=f"{height - 26}", class_=class_))
        content.append(_label(across(value), height - 10, numbers.points(value)))
    for number, (title, d) in enumerate(differences):
        y = top + row * number + 28
        content.append(_label(left, y - 12, title, "start", "strong"))
        content.append(
            element(
                "path",
                d=f"M{_at(across(d.low))} {y}H{_at(across(d.high))}"
                f"M{_at(across(d.low))} {y - 4}V{y + 4}M{_at(across(d.high))} {y - 4}V{y + 4}",
                class_="interval",
            )
        )
        content.append(element("circle", cx=_at(across(d.gain)), cy=f"{y}", r="5", class_="point"))
    return drawing(name, width, height, *content, class_="chart wide")


def drawing(name: str, width: float, height: float, *content: Html, class_: str = "chart") -> Html:
    """Return an SVG drawing that is as wide as its place."""
    return element(
        "svg",
        element("title", plain_text(name)),
        *content,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=name,
        class_=class_,
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from at most ``low`` to at least ``high``, evenly apart.

    There are two at least and about ``most`` at most.
    """
    largest = max(abs(low), abs(high))
    if not high - low > 1e-9 * largest + 1e-300:
        low, high = (low - largest / 2, high + largest / 2) if largest > 1e-300 else (0.0, 1.0)
    step = _round_step((high - low) / (most - 1))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _round_step(least: float) -> float:
    """Return the least of 1, 2, 2.5, 5 and 10 times a power of ten that is no smaller."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= least * (1 - 1e-9))


def whole_ticks(values: Sequence[int], most: int = 6) -> list[int]:
    """Return some of rising whole numbers, the first and the last among them."""
    first, last = values[0], values[-1]
    step = max(1, math.ceil(_round_step(max(1, last - first) / (most - 1))))
    inner = [v for v in range(first, last + 1) if v % step == 0]
    # What comes too close to an end would be written over it.
    inner = [v for v in inner if min(v - first, last - v) >= step / 2]
    return sorted({first, *inner, last})


def _label(
    x: float, y: float, value: str, anchor: str = "middle", class_: str | None = None
) -> Html:
    return element("text", plain_text(value), x=_at(x), y=_at(y), text_anchor=anchor, class_=class_)


def _at(value: float) -> str:
    """Return a place with as many digits as can be seen."""
    return f"{value:.1f}".removesuffix(".0")


def _whole_percent(value: float) -> str:
    return f"{value * 100:g}{numbers.THIN}%"
