"""Padded batches turned around: what reads them backwards needs no packing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def reversal(lengths: Tensor, max_length: int) -> Tensor:
    """Return the positions that reverse each sequence and leave its padding in place.

    Args:
        lengths: (batch,)
        max_length: Padded length.

    Returns:
        (batch * max_length,) rows of a batch flattened to (batch * max_length, ...). Taken twice
        they give the original order.
    """
    positions = torch.arange(max_length, device=lengths.device)[None, :]
    turned = lengths[:, None] - 1 - positions
    turned = torch.where(turned >= 0, turned, positions)
    first = torch.arange(len(lengths), device=lengths.device)[:, None] * max_length
    return (first + turned).flatten()


def turn_around(values: Tensor, order: Tensor) -> Tensor:
    """Return a batch (batch, length, features) with its sequences reversed.

    Args:
        values: (batch, length, features)
        order: What `reversal` returned for its lengths.
    """
    turned: Tensor = _TurnAround.apply(values, order)  # type: ignore[no-untyped-call]  # torch's
    return turned


class _TurnAround(torch.autograd.Function):
    """A permutation that is its own inverse, and so its gradient's too.

    Autograd would not know, and scatter the gradient by adding it to zeros row by row.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, order: Tensor) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.save_for_backward(order)
        return values.flatten(0, 1).index_select(0, order).view(values.shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - as torch names it
        (order,) = ctx.saved_tensors
        turned = gradient.flatten(0, 1).index_select(0, order).view(gradient.shape)
        return turned, None
