from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqtag.text.translation import MOST_HYPOTHESES_SHOWN, Hypothesis, Translation
from tests.report.markup import read


def hypothesis(text: str, score: float = -0.5) -> Hypothesis:
    return Hypothesis(
        text, text.split(), score, 2 * score, np.full((len(text.split()) + 1, 3), 1 / 3)
    )


def translation(text: str = "ein Hund", source: str = "a dog", others: int = 0) -> Translation:
    best = hypothesis(text)
    return Translation(
        source=source,
        text=text,
        tokens=best.tokens,
        source_tokens=["a", "dog"],
        score=best.score,
        log_probability=best.log_probability,
        attention=best.attention,
        nbest=[best, *(hypothesis(f"other {n}", -1.0 - n) for n in range(others))],
    )


def test_equal_translations_are_those_with_equal_parts() -> None:
    assert translation() == translation()
    assert translation(others=1) != translation()
    assert translation() != replace(translation(), score=-0.4)
    assert translation() != replace(translation(), attention=np.zeros((3, 3)))
    assert hypothesis("a") == hypothesis("a") != hypothesis("b")
    assert translation() != "ein Hund"
    assert hypothesis("a") != "a"


def test_repr_is_short() -> None:
    found = repr(translation(source="a dog " * 100))
    assert found.startswith("Translation(text='ein Hund', score=-0.5000, source='a dog a dog")
    assert len(found) < 130


def test_notebooks_show_both_texts_the_attention_and_the_next_best() -> None:
    page = read(translation("<b>ein</b> Hund", "a & b", others=9)._repr_html_())
    assert "<b>ein</b> Hund" in page.elements[0].text
    assert "a & b" in page.elements[0].text
    assert len(page.named("svg")) == 1
    shown = page.texts("li")
    assert shown[:2] == ["<b>ein</b> Hund -0.50", "other 0 -1.00"]
    assert len(shown) == MOST_HYPOTHESES_SHOWN
    assert read(translation()._repr_html_()).named("li") == []


def test_empty_translation_can_be_shown() -> None:
    empty = Translation("", "", [], [], 0.0, 0.0, np.ones((1, 1)))
    assert read(empty._repr_html_()).texts("text")[:2] == ["end", "end"]
