from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from seqtag.config import PoolingConfig
from seqtag.layers.pooling import AdditiveAttention, PoolingHead

LENGTHS = [5, 1, 3]
SIZE, LABELS = 6, 3
KINDS = ["additive", "dot", "mean", "max", "last"]


def make_head(
    kind: str, *, heads: int = 1, bidirectional: bool = True, size: int = SIZE
) -> PoolingHead:
    torch.manual_seed(3)
    config = PoolingConfig(kind=kind, heads=heads, size=4)  # type: ignore[arg-type]  # any kind
    head = PoolingHead(config, size, LABELS, bidirectional=bidirectional)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    return head


def make_states() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(len(LENGTHS), max(LENGTHS), SIZE), torch.tensor(LENGTHS)


def plain_scores(head: PoolingHead, states: Tensor) -> Tensor:
    """Return the scores (length, heads) of one text by the equations of the docstrings."""
    attention = head.attention
    assert attention is not None
    rows = []
    for state in states:
        if head.kind == "dot":
            rows.append([float(u @ state) / math.sqrt(SIZE) for u in attention.query.weight])
        else:
            assert isinstance(attention, AdditiveAttention)
            weight, bias = attention.hidden.weight, attention.hidden.bias
            inside = [math.tanh(float(w @ state + b)) for w, b in zip(weight, bias, strict=True)]
            rows.append([float(v @ torch.tensor(inside)) for v in attention.query.weight])
    return torch.tensor(rows)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["additive", "dot"])
@pytest.mark.parametrize("heads", [1, 3])
def test_attention_weighs_states_by_the_softmax_of_their_scores(kind: str, heads: int) -> None:
    """The reference pools the states first, as the papers do, text by text."""
    head = make_head(kind, heads=heads)
    states, lengths = make_states()
    found = head.pool(head(states), lengths)
    for row, length in enumerate(LENGTHS):
        own = states[row, :length]
        scores = plain_scores(head, own)
        pooled = []
        for column in scores.T:
            powers = [math.exp(score) for score in column.tolist()]
            shares = [power / sum(powers) for power in powers]
            pooled.append(sum(a * state for a, state in zip(shares, own, strict=True)))
        expected = head.output(torch.cat(pooled))
        torch.testing.assert_close(found[row], expected, atol=1e-5, rtol=1e-5)


def test_mean_and_maximum_are_those_of_the_states() -> None:
    states, lengths = make_states()
    for kind in ("mean", "max"):
        head = make_head(kind)
        found = head.pool(head(states), lengths)
        for row, length in enumerate(LENGTHS):
            own = states[row, :length]
            pooled = own.mean(dim=0) if kind == "mean" else own.amax(dim=0)
            torch.testing.assert_close(found[row], head.output(pooled), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_last_state_is_that_where_each_direction_ends(bidirectional: bool) -> None:
    states, lengths = make_states()
    head = make_head("last", bidirectional=bidirectional)
    found = head.pool(head(states), lengths)
    half = SIZE // 2
    for row, length in enumerate(LENGTHS):
        last = states[row, length - 1]
        pooled = torch.cat([last[:half], states[row, 0, half:]]) if bidirectional else last
        torch.testing.assert_close(found[row], head.output(pooled), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing_and_gets_no_gradient(kind: str) -> None:
    head = make_head(kind)
    states, lengths = make_states()
    states.requires_grad_()
    found = head.pool(head(states), lengths)
    found.sum().backward()  # type: ignore[no-untyped-call]  # torch's
    assert states.grad is not None
    changed = states.detach().clone()
    for row, length in enumerate(LENGTHS):
        assert not states.grad[row, length:].any()
        changed[row, length:] = 100.0
    torch.testing.assert_close(head.pool(head(changed), lengths), found)


@pytest.mark.parametrize("kind", ["additive", "dot"])
def test_all_tokens_count_the_same_in_the_beginning(kind: str) -> None:
    config = PoolingConfig(kind=kind, heads=2)  # type: ignore[arg-type]  # any kind
    head = PoolingHead(config, SIZE, LABELS, bidirectional=True)
    states, _ = make_states()
    assert not head(states)[0].any()
