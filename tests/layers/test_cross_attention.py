"""Attention, computed by hand for two units that are read."""

from __future__ import annotations

import math

import pytest
import torch

from seqtag.layers import cross_attention
from seqtag.layers.cross_attention import Attention

STATES = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
EVERY = torch.ones(1, 2, dtype=torch.bool)


def by_hand(first: float, second: float) -> tuple[list[float], list[float]]:
    """Return the weights and the context that two scores give."""
    total = math.exp(first) + math.exp(second)
    weights = [math.exp(first) / total, math.exp(second) / total]
    return weights, [weights[0] * 1.0, weights[1] * 2.0]


def check(attention: Attention, query: list[float], first: float, second: float) -> None:
    memory = attention.memory(STATES, EVERY)
    context, found = attention(torch.tensor([[query]]), memory)
    weights, expected = by_hand(first, second)
    assert found[0, 0].tolist() == pytest.approx(weights)
    assert context[0, 0].tolist() == pytest.approx(expected)


def test_dot() -> None:
    # (3, 1) by (1, 0) is 3, and by (0, 2) it is 2.
    check(Attention("dot", 2, 2, 1), [3.0, 1.0], 3.0, 2.0)


def test_multiplicative() -> None:
    attention = Attention("multiplicative", 1, 2, 1)
    attention.key.weight.data = torch.tensor([[0.5, -1.0]])
    # The keys are 0.5 and -2; the query is 2.
    check(attention, [2.0], 1.0, -4.0)


def test_additive() -> None:
    attention = Attention("additive", 1, 2, 2)
    attention.query.weight.data = torch.tensor([[1.0], [-1.0]])
    attention.key.weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    attention.key.bias.data = torch.tensor([0.0, 0.5])
    attention.score.weight.data = torch.tensor([[2.0, 1.0]])
    # The query 0.5 gives (0.5, -0.5), the keys are (1, 0.5) and (0, 2.5).
    first = 2 * math.tanh(1.5) + math.tanh(0.0)
    second = 2 * math.tanh(0.5) + math.tanh(2.0)
    check(attention, [0.5], first, second)


@pytest.mark.parametrize("weighed", [1, 40, 1 << 19])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_additive_without_gradient_is_the_same(
    scale: float, weighed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes another way, with products of exponentials, some at a time."""
    monkeypatch.setitem(cross_attention.WEIGHED, "cpu", weighed)
    torch.manual_seed(0)
    attention = Attention("additive", 3, 4, 5)
    states, queries = torch.randn(4, 6, 4) * scale, torch.randn(4, 3, 3) * scale
    memory = attention.memory(states, torch.arange(6) < torch.tensor([6, 3, 1, 5])[:, None])
    wanted = attention(queries, memory)
    with torch.no_grad():
        found = attention(queries, memory)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", ["additive", "multiplicative", "dot"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_padding_is_not_seen_in_half_precision(kind: str, dtype: torch.dtype) -> None:
    attention = Attention(kind, 2, 2, 2)  # type: ignore[arg-type]  # one of its kinds
    memory = attention.memory(STATES, torch.tensor([[True, False]]))
    with torch.autocast("cpu", dtype=dtype):
        _, weights = attention(torch.tensor([[[3.0, 1.0]]]), memory)
    assert weights.tolist() == [[[1.0, 0.0]]]


def test_long_texts_are_attended_to_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    attention = Attention("additive", 4, 4, 3)
    memory = attention.memory(torch.randn(2, 5, 4), torch.ones(2, 5, dtype=torch.bool))
    queries = torch.randn(2, 7, 4)
    whole = attention(queries, memory)
    monkeypatch.setitem(cross_attention.WEIGHED, "cpu", 60)  # two steps
    with torch.no_grad():
        parts = attention(queries, memory)
    torch.testing.assert_close(parts, whole)
