"""Products of many steps with one matrix, whose gradients are computed together.

Where a network goes step by step, autograd computes for every step what the matrix's gradient gets
of it, a small product, and adds it to the sum of the steps before, which reads and writes the whole
matrix. Here every step notes what goes into its share, and one product of all steps follows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class DeferredLinear:
    """A linear map that is applied in many steps of one forward pass.

    Make one for every pass: its first use is in the pass, its gradient is complete with it.

    Args:
        weight: (output, input)
        bias: (output,); None for none.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._bias = bias
        self._inputs: list[Tensor] = []
        self._gradients: list[Tensor] = []
        # What autocast would compute in; sums of products are kept in the weights' own precision.
        self._dtype, self._kept = precision(weight), weight.dtype
        self._weight = weight.detach().to(self._dtype)
        # Every step hangs on this number, so that autograd comes to it behind all steps.
        self._anchor: Tensor = _Collect.apply(weight, self)  # type: ignore[no-untyped-call]

    def __call__(self, values: Tensor) -> Tensor:
        """Map (rows, input) to (rows, output)."""
        mapped: Tensor = _Apply.apply(values, self._anchor, self)  # type: ignore[no-untyped-call]
        return mapped if self._bias is None else mapped + self._bias


class _Apply(torch.autograd.Function):
    """A step: its gradient for the values at once, that for the matrix noted."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, anchor: Tensor, linear: DeferredLinear) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.linear, ctx.dtype = linear, values.dtype
        ctx.set_materialize_grads(False)
        values = values.to(linear._dtype)
        ctx.save_for_backward(values)
        with torch.autocast(values.device.type, enabled=False):
            return (values @ linear._weight.t()).to(linear._kept)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor | None) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401 - as torch names it
        if gradient is None:
            return None, None, None
        (values,) = ctx.saved_tensors
        linear = ctx.linear
        linear._inputs.append(values)
        gradient = gradient.to(linear._dtype)
        linear._gradients.append(gradient)
        wanted = (gradient @ linear._weight).to(ctx.dtype) if ctx.needs_input_grad[0] else None
        return wanted, torch.zeros((), dtype=linear._kept, device=gradient.device), None


class _Collect(torch.autograd.Function):
    """What all steps hang on; its gradient is computed when all of them have been gone through."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, linear: DeferredLinear) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.linear = linear
        return weight.new_zeros(())

    @staticmethod
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - as torch names it
        linear = ctx.linear
        if not linear._gradients:  # no step counted for what the gradient is of
            return torch.zeros_like(linear._weight, dtype=linear._kept), None
        gradient = torch.cat(linear._gradients).t() @ torch.cat(linear._inputs)
        linear._inputs, linear._gradients = [], []
        return gradient.to(linear._kept), None


def precision(weight: Tensor) -> torch.dtype:
    """Return what products with a matrix are computed in: its own precision, or autocast's."""
    kind = weight.device.type
    if torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return weight.dtype
