from __future__ import annotations

import pytest

from seqtag.text.pairs import Pair, Pairs


def test_pairs_are_a_container() -> None:
    pairs = Pairs(["a", "b"], ["c", "d"], [1, 4])
    assert len(pairs) == 2
    assert list(pairs) == [Pair("a", "c", 1), Pair("b", "d", 4)]
    assert list(pairs.choose([1])) == [Pair("b", "d", 4)]


@pytest.mark.parametrize(
    ("source", "target", "is_empty"), [("a", "b", False), ("", "b", True), ("a", " \t", True)]
)
def test_white_space_is_an_empty_side(source: str, target: str, is_empty: bool) -> None:
    assert Pair(source, target, 1).has_empty_side is is_empty
