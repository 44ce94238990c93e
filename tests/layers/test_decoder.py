from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from seqtag.config import DecoderConfig
from seqtag.layers.cross_attention import Attention
from seqtag.layers.decoder import Decoder, DecoderState

CELLS = ["lstm", "gru", "rnn", "peephole"]
KINDS = ["additive", "multiplicative", "dot"]


def make_decoder(dtype: torch.dtype = torch.float64, **values: Any) -> Decoder:  # noqa: ANN401 - keys
    torch.manual_seed(0)
    settings = {"hidden_size": 6, "attention_size": 4, "dropout": 0.0} | values
    config = DecoderConfig(**settings)
    decoder = Decoder(config, input_size=3, memory_size=6, output_size=5).to(dtype)
    for parameter in decoder.parameters():  # peepholes and biases too, which begin at zero
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return decoder


def make_source(
    lengths: tuple[int, ...] = (4, 2, 3), dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(len(lengths), max(lengths), 6, generator=generator, dtype=dtype)
    return states, torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def make_vectors(batch: int = 3, steps: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(batch, steps, 3, generator=generator, dtype=torch.float64)


def by_hand(decoder: Decoder, vectors: Tensor, states: Tensor, mask: Tensor) -> Tensor:
    """The equations of the docstring, one sequence and one step after the other, in autograd."""
    found = []
    for row in range(len(vectors)):
        own = states[row : row + 1, : int(mask[row].sum())]
        memory, state = decoder.begin(own, torch.ones(1, own.shape[1], dtype=torch.bool))
        layers: list[Any] = [tuple(part[None] for part in layer) for layer in state.layers]
        layers = [layer if len(layer) > 1 else layer[0] for layer in layers]
        fed = torch.zeros(1, 1, decoder.output_size, dtype=torch.float64)
        steps = []
        for step in range(vectors.shape[1]):
            inputs = vectors[row : row + 1, step : step + 1]
            if decoder.input_feeding:
                inputs = torch.cat([inputs, fed], dim=2)
            hidden, layers[0] = decoder.cells[0](inputs, layers[0])
            context, _ = decoder.attention(hidden, memory)
            for number in range(1, len(layers)):
                whole = torch.cat([hidden, context], dim=2)
                more, layers[number] = decoder.cells[number](whole, layers[number])
                hidden = hidden + more
            fed = torch.tanh(decoder.output(torch.cat([hidden, context], dim=2)))
            steps.append(fed[0, 0])
        found.append(torch.stack(steps))
    return torch.stack(found)


VARIANTS = list(itertools.product(CELLS, KINDS, [1, 2, 3], [False, True]))


@pytest.mark.parametrize(("cell", "attention", "num_layers", "input_feeding"), VARIANTS)
def test_decoder_follows_its_equations(
    cell: str, attention: str, num_layers: int, input_feeding: bool
) -> None:
    decoder = make_decoder(
        cell=cell, attention=attention, num_layers=num_layers, input_feeding=input_feeding
    )
    states, mask = make_source()
    vectors = make_vectors()
    found, weights = decoder(vectors, *decoder.begin(states, mask))
    expected = by_hand(decoder, vectors, states, mask)
    torch.testing.assert_close(found, expected)
    assert weights.shape == (3, 5, 4)
    assert torch.equal(weights.sum(dim=2).round(decimals=9), torch.ones(3, 5, dtype=torch.float64))
    assert not weights.transpose(1, 2)[~mask].any()


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_fed_decoder_are_those_of_autograd(cell: str, num_layers: int) -> None:
    decoder = make_decoder(cell=cell, num_layers=num_layers, input_feeding=True)
    states, mask = make_source()
    vectors = make_vectors().requires_grad_()
    states.requires_grad_()
    inputs = [vectors, states, *decoder.parameters()]
    found, _ = decoder(vectors, *decoder.begin(states, mask))
    ours = torch.autograd.grad(found.square().sum(), inputs)
    theirs = torch.autograd.grad(by_hand(decoder, vectors, states, mask).square().sum(), inputs)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("attention", KINDS)
def test_gradients_are_those_of_finite_differences(attention: str, input_feeding: bool) -> None:
    decoder = make_decoder(attention=attention, input_feeding=input_feeding, num_layers=2)
    states, mask = make_source((3, 2))
    vectors = make_vectors(2, 3)
    names = [name for name, _ in decoder.named_parameters()]

    def run(vectors: Tensor, states: Tensor, *values: Tensor) -> tuple[Tensor, Tensor]:
        parameters = dict(zip(names, values, strict=True))
        found: tuple[Tensor, Tensor] = torch.func.functional_call(
            _Whole(decoder),
            {f"decoder.{name}": value for name, value in parameters.items()},
            (vectors, states, mask),
        )
        return found

    inputs = [vectors, states, *(p.detach().clone() for p in decoder.parameters())]
    for tensor in inputs:
        tensor.requires_grad_()
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


class _Whole(nn.Module):
    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, vectors: Tensor, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = self.decoder(vectors, *self.decoder.begin(states, mask))
        return found


@pytest.mark.parametrize("input_feeding", [False, True])
def test_dropout_drops_the_same_at_every_step(input_feeding: bool) -> None:
    decoder = make_decoder(dropout=0.5, input_feeding=input_feeding, num_layers=2)
    states, mask = make_source()
    found, _ = decoder(make_vectors(), *decoder.begin(states, mask))
    dropped = found == 0
    assert dropped.any()
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    decoder.eval()
    found, _ = decoder(make_vectors(), *decoder.begin(states, mask))
    assert not (found == 0).any()


@pytest.mark.parametrize("input_feeding", [False, True])
def test_dropout_that_is_not_variational_drops_others_at_every_step(input_feeding: bool) -> None:
    decoder = make_decoder(
        dropout=0.5, input_feeding=input_feeding, num_layers=2, variational=False
    )
    states, mask = make_source()
    found, _ = decoder(make_vectors(steps=20), *decoder.begin(states, mask))
    dropped = found == 0
    assert 0.4 < dropped.double().mean() < 0.6
    assert not torch.equal(dropped, dropped[:, :1].expand_as(dropped))


def test_state_selects_rows() -> None:
    state = DecoderState([(torch.arange(4.0)[:, None],)], torch.arange(4.0)[:, None])
    chosen = state.select(torch.tensor([2, 2, 0]))
    assert chosen.fed is not None
    assert chosen.fed.flatten().tolist() == chosen.layers[0][0].flatten().tolist() == [2, 2, 0]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_bf16_trains_with_and_without_input_feeding(num_layers: int, cell: str) -> None:
    for input_feeding in (False, True):
        decoder = make_decoder(
            torch.float32, num_layers=num_layers, input_feeding=input_feeding, cell=cell
        )
        states, mask = make_source(dtype=torch.float32)
        vectors = make_vectors().float()
        plain, _ = decoder(vectors, *decoder.begin(states, mask))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found, _ = decoder(vectors, *decoder.begin(states, mask))
        found.float().sum().backward()
        torch.testing.assert_close(found.float(), plain, atol=0.05, rtol=0.05)
        assert all(p.grad is not None and p.grad.isfinite().all() for p in decoder.parameters())


def test_dot_needs_queries_as_large_as_states() -> None:
    config = replace(DecoderConfig(), attention="dot", hidden_size=4)
    with pytest.raises(ValueError, match="queries have 4 numbers and states of the source 6"):
        Decoder(config, 3, 6, 5)


def test_padding_of_source_does_not_matter() -> None:
    attention = Attention("additive", 4, 4, 3).double()
    states, mask = torch.randn(1, 3, 4).double(), torch.tensor([[True, True, False]])
    queries = torch.randn(1, 2, 4).double()
    context, weights = attention(queries, attention.memory(states, mask))
    alone, fewer = attention(queries, attention.memory(states[:, :2], mask[:, :2]))
    torch.testing.assert_close(context, alone)
    torch.testing.assert_close(weights[:, :, :2], fewer)
    assert not weights[:, :, 2].any()
