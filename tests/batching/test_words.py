from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import Batch, Featurizer, WordTable
from seqtag.text.features import clip_word, word_features
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, ngrams_of, run_threads

WORDS = Vocabulary(["the", "cat", "sat"], has_unknown=True)
CHARACTERS = Vocabulary("aceht", has_unknown=True)
NGRAMS = ngrams_of("chat", "at", "word1", "Word12", "sad")


def ngrams(word: str) -> list[int]:
    """Return the numbers of those features of a word that are listed, in their order."""
    return [NGRAMS.items.index(f) for f in word_features(word) if f in NGRAMS.items]


words_of_sentences = st.lists(
    st.lists(
        st.one_of(st.sampled_from(["the", "cat", "sat", "dog", "emu", ""]), st.text()), max_size=6
    ),
    min_size=1,
    max_size=5,
).filter(any)


def make_table(
    characters: Vocabulary | None = CHARACTERS, ngrams: Vocabulary | None = NGRAMS
) -> WordTable:
    return WordTable(WORDS, None, characters, ngrams)


def make_batch(table: WordTable, sentences: list[list[str]]) -> Batch:
    return batch_of(Featurizer(table, {}, None), sentences)


@given(words_of_sentences, st.lists(st.text(), max_size=3))
def test_batch_describes_every_token(sentences: list[list[str]], before: list[str]) -> None:
    """Each token's arrays are looked up one by one and compared with what its word is made of."""
    table = make_table()
    table.rows(before)  # rows of other words must not disturb
    batch = make_batch(table, sentences)
    assert batch.lengths.tolist() == [len(sentence) for sentence in sentences]
    assert batch.types.shape == (len(sentences), max(len(sentence) for sentence in sentences))
    ends = [*batch.ngram_offsets[1:], len(batch.ngrams)]
    for row, sentence in enumerate(sentences):
        assert not batch.types[row, len(sentence) :].any()
        for column, word in enumerate(sentence):
            kind = batch.types[row, column]
            assert batch.words[kind] == WORDS[word]
            features = batch.ngrams[batch.ngram_offsets[kind] : ends[kind]]
            assert features.tolist() == ngrams(word)
            numbers = [CHARACTERS[c] + 1 for c in clip_word(word) or " "]
            assert batch.character_lengths[kind] == len(numbers)
            assert batch.characters[kind].tolist() == numbers + [0] * (
                batch.characters.shape[1] - len(numbers)
            )


@given(words_of_sentences)
def test_every_distinct_word_is_described_once(sentences: list[list[str]]) -> None:
    table = make_table()
    batch = make_batch(table, sentences)
    distinct = {word for sentence in sentences for word in sentence}
    assert len(table) == len(batch.words) == len(batch.ngram_offsets) == len(distinct)
    assert batch.characters.shape[0] == len(batch.character_lengths) == len(distinct)


@pytest.mark.parametrize("characters", [None, CHARACTERS])
@pytest.mark.parametrize("ngrams", [None, Vocabulary([], has_unknown=False), NGRAMS])
def test_arrays_are_whole_numbers_whatever_the_model_reads(
    characters: Vocabulary | None, ngrams: Vocabulary | None
) -> None:
    table = make_table(characters, ngrams)
    batch = make_batch(table, [["the", "dog"], ["the"]])
    types = {name: array.dtype for name, array in batch.arrays().items()}
    assert {types.pop(name) for name in ("known", "dense", "mapped")} == {np.dtype("float32")}
    assert set(types.values()) == {np.dtype("int64")}
    assert batch.ngram_offsets.shape == (2,)
    assert bool(len(batch.ngrams)) == bool(ngrams)
    assert batch.characters.shape == (2, 0 if characters is None else 3)


def test_words_outside_the_vocabulary_keep_their_own_features() -> None:
    table = make_table()
    batch = make_batch(table, [["bat", "words"]])
    assert batch.words.tolist() == [0, 0]
    first, second = np.split(batch.ngrams, batch.ngram_offsets[1:])
    assert first.tolist() != second.tolist()


def test_word_has_those_of_its_features_that_are_listed() -> None:
    listed = Vocabulary(["sat", "rx", "n<ca", "wdog"], has_unknown=False)
    batch = make_batch(make_table(ngrams=listed), [["emus", "CAT", "1", "cat"]])
    features = np.split(batch.ngrams, batch.ngram_offsets[1:])
    found = [features[kind].tolist() for kind in batch.types[0]]
    assert found == [[1], [0, 2], [], [1, 0, 2]]


def test_row_of_a_word_never_changes() -> None:
    table = make_table()
    first = table.rows(["a", "b", "a"])
    table.rows(["c", "d"])
    assert table.rows(["a", "b", "a"]).tolist() == first.tolist()
    assert first.dtype == np.int32
    assert table.rows([]).shape == (0,)


def test_threads_may_add_words_at_the_same_time() -> None:
    table = make_table()
    words = [f"word{number}" for number in range(300)]
    results: dict[int, list[int]] = {}
    run_threads(lambda n: results.update({n: table.rows(words).tolist()}), 4)
    assert len(table) == len(words)
    assert len(results) == 4
    rows = results[0]
    assert all(others == rows for others in results.values())
    batch = make_batch(table, [words])
    assert table.rows(words).tolist() == rows
    features = np.split(batch.ngrams, batch.ngram_offsets[1:])
    for word, kind in zip(words, batch.types[0], strict=True):
        assert features[kind].tolist() == ngrams(word)


def test_interrupted_addition_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    table = make_table()
    table.rows(["the"])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seqtag.batching.words.word_features", interrupt)
        with pytest.raises(KeyboardInterrupt):
            table.rows(["cat"])
    batch = make_batch(table, [["sat", "the", "cat"]])
    assert batch.words[batch.types[0]].tolist() == [3, 1, 2]
    features = np.split(batch.ngrams, batch.ngram_offsets[1:])
    for word, kind in zip(["sat", "the", "cat"], batch.types[0], strict=True):
        assert features[kind].tolist() == ngrams(word)
