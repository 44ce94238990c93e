"""Colours of the style sheet, by the rules of WCAG 2.1 for contrast."""

from __future__ import annotations

import re

import pytest

from seqtag.report.style import STYLE


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as ``#12ab34``."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


def colours(number: int) -> dict[str, str]:
    """Return the colours of the light (0) or the dark form (1)."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[number]
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))


@pytest.mark.parametrize("number", [0, 1])
def test_text_can_be_read(number: int) -> None:
    found = colours(number)
    for name in ("ink", "soft", "right", "wrong"):
        assert contrast(found[name], found["paper"]) >= 4.5
    for name in ("third", "fourth"):  # lines
        assert contrast(found[name], found["paper"]) >= 3
    assert contrast(found["ink"], found["panel"]) >= 4.5


def test_contrast_is_computed_as_defined() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_forms_know_the_same_colours() -> None:
    assert colours(0).keys() == colours(1).keys()
    assert len(colours(0)) >= 9
