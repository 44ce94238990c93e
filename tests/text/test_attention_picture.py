from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.attention_picture import (
    END,
    LEAST_SHOWN,
    LONGEST_LABEL,
    attention_picture,
    opacity,
    shown_unit,
)
from tests.report.markup import read

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = st.text(
    st.sampled_from(list("ab▁<>&\"' \n\x00\x1b\x9b\u202e\u2028\u200d\u0301\ufffe\ud800é語ש"))
    | st.characters(),
    max_size=40,
)


def weights(rows: int, columns: int, seed: int = 0) -> npt.NDArray[np.float64]:
    found = np.random.default_rng(seed).exponential(1.0, (rows + 1, columns + 1))
    share: npt.NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
    return share


def letters(element: ElementTree.Element) -> str:
    """Return the text of a label without what the pointer shows."""
    parts = [element.text or ""]
    for child in element:
        parts += [child.text or "" if child.tag != f"{SVG}title" else "", child.tail or ""]
    return "".join(parts)


@given(st.lists(HOSTILE, max_size=6), st.lists(HOSTILE, max_size=6), st.booleans())
def test_any_units_make_a_sound_picture_as_svg_and_in_html(
    tokens: list[str], source: list[str], standalone: bool
) -> None:
    picture = attention_picture(
        tokens, source, weights(len(tokens), len(source)), standalone=standalone
    )
    picture.encode("utf-8")
    root = ElementTree.fromstring(picture)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f"{SVG}text")) == len(tokens) + len(source) + 2 + 2  # ends, scale
    page = read(picture)
    assert {e.name for e in page.elements} <= {
        "svg",
        "title",
        "style",
        "path",
        "rect",
        "text",
        "tspan",
    }
    assert bool(page.named("style")) == standalone


def test_labels_stand_at_their_rows_and_columns() -> None:
    root = ElementTree.fromstring(
        attention_picture(["▁ein", "Hund"], ["a", "black", "dog"], weights(2, 3))
    )
    labels = root.findall(f"{SVG}text")
    columns, rows = labels[:4], labels[4:7]
    assert [letters(label) for label in columns] == ["a", "black", "dog", END]
    assert [letters(label) for label in rows] == ["▁ein", "Hund", END]
    across = [float(label.attrib["x"]) for label in columns]
    down = [float(label.attrib["y"]) for label in rows]
    assert np.diff(across) == pytest.approx(24.0)
    assert np.diff(down) == pytest.approx(24.0)
    assert len({label.attrib["x"] for label in rows}) == 1
    assert all("italic" in label.attrib["style"] for label in (columns[-1], rows[-1]))
    assert all("rotate(-50" in label.attrib["transform"] for label in columns)


def test_shades_tell_weights() -> None:
    attention = np.array([[0.9, 0.1, 0.0], [0.0, LEAST_SHOWN / 2, 1.0 - LEAST_SHOWN / 2]])
    root = ElementTree.fromstring(attention_picture(["x"], ["a", "b"], attention))
    cells = [e for e in root.findall(f"{SVG}rect") if e.find(f"{SVG}title") is not None]
    titles = [cell.findtext(f"{SVG}title") for cell in cells]
    assert titles == ["a → x: 90%", "b → x: 10%", "end → end: 100%"]
    shown = [float(cell.attrib["fill-opacity"]) for cell in cells]
    assert shown == pytest.approx([opacity(0.9), opacity(0.1), 1.0], abs=0.006)
    assert shown[1] < shown[0] < shown[2]
    places = [(float(cell.attrib["x"]), float(cell.attrib["y"])) for cell in cells]
    steps = [(x - places[0][0], y - places[0][1]) for x, y in places]
    assert np.array(steps) == pytest.approx(np.array([(0, 0), (24, 0), (48, 24)]))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 30))
def test_all_lies_inside_of_the_picture(rows: int, columns: int, length: int) -> None:
    root = ElementTree.fromstring(
        attention_picture(["n" * length] * rows, ["o" * length] * columns, weights(rows, columns))
    )
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for cell in root.findall(f"{SVG}rect"):
        assert 0 <= float(cell.attrib["x"]) <= width - float(cell.attrib["width"])
        assert 0 <= float(cell.attrib["y"]) <= height - float(cell.attrib["height"])
    for label in root.findall(f"{SVG}text"):
        size = 0.6 * 13 * len(letters(label))
        x, y = float(label.attrib["x"]), float(label.attrib["y"])
        if "transform" in label.attrib:
            x, y = x + size * np.cos(np.radians(50)), y - size * np.sin(np.radians(50))
        elif label.attrib.get("text-anchor") == "end":
            x -= size
        assert -1 <= x <= width + 1
        assert -1 <= y <= height + 1


def test_single_characters_stand_upright() -> None:
    picture = attention_picture(["t"], ["東", "京", "m"], weights(1, 3))
    assert "rotate" not in picture


def test_long_units_are_cut_and_told_whole_to_the_pointer() -> None:
    whole = "Donaudampfschifffahrtsgesellschaft"
    root = ElementTree.fromstring(attention_picture([whole], ["a"], weights(1, 1)))
    label = root.findall(f"{SVG}text")[2]
    assert letters(label) == f"{whole[: LONGEST_LABEL - 1]}…"
    assert label.findtext(f"{SVG}title") == whole


def test_units_that_cannot_be_seen_alone_can() -> None:
    assert shown_unit("\u0301") == "\u25cc\u0301"
    assert shown_unit("\u202eab") == r"\u202eab"
    assert shown_unit("▁é") == "▁é"
    assert shown_unit("क्ष") == "क्ष"


def test_picture_goes_with_light_and_dark_pages() -> None:
    """Letters and lines have the colour of what is around; only a file brings its own ground."""
    inline = attention_picture(["x"], ["a"], weights(1, 1))
    assert set(re.findall(r"(?:fill|stroke)[=:]\"?([^\";]+)", inline)) == {
        "currentColor",
        "none",
        "#ea7317",
    }
    standalone = attention_picture(["x"], ["a"], weights(1, 1), standalone=True)
    assert "prefers-color-scheme:dark" in standalone


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2\): it must be \(3, 2\)"):
        attention_picture(["a", "b"], ["c"], np.zeros((2, 2)))
