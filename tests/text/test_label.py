from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqtag.text.label import MOST_LABELS_SHOWN, Label
from seqtag.text.sentence import Sentence
from tests.report.markup import read


def label(
    tokens: list[str], attention: list[list[float]], scores: dict[str, float] | None = None
) -> Label:
    scores = scores or {"good": 0.75, "bad": 0.25}
    best = max(scores, key=lambda name: scores[name])
    return Label(
        label=best,
        score=scores[best],
        scores=scores,
        sentence=Sentence(tokens),
        attention_by_head=np.array(attention).reshape(len(attention), len(tokens)),
    )


def test_attention_is_the_mean_over_the_heads() -> None:
    found = label(["a", "b"], [[1.0, 0.0], [0.5, 0.5]])
    assert found.attention.tolist() == [0.75, 0.25]
    assert (found.tokens, found.text, found.offsets) == (["a", "b"], "a b", [(0, 1), (2, 3)])


def test_empty_text_has_no_attention_and_can_be_shown() -> None:
    for heads in (1, 4):
        found = label([], [[]] * heads)
        assert found.attention.shape == (0,)
        assert found.pieces == []
        page = read(found._repr_html_())
        assert "good" in page.elements[0].text


def test_heat_map_shows_what_speaks_for_the_label_where_that_is_known() -> None:
    """In the order of the scores: for "good", then for "bad"."""
    plain = label(["a", "b", "c"], [[0.5, 0.25, 0.25]])
    evidence = np.array([[3.0, -3.0], [-5.0, 5.0], [1.0, -1.0]])
    told = replace(plain, evidence_by_label=evidence)
    assert plain.evidence is None
    assert plain.weights.tolist() == plain.attention.tolist()
    assert told.evidence is not None
    assert told.evidence.tolist() == [3.0, -5.0, 1.0]
    assert told.weights.tolist() == [0.75, 0.0, 0.25]
    assert [piece.weight for piece in told.pieces if piece.weight is not None] == [0.75, 0.0, 0.25]
    against = replace(plain, evidence_by_label=-np.abs(evidence))
    assert against.weights.tolist() == plain.attention.tolist()
    assert plain != told
    assert told == replace(plain, evidence_by_label=evidence.copy())


def test_labels_are_equal_by_their_content() -> None:
    first, second = (label(["a"], [[1.0]]) for _ in range(2))
    assert first == second
    assert first != label(["a"], [[0.5]])
    assert first != label(["b"], [[1.0]])
    assert first != label(["a"], [[1.0]], {"good": 0.5, "bad": 0.5})
    assert first != "good"
    with pytest.raises(TypeError):
        hash(first)


def test_repr_is_short() -> None:
    shown = repr(label(["word"] * 1000, [[0.001] * 1000]))
    assert shown.startswith("Label(label='good', score=0.7500, text='word word")
    assert len(shown) < 120


def test_notebooks_show_the_best_labels_and_the_text_as_a_heat_map() -> None:
    scores = {f"<l{n}>": share for n, share in enumerate([0.01, 0.04, 0.6, 0.2, 0.05, 0.07, 0.03])}
    page = read(label(["so", "<good>", "it", "is"], [[0.1, 0.7, 0.1, 0.1]], scores)._repr_html_())
    head, text = page.elements[1].text, page.elements[-5].text
    assert head.split(" · ") == [
        *("<l2> 60.0%", "<l3> 20.0%", "<l5> 7.0%", "<l4> 5.0%", "<l1> 4.0%"),
    ]
    assert len(head.split(" · ")) == MOST_LABELS_SHOWN
    assert page.texts("b") == ["<l2>"]
    assert text == "so <good> it is"
    shaded = [e.text for e in page.elements if "background" in e.attributes.get("style", "")]
    assert shaded == ["<good>"]
    assert {e.name for e in page.elements} == {"div", "span", "b"}


def test_names_of_labels_cannot_hide_or_turn_what_stands_around_them() -> None:
    found = label(["a"], [[1.0]], {"x\u202e\x00": 1.0})
    page = found._repr_html_()
    assert "\u202e" not in page
    assert "\x00" not in page
    assert replace(found, label="x\u202e\x00") == found
