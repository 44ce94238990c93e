"""Weights as whole numbers of eight bits, and recurrent cells whose inputs have known bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.floating]

TABLE_LEVELS = 127
"""Largest whole number that stands for a number of a table."""

PRODUCT_LEVELS = 63
"""Largest whole number that stands for a weight in a product.

Eight bits hold 127. But processors without instructions for dot products of bytes (VNNI) add two
products of a byte and a weight in 16 bits, where 2 * 255 * 127 has no room: results would be wrong
there. With 63 they are right, and the same everywhere.
"""

GUARDS = 2
"""Hidden units that `guarded` adds to a cell."""

GUARD_MEMORY = (20.0, -20.0)
"""The memory that the guards begin with, and keep."""

# Sums that shut a gate, and that open it, as far as single precision goes.
_SHUT, _OPEN = -50.0, 50.0


@dataclass(frozen=True, eq=False)
class Cell:
    """Weights of an LSTM in one direction, in the order of gates that ONNX has: i, o, f, c.

    Attributes:
        inputs: (4 * hidden, input)
        recurrent: (4 * hidden, hidden)
        bias: (8 * hidden,) that of the inputs, then that of the states.
        peepholes: (3 * hidden,) of the gates i, o and f; None for a cell without.
    """

    inputs: FloatArray
    recurrent: FloatArray
    bias: FloatArray
    peepholes: FloatArray | None = None


def quantize(rows: FloatArray, levels: int) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Return whole numbers whose products with a step for each row are nearest to a table's.

    Args:
        rows: (rows, size)
        levels: Largest whole number.

    Returns:
        The whole numbers (rows, size), and the steps (rows,).
    """
    steps = np.abs(rows).max(axis=1, initial=0.0) / levels
    steps = np.where(steps > 0.0, steps, 1.0).astype(np.float32)
    return np.rint(rows / steps[:, None]).astype(np.int8), steps


def guarded(cell: Cell, places: npt.NDArray[np.int64], size: int) -> Cell:
    """Return a cell that also has two hidden units which are always 1 and -1: its guards.

    Their gates leave their memory, which must begin as `GUARD_MEMORY` says, as it is. Nothing else
    reads them. A kernel that takes the smallest and the largest of a cell's states for the bounds
    of its whole numbers so finds the same bounds at every step of every batch.

    Args:
        cell: An LSTM.
        places: (input,) which of the features that it is given are its own; the others it ignores.
        size: Number of features that it is given.
    """
    own = cell.recurrent.shape[1]
    hidden = own + GUARDS
    inputs = np.zeros((4, hidden, size), dtype=np.float32)
    inputs[:, :own, places] = cell.inputs.reshape(4, own, -1)
    recurrent = np.zeros((4, hidden, hidden), dtype=np.float32)
    recurrent[:, :own, :own] = cell.recurrent.reshape(4, own, own)
    bias = np.zeros((8, hidden), dtype=np.float32)
    bias[:, :own] = cell.bias.reshape(8, own)
    bias[:3, own:] = [[_SHUT], [_OPEN], [_OPEN]]
    peepholes = None
    if cell.peepholes is not None:
        peepholes = np.zeros((3, hidden), dtype=np.float32)
        peepholes[:, :own] = cell.peepholes.reshape(3, own)
        peepholes = peepholes.reshape(-1)
    return Cell(
        inputs.reshape(4 * hidden, size),
        recurrent.reshape(4 * hidden, hidden),
        bias.reshape(-1),
        peepholes,
    )
