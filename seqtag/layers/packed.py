"""Products with matrices that are applied again and again, and never change."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

_USUAL_ROWS = 128
"""Rows that a matrix is laid out for; others are multiplied as well."""


class Product:
    """A linear map, not for training: W x + b.

    On a CPU the matrix is laid out beforehand as oneDNN reads it, which otherwise copies it for
    every product: with some hundred rows a product takes a fifth less time. Where torch offers no
    such thing, and for types that it does not do it for, it is an ordinary product.

    Args:
        weight: (output, input), which must not change from now on.
        bias: (output,); None for none.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._bias = None if bias is None else bias.detach()
        self._weight = weight.detach()
        self._packed: Tensor | None = None
        if weight.device.type == "cpu" and weight.dtype == torch.float32 and _can_pack():
            self._packed = torch.ops.mkldnn._reorder_linear_weight(
                self._weight.contiguous(), _USUAL_ROWS
            )

    def __call__(self, values: Tensor) -> Tensor:
        """Map (rows, input) to (rows, output)."""
        if self._packed is None or values.dtype != torch.float32:
            return functional.linear(values, self._weight, self._bias)
        mapped: Tensor = torch.ops.mkldnn._linear_pointwise(
            values.contiguous(), self._packed, self._bias, "none", [], ""
        )
        return mapped


def _can_pack() -> bool:
    """Tell whether oneDNN is there and wanted."""
    return bool(torch.backends.mkldnn.enabled) and _has_functions()


@cache
def _has_functions() -> bool:
    """Tell whether this torch has the functions, which are those of its own compiler."""
    try:
        one = torch.ones(1, 1)
        packed = torch.ops.mkldnn._reorder_linear_weight(one, _USUAL_ROWS)
        torch.ops.mkldnn._linear_pointwise(one, packed, None, "none", [], "")
    except (AttributeError, RuntimeError, TypeError):
        return False
    return True
