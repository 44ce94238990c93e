from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.units import Characters
from seqtag.training.text_decoder import SourceText, _joined, best_combinations


@given(st.lists(st.lists(st.floats(-9, 0), min_size=1, max_size=4), max_size=4), st.integers(1, 9))
def test_combinations_are_the_best_of_all(scores: list[list[float]], count: int) -> None:
    every = list(itertools.product(*(range(len(each)) for each in scores)))

    def total(ranks: tuple[int, ...]) -> float:
        return sum((each[rank] for each, rank in zip(scores, ranks, strict=True)), 0.0)

    found = best_combinations(scores, count)
    assert len(set(found)) == len(found) == min(count, len(every))
    expected = sorted(map(total, every), reverse=True)[:count]
    assert [total(ranks) for ranks in found] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pieces", "spaced", "texts", "whole"),
    [
        (["ab.", "cd"], [True], ["One.", "Two"], "One. Two"),
        (["ab", "cd"], [False], ["One", "two"], "Onetwo"),
        (["他来了。", "我爱你"], [False], ["He came.", "I love you"], "He came. I love you"),
        (["He came.", "I"], [True], ["他来了。", "我"], "他来了。我"),
        (["ab.", "cd.", "ef"], [True, True], ["One.", "", "Three"], "One. Three"),
    ],
)
def test_pieces_are_joined_as_the_language_joins_them(
    pieces: list[str], spaced: list[bool], texts: list[str], whole: str
) -> None:
    units = Characters(sorted(set("".join(pieces))))
    source = SourceText("".join(pieces), [units.encode(piece) for piece in pieces], spaced)
    assert _joined(texts, source) == whole
