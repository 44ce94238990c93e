from __future__ import annotations

import numpy as np
import pytest

from seqtag.batching import Featurizer, WordTable
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary

WORDS = Vocabulary(["the", "cat"], has_unknown=True)
VECTORS = Vocabulary(["dog", "Rome", "cat"], has_unknown=True)
POS = Vocabulary(["NOUN", "DET"], has_unknown=True)
PLACES = Gazetteer([(["New", "York"], "LOC"), (["York"], "NAME")])


def make_featurizer() -> Featurizer:
    return Featurizer(WordTable(WORDS, VECTORS, None, 0), {"POS": POS}, PLACES)


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


def test_fresh_one_has_seen_no_word_and_reads_the_same() -> None:
    featurizer = make_featurizer()
    featurizer.rows(SECOND)
    fresh = featurizer.fresh()
    assert len(fresh.table) == 0
    assert fresh.rows(FIRST)[:, 1:].tolist() == featurizer.rows(FIRST)[:, 1:].tolist()


def test_sentence_without_tokens_has_no_rows() -> None:
    assert make_featurizer().rows(Sentence([], features_by={"POS": []})).shape == (0, 4)
