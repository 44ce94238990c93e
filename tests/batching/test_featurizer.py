from __future__ import annotations

import numpy as np
import pytest

from seqtag.batching import Featurizer, WordCache, WordTable
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary

WORDS = Vocabulary(["the", "cat"], has_unknown=True)
VECTORS = Vocabulary(["dog", "Rome", "cat"], has_unknown=True)
POS = Vocabulary(["NOUN", "DET"], has_unknown=True)
PLACES = Gazetteer([(["New", "York"], "LOC"), (["York"], "NAME")])


def make_featurizer() -> Featurizer:
    return Featurizer(WordTable(WORDS, VECTORS, None, None), {"POS": POS}, PLACES)


def make_sentence(text: str, tags: str) -> Sentence:
    return Sentence(text.split(), features_by={"POS": tags.split()})


FIRST = make_sentence("the new York cat", "DET ADJ X NOUN")
SECOND = make_sentence("rome", "NOUN")


def test_features_are_the_columns_values_and_then_places_in_phrases() -> None:
    featurizer = make_featurizer()
    batch = featurizer.batch([featurizer.rows(FIRST), featurizer.rows(SECOND)])
    assert batch.features[0].tolist() == [[2, 0, 0], [0, 2, 0], [0, 4, 1], [1, 0, 0]]
    assert batch.features[1].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert batch.features.dtype == np.int64


def test_vector_is_that_of_the_first_form_listed() -> None:
    featurizer = make_featurizer()
    tokens = ["cat", "DOG", "rome", "bird"]
    batch = featurizer.batch([featurizer.rows(make_sentence(" ".join(tokens), "X X X X"))])
    assert batch.vectors[batch.types[0]].tolist() == [3, 1, 2, 0]
    assert batch.words[batch.types[0]].tolist() == [2, 0, 0, 0]


def test_rows_can_be_cut_before_they_are_a_batch() -> None:
    featurizer = make_featurizer()
    rows = featurizer.rows(FIRST)
    assert rows.shape == (4, 4)
    assert rows.dtype == np.int32
    batch = featurizer.batch([rows[1:3]])
    assert batch.features.tolist() == [[[0, 2, 0], [0, 4, 1]]]


def test_missing_feature_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="POS"):
        make_featurizer().rows(Sentence(["the"]))


def test_sentence_without_tokens_has_no_rows() -> None:
    assert make_featurizer().rows(Sentence([], features_by={"POS": []})).shape == (0, 4)


def test_sentences_together_have_the_rows_of_each() -> None:
    featurizer = make_featurizer()
    empty = Sentence([], features_by={"POS": []})
    together = featurizer.rows(FIRST, empty, SECOND)
    assert together.tolist() == [
        *featurizer.rows(FIRST).tolist(),
        *featurizer.rows(SECOND).tolist(),
    ]
    assert featurizer.rows().shape == (0, 4)


def test_words_in_the_cache_are_known_and_the_rest_is_described() -> None:
    featurizer = make_featurizer()
    cache = WordCache(2, 100)
    rows = featurizer.rows(FIRST, SECOND)
    batch, new = featurizer.batch_with_cache(rows, np.array([4, 1]), cache)
    assert len(batch.known) == 0
    assert new.tolist() == [0, 1, 2, 3, 4]
    cache.put(np.array([3, 1]), np.array([[3.0, 0.5], [1.0, 0.5]], dtype=np.float32))
    batch, new = featurizer.batch_with_cache(rows, np.array([4, 1]), cache)
    described = np.concatenate([np.full(len(batch.known), -1), batch.words])
    assert described[batch.types[0]].tolist() == [1, -1, 0, -1]
    assert batch.known[batch.types[0, [1, 3]]].tolist() == [[1.0, 0.5], [3.0, 0.5]]
    assert described[batch.types[1, 0]] == 0
    assert new.tolist() == [0, 2, 4]
    assert batch.lengths.tolist() == [4, 1]
