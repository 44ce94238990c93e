"""Tables of vectors of which a batch touches a few rows.

The gradient of `torch.nn.Embedding` is a table of its own, nearly all zeros, or with
``sparse=True`` a row for every lookup. Here every distinct row is looked up once, so that the
gradient is those rows and no more, however large the table: a step's time does not grow with the
vocabulary. Devices that torch may have no sparse tensors for get the whole table.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SPARSE_DEVICES = ("cpu", "cuda")
"""Types of devices on which gradients are sparse."""


class Table(nn.Embedding):
    """Vectors by number; while training, the gradient holds the distinct rows that were read."""

    has_sparse_gradient = True

    def forward(self, numbers: Tensor) -> Tensor:
        """Map numbers (...) to vectors (..., size)."""
        if not (self.training and self.weight.requires_grad):
            return super().forward(numbers)
        rows, places = distinct(numbers, self.num_embeddings)
        return functional.embedding(places, read_rows(self.weight, rows))


class BagTable(nn.EmbeddingBag):
    """Sums of vectors; while training, the gradient holds the distinct rows that were read."""

    has_sparse_gradient = True

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__(num_embeddings, embedding_dim, mode="sum")

    def forward(self, numbers: Tensor, offsets: Tensor) -> Tensor:  # type: ignore[override]  # no weights of single numbers
        """Sum the vectors of some numbers for each bag.

        Args:
            numbers: (numbers,) those of all bags, one bag behind the other.
            offsets: (bags,) where each bag begins; an empty one, whose sum is zero, where the next
                does.

        Returns:
            (bags, size)
        """
        if not (self.training and self.weight.requires_grad):
            return super().forward(numbers, offsets)
        rows, places = distinct(numbers, self.num_embeddings)
        vectors = read_rows(self.weight, rows)
        return functional.embedding_bag(places, vectors, offsets, mode="sum")


def distinct(numbers: Tensor, limit: int) -> tuple[Tensor, Tensor]:
    """List the distinct ones of some numbers, without sorting.

    Args:
        numbers: (...) numbers from 0 to ``limit`` - 1.
        limit: How many numbers there are.

    Returns:
        (distinct,) in rising order, and for each of the numbers (...) its place there.
    """
    seen = torch.zeros(limit, dtype=torch.bool, device=numbers.device)
    seen[numbers] = True
    rows = seen.nonzero()[:, 0]
    places = torch.empty(limit, dtype=torch.int64, device=numbers.device)
    places[rows] = torch.arange(len(rows), device=numbers.device)
    return rows, places[numbers]


def read_rows(table: Tensor, rows: Tensor) -> Tensor:
    """Return some distinct rows of a table; its gradient is sparse and holds these rows.

    On devices other than `SPARSE_DEVICES` the gradient is dense.

    Args:
        table: (rows of the table, size)
        rows: (rows,) in rising order.

    Returns:
        (rows, size)
    """
    vectors: Tensor = _ReadRows.apply(table, rows)  # type: ignore[no-untyped-call]  # torch's
    return vectors


class _ReadRows(torch.autograd.Function):
    """Reads rows; the gradient is a tensor of the table's shape, sparse where there are such."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor) -> Tensor:  # noqa: ANN401 - as torch names it
        ctx.save_for_backward(rows)
        ctx.shape = table.shape
        return table.index_select(0, rows)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - as torch names it
        (rows,) = ctx.saved_tensors
        if gradient.device.type not in SPARSE_DEVICES:
            return gradient.new_zeros(ctx.shape).index_add_(0, rows, gradient), None
        # The rows are known to be distinct, sorted and in range.
        return torch.sparse_coo_tensor(
            rows[None], gradient, ctx.shape, is_coalesced=True, check_invariants=False
        ), None
