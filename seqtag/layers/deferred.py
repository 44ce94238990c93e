"""Products of many steps with one matrix, whose gradients are computed together.

Where a network goes step by step, autograd computes for every step what the matrix's gradient gets
of it, a small product, and adds it to the sum of the steps before, which reads and writes the whole
matrix. Here every step notes what goes into its share, and one product of all steps follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
        self._product = _Product(weight.detach().to(precision(weight)), weight.dtype)
        # Every step hangs on this number, so that autograd comes to it behind all steps.
        self._anchor: Tensor = _Collect.apply(  # type: ignore[no-untyped-call]  # torch's
            weight, self._product
        )

    def __call__(self, values: Tensor) -> Tensor:
        """Map (rows, input) to (rows, output)."""
        mapped: Tensor = _Apply.apply(  # type: ignore[no-untyped-call]  # torch's
            values, self._anchor, self._product
        )
        return mapped if self._bias is None else mapped + self._bias


@dataclass(slots=True)
class _Product:
    """A matrix and what has been noted of its gradient.

    Attributes:
        weight: (output, input) in the precision of products, which may be autocast's.
        kept: The precision of the weights, in which sums of products are kept.
        inputs: What each step has mapped, of the steps that the gradient has come through.
        gradients: The gradient of what each of these has returned.
    """

    weight: Tensor
    kept: torch.dtype
    inputs: list[Tensor] = field(default_factory=list)
    gradients: list[Tensor] = field(default_factory=list)


class _Apply(torch.autograd.Function):
    """A step: its gradient for the values at once, that for the matrix noted."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, anchor: Tensor, product: _Product) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.product, ctx.dtype = product, values.dtype
        ctx.set_materialize_grads(False)
        values = values.to(product.weight.dtype)
        ctx.save_for_backward(values)
        with torch.autocast(values.device.type, enabled=False):
            return (values @ product.weight.t()).to(product.kept)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor | None) -> tuple[Tensor | None, Tensor | None, None]:  # noqa: ANN401 - as torch names it
        if gradient is None:
            return None, None, None
        (values,) = ctx.saved_tensors
        product = ctx.product
        gradient = gradient.to(product.weight.dtype)
        product.inputs.append(values)
        product.gradients.append(gradient)
        wanted = (gradient @ product.weight).to(ctx.dtype) if ctx.needs_input_grad[0] else None
        return wanted, torch.zeros((), dtype=product.kept, device=gradient.device), None


class _Collect(torch.autograd.Function):
    """What all steps hang on; its gradient is computed when all of them have been gone through."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, product: _Product) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.product = product
        return weight.new_zeros(())

    @staticmethod
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - as torch names it
        product = ctx.product
        if not product.gradients:  # no step counted for what the gradient is of
            return torch.zeros_like(product.weight, dtype=product.kept), None
        gradient = torch.cat(product.gradients).t() @ torch.cat(product.inputs)
        product.inputs, product.gradients = [], []
        return gradient.to(product.kept), None


def precision(weight: Tensor) -> torch.dtype:
    """Return what products with a matrix are computed in: its own precision, or autocast's."""
    # Asked of a product: what else tells of autocast differs between versions of torch.
    probe = weight.detach().new_zeros(1, 1)
    return (probe @ probe).dtype
