from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqtag.config import EmbeddingConfig, EncoderConfig, PoolingConfig
from seqtag.models.arrays import to_tensors
from seqtag.models.classifier import ClassifierModel
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, plain_featurizer

WORDS = Vocabulary(["a", "b", "c", "d"], has_unknown=True)
KINDS = ["additive", "dot", "mean", "max", "last"]


def make_model(kind: str) -> ClassifierModel:
    torch.manual_seed(2)
    return ClassifierModel(
        EmbeddingConfig(word_size=4, ngram_size=0),
        EncoderConfig(hidden_size=3, dropout=0.0),
        PoolingConfig(kind=kind, heads=2, size=4),  # type: ignore[arg-type]  # any kind
        num_words=len(WORDS),
        num_characters=0,
        num_labels=3,
    ).eval()


def emissions_of(model: ClassifierModel, *texts: str) -> tuple[list[Tensor], Tensor]:
    batch = batch_of(plain_featurizer(WORDS), [list(text) for text in texts])
    tensors = to_tensors(batch.arrays(), "cpu")
    return model(**tensors)[0], tensors["lengths"]


@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_a_text_do_not_depend_on_the_batch(kind: str) -> None:
    model = make_model(kind)
    texts = ["abcd", "d", "ba"]
    together = model.logits(*emissions_of(model, *texts), torch.tensor([1, 1, 1]))
    for row, text in enumerate(texts):
        alone = model.logits(*emissions_of(model, text), torch.tensor([1]))
        torch.testing.assert_close(together[row], alone[0])


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_of_a_text_are_pooled_together(kind: str) -> None:
    """By hand: the emissions of the pieces behind one another, as if of one text."""
    model = make_model(kind)
    emissions, lengths = emissions_of(model, "abc", "d", "cb", "a")
    found = model.logits(emissions, lengths, torch.tensor([2, 1, 1]))
    first = [torch.cat([values[0, :3], values[1, :1]])[None] for values in emissions]
    torch.testing.assert_close(found[0], model.head.pool(first, torch.tensor([4]))[0])
    for row, piece in ((1, 2), (2, 3)):
        own = [values[piece : piece + 1] for values in emissions]
        expected = model.head.pool(own, lengths[piece : piece + 1])[0]
        torch.testing.assert_close(found[row], expected)


def test_loss_is_the_mean_cross_entropy_of_the_texts() -> None:
    model = make_model("mean")
    logits = torch.tensor([[1.0, 0.0, -1.0], [0.5, 0.5, 0.5]])
    labels = torch.tensor([0, 2])
    plain = model.loss(logits, labels)
    expected = -(logits.softmax(1)[0, 0].log() + logits.softmax(1)[1, 2].log()) / 2
    torch.testing.assert_close(plain, expected)
    weighted = model.loss(logits, labels, weights=torch.tensor([2.0, 1.0, 0.0]))
    torch.testing.assert_close(weighted, -logits.softmax(1)[0, 0].log())
    smooth = model.loss(logits, labels, smoothing=0.3)
    torch.testing.assert_close(
        smooth, functional.cross_entropy(logits, labels, label_smoothing=0.3)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_learns(kind: str) -> None:
    model = make_model(kind).train()
    for name, parameter in model.named_parameters():
        if "query" in name:  # which begins at zero, where nothing reaches what stands before it
            torch.nn.init.normal_(parameter)
    logits = model.logits(*emissions_of(model, "abcd", "d", "ba"), torch.tensor([1, 1, 1]))
    model.loss(logits, torch.tensor([0, 1, 2])).backward()  # type: ignore[no-untyped-call]  # torch's
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        grad = parameter.grad.to_dense()
        assert grad.any(), name
