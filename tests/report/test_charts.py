from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.analysis import calibrate
from seqtag.report.charts import (
    Line,
    bubble_chart,
    gain_chart,
    histogram,
    key,
    line_chart,
    mark,
    reliability_chart,
    ticks,
    whole_ticks,
)
from seqtag.report.significance import Difference
from tests.report.markup import Document, read


def show(value: float) -> str:
    return f"{value:g}"


def places(found: Document, class_: str) -> list[tuple[float, float]]:
    """Return the centres of circles."""
    return [
        (float(e.attributes["cx"]), float(e.attributes["cy"]))
        for e in found.named("circle", class_)
    ]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_are_round_and_cover_all(low: float, width: float) -> None:
    marks = ticks(low, low + width)
    assert 2 <= len(marks) <= 8
    close = 1e-6 * (marks[1] - marks[0]) + 1e-9 * abs(low)
    assert marks[0] <= low + close
    assert marks[-1] >= low + width - close
    steps = [b - a for a, b in zip(marks, marks[1:], strict=False)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-6)


def test_ticks_are_those_that_people_expect() -> None:
    assert ticks(0, 1) == [0, 0.25, 0.5, 0.75, 1]
    assert ticks(0, 37) == [0, 10, 20, 30, 40]
    assert ticks(3, 3)[0] < 3 < ticks(3, 3)[-1]
    assert ticks(0, 0) == [0, 0.25, 0.5, 0.75, 1]


@given(st.integers(1, 50), st.integers(0, 10_000))
def test_whole_ticks_are_a_few_with_both_ends(first: int, width: int) -> None:
    marks = whole_ticks([first, first + width])
    assert (marks[0], marks[-1]) == (first, first + width)
    assert marks == sorted(set(marks))
    assert len(marks) <= 8


def test_line_rises_where_its_values_do() -> None:
    found = read(line_chart([Line("x", [0, 1, 4])], [1, 2, 3], name="x by epoch", show=show))
    points = places(found, "mark0")
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    heights = [y for _, y in points]
    assert heights == sorted(heights, reverse=True)
    # Heights are drawn to scale.
    assert heights[0] - heights[1] == pytest.approx((heights[0] - heights[2]) / 4, abs=0.2)
    assert found.named("svg")[0].attributes["aria-label"] == "x by epoch"
    assert found.texts("title") == ["x by epoch"]


@pytest.mark.parametrize(
    "values", [[math.nan, 1.0, 2.0], [1.0, math.nan, 2.0], [1.0, math.inf, 2.0], [math.nan] * 3]
)
def test_missing_values_break_the_line(values: list[float]) -> None:
    found = read(line_chart([Line("x", values)], [1, 2, 3], name="x", show=show))
    numbers = re.findall(r"[-\d.]+", found.named("path")[0].attributes["d"])
    known = [value for value in values if math.isfinite(value)]
    assert len(numbers) == 2 * len(known) == 2 * len(places(found, "mark0"))
    assert "nan" not in str([e.attributes for e in found.elements])


def test_a_single_epoch_is_a_point() -> None:
    found = read(line_chart([Line("x", [0.5])], [1], name="x", show=show, best=(1, "best")))
    assert len(places(found, "mark0")) == 1
    assert "best" in found.texts("text")


def test_best_epoch_is_marked_on_the_first_line() -> None:
    lines = [Line("x", [0, 1, 4]), Line("y", [0, 0, 0])]
    found = read(line_chart(lines, [1, 2, 3], name="x", show=show, best=(2, "best: 1")))
    assert places(found, "ring") == [places(found, "mark0")[1]]
    assert "best: 1" in found.texts("text")


def test_lines_differ_in_dashes_and_marks() -> None:
    lines = [Line(str(number), [number, number + 1]) for number in range(4)]
    found = read(line_chart(lines, [1, 2], name="x", show=show))
    assert {"line0", "line1", "line2", "line3"} <= found.classes
    shapes = [mark(0, 0, number) for number in range(4)]
    assert len({re.sub(r"mark\d", "", shape) for shape in shapes}) == 4
    assert read(key(2)).named("svg")[0].attributes["aria-hidden"] == "true"


def test_axis_begins_at_zero_where_asked() -> None:
    lines = [Line("x", [5, 6])]
    assert "0" in read(line_chart(lines, [1, 2], name="x", show=show, from_zero=True)).texts("text")
    assert "0" not in read(line_chart(lines, [1, 2], name="x", show=show)).texts("text")


def test_many_epochs_have_no_marks() -> None:
    values = list(range(200))
    found = read(line_chart([Line("x", values)], [v + 1 for v in values], name="x", show=show))
    assert places(found, "mark0") == []
    assert len(found.texts("text")) < 20


def test_reliable_predictions_lie_on_the_line() -> None:
    reliable = [0.5] * 20 + [0.8] * 20
    right = [True, False] * 10 + [True, True, True, True, False] * 4
    found = read(reliability_chart(calibrate(reliable, right), "x"))
    stems = found.named("line", "stem")
    assert len(stems) == 2
    for stem, (_, y) in zip(stems, places(found, "point"), strict=True):
        assert float(stem.attributes["y1"]) == pytest.approx(y, abs=0.1)


def test_bins_of_few_predictions_are_hollow_and_empty_ones_absent() -> None:
    found = read(reliability_chart(calibrate([0.95] * 50 + [0.15] * 3, [True] * 53), "x"))
    assert len(found.named("circle", "point")) == 2
    assert len(found.named("circle", "few")) == 1
    assert "3 predictions" in found.named("circle", "few")[0].text
    assert not read(reliability_chart(calibrate([], []), "x")).named("circle")


def test_gain_lies_in_its_interval() -> None:
    differences = [("a", Difference(0.5, 0.6, 0.05, 0.15, 0.01)), ("b", Difference(0, 0, 0, 0, 1))]
    found = read(gain_chart(differences, "x"))
    (x, _), (zero, _) = places(found, "point")
    numbers = re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", found.named("path")[0].attributes["d"])
    low, high = map(float, numbers[0])
    assert zero < low < x < high
    assert x == pytest.approx((low + high) / 2, abs=0.1)
    assert float(found.named("line", "zero")[0].attributes["x1"]) == zero


def test_bars_are_as_high_as_their_counts_and_stand_on_the_axis() -> None:
    chart = histogram(
        [0, 10, 20, 30],
        [40, 0, 10],
        name="n",
        across="size",
        things="texts",
        marks=[0, 30],
        show=show,
    )
    found = read(chart)
    bars = [
        {k: float(v) for k, v in e.attributes.items() if k in ("y", "height", "x", "width")}
        for e in found.named("rect")
    ]
    assert len(bars) == 3
    feet = {round(bar["y"] + bar["height"], 1) for bar in bars}
    assert len(feet) == 1
    assert bars[0]["height"] == pytest.approx(4 * bars[2]["height"], abs=0.5)
    assert bars[1]["height"] == 0
    assert [bar["x"] for bar in bars] == sorted(bar["x"] for bar in bars)
    assert "0 to 10: 40 texts" in found.texts("title")
    assert {"size", "0", "30"} <= set(found.texts("text"))


def test_histogram_of_nothing_is_drawn() -> None:
    chart = histogram([0, 1], [0], name="n", across="size", things="texts", marks=[0, 1], show=show)
    assert len(read(chart).named("rect")) == 1


def test_bubbles_lie_where_their_numbers_are() -> None:
    counts = {(10.0, 10.0): 100, (10.0, 20.0): 25, (20.0, 20.0): 1}
    chart = bubble_chart(counts, 20, name="n", across="given", up="written", things="texts")
    found = read(chart)
    first, second, third = places(found, "bubble")
    assert first[0] == second[0] < third[0]
    assert first[1] > second[1] == third[1]
    radii = [float(e.attributes["r"]) for e in found.named("circle", "bubble")]
    assert radii[0] > radii[1] > radii[2] > 0
    assert "10 and 20: 25 texts" in found.texts("title")
    line = {
        k: float(v) for k, v in found.named("line", "ideal")[0].attributes.items() if k != "class"
    }
    slope = (line["y2"] - line["y1"]) / (line["x2"] - line["x1"])
    assert first[1] - third[1] == pytest.approx(slope * (first[0] - third[0]), abs=0.2)
