from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import pytest

from seqtag.text.unigram import MAX_LENGTH, learn_unigrams

PARTS = {" ab": 5, " abab": 3, " ba": 2, " b": 4, " aab": 3}
CHARACTERS = [" ", "a", "b"]


def segmentations(part: str, items: set[str]) -> Iterator[list[str]]:
    if not part:
        yield []
    for end in range(1, len(part) + 1):
        if part[:end] in items:
            for rest in segmentations(part[end:], items):
                yield [part[:end], *rest]


def log_shares(counts: dict[str, float]) -> dict[str, float]:
    discounted = {item: max(count - 0.5, 0.01) for item, count in counts.items()}
    total = sum(discounted.values())
    return {item: math.log(count / total) for item, count in discounted.items()}


def reestimate(scores: dict[str, float], parts: dict[str, int]) -> dict[str, float]:
    """One round of expectation and maximization, by listing all segmentations."""
    counts: dict[str, float] = defaultdict(float, dict.fromkeys(scores, 0.0))
    for part, count in parts.items():
        found = list(segmentations(part, set(scores)))
        weights = [math.exp(sum(map(scores.__getitem__, pieces))) for pieces in found]
        for pieces, weight in zip(found, weights, strict=True):
            for piece in pieces:
                counts[piece] += count * weight / sum(weights)
    return log_shares(counts)


def test_probabilities_are_those_of_all_segmentations() -> None:
    counts: dict[str, float] = defaultdict(float)
    for part, count in PARTS.items():
        for start in range(len(part)):
            for end in range(start + 1, len(part) + 1):
                counts[part[start:end]] += count
    scores = reestimate(reestimate(log_shares(counts), PARTS), PARTS)
    items, found = learn_unigrams(PARTS, CHARACTERS, len(counts))
    assert dict(zip(items, found, strict=True)) == pytest.approx(scores, abs=1e-5)
    assert found == sorted(found, reverse=True)


def test_subwords_that_are_missed_least_are_dropped() -> None:
    # "ab" is in nearly all of the texts, and "ba" nearly nowhere.
    items, _ = learn_unigrams(PARTS, CHARACTERS, 5)
    assert len(items) == 5
    assert set(CHARACTERS) < set(items)
    assert " ab" in items or "ab" in items


def test_characters_are_always_kept() -> None:
    items, scores = learn_unigrams(PARTS, [*CHARACTERS, "z"], 4)
    assert sorted(items) == [" ", "a", "b", "z"]
    assert all(map(math.isfinite, scores))


def test_long_parts_have_no_long_subwords() -> None:
    items, _ = learn_unigrams({" " + "ab" * 30: 9}, CHARACTERS, 50)
    assert max(map(len, items)) <= MAX_LENGTH


def test_nothing_leaves_the_characters() -> None:
    items, scores = learn_unigrams({}, CHARACTERS, 10)
    assert sorted(items) == CHARACTERS
    assert len(scores) == 3
