from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch

from seqtag.batching import Batch, WordTable
from seqtag.config import EmbeddingConfig
from seqtag.errors import ConfigError
from seqtag.layers.embedding import Embedding
from seqtag.models.arrays import to_tensors
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, ngrams_of, plain_featurizer

WORDS = Vocabulary(["the", "cat"], has_unknown=True)
CHARACTERS = Vocabulary("acehtx", has_unknown=True)
NGRAMS = ngrams_of("cat", "the", "chex")
SENTENCES = [["the", "cat", "the"], ["xat"], ["cat", "xat"]]

Characters = Literal["none", "cnn", "lstm"]


def make_embedding(
    word_size: int = 4, ngram_size: int = 5, characters: Characters = "none"
) -> Embedding:
    torch.manual_seed(0)
    config = EmbeddingConfig(
        word_size=word_size,
        ngram_size=ngram_size,
        characters=characters,
        character_size=3,
        character_hidden_size=6,
    )
    return Embedding(config, len(WORDS), len(CHARACTERS) + 1, num_ngrams=len(NGRAMS)).eval()


def make_batch(sentences: list[list[str]]) -> Batch:
    return batch_of(plain_featurizer(WORDS, CHARACTERS, NGRAMS), sentences)


def embed(embedding: Embedding, sentences: list[list[str]]) -> torch.Tensor:
    arrays = make_batch(sentences).arrays()
    del arrays["lengths"]
    vectors, _ = embedding(**to_tensors(arrays, "cpu"))
    assert isinstance(vectors, torch.Tensor)
    return vectors


@pytest.mark.parametrize(
    ("word_size", "ngram_size", "characters", "size"),
    [
        (4, 5, "none", 9),
        (4, 5, "cnn", 15),
        (4, 5, "lstm", 15),
        (4, 0, "none", 4),
        (0, 5, "none", 5),
        (0, 0, "cnn", 6),
    ],
)
def test_vector_is_made_of_the_parts_that_have_a_size(
    word_size: int, ngram_size: int, characters: Characters, size: int
) -> None:
    embedding = make_embedding(word_size, ngram_size, characters)
    assert embedding.output_size == embedding.word_vector_size == size
    assert embed(embedding, SENTENCES).shape == (3, 3, size)


def test_parts_are_the_words_row_and_the_sum_of_its_features() -> None:
    embedding = make_embedding()
    vectors = embed(embedding, SENTENCES)
    assert embedding.words is not None
    assert embedding.ngrams is not None
    featurizer = plain_featurizer(WORDS, None, NGRAMS)
    for row, sentence in enumerate(SENTENCES):
        for index, word in enumerate(sentence):
            features = batch_of(featurizer, [[word]]).ngrams
            expected = torch.cat(
                [
                    embedding.words.weight[WORDS[word]],
                    embedding.ngrams.weight[features].sum(dim=0),
                ]
            )
            assert torch.allclose(vectors[row, index], expected, atol=1e-6)


@pytest.mark.parametrize("training", [False, True])
def test_word_without_a_listed_feature_has_none_of_their_part(training: bool) -> None:
    embedding = make_embedding().train(training)
    vectors = embed(embedding, [["12", "cat", "12"], ["34"]])
    assert not vectors[[0, 0, 1], [0, 2, 0], 4:].any()
    assert vectors[0, 1, 4:].all()
    assert not embed(embedding, [["12"], ["34"]])[:, :, 4:].any()


@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
def test_vector_of_a_word_does_not_depend_on_the_batch(characters: Characters) -> None:
    embedding = make_embedding(characters=characters)
    together = embed(embedding, [*SENTENCES, ["a" * 30]])
    for row, sentence in enumerate(SENTENCES):
        alone = embed(embedding, [sentence])
        assert torch.allclose(together[row, : len(sentence)], alone[0], atol=1e-5)


@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
def test_known_words_have_the_vectors_that_are_given(characters: Characters) -> None:
    embedding = make_embedding(characters=characters)
    batch = make_batch([["the", "cat"]])
    arrays = batch.arrays()
    del arrays["lengths"]
    arrays["types"] = np.array([[2, 0, 1], [3, 3, 0]])
    arrays["known"] = np.array([[1.0], [2.0]], dtype=np.float32).repeat(
        embedding.word_vector_size, axis=1
    )
    found, vectors = embedding(**to_tensors(arrays, "cpu"))
    one, two = torch.from_numpy(arrays["known"])
    expected = [[vectors[0], one, two], [vectors[1], vectors[1], one]]
    assert torch.equal(found, torch.stack([torch.stack(row) for row in expected]))


@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
def test_there_need_not_be_a_new_word(characters: Characters) -> None:
    embedding = make_embedding(characters=characters)
    described = WordTable(WORDS, None, CHARACTERS, NGRAMS).describe(np.zeros(0, dtype=np.int64))
    known = torch.rand(2, embedding.word_vector_size)
    found, vectors = embedding(
        types=torch.tensor([[1, 0]]),
        features=torch.zeros(1, 2, 0, dtype=torch.int64),
        dense=torch.zeros(1, 2, 0),
        known=known,
        **to_tensors(described, "cpu"),
    )
    assert torch.equal(found[0], known.flip(0))
    assert vectors.shape == (0, embedding.word_vector_size)


def test_vector_of_features_alone_has_no_part_for_the_word() -> None:
    config = EmbeddingConfig(word_size=0, ngram_size=0)
    embedding = Embedding(config, 3, 0, feature_sizes=[(3, 2)]).eval()
    batch = make_batch([["the", "cat"]])
    arrays = batch.arrays() | {"features": np.array([[[2], [1]]])}
    del arrays["lengths"]
    found, vectors = embedding(**to_tensors(arrays, "cpu"))
    assert torch.equal(found[0], embedding.features[0].weight[[2, 1]])  # type: ignore[index]
    assert vectors.shape == (2, 0)


def test_words_outside_the_vocabulary_differ_in_their_features_alone() -> None:
    first, second = embed(make_embedding(), [["xat", "chex"]])[0]
    assert torch.equal(first[:4], second[:4])
    assert not torch.equal(first[4:], second[4:])


def test_words_are_dropped_in_training_only() -> None:
    embedding = make_embedding(ngram_size=0)
    embedding.keep_probability = torch.tensor([1.0, 0.0, 1.0])
    the, cat, unknown = embed(embedding, [["the", "cat", "dog"]])[0]
    assert len({tuple(vector.tolist()) for vector in (the, cat, unknown)}) == 3
    dropped = embed(embedding.train(), [["the", "cat", "dog"]])[0]
    assert torch.equal(dropped, torch.stack([unknown, cat, unknown]))


def test_dropped_word_keeps_its_features() -> None:
    embedding = make_embedding()
    embedding.keep_probability = torch.zeros(3)
    kept = embed(embedding, SENTENCES)
    dropped = embed(embedding.train(), SENTENCES)
    assert torch.equal(kept[:, :, 4:], dropped[:, :, 4:])
    assert not torch.equal(kept[:, :, :4], dropped[:, :, :4])


def test_probabilities_of_dropping_are_no_weights() -> None:
    embedding = make_embedding()
    assert "keep_probability" not in embedding.state_dict()
    assert embedding.keep_probability.tolist() == [1.0, 1.0, 1.0]


def test_vector_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="a token's vector needs one of them"):
        Embedding(EmbeddingConfig(word_size=0, ngram_size=0), 3, 0)


def test_pretrained_vectors_and_features_stand_behind_the_rest() -> None:
    config = EmbeddingConfig(word_size=2, ngram_size=0)
    embedding = Embedding(
        config, 3, 0, num_vectors=4, vector_size=3, feature_sizes=[(5, 2), (6, 1)]
    )
    assert embedding.output_size == 8
    assert embedding.word_vector_size == 5
    assert embedding.words is not None
    assert embedding.vectors is not None
    assert not embedding.vectors.weight.requires_grad
    table = torch.nn.init.normal_(embedding.vectors.weight.data)
    none = torch.zeros(0, dtype=torch.int64)
    features = torch.tensor([[[4, 5], [0, 1]]])
    found, word_vectors = embedding.eval()(
        types=torch.tensor([[1, 0]]),
        features=features,
        dense=torch.zeros(1, 2, 0),
        known=torch.zeros(0, 5),
        words=torch.tensor([2, 1]),
        vectors=torch.tensor([3, 0]),
        mapped=torch.zeros(2, 0),
        ngrams=none,
        ngram_offsets=torch.zeros(2, dtype=torch.int64),
        characters=none,
        character_lengths=none,
    )
    for place, (word, vector) in enumerate([(1, 0), (2, 3)]):
        wanted = [embedding.words.weight[word], table[vector]]
        wanted += [part(features[0, place, n]) for n, part in enumerate(embedding.features)]
        assert torch.equal(found[0, place], torch.cat(wanted))
        assert torch.equal(word_vectors[1 - place], torch.cat(wanted[:2]))
    tuned = Embedding(replace(config, vectors_tuned=True), 3, 0, num_vectors=4, vector_size=3)
    assert tuned.vectors is not None
    assert tuned.vectors.weight.requires_grad


def test_numbers_that_are_given_of_each_token_stand_behind_all_else() -> None:
    config = EmbeddingConfig(word_size=2, ngram_size=0)
    embedding = Embedding(config, len(WORDS), 0, dense_size=2).eval()
    assert embedding.output_size == 4
    batch = batch_of(plain_featurizer(WORDS), [["the", "cat"]])
    arrays = batch.arrays() | {"dense": np.array([[[0.5, 1.5], [2.5, 3.5]]], dtype=np.float32)}
    del arrays["lengths"]
    found, vectors = embedding(**to_tensors(arrays, "cpu"))
    assert found[0, :, 2:].tolist() == [[0.5, 1.5], [2.5, 3.5]]
    assert vectors.shape == (2, 2)
