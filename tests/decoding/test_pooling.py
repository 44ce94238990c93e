from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqtag.config import PoolingConfig
from seqtag.decoding.pooling import Pooling, softmax
from seqtag.layers.pooling import PoolingHead

KINDS = ["additive", "dot", "mean", "max", "last"]
SIZE, LABELS = 6, 3


def make_pooling(kind: str, heads: int, *, bidirectional: bool) -> tuple[PoolingHead, Pooling]:
    """Return a head, and what pools its emissions without torch."""
    torch.manual_seed(5)
    config = PoolingConfig(kind=kind, heads=heads, size=4)  # type: ignore[arg-type]  # any kind
    head = PoolingHead(config, SIZE, LABELS, bidirectional=bidirectional)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    constants = {
        "output.bias": head.output.bias.detach().numpy(),
        "output.weight": head.output.weight.detach().numpy(),
    }
    return head, Pooling.from_constants(config, constants, bidirectional=bidirectional)


def states_of(lengths: list[int], seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(lengths), max(lengths), SIZE, generator=generator)


@given(
    st.sampled_from(KINDS),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.integers(1, 3),
    st.booleans(),
    st.integers(0, 1000),
)
def test_logits_are_those_of_training_and_attention_sums_to_one(
    kind: str, lengths: list[int], heads: int, bidirectional: bool, seed: int
) -> None:
    head, pooling = make_pooling(kind, heads, bidirectional=bidirectional)
    with torch.no_grad():
        emissions = head(states_of(lengths, seed))
        expected = head.pool(emissions, torch.tensor(lengths)).numpy()
    arrays = [values.numpy() for values in emissions]
    logits, attention = pooling.pool(arrays, np.array(lengths))
    assert np.allclose(logits, expected, atol=1e-5)
    assert attention.shape == (len(lengths), pooling.heads, max(lengths))
    assert (attention >= 0.0).all()
    for row, length in enumerate(lengths):
        assert np.allclose(attention[row, :, :length].sum(axis=1), 1.0)
        assert not attention[row, :, length:].any()


@given(
    st.sampled_from(KINDS),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.booleans(),
    st.integers(0, 1000),
)
def test_pieces_give_what_the_whole_text_does(
    kind: str, pieces: list[int], bidirectional: bool, seed: int
) -> None:
    head, pooling = make_pooling(kind, 2, bidirectional=bidirectional)
    length = sum(pieces)
    with torch.no_grad():
        arrays = [values.numpy() for values in head(states_of([length], seed))]
    whole_logits, whole_attention = pooling.pool(arrays, np.array([length]))
    ends = np.cumsum(pieces)
    cut = [
        [values[0, end - n : end] for values in arrays] for n, end in zip(pieces, ends, strict=True)
    ]
    logits, attention = pooling.pool_pieces(iter(cut))
    assert np.allclose(logits, whole_logits[0], atol=1e-6)
    assert np.allclose(attention, whole_attention[0], atol=1e-6)


def emissions_of(*rows: list[float]) -> npt.NDArray[np.float64]:
    return np.array([rows])


def test_attention_by_hand() -> None:
    """Scores log 1, log 2 and log 5 make shares of 1, 2 and 5 eighths."""
    pooling = Pooling("dot", 1, True, bias=np.array([0.5, 0.0]))
    scores = emissions_of([math.log(1)], [math.log(2)], [math.log(5)])
    votes = emissions_of([8.0, 0.0], [0.0, 4.0], [-8.0, 8.0])
    logits, attention = pooling.pool([scores, votes], np.array([3]))
    assert np.allclose(attention, [[[0.125, 0.25, 0.625]]])
    assert np.allclose(logits, [[0.5 + 1.0 - 5.0, 1.0 + 5.0]])


def test_attention_by_hand_with_padding_and_two_heads() -> None:
    pooling = Pooling("additive", 2, True, bias=np.zeros(1))
    scores = emissions_of([0.0, math.log(3)], [0.0, 0.0], [99.0, 99.0])
    votes = emissions_of([4.0, 4.0], [8.0, 8.0], [99.0, 99.0])
    logits, attention = pooling.pool([scores, votes], np.array([2]))
    assert np.allclose(attention, [[[0.5, 0.5, 0.0], [0.75, 0.25, 0.0]]])
    assert np.allclose(logits, [[6.0 + 5.0]])


def test_maximum_by_hand_shares_tokens_by_the_features_that_are_theirs() -> None:
    weight = np.array([[1.0, 10.0, 100.0, 1000.0]])
    pooling = Pooling("max", 1, True, bias=np.array([0.5]), weight=weight)
    states = emissions_of([1.0, 0.0, 0.0, 2.0], [0.0, 3.0, 1.0, 2.0], [9.0, 9.0, 9.0, 9.0])
    logits, attention = pooling.pool([states], np.array([2]))
    assert np.allclose(logits, [[2131.5]])
    assert np.allclose(attention, [[[0.5, 0.5, 0.0]]])


def test_mean_and_last_by_hand() -> None:
    votes = emissions_of([1.0, 10.0], [2.0, 20.0], [6.0, 60.0], [99.0, 99.0])
    mean = Pooling("mean", 1, True, bias=np.array([0.0, 1.0]))
    logits, attention = mean.pool([votes], np.array([3]))
    assert np.allclose(logits, [[3.0, 31.0]])
    assert np.allclose(attention, [[[1 / 3, 1 / 3, 1 / 3, 0.0]]])
    last = Pooling("last", 1, True, bias=np.array([0.5]))
    logits, attention = last.pool([votes], np.array([3]))
    assert np.allclose(logits, [[6.0 + 10.0 + 0.5]])
    assert np.allclose(attention, [[[0.5, 0.0, 0.5, 0.0]]])
    onward = Pooling("last", 1, False, bias=np.array([0.5, 0.0]))
    logits, attention = onward.pool([votes], np.array([3]))
    assert np.allclose(logits, [[6.5, 60.0]])
    assert np.allclose(attention, [[[0.0, 0.0, 1.0, 0.0]]])


def test_text_of_one_token_has_all_the_attention() -> None:
    last = Pooling("last", 1, True, bias=np.zeros(1))
    _, attention = last.pool([emissions_of([1.0, 1.0])], np.array([1]))
    assert attention.tolist() == [[[1.0]]]


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_softmax_of_any_size(scale: float) -> None:
    found = softmax(np.array([[1.0, 1.0], [0.0, -1.0]]) * scale)
    assert np.allclose(found[0], 0.5)
    assert found[1, 1] == pytest.approx(math.exp(-scale) / (1 + math.exp(-scale)))
