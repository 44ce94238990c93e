from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.io.sentence_store import SentenceStore
from seqtag.text.sentence import Sentence

texts = st.text(max_size=4)


@st.composite
def corpora(draw: st.DrawFn) -> list[Sentence]:
    """Make sentences with the same columns."""
    tags, features = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    sentences = []
    for _ in range(draw(st.integers(0, 5))):
        length = draw(st.integers(0, 5))
        column = st.lists(texts, min_size=length, max_size=length)
        sentences.append(
            Sentence(
                draw(column),
                {f"T{n}": draw(column) for n in range(tags)},
                features_by={f"F{n}": draw(column) for n in range(features)},
            )
        )
    return sentences


@given(corpora())
def test_sentences_come_back_as_they_were(sentences: list[Sentence]) -> None:
    store = SentenceStore(iter(sentences))
    assert list(store) == sentences
    assert [store[i] for i in range(len(store))] == sentences
    assert [store[i] for i in range(-len(store), 0)] == sentences
    assert store[1:3] == sentences[1:3]


@pytest.mark.parametrize("index", [2, -3])
def test_there_is_no_sentence_behind_the_last(index: int) -> None:
    with pytest.raises(IndexError):
        SentenceStore([Sentence(["a"]), Sentence(["b"])])[index]


def test_memory_goes_by_the_number_of_sentences_and_not_of_tokens() -> None:
    def sentences() -> Iterator[Sentence]:
        for number in range(2000):
            words = [f"w{(number * k) % 500}" for k in range(100)]
            yield Sentence(words, {"T": words})

    tracemalloc.start()
    try:
        store = SentenceStore(sentences())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(store) == 2000
    assert held < 300_000  # as lists of strings they take 3.2 MB, and 25 MB with offsets
