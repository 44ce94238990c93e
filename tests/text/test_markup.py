from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.markup import (
    LEAST_FULL,
    LEVELS,
    Piece,
    as_html,
    as_terminal,
    pieces_of,
    shade_levels,
    visible,
)

HOSTILE = st.text(
    st.sampled_from(list("ab<>&\"' \n\t\r\x00\x07\x1b\x7f\x9b\u202e\u2028\u200d\xad\ud800é語[;m"))
    | st.characters()
)


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    """Return any text cut into pieces with any weights; what has none has no shade."""
    weights = draw(st.lists(st.none() | st.floats(0.0, 1.0), max_size=8))
    return [
        Piece(draw(HOSTILE), weight, 0 if weight is None else draw(st.integers(0, LEVELS - 1)))
        for weight in weights
    ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.names: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize(
    ("weights", "levels"),
    [
        ([], []),
        ([1.0], [0]),
        ([0.5, 0.5], [0, 0]),
        # Against the mean weight 4, 2, 1 and a quarter; log to base 4 times 5, rounded.
        ([0.5, 0.25, 0.125, 0.03125, *[0.0234375] * 4], [5, 2, 0, 0, 0, 0, 0, 0]),
        # Hardly above the mean, 1.2: log to base 2 times 5 is 1.3.
        ([0.3, 0.3, 0.2, 0.2], [1, 1, 0, 0]),
        # 500 times the mean: log of 12.5 to that base times 5 is 2.03.
        ([0.5, *[0.0125] * 10, *[0.375 / 989] * 989], [5, *[2] * 10, *[0] * 989]),
        ([1.0, 0.0, 0.0, 0.0, 0.0], [5, 0, 0, 0, 0]),
    ],
)
def test_shade_tells_the_weight_against_the_mean(weights: list[float], levels: list[int]) -> None:
    assert shade_levels(weights) == levels


@given(st.integers(1, 3000), st.sampled_from([np.float32, np.float64]))
def test_even_weights_have_no_shade_at_any_length(length: int, kind: type[np.floating]) -> None:
    weights = np.ones(length, kind) / kind(length)
    assert set(shade_levels(weights)) == {0}


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40))
def test_heavier_tokens_have_no_paler_shade(values: list[float]) -> None:
    weights = np.array(values) / sum(values)
    levels = shade_levels(weights)
    order = np.argsort(weights)
    assert [levels[n] for n in order] == sorted(levels)
    assert all(0 <= level < LEVELS for level in levels)
    for weight, level in zip(weights * len(weights), levels, strict=True):
        assert level == 0 or weight > 1
    if max(weights) * len(weights) >= LEAST_FULL:
        assert max(levels) == LEVELS - 1


def test_text_is_cut_into_tokens_and_what_stands_between() -> None:
    found = pieces_of(" Very  good!\n", [(1, 5), (7, 11), (11, 12)], [0.1, 0.8, 0.1])
    assert [(piece.text, piece.weight, piece.level) for piece in found] == [
        (" ", None, 0),
        ("Very", 0.1, 0),
        ("  ", None, 0),
        ("good", 0.8, 5),
        ("!", 0.1, 0),
        ("\n", None, 0),
    ]
    assert pieces_of("", [], []) == []
    assert pieces_of("  ", [], np.zeros(0)) == [Piece("  ", None, 0)]


def test_each_token_must_have_a_weight() -> None:
    with pytest.raises(ValueError, match="zip"):
        pieces_of("a b", [(0, 1), (2, 3)], [1.0])


@given(pieces())
def test_html_shows_the_text_and_holds_nothing_else(found: list[Piece]) -> None:
    page = as_html(found)
    page.encode("utf-8")
    reader = read(page)
    assert reader.text == "".join(visible(piece.text) for piece in found)
    weighted = sum(piece.weight is not None for piece in found)
    assert reader.names == ["span"] * (1 + weighted)
    assert reader.attributes <= {"style", "title"}


def test_html_has_a_background_by_shade_and_the_weight_as_a_title() -> None:
    page = as_html([Piece("a", 0.1, 0), Piece(" ", None, 0), Piece("<b>", 0.9, LEVELS - 1)])
    found = re.findall(r'<span title="([0-9.]+)"(.*?)>(.*?)</span>', page)
    assert [(title, text) for title, _, text in found] == [("0.100", "a"), ("0.900", "&lt;b&gt;")]
    assert found[0][1] == ""
    assert "background:rgba(" in found[1][1]


def _luminance(color: tuple[float, ...]) -> float:
    """Return the relative luminance of a colour in 0 to 255, as WCAG 2 defines it."""
    parts = [c / 255 / 12.92 if c <= 10.31 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        ((255, 255, 255), (28, 33, 39)),
        ((18, 22, 26), (228, 232, 236)),
        ((17, 17, 17), (255, 255, 255)),
    ],
)
def test_letters_on_the_full_colour_can_be_read(
    ground: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    page = as_html([Piece("a", 1.0, LEVELS - 1)])
    *color, alpha = map(float, re.search(r"rgba\((.+?)\)", page)[1].split(","))  # type: ignore[index]
    behind = tuple(alpha * c + (1 - alpha) * g for c, g in zip(color, ground, strict=True))
    light, dark = sorted([_luminance(behind), _luminance(ink)], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


CODES = re.compile(r"\x1b\[(?:48;5;[0-9]+;38;5;[0-9]+|0)m")


@given(pieces())
def test_terminal_shows_the_text_and_only_our_own_codes(found: list[Piece]) -> None:
    shown = CODES.sub("", as_terminal(found, color=True))
    assert shown == "".join(visible(piece.text) for piece in found)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


@given(pieces())
def test_terminal_without_colours_has_no_codes(found: list[Piece]) -> None:
    expected = [
        visible(piece.text) + (f"[{piece.weight:.2f}]" if piece.level else "") for piece in found
    ]
    shown = as_terminal(found, color=False)
    assert shown == "".join(expected)
    assert "\x1b" not in shown


def test_terminal_tells_weights_by_colour_or_in_brackets() -> None:
    found = [Piece("so", 0.04, 0), Piece(" ", None, 0), Piece("grip\x1b[2J", 0.96, LEVELS - 1)]
    assert as_terminal(found, color=False) == "so grip\\x1b[2J[0.96]"
    assert as_terminal(found, color=True) == "so \x1b[48;5;208;38;5;16mgrip\\x1b[2J\x1b[0m"
    assert as_terminal([], color=True) == ""


@given(HOSTILE)
def test_visible_text_steers_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", shown
    )
    assert visible(shown) == shown


def test_visible_text_keeps_what_scripts_need() -> None:
    for text in ("می\u200cخواهم", "👩\u200d🚀", "a\xa0b", "line\n\tnext", "語"):
        assert visible(text) == text
    assert visible("a\rb\u202ec\ud800") == "a\\rb\\u202ec\\ud800"
