"""What holds for every cell."""

from __future__ import annotations

import typing
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from seqtag.config import EncoderConfig
from seqtag.layers.cells import CELLS, Cell

Array: typing.TypeAlias = npt.NDArray[np.float64]
Weights: typing.TypeAlias = dict[str, Array]
# Of a token's vector, h and c, the h and c that follow; cells without a memory leave c alone.
Step: typing.TypeAlias = Callable[[Weights, Array, Array, Array], tuple[Array, Array]]


def make_cell(name: str, input_size: int = 3, hidden_size: int = 4) -> Cell:
    """Return a cell in double precision, all of whose weights are drawn at random."""
    torch.manual_seed(0)
    cell = CELLS[name](input_size, hidden_size).double()
    for weight in cell.parameters():
        torch.nn.init.normal_(weight, std=0.6)
    return cell


def make_state(name: str, batch: int, hidden_size: int = 4) -> tuple[Tensor, ...]:
    """Return the parts of a random state: h, and c where the cell has a memory."""
    generator = torch.Generator().manual_seed(2)
    count = 2 if name in ("lstm", "peephole") else 1
    return torch.randn(
        count, 1, batch, hidden_size, generator=generator, dtype=torch.float64
    ).unbind(0)


def make_vectors(batch: int, length: int, input_size: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, length, input_size, generator=generator, dtype=torch.float64)


def run(
    cell: Cell, vectors: Tensor, state: tuple[Tensor, ...] = ()
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the states, and the parts of the last state."""
    given = None if not state else state[0] if len(state) == 1 else state
    states, last = cell(vectors, given)
    return states, last if isinstance(last, tuple) else (last,)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def lstm_step(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    wi, wf, wg, wo = np.split(w["weight_ih_l0"], 4)
    ui, uf, ug, uo = np.split(w["weight_hh_l0"], 4)
    bi, bf, bg, bo = np.split(w["bias_ih_l0"] + w["bias_hh_l0"], 4)
    zero = np.zeros(len(h))
    pi, pf, po = (w.get(name, zero) for name in ("weight_ci", "weight_cf", "weight_co"))
    i = sigmoid(wi @ x + ui @ h + pi * c + bi)
    f = sigmoid(wf @ x + uf @ h + pf * c + bf)
    g = np.tanh(wg @ x + ug @ h + bg)
    c = f * c + i * g
    o = sigmoid(wo @ x + uo @ h + po * c + bo)
    return o * np.tanh(c), c


def gru_step(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    wr, wz, wn = np.split(w["weight_ih_l0"], 3)
    ur, uz, un = np.split(w["weight_hh_l0"], 3)
    br, bz, _ = np.split(w["bias_ih_l0"] + w["bias_hh_l0"], 3)
    bn, dn = np.split(w["bias_ih_l0"], 3)[2], np.split(w["bias_hh_l0"], 3)[2]
    r = sigmoid(wr @ x + ur @ h + br)
    z = sigmoid(wz @ x + uz @ h + bz)
    n = np.tanh(wn @ x + bn + r * (un @ h + dn))
    return (1 - z) * n + z * h, c


def rnn_step(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    bias = w["bias_ih_l0"] + w["bias_hh_l0"]
    return np.tanh(w["weight_ih_l0"] @ x + w["weight_hh_l0"] @ h + bias), c


STEPS: dict[str, Step] = {
    "lstm": lstm_step,
    "gru": gru_step,
    "rnn": rnn_step,
    "peephole": lstm_step,
}


def test_every_cell_of_the_configuration_exists() -> None:
    assert list(CELLS) == list(typing.get_args(typing.get_type_hints(EncoderConfig)["cell"]))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize(("batch", "length"), [(3, 5), (1, 4), (2, 1), (1, 1)])
def test_states_are_those_of_the_equations(
    name: str, with_state: bool, batch: int, length: int
) -> None:
    cell, vectors = make_cell(name), make_vectors(batch, length)
    weights = {key: weight.numpy() for key, weight in cell.state_dict().items()}
    state = make_state(name, batch) if with_state else ()
    states, last = run(cell, vectors, state)
    assert states.shape == (batch, length, 4)
    assert [part.shape for part in last] == [(1, batch, 4)] * len(make_state(name, batch))
    for row in range(batch):
        h = c = np.zeros(4)
        if with_state:
            h, c = (part[0, row].numpy() for part in (state[0], state[-1]))
        for position in range(length):
            h, c = STEPS[name](weights, vectors[row, position].numpy(), h, c)
            assert states[row, position].tolist() == pytest.approx(h.tolist(), abs=1e-12)
        for part, expected in zip(last, (h, c), strict=False):
            assert part[0, row].tolist() == pytest.approx(expected.tolist(), abs=1e-12)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("batch", "length"), [(2, 4), (1, 3), (3, 1)])
def test_gradients_of_all_that_goes_in_are_those_of_finite_differences(
    name: str, batch: int, length: int
) -> None:
    cell, vectors, state = make_cell(name), make_vectors(batch, length), make_state(name, batch)
    inputs = [vectors, *state]
    for tensor in inputs:
        tensor.requires_grad_()

    def outputs(*_: Tensor) -> tuple[Tensor, ...]:
        states, last = run(cell, vectors, state)
        return states, *last

    # The check moves the numbers of the tensors that it is given, the cell's weights among them.
    assert torch.autograd.gradcheck(outputs, (*inputs, *cell.parameters()))


@pytest.mark.parametrize("name", CELLS)
def test_reading_step_by_step_gives_what_reading_at_once_does(name: str) -> None:
    cell, vectors = make_cell(name), make_vectors(3, 6)
    expected, expected_last = run(cell, vectors)
    last: tuple[Tensor, ...] = ()
    for position in range(6):
        states, last = run(cell, vectors[:, position : position + 1], last)
        assert torch.allclose(states[:, 0], expected[:, position], atol=1e-12)
    for part, expected_part in zip(last, expected_last, strict=True):
        assert torch.allclose(part, expected_part, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_weights_begin_orthogonal_by_gate_and_without_bias_but_for_the_forget_gate(
    name: str,
) -> None:
    torch.manual_seed(0)
    cell = CELLS[name](5, 6)
    cell.initialize()
    weights = cell.state_dict()
    gates = {"lstm": 4, "gru": 3, "rnn": 1, "peephole": 4}[name]
    recurrent = weights.pop("weight_hh_l0").reshape(gates, 6, 6)
    assert torch.allclose(recurrent @ recurrent.mT, torch.eye(6).expand(gates, 6, 6), atol=1e-5)
    inputs = weights.pop("weight_ih_l0")
    limit = (6 / (5 + 6 * gates)) ** 0.5  # Glorot & Bengio 2010, of the whole matrix
    assert 0.8 * limit < inputs.abs().max() <= limit
    bias = weights.pop("bias_ih_l0").reshape(gates, 6)
    assert bias.unique(dim=0).shape[0] == (2 if gates == 4 else 1)
    assert bias.sum(dim=1).tolist() == ([0, 6, 0, 0] if gates == 4 else [0] * gates)
    assert not any(weight.any() for weight in weights.values())


@pytest.mark.parametrize("name", CELLS)
def test_weights_have_the_names_of_torch(name: str) -> None:
    peepholes = ["weight_ci", "weight_cf", "weight_co"] if name == "peephole" else []
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", *peepholes]
    assert list(CELLS[name](2, 3).state_dict()) == names
