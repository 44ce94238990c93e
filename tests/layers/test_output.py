from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from seqtag.layers import output
from seqtag.layers.output import FullOutput, output_loss


@pytest.mark.parametrize(("rows", "block"), [(3, 4), (512, 1024)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize("shift", [0.0, -1000.0])
def test_loss_and_gradients_are_those_of_torch(
    rows: int,
    block: int,
    smoothing: float,
    scale: float,
    shift: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where exponentials of the logits would be too large or too small for a number."""
    monkeypatch.setattr(output, "ROWS", rows)
    monkeypatch.setattr(output, "BLOCK", block)
    torch.manual_seed(0)
    inputs = [scale * torch.randn(7, 4), torch.randn(9, 4), torch.randn(9) + shift]
    inputs = [tensor.double().requires_grad_() for tensor in inputs]
    states, weight, bias = inputs
    targets = torch.randint(9, (7,))
    loss, nll = output_loss(states, weight, bias, targets, smoothing)
    logits = functional.linear(states, weight, bias)
    expected = functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(nll, functional.cross_entropy(logits, targets))
    assert not nll.requires_grad
    ours = torch.autograd.grad(3 * loss, inputs)
    theirs = torch.autograd.grad(3 * expected, inputs)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


def test_loss_without_gradient() -> None:
    states, weight, bias = torch.randn(5, 3), torch.randn(6, 3), torch.zeros(6)
    targets = torch.tensor([0, 5, 2, 2, 1])
    loss, nll = output_loss(states, weight, bias, targets)
    assert loss == nll
    torch.testing.assert_close(loss, functional.cross_entropy(states @ weight.t(), targets))
    assert not loss.requires_grad


def test_half_precision_of_states_is_taken_up() -> None:
    states = torch.randn(5, 3, dtype=torch.bfloat16, requires_grad=True)
    weight = torch.randn(6, 3, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _ = output_loss(states, weight, torch.zeros(6), torch.tensor([0, 5, 2, 2, 1]), 0.1)
    assert loss.dtype == torch.float32
    loss.backward()  # type: ignore[no-untyped-call]  # torch's
    assert states.grad is not None
    assert states.grad.dtype == torch.bfloat16


def test_gradient_is_scaled_behind_the_products() -> None:
    """Else what each of many steps adds would be nothing in half precision."""
    torch.manual_seed(0)
    steps, size, vocabulary = 600, 8, 500
    inputs = [torch.randn(steps, size), torch.randn(vocabulary, size), torch.zeros(vocabulary)]
    for tensor in inputs:
        tensor.requires_grad_()
    states, weight, bias = inputs
    targets = torch.randint(vocabulary, (steps,))
    exact = torch.autograd.grad(output_loss(states, weight, bias, targets)[0], inputs)
    with torch.autocast("cpu", dtype=torch.float16):
        loss, _ = output_loss(states, weight, bias, targets)
    for mine, other in zip(torch.autograd.grad(loss, inputs), exact, strict=True):
        assert (mine - other).norm() < 2e-3 * other.norm()


def test_no_steps_cost_nothing() -> None:
    states, weight = torch.empty(0, 3), torch.randn(6, 3, requires_grad=True)
    loss, nll = output_loss(states, weight, torch.zeros(6), torch.empty(0, dtype=torch.long), 0.1)
    assert loss == nll == 0
    assert not torch.autograd.grad(loss, weight)[0].any()


def test_a_gradient_that_is_asked_for_twice_is_the_same_and_adds_up() -> None:
    torch.manual_seed(0)
    states, weight = torch.randn(5, 3), torch.randn(6, 3, requires_grad=True)
    loss, _ = output_loss(states, weight, torch.zeros(6), torch.tensor([0, 5, 2, 2, 1]))
    first = torch.autograd.grad(loss, weight, retain_graph=True)[0].clone()
    loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]  # torch's
    loss.backward()  # type: ignore[no-untyped-call]  # torch's
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 2 * first)


def test_full_output_is_a_softmax_over_all_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "ROWS", 3)
    torch.manual_seed(0)
    layer = FullOutput(9).double()
    torch.nn.init.normal_(layer.bias)
    states, weight = torch.randn(7, 4).double(), torch.randn(9, 4).double().requires_grad_()
    targets = torch.randint(9, (7,))
    logs = layer.log_probabilities(states, weight)
    torch.testing.assert_close(logs.exp().sum(dim=1), torch.ones(7, dtype=torch.float64))
    expected = functional.nll_loss(logs, targets, reduction="none")
    surprises = layer.surprises(states, weight, targets)
    torch.testing.assert_close(surprises, expected.detach())
    assert not surprises.requires_grad
    loss, nll = layer.loss(states, weight, targets)
    torch.testing.assert_close(loss, expected.mean())
    torch.testing.assert_close(nll, expected.mean().detach())
    ours = torch.autograd.grad(loss, [weight, layer.bias])
    theirs = torch.autograd.grad(expected.mean(), [weight, layer.bias])
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


def test_full_output_in_half_precision() -> None:
    layer = FullOutput(6)
    states, weight = torch.randn(5, 3), torch.randn(6, 3)
    targets = torch.tensor([0, 5, 2, 2, 1])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer.surprises(states, weight, targets)
        _, nll = layer.loss(states, weight, targets)
        logs = layer.log_probabilities(states, weight)
    assert found.dtype == logs.dtype == torch.float32
    torch.testing.assert_close(found.mean(), nll)
