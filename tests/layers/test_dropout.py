from __future__ import annotations

import pytest
import torch

from seqtag.layers.dropout import VariationalDropout, drop_words


def test_same_features_are_dropped_at_every_position() -> None:
    torch.manual_seed(0)
    dropped = VariationalDropout(0.5)(torch.ones(8, 6, 50))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    masks = {tuple(row.tolist()) for row in dropped[:, 0]}
    assert len(masks) == 8  # each sequence has its own


@pytest.mark.parametrize("probability", [0.2, 0.9])
def test_share_of_features_is_dropped_and_the_rest_scaled_up(probability: float) -> None:
    torch.manual_seed(0)
    dropped = VariationalDropout(probability)(torch.ones(100, 1, 500))
    assert torch.unique(dropped).tolist() == pytest.approx([0.0, 1 / (1 - probability)])
    assert (dropped == 0).float().mean().item() == pytest.approx(probability, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.05)


def test_every_call_draws_anew() -> None:
    dropout = VariationalDropout(0.5)
    values = torch.ones(1, 1, 100)
    assert not torch.equal(dropout(values), dropout(values))


def test_nothing_is_dropped_outside_of_training() -> None:
    values = torch.ones(2, 3, 4)
    assert VariationalDropout(0.5).eval()(values) is values
    assert VariationalDropout(0.0)(values) is values


def test_words_are_dropped_with_their_own_probability() -> None:
    torch.manual_seed(0)
    keep = torch.tensor([1.0, 0.9, 0.5, 0.0])
    words = torch.arange(4).repeat(20, 5000)
    dropped = drop_words(words, keep, unknown=0)
    assert dropped.shape == words.shape
    assert set(dropped[words == 3].tolist()) == {0}
    for word in (1, 2):
        kept = (dropped[words == word] == word).float().mean().item()
        assert kept == pytest.approx(keep[word].item(), abs=0.01)
    assert ((dropped == words) | (dropped == 0)).all()


def test_dropped_word_becomes_the_unknown_one() -> None:
    words = torch.tensor([[1, 2]])
    assert drop_words(words, torch.zeros(3), unknown=2).tolist() == [[2, 2]]
    assert drop_words(words, torch.ones(3), unknown=0).tolist() == [[1, 2]]


def test_dropout_can_drop_others_at_every_position() -> None:
    torch.manual_seed(0)
    dropout = VariationalDropout(0.5, variational=False)
    values = dropout(torch.ones(50, 40, 3))
    assert set(values.unique().tolist()) == {0.0, 2.0}
    assert 0.45 < (values == 0).double().mean() < 0.55
    assert not torch.equal(values, values[:, :1].expand_as(values))
    assert torch.equal(dropout.eval()(torch.ones(1, 2, 3)), torch.ones(1, 2, 3))
