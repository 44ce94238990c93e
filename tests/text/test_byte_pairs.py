from __future__ import annotations

import os

import pytest

from seqtag.text.byte_pairs import learn_byte_pairs

PARTS = {" low": 5, " lower": 2, " newest": 6, " widest": 3}
"""The example of Sennrich et al. 2016, its words with a space in front and no end behind."""

CHARACTERS = frozenset("".join(PARTS))


def by_hand(parts: dict[str, int], merges: int) -> list[str]:
    """Return what the paper's loop learns, where no two pairs are the commonest."""
    split = {part: list(part) for part in parts}
    learnt = []
    for _ in range(merges):
        counts: dict[tuple[str, str], int] = {}
        for part, pieces in split.items():
            for pair in zip(pieces, pieces[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + parts[part]
        most = max(counts.values())
        (best,) = (pair for pair, count in counts.items() if count == most)
        learnt.append("".join(best))
        for pieces in split.values():
            place = 0
            while place < len(pieces) - 1:
                if (pieces[place], pieces[place + 1]) == best:
                    pieces[place : place + 2] = ["".join(best)]
                place += 1
    return learnt


def test_commonest_pair_is_merged_first() -> None:
    parts = {" aab": 7, " ab": 9, " cab": 2, " cc": 1}
    characters = frozenset("".join(parts))
    items, merges = learn_byte_pairs(parts, characters, len(characters) + 2)
    assert items[: len(characters)] == sorted(characters)
    assert items[len(characters) :] == by_hand(parts, 2)
    assert [items[first] + items[second] for first, second in merges] == items[len(characters) :]


def test_no_more_are_learnt_than_are_asked_for() -> None:
    for size in (len(CHARACTERS), len(CHARACTERS) + 3, 1000):
        items, merges = learn_byte_pairs(PARTS, CHARACTERS, size)
        assert len(items) == len(CHARACTERS) + len(merges)
        assert len(items) <= size
        assert set(items) >= CHARACTERS


def test_pairs_that_occur_once_are_not_merged() -> None:
    items, merges = learn_byte_pairs({" ab": 1, " cd": 1}, frozenset(" abcd"), 100)
    assert (items, merges) == ([" ", "a", "b", "c", "d"], [])


def test_parts_that_occur_very_often_count_so() -> None:
    parts = {" ab": 25_000, " ac": 24_999}
    items, _ = learn_byte_pairs(parts, frozenset(" abc"), 6)
    assert items[4:] == [" a", " ab"]


def test_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    learn_byte_pairs(PARTS, CHARACTERS, 20)
    assert "TOKENIZERS_PARALLELISM" not in os.environ
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    learn_byte_pairs(PARTS, CHARACTERS, 20)
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
