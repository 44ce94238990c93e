from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text import type_counts
from seqtag.text.type_counts import TypeCounts

WORDS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "", "A", "é", "\ud800"])))


@given(WORDS, WORDS, st.integers(1, 9))
def test_counts_are_those_of_the_words(
    first: list[list[str]], second: list[list[str]], buffer: int
) -> None:
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type_counts, "_BUFFER_SIZE", buffer)
        for sentences in (first, second):
            counts = TypeCounts()
            for words in sentences:
                counts.add(words)
            found.append(counts)
    expected = [Counter(word for words in each for word in words) for each in (first, second)]
    assert [len(counts) for counts in found] == [len(counter) for counter in expected]
    unseen = sum(n for word, n in expected[1].items() if word not in expected[0])
    assert found[1].count_unseen(found[0]) == unseen


def test_words_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_counts, "_BUFFER_SIZE", 8192)
    counts = TypeCounts()
    tracemalloc.start()
    for start in range(0, 100_000, 1000):
        counts.add([f"a word of its own, number {i}" for i in range(start, start + 1000)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(counts) == 100_000
    assert peak < 6_000_000  # the words alone would take 80 bytes each, and their places 40
