"""Draws the benchmark's picture: ``draw.py light|dark FILE < content.json``.

Runs in an environment that has matplotlib. Colours are those of seqtag's reports.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402 - the back end is chosen before
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402 - as above

THEMES = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1c2127",
        "soft": "#57606a",
        "rule": "#dfe3e8",
        "own": ["#0a5ea8", "#3d8fd1", "#5b4b9a"],
        "peer": ["#b0430b", "#d9822b", "#8a6d3b"],
    },
    "dark": {
        "paper": "#12161a",
        "ink": "#e4e8ec",
        "soft": "#9ea9b4",
        "rule": "#2c343c",
        "own": ["#6db3f8", "#a5d0fb", "#b9a8ff"],
        "peer": ["#ff9f66", "#ffc9a3", "#d8b98a"],
    },
}
MARKS = ("o", "s", "D", "^", "v", "P", "X")
# Places of a label around its point, in points, with how it is aligned there.
PLACES = (
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
    (7, 8, "left", "bottom"),
    (-7, 8, "right", "bottom"),
    (7, -8, "left", "top"),
    (-7, -8, "right", "top"),
    (9, 16, "left", "center"),
    (9, -16, "left", "center"),
    (-9, 16, "right", "center"),
    (-9, -16, "right", "center"),
)


def main() -> None:
    """Draw what standard input describes."""
    theme, target = THEMES[sys.argv[1]], sys.argv[2]
    shown = json.load(sys.stdin)
    plt.rcParams.update(
        {
            "font.family": "sans-serif",
            "font.size": 9.5,
            "text.color": theme["ink"],
            "axes.labelcolor": theme["soft"],
            "xtick.color": theme["soft"],
            "ytick.color": theme["soft"],
            "axes.edgecolor": theme["rule"],
            "figure.facecolor": theme["paper"],
            "axes.facecolor": theme["paper"],
        }
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.9))
    _draw_points(left, shown["points"], theme)
    _draw_curves(right, shown["curves"], theme)
    figure.tight_layout(w_pad=2.5)
    _label_points(left, shown["points"], theme)
    _label_curves(right, shown["curves"], theme)
    figure.savefig(target, dpi=200, metadata={"Software": None})


def _prepare(axes: Any, title: str, theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    axes.set_xscale("log")
    axes.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=theme["ink"])
    axes.grid(visible=True, color=theme["rule"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))


def _set_ticks(axes: Any, low: float, high: float, unit: str) -> None:  # noqa: ANN401 - matplotlib's
    """Put round numbers, a factor of 2 or 2.5 apart, on an axis from low to high."""
    ticks = [step * 10**power for power in range(-1, 8) for step in (1, 2, 5)]
    axes.set_xlim(low, high)
    axes.set_xticks([tick for tick in ticks if low <= tick <= high])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}{unit}"))


def _colours(items: list[dict[str, Any]], theme: dict[str, Any]) -> list[str]:
    """Return a colour for each item, of its side's."""
    seen = {True: 0, False: 0}
    colours = []
    for item in items:
        shades = theme["own" if item["own"] else "peer"]
        colours.append(shades[seen[item["own"]] % len(shades)])
        seen[item["own"]] += 1
    return colours


def _draw_points(axes: Any, points: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    _prepare(axes, "Accuracy and speed of tagging", theme)
    for point in points:
        axes.scatter(
            [point["x"]],
            [point["y"]],
            s=52,
            marker="o" if point["own"] else "s",
            color=theme["own" if point["own"] else "peer"][0],
            zorder=3,
        )
    speeds = [point["x"] for point in points]
    scores = [point["y"] for point in points]
    _set_ticks(axes, min(speeds) / 1.6, max(speeds) * 1.6, "")
    margin = 0.12 * (max(scores) - min(scores)) or 0.5
    axes.set_ylim(min(scores) - margin, max(scores) + margin)
    axes.set_xlabel("tokens a second, one core, tokens given")
    axes.set_ylabel("UPOS accuracy on test")


def _label_points(axes: Any, points: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    """Write each point's name where there is room for it."""
    figure = axes.figure
    renderer = figure.canvas.get_renderer()
    inside = axes.get_window_extent(renderer)
    taken = [
        mpl.transforms.Bbox.from_bounds(x - 9, y - 9, 18, 18)
        for x, y in (axes.transData.transform((point["x"], point["y"])) for point in points)
    ]
    for point in sorted(points, key=lambda item: -item["y"]):
        best = None
        for dx, dy, horizontal, vertical in PLACES:
            text = axes.annotate(
                point["label"],
                (point["x"], point["y"]),
                xytext=(dx, dy),
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
                fontsize=8.8,
                color=theme["own" if point["own"] else "peer"][0],
            )
            box = text.get_window_extent(renderer)
            faults = sum(box.overlaps(other) for other in taken)
            faults += 0 if inside.x0 <= box.x0 and box.x1 <= inside.x1 else 2
            faults += 0 if inside.y0 <= box.y0 and box.y1 <= inside.y1 else 2
            if best is None or faults < best[0]:
                if best is not None:
                    best[1].remove()
                best = (faults, text, box)
            else:
                text.remove()
            if not faults:
                break
        assert best is not None
        taken.append(best[2])


def _draw_curves(axes: Any, curves: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    _prepare(axes, "Accuracy and time of training", theme)
    for number, (curve, colour) in enumerate(zip(curves, _colours(curves, theme), strict=True)):
        axes.plot(
            curve["x"],
            curve["y"],
            color=colour,
            linewidth=1.9,
            linestyle="-" if curve["own"] else (0, (4, 1.6)),
            marker=MARKS[number % len(MARKS)],
            markersize=3.8,
        )
    times = [value for curve in curves for value in curve["x"]]
    best = max(value for curve in curves for value in curve["y"])
    _set_ticks(axes, min(times) / 1.2, max(times) * 1.35, " s")
    axes.set_ylim(best - 9, best + 0.8)
    axes.set_xlabel("time since the start of the program, scoring left out, one core")
    axes.set_ylabel("UPOS accuracy on dev")


def _label_curves(axes: Any, curves: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    lines = axes.get_lines()
    legend = axes.legend(
        lines,
        [curve["label"] for curve in curves],
        loc="lower right",
        fontsize=8.6,
        frameon=True,
        framealpha=0.9,
        edgecolor=theme["rule"],
        facecolor=theme["paper"],
        handlelength=2.6,
    )
    for text in legend.get_texts():
        text.set_color(theme["ink"])


if __name__ == "__main__":
    main()
