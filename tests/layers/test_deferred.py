from __future__ import annotations

import torch
from torch import Tensor

from seqtag.layers.deferred import DeferredLinear


def test_gradients_of_a_recurrence_are_those_of_autograd() -> None:
    torch.manual_seed(0)
    weight = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(3, dtype=torch.float64, requires_grad=True)
    start = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    inputs = [weight, bias, start]

    def run(linear: object) -> Tensor:
        assert callable(linear)
        values = start
        for _ in range(4):
            values = torch.tanh(linear(values))
        return values.square().sum()

    def plain(values: Tensor) -> Tensor:
        return values @ weight.t() + bias

    ours = torch.autograd.grad(run(DeferredLinear(weight, bias)), inputs)
    theirs = torch.autograd.grad(run(plain), inputs)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)


def test_steps_that_do_not_count_give_no_gradient() -> None:
    weight = torch.randn(2, 2, requires_grad=True)
    linear = DeferredLinear(weight)
    used = linear(torch.ones(1, 2))
    linear(torch.ones(1, 2))
    (gradient,) = torch.autograd.grad(used.sum(), [weight])
    assert torch.equal(gradient, torch.ones(2, 2))
