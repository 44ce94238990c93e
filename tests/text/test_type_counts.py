from __future__ import annotations

import tracemalloc

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
    counts: TypeCounts | None = None
    seen: set[str] | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type_counts, "_BUFFER_SIZE", buffer)
        for sentences in (first, second):
            counts = TypeCounts(counts)
            for words in sentences:
                counts.add(words)
            expected = [word for words in sentences for word in words]
            assert len(counts) == len(set(expected))
            assert counts.unseen == (0 if seen is None else sum(w not in seen for w in expected))
            seen = set(expected)


def test_words_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_counts, "_BUFFER_SIZE", 8192)
    counts = TypeCounts()
    tracemalloc.start()
    for start in range(0, 100_000, 1000):
        counts.add([f"a word of its own, number {i}" for i in range(start, start + 1000)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(counts) == 100_000
    assert peak < 5_000_000  # the words alone would take 80 bytes each, and their places 40
