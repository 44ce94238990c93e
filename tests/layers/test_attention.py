from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from seqtag.layers.attention import SelfAttention

SIZE = 12
LENGTHS = torch.tensor([5, 1, 9, 3])


def make_layer(heads: int = 3, dropout: float = 0.0, *, learnt: bool = True) -> SelfAttention:
    """Return a layer, by default one that is no longer the identity."""
    torch.manual_seed(0)
    layer = SelfAttention(SIZE, heads, dropout).eval()
    if learnt:
        for weight in layer.parameters():
            nn.init.normal_(weight, mean=0.1, std=0.5)
    return layer


def make_states(padding: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(4, 9 + padding, SIZE, generator=generator)


def reference(
    layer: SelfAttention, states: npt.NDArray[np.float64], heads: int
) -> npt.NDArray[np.float64]:
    """Attend within one sentence (length, size), head by head and token by token."""
    weights = {name: value.double().numpy() for name, value in layer.state_dict().items()}
    centred = states - states.mean(axis=1, keepdims=True)
    deviation = np.sqrt(centred.var(axis=1, keepdims=True) + 1e-5)
    z = centred / deviation * weights["norm.weight"] + weights["norm.bias"]
    wq, wk, wv = np.split(weights["projections.weight"], 3)
    width = SIZE // heads
    sums = np.zeros_like(states)
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        queries, keys, values = z @ wq[part].T, z @ wk[part].T, z @ wv[part].T
        for position, query in enumerate(queries):
            scores = np.exp(keys @ query / np.sqrt(width))
            sums[position, part] = (scores / scores.sum()) @ values
    return np.asarray(states + sums @ weights["output.weight"].T / np.sqrt(SIZE))


@pytest.mark.parametrize("heads", [1, 3, 12])
def test_states_are_those_of_the_equations(heads: int) -> None:
    layer, states = make_layer(heads), make_states(2)
    attended = layer(states, LENGTHS)
    assert attended.shape == states.shape
    for row, length in enumerate(LENGTHS.tolist()):
        expected = reference(layer, states[row, :length].double().numpy(), heads)
        assert np.allclose(attended[row, :length].detach().numpy(), expected, atol=1e-4)


def test_layer_begins_as_the_identity() -> None:
    states = make_states()
    assert torch.equal(make_layer(learnt=False)(states, LENGTHS), states)


def test_identity_can_be_unlearnt() -> None:
    """The first step moves the output's weights, which then let through all other gradients."""
    layer, states = make_layer(learnt=False).train(), make_states()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (layer(states, LENGTHS) * states.roll(1, dims=1)).mean().backward()
        optimizer.step()
    for name, weight in layer.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name


def test_tokens_in_another_order_get_their_states_in_that_order() -> None:
    layer, states = make_layer(), make_states()
    lengths = torch.full((4,), 9)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(2))
    attended = layer(states, lengths)
    assert torch.allclose(layer(states[:, order], lengths), attended[:, order], atol=1e-5)
    assert not torch.allclose(attended, attended[:, order], atol=1e-1)


def test_states_of_a_sentence_depend_neither_on_padding_nor_on_the_batch() -> None:
    layer, states = make_layer(), make_states(3)
    for row, length in enumerate(LENGTHS.tolist()):
        states[row, length:] = 1e3
    together = layer(states, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = layer(states[row : row + 1, :length], LENGTHS[row : row + 1])
        assert torch.allclose(together[row, :length], alone[0], atol=1e-5)


def test_every_token_sees_all_of_its_sentence_and_nothing_else() -> None:
    layer, states = make_layer(), make_states().requires_grad_()
    layer(states, LENGTHS)[0, 2].sum().backward()
    assert states.grad is not None
    reached = states.grad.abs().sum(dim=2) > 0
    assert reached[0].tolist() == [True] * 5 + [False] * 4
    assert not reached[1:].any()


def test_token_alone_in_its_sentence_sees_itself() -> None:
    layer, states = make_layer(), make_states()
    attended = layer(states, LENGTHS)[1, :1]
    expected = reference(layer, states[1, :1].double().numpy(), 3)
    assert np.allclose(attended.detach().numpy(), expected, atol=1e-4)


def test_dropout_is_for_training_only_and_leaves_the_way_past_the_attention_alone() -> None:
    layer, states = make_layer(dropout=0.5), make_states()
    assert torch.equal(layer(states, LENGTHS), layer(states, LENGTHS))
    layer.train()
    assert not torch.equal(layer(states, LENGTHS), layer(states, LENGTHS))
    nn.init.zeros_(layer.output.weight)
    assert torch.equal(layer(states, LENGTHS), states)
