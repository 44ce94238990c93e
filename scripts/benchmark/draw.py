"""Draws the benchmark's picture: ``draw.py light|dark FILE < content.json``.

Runs in an environment that has matplotlib. Colours are those of seqtag's reports.
"""

from __future__ import annotations

import itertools
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
# How points look: seqtag's by their engine, peers alike.
ENGINES = {"torch": "torch", "fp32": "ONNX", "int8": "ONNX int8"}
# Places of a name around its point, in points, with how it is aligned there.
PLACES = (
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (7, 8, "left", "bottom"),
    (-7, 8, "right", "bottom"),
    (7, -8, "left", "top"),
    (-7, -8, "right", "top"),
    (0, 22, "center", "bottom"),
    (0, -22, "center", "top"),
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


SPEEDS = {float(n * 10**p): f"{n * 10**p:,}" for p in range(1, 7) for n in (1, 2, 5)}
TIMES = {
    **{float(n): f"{n} s" for n in (1, 2, 5, 10, 30)},
    **{60.0 * n: f"{n} min" for n in (1, 2, 5, 10, 20)},
    **{3600.0 * n: f"{n} h" for n in (1, 2, 5, 10)},
}


def _set_ticks(axes: Any, low: float, high: float, marks: dict[float, str]) -> None:  # noqa: ANN401 - matplotlib's
    """Put those marks on an axis that lie between low and high."""
    shown = {value: text for value, text in marks.items() if low <= value <= high}
    axes.set_xlim(low, high)
    axes.set_xticks(list(shown), list(shown.values()))
    axes.xaxis.set_minor_locator(NullLocator())


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
    """Draw a point for each system, and a line through those with the same model."""
    _prepare(axes, "Accuracy and speed of tagging", theme)
    for group in _groups(points):
        colour = theme["own" if group[0]["own"] else "peer"][0]
        axes.plot([p["x"] for p in group], [p["y"] for p in group], color=colour, linewidth=1.3)
        for point in group:
            fill = {"torch": theme["paper"], "fp32": theme["own"][1]}.get(point["engine"], colour)
            axes.scatter(
                [point["x"]],
                [point["y"]],
                s=46,
                marker="o" if point["own"] else "s",
                facecolor=fill if point["own"] else colour,
                edgecolor=colour,
                linewidth=1.6,
                zorder=3,
            )
    speeds = [point["x"] for point in points]
    scores = [point["y"] for point in points]
    _set_ticks(axes, min(speeds) / 1.8, max(speeds) * 1.5, SPEEDS)
    margin = 0.13 * (max(scores) - min(scores)) or 0.5
    axes.set_ylim(min(scores) - margin, max(scores) + margin)
    axes.set_xlabel("tokens a second, tokens given")
    axes.set_ylabel("UPOS accuracy on test")
    present = [
        engine for engine in ENGINES if any(p["own"] and p["engine"] == engine for p in points)
    ]
    handles = [
        axes.scatter(
            [],
            [],
            s=40,
            facecolor={"torch": theme["paper"], "fp32": theme["own"][1]}.get(
                engine, theme["own"][0]
            ),
            edgecolor=theme["own"][0],
            linewidth=1.6,
        )
        for engine in present
    ]
    legend = axes.legend(
        handles,
        [f"seqtag, {ENGINES[engine]}" for engine in present],
        loc="lower right",
        fontsize=8.6,
        frameon=False,
        handletextpad=0.3,
    )
    for text in legend.get_texts():
        text.set_color(theme["soft"])


def _groups(points: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the points of each model, from slow to fast."""
    labels = dict.fromkeys(point["label"] for point in points)
    return [
        sorted((p for p in points if p["label"] == label), key=lambda p: float(p["x"]))
        for label in labels
    ]


def _label_points(axes: Any, points: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    """Write each model's name where there is room for it."""
    renderer = axes.figure.canvas.get_renderer()
    inside = axes.get_window_extent(renderer)
    taken = [axes.get_legend().get_window_extent(renderer)]
    for group in _groups(points):
        places = [axes.transData.transform((p["x"], p["y"])) for p in group]
        taken += [mpl.transforms.Bbox.from_bounds(x - 11, y - 11, 22, 22) for x, y in places]
        # Boxes along the line, so that no name is written across it.
        for (x0, y0), (x1, y1) in itertools.pairwise(places):
            for step in range(1, 10):
                x, y = x0 + (x1 - x0) * step / 10, y0 + (y1 - y0) * step / 10
                taken.append(mpl.transforms.Bbox.from_bounds(x - 3, y - 3, 6, 6))
    for group in sorted(_groups(points), key=lambda g: -float(g[0]["y"])):
        options: list[tuple[Any, ...]] = []
        for point in reversed(group):
            for rank, (dx, dy, horizontal, vertical) in enumerate(PLACES):
                text = axes.annotate(
                    group[0]["label"],
                    (point["x"], point["y"]),
                    xytext=(dx, dy),
                    textcoords="offset points",
                    ha=horizontal,
                    va=vertical,
                    fontsize=9,
                    color=theme["own" if point["own"] else "peer"][0],
                )
                box = text.get_window_extent(renderer)
                faults = sum(box.overlaps(other) for other in taken)
                faults += 0 if inside.x0 <= box.x0 and box.x1 <= inside.x1 else 3
                faults += 0 if inside.y0 <= box.y0 and box.y1 <= inside.y1 else 3
                options.append((faults, rank, len(options), text, box))
        chosen = min(options, key=lambda option: option[:3])
        for option in options:
            if option is not chosen:
                option[3].remove()
        taken.append(chosen[4])


def _draw_curves(axes: Any, curves: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    _prepare(axes, "Accuracy and time of training", theme)
    for curve, colour in zip(curves, _colours(curves, theme), strict=True):
        axes.plot(
            curve["x"],
            curve["y"],
            color=colour,
            linewidth=1.9,
            marker="o" if curve["own"] else "s",
            markersize=4,
        )
    best = max(value for curve in curves for value in curve["y"])
    low = best - 7
    shown = [(x, y) for c in curves for x, y in zip(c["x"], c["y"], strict=True) if y >= low - 1]
    times = [x for x, _ in shown]
    _set_ticks(axes, min(times) / 1.3, max(times) * 1.9, TIMES)
    axes.set_ylim(low, best + 0.9)
    axes.set_xlabel("time since the start of the program, scoring left out")
    axes.set_ylabel("UPOS accuracy on dev")


def _label_curves(axes: Any, curves: list[dict[str, Any]], theme: dict[str, Any]) -> None:  # noqa: ANN401 - matplotlib's
    """Write each curve's name at its end."""
    for curve, colour in zip(curves, _colours(curves, theme), strict=True):
        axes.annotate(
            curve["label"],
            (curve["x"][-1], curve["y"][-1]),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=9,
            color=colour,
        )


if __name__ == "__main__":
    main()
