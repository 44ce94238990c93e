from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from seqtag.batching import Batch, WordCache
from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.layers.crf import CRFHead, SoftmaxHead
from seqtag.models.arrays import to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, ngrams_of, plain_featurizer

WORDS = Vocabulary(["the", "cat"], has_unknown=True)
CHARACTERS = Vocabulary("aceht", has_unknown=True)
NGRAMS = ngrams_of("cat", "there")
SENTENCES = [["the", "cat", "sat"], ["cat"], ["the", "old", "cat", "sat", "there"]]

Cell = Literal["lstm", "gru", "rnn"]
Characters = Literal["none", "cnn", "lstm"]


def free_head(tags: int, *, crf: bool) -> HeadSpec:
    return HeadSpec(crf, [[True] * tags] * tags, [True] * tags, [True] * tags)


def make_model(
    heads: list[HeadSpec], cell: Cell = "lstm", characters: Characters = "none"
) -> TaggerModel:
    torch.manual_seed(0)
    embedding = EmbeddingConfig(
        word_size=4, ngram_size=4, characters=characters, character_hidden_size=4
    )
    encoder = EncoderConfig(cell=cell, hidden_size=5, num_layers=2, dropout=0.2)
    return TaggerModel(
        embedding,
        encoder,
        num_words=3,
        num_characters=len(CHARACTERS) + 1,
        num_ngrams=len(NGRAMS),
        heads=heads,
    )


def make_batch(sentences: list[list[str]]) -> Batch:
    return batch_of(plain_featurizer(WORDS, CHARACTERS, NGRAMS), sentences)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
@pytest.mark.parametrize("crf", [False, True])
def test_every_combination_of_layers_learns(cell: Cell, characters: Characters, crf: bool) -> None:
    """One step forward and backward: every weight gets a gradient, and the loss falls."""
    model = make_model([free_head(3, crf=crf)], cell, characters)
    arguments = to_tensors(make_batch(SENTENCES).arrays(), "cpu")
    lengths = arguments["lengths"]
    tags = [torch.arange(3)[arguments["types"] % 3]]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before = model.loss(model.eval()(**arguments)[0], tags, lengths)
    model.loss(model.train()(**arguments)[0], tags, lengths).backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        gradient = parameter.grad.to_dense()  # those of tables hold the touched rows alone
        assert gradient.isfinite().all(), name
        assert gradient.any(), name
    optimizer.step()
    assert model.loss(model.eval()(**arguments)[0], tags, lengths) < before


def test_emissions_of_each_head_have_its_number_of_tags() -> None:
    model = make_model([free_head(3, crf=True), free_head(7, crf=False)])
    emissions, _ = model(**to_tensors(make_batch(SENTENCES).arrays(), "cpu"))
    assert [scores.shape for scores in emissions] == [(3, 5, 3), (3, 5, 7)]
    kinds = [type(head) for head in model.heads_in_order()]
    assert kinds == [CRFHead, SoftmaxHead]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("characters", ["none", "cnn", "lstm"])
def test_emissions_of_a_sentence_do_not_depend_on_the_batch(
    cell: Cell, characters: Characters
) -> None:
    model = make_model([free_head(3, crf=False)], cell, characters).eval()
    [together], _ = model(**to_tensors(make_batch(SENTENCES).arrays(), "cpu"))
    for row, sentence in enumerate(SENTENCES):
        [alone], _ = model(**to_tensors(make_batch([sentence]).arrays(), "cpu"))
        assert torch.allclose(together[row, : len(sentence)], alone[0], atol=1e-5)


@pytest.mark.parametrize("known", [["the"], ["sat", "cat"], ["there", "the", "cat", "sat", "old"]])
def test_vectors_of_known_words_give_the_same_emissions(known: list[str]) -> None:
    """A batch of whose words some, or all, are given by the vectors computed before."""
    model = make_model([free_head(3, crf=False)], characters="cnn").eval()
    featurizer = plain_featurizer(WORDS, CHARACTERS, NGRAMS)
    cache = WordCache(model.embedding.word_vector_size, 100)

    def run(sentences: list[list[str]]) -> tuple[Batch, torch.Tensor]:
        rows = featurizer.rows(*map(Sentence, sentences))
        lengths = np.array([len(sentence) for sentence in sentences])
        batch, new = featurizer.batch_with_cache(rows, lengths, cache)
        [emissions], vectors = model(**to_tensors(batch.arrays(), "cpu"))
        cache.put(new, vectors.detach().numpy())
        return batch, emissions

    [expected], _ = model(**to_tensors(make_batch(SENTENCES).arrays(), "cpu"))
    run([known])
    batch, found = run(SENTENCES)
    assert (len(batch.known), len(batch.words)) == (len(known), 5 - len(known))
    for row, sentence in enumerate(SENTENCES):
        place = row, slice(len(sentence))
        assert torch.allclose(found[place], expected[place], atol=1e-5)


def test_loss_is_that_of_a_token_averaged_over_heads() -> None:
    model = make_model([free_head(3, crf=True), free_head(4, crf=False)]).eval()
    arguments = to_tensors(make_batch(SENTENCES).arrays(), "cpu")
    lengths = arguments["lengths"]
    tags = [arguments["types"] % 3, arguments["types"] % 4]
    emissions, _ = model(**arguments)
    heads = model.heads_in_order()
    sums = [
        head.loss(scores, gold, lengths).item()
        for head, scores, gold in zip(heads, emissions, tags, strict=True)
    ]
    found = model.loss(emissions, tags, lengths).item()
    assert found == pytest.approx(np.mean(sums) / 9, rel=1e-5)


def test_weights_and_smoothing_reach_every_head() -> None:
    model = make_model([free_head(3, crf=True), free_head(4, crf=False)]).eval()
    arguments = to_tensors(make_batch(SENTENCES).arrays(), "cpu")
    lengths = arguments["lengths"]
    tags = [arguments["types"] % 3, arguments["types"] % 4]
    emissions, _ = model(**arguments)
    weights = [torch.tensor([1.0, 2.0, 0.5]), None]
    sums = [
        head.loss(scores, gold, lengths, weights=own, smoothing=0.2).item()
        for head, scores, gold, own in zip(
            model.heads_in_order(), emissions, tags, weights, strict=True
        )
    ]
    found = model.loss(emissions, tags, lengths, weights=weights, smoothing=0.2).item()
    assert found == pytest.approx(np.mean(sums) / 9, rel=1e-5)
    assert found != pytest.approx(model.loss(emissions, tags, lengths).item(), rel=1e-2)


def test_number_of_heads_tags_and_emissions_must_agree() -> None:
    model = make_model([free_head(3, crf=True)])
    with pytest.raises(ValueError, match="zip"):
        model.loss([], [torch.zeros(1, 1)], torch.tensor([1]))


def test_auxiliary_heads_add_to_the_loss_by_their_weight_and_are_forgotten() -> None:
    torch.manual_seed(0)
    model = TaggerModel(
        EmbeddingConfig(word_size=4, ngram_size=0),
        EncoderConfig(hidden_size=5, num_layers=1, dropout=0.0),
        num_words=3,
        num_characters=0,
        heads=[free_head(3, crf=False)],
        auxiliary=[free_head(4, crf=False), free_head(2, crf=False)],
    )
    arguments = to_tensors(make_batch(SENTENCES).arrays(), "cpu")
    arguments |= {"words": torch.zeros_like(arguments["words"])}
    lengths, shape = arguments["lengths"], arguments["types"].shape
    tags = [torch.ones(shape, dtype=torch.int64)] * 3
    emissions, _ = model.train()(**arguments)
    assert [scores.shape[2] for scores in emissions] == [3, 4, 2]
    found = model.loss(emissions, tags, lengths, auxiliary_weight=0.3)
    main, first, second = (
        torch.nn.functional.cross_entropy(
            scores[torch.arange(shape[1]) < lengths[:, None]], tags[0].flatten()[: lengths.sum()]
        )
        for scores in emissions
    )
    assert found.item() == pytest.approx((main + 0.3 * (first + second)).item(), rel=1e-5)
    expected, _ = model.eval()(**arguments)
    assert len(expected) == 1
    model.forget_auxiliary()
    assert not [name for name in model.state_dict() if name.startswith("auxiliary")]
    for mode in (True, False):
        again, _ = model.train(mode)(**arguments)
        assert len(again) == 1
        assert torch.equal(again[0], expected[0])
