from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from seqtag.layers.cells import PeepholeLSTM

SHAPES = [(4, 7), (1, 5), (3, 1), (1, 1)]


def make_cell(peepholes: float = 0.5, dtype: torch.dtype = torch.float32) -> PeepholeLSTM:
    torch.manual_seed(0)
    cell = PeepholeLSTM(5, 6).to(dtype)
    for name, weight in cell.named_parameters():
        nn.init.normal_(weight, std=peepholes if name.startswith("weight_c") else 0.5)
    return cell


def make_inputs(
    batch: int, length: int, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor, Tensor]:
    """Return vectors, h and c."""
    generator = torch.Generator().manual_seed(1)
    shapes = [(batch, length, 5), (1, batch, 6), (1, batch, 6)]
    vectors, hidden, memory = (
        torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes
    )
    return vectors, hidden, memory


def gradients(network: nn.Module, inputs: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
    """Return the gradients of all inputs and weights from all outputs."""
    vectors, *state = inputs
    states, last = network(vectors, tuple(state))
    total = states.square().sum() + (last[0] * 3).sin().sum() + last[1].square().sum()
    names = [name for name, _ in network.named_parameters()]
    wanted = [*inputs, *network.parameters()]
    grads = torch.autograd.grad(total, wanted)
    return dict(zip(["vectors", "hidden", "memory", *names], grads, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("batch", "length"), SHAPES)
def test_without_peepholes_it_is_torchs_lstm(batch: int, length: int, dtype: torch.dtype) -> None:
    """States and gradients, with a state that goes in and one that comes out."""
    cell = make_cell(peepholes=0.0, dtype=dtype)
    reference = nn.LSTM(5, 6, batch_first=True).to(dtype)
    reference.load_state_dict({k: v for k, v in cell.state_dict().items() if "weight_c" not in k})
    vectors, *state = inputs = make_inputs(batch, length, dtype)
    for given in (None, tuple(state)):
        states, last = cell(vectors, given)
        expected, expected_last = reference(vectors, given)
        for own, theirs in zip((states, *last), (expected, *expected_last), strict=True):
            assert own.shape == theirs.shape
            assert own.dtype == dtype
            assert torch.allclose(own, theirs, atol=1e-6)
    own_gradients = gradients(cell, inputs)
    for name, gradient in gradients(reference, inputs).items():
        assert torch.allclose(own_gradients[name], gradient, rtol=1e-4, atol=1e-5), name


def test_an_lstms_weights_do_for_it_and_leave_the_peepholes_closed() -> None:
    reference = nn.LSTM(5, 6, batch_first=True)
    cell = PeepholeLSTM(5, 6)
    missing, unexpected = cell.load_state_dict(reference.state_dict(), strict=False)
    assert (missing, unexpected) == (["weight_ci", "weight_cf", "weight_co"], [])
    vectors, _, _ = make_inputs(2, 3)
    assert torch.allclose(cell(vectors)[0], reference(vectors)[0], atol=1e-6)


@pytest.mark.parametrize("used", ["states", "hidden", "memory"])
def test_gradient_of_one_output_alone_is_that_of_autograd(used: str) -> None:
    """What the other outputs would have sent back is nothing, not something undefined."""
    cell = make_cell(dtype=torch.float64)
    vectors, hidden, memory = make_inputs(2, 4, torch.float64)

    def output(*_: Tensor) -> Tensor:
        states, last = cell(vectors, (hidden, memory))
        outputs: dict[str, Tensor] = {"states": states, "hidden": last[0], "memory": last[1]}
        return outputs[used]

    assert torch.autograd.gradcheck(output, (vectors, hidden, memory, *cell.parameters()))


def test_states_without_gradients_are_the_same() -> None:
    cell, (vectors, _, _) = make_cell(), make_inputs(3, 6)
    with torch.no_grad():
        states, _ = cell(vectors)
    assert not states.requires_grad
    assert torch.equal(states, cell(vectors)[0])


def test_what_was_computed_is_left_alone_by_later_calls() -> None:
    """Nothing that goes out shares memory with what a later call writes to."""
    cell, (vectors, _, _) = make_cell(), make_inputs(2, 3)
    states, last = cell(vectors)
    kept = copy.deepcopy([part.detach() for part in (states, *last)])
    cell(vectors * 2, last)
    assert all(map(torch.equal, kept, (states, *last)))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("backward_inside", [False, True])
def test_half_precision_of_autocast_is_near_the_full_one(
    dtype: torch.dtype, backward_inside: bool
) -> None:
    cell = make_cell()
    vectors, hidden, memory = (part.detach() for part in make_inputs(3, 6))
    expected, _ = cell(vectors, (hidden, memory))
    expected.square().sum().backward()
    wanted = {name: weight.grad for name, weight in cell.named_parameters()}
    cell.zero_grad()
    with torch.autocast("cpu", dtype=dtype):
        states, last = cell(vectors.to(dtype), (hidden.to(dtype), memory.to(dtype)))
        loss = states.square().sum()
        if backward_inside:
            loss.backward()
    if not backward_inside:
        loss.backward()
    assert torch.allclose(states, expected, atol=0.03)
    assert {part.dtype for part in (states, *last)} == {torch.float32}
    for name, weight in cell.named_parameters():
        assert weight.grad is not None
        gradient = wanted[name]
        assert gradient is not None
        assert (weight.grad - gradient).norm() < 0.03 * gradient.norm(), name


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_gives_what_the_cpu_does() -> None:
    cell, inputs = make_cell(dtype=torch.float64), make_inputs(3, 6, torch.float64)
    expected = gradients(cell, inputs)
    moved = tuple(part.detach().cuda().requires_grad_() for part in inputs)
    vectors, hidden, memory = moved
    for name, gradient in gradients(cell.cuda(), (vectors, hidden, memory)).items():
        assert torch.allclose(gradient.cpu(), expected[name]), name
    with torch.autocast("cuda", dtype=torch.float16):
        states, _ = cell.float()(vectors.float())
    assert states.isfinite().all()
