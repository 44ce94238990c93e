"""Sparse matrices, to be multiplied by dense ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class SparseMatrix:
    """A sparse matrix and the same turned around, so that both can be multiplied fast.

    Attributes:
        rows: (rows, columns) the matrix.
        columns: (columns, rows) its transpose.
    """

    rows: Tensor
    columns: Tensor

    @classmethod
    def make(
        cls,
        rows: npt.NDArray[np.integer],
        columns: npt.NDArray[np.integer],
        values: npt.NDArray[np.floating],
        shape: tuple[int, int],
    ) -> SparseMatrix:
        """Return the matrix that has some values at some places, and else zeros.

        Args:
            rows: (values,) the row of each, in rising order.
            columns: (values,) its column.
            values: (values,)
            shape: Number of rows and of columns.
        """
        order = np.argsort(columns, kind="stable")
        return cls(
            _compressed(rows, columns, values, shape),
            _compressed(columns[order], rows[order], values[order], shape[::-1]),
        )


def _compressed(
    rows: npt.NDArray[np.integer],
    columns: npt.NDArray[np.integer],
    values: npt.NDArray[np.floating],
    shape: tuple[int, ...],
) -> Tensor:
    """Return a matrix in compressed rows."""
    starts = np.searchsorted(rows, np.arange(shape[0] + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch calls these matrices new
        return torch.sparse_csr_tensor(
            torch.from_numpy(starts.astype(columns.dtype)),
            torch.from_numpy(columns),
            torch.from_numpy(values),
            size=shape,
            check_invariants=False,
        )
