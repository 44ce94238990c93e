from __future__ import annotations

import io
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from seqtag.errors import ConfigError
from seqtag.report.attention import MOST_PICTURES, attention_html, attention_png, attention_svg
from seqtag.text.translation import Hypothesis, Translation
from tests.report.markup import read_page


def translation(
    tokens: list[str], source_tokens: list[str], others: int = 0, seed: int = 0
) -> Translation:
    shape = len(tokens) + 1, len(source_tokens) + 1
    attention = np.random.default_rng(seed).dirichlet(np.ones(shape[1]), shape[0])
    text = " ".join(tokens)
    nbest = [Hypothesis(text, tokens, -0.5, -2.0, attention)]
    nbest += [Hypothesis(f"other {n}", ["x"], -1.0 - n, -4.0, attention) for n in range(others)]
    return Translation(
        " ".join(source_tokens), text, tokens, source_tokens, -0.5, -2.0, attention, nbest
    )


HOSTILE = translation(
    ["القطة", "東京", "<script>", "$x_1$", "\u0301", "\u202e", "w" * 99, "\U0001f600"],
    ["שלום", "क्ष", "&amp;", '"', "$", "\x00"],
)


def test_svg_is_a_file_of_its_own() -> None:
    picture = attention_svg(HOSTILE)
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.endswith("</svg>\n")
    assert "prefers-color-scheme" in picture


def test_page_shows_every_translation_with_its_picture() -> None:
    page = read_page(
        attention_html([translation(["ein", "Hund"], ["a", "dog"], others=9), HOSTILE])
    )
    assert len(page.named("svg")) == 2
    assert page.texts("dd") == ["a dog", "ein Hund", *page.texts("dd")[2:]]
    assert page.texts("dt")[1] == "translation, score −0.50"
    assert page.texts("li") == [f"other {n} −{n + 1}.00" for n in range(4)]
    assert page.texts("p", "soft")[0] == "2 translations"


def test_page_of_many_translations_says_how_many_it_shows() -> None:
    page = read_page(attention_html([translation(["x"], ["y"])] * (MOST_PICTURES + 5)))
    assert len(page.named("svg")) == MOST_PICTURES
    assert page.texts("p", "soft")[0] == "The first 100 of 105 translations"


def test_page_without_translations_can_be_read() -> None:
    assert read_page(attention_html([])).texts("p", "soft")[0] == "0 translations"


def test_png_shows_weights_in_their_places() -> None:
    """The first row's cell is full, of the second row's the last two are half so."""
    image = pytest.importorskip("matplotlib.image")
    attention = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    png = attention_png(Translation("a b", "x", ["x"], ["a", "b"], 0.0, 0.0, attention))
    shown = (image.imread(io.BytesIO(png))[:, :, :3] * 255).round()
    full = (np.abs(shown - [234, 115, 23]).sum(axis=2) < 6).nonzero()
    half = (np.abs(shown - [243, 175, 122]).sum(axis=2) < 40).nonzero()
    side, line = 54, 5
    assert np.ptp(full[0]) == np.ptp(full[1]) == pytest.approx(side, abs=line)
    assert half[0].min() - full[0].min() == pytest.approx(side, abs=line)
    assert half[1].min() - full[1].min() == pytest.approx(side, abs=line)
    assert np.ptp(half[1]) == pytest.approx(2 * side, abs=line)


def test_png_of_any_units_is_drawn_without_warnings_and_the_same_each_time() -> None:
    pytest.importorskip("matplotlib")
    assert attention_png(HOSTILE) == attention_png(HOSTILE)
    assert attention_png(translation([], []))


def test_png_without_matplotlib_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match=r"pip install 'seqtag\[plot\]', or name a \.svg or"):
        attention_png(HOSTILE)
