"""Layers of recurrent cells that read a text as one long stream."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from seqtag.layers.cells import CELLS, Cell
from seqtag.layers.dropout import VariationalDropout

State: TypeAlias = tuple[tuple[Tensor, ...], ...]
"""Where a stack is, for some rows: for each layer its cell's state, parts (rows, hidden)."""


class RecurrentStack(nn.Module):
    """Layers of recurrent cells in one direction, whose state is handed from call to call.

    A text that is too long for one pass is read a window at a time, each window from the state
    behind the one before. Every layer reads the states of the one below::

        h1(t) = cell1(x(t))
        hn(t) = celln(h(n-1)(t))                            for the further layers n

    Dropout stands between layers. In front of the first and behind the last it is left to what
    the stack is part of, since a penalty may want the last states as they are. Weight dropout
    (Merity et al. 2018, section 2; DropConnect, Wan et al. 2013) leaves out numbers of the matrices
    U that take a state to the next one, the same at all steps of a pass and others in every pass:
    so it keeps a state from being carried on too faithfully without disturbing a single step.

    Args:
        cell: Kind of cell; see `seqtag.layers.cells.CELLS`.
        input_size: Size of a unit's vector.
        hidden_size: Size of a state.
        num_layers: Number of layers, at least 1.
        dropout: Share of features dropped between layers while training.
        variational: Whether these are the same at all steps of a pass.
        weight_dropout: Share of the numbers of each U left out while training.

    Attributes:
        input_size: Size of a unit's vector.
        output_size: Size of a state of the last layer.
        beginning: (layers, parts of a state, hidden) the state before a text, which is not trained;
            zeros at first.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        dropout: float,
        variational: bool,
        weight_dropout: float,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.output_size = hidden_size
        self.weight_dropout = weight_dropout
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        cells = [CELLS[cell](size, hidden_size) for size in sizes]
        self.cells = nn.ModuleList(cells)
        self.dropout = VariationalDropout(dropout, variational=variational)
        for each in cells:
            each.initialize()
        self.beginning: Tensor
        self.register_buffer("beginning", torch.zeros(num_layers, cells[0].num_states, hidden_size))

    def begin(self, rows: int) -> State:
        """Return the state before a text's first unit, `beginning`.

        Args:
            rows: How many texts are read side by side.
        """
        return tuple(
            tuple(part.repeat(rows, 1) for part in layer.unbind())
            for layer in self.beginning.unbind()
        )

    def forward(self, vectors: Tensor, state: State) -> tuple[Tensor, State]:
        """Read some steps at once.

        Gradients reach back through the state to whatever it was made of; see `detach`.

        Args:
            vectors: (rows, steps, input), at least one step.
            state: The state before the first step.

        Returns:
            The last layer's states (rows, steps, hidden), without dropout, and the state behind
            the last step.
        """
        after = []
        for number, (cell, before) in enumerate(zip(self._cells(), state, strict=True)):
            if number:
                vectors = self.dropout(vectors)
            vectors, last = self._read(cell, vectors, before)
            after.append(last)
        return vectors, tuple(after)

    def step(self, vectors: Tensor, state: State) -> tuple[Tensor, State]:
        """Go one step; not for training, since nothing is dropped.

        Args:
            vectors: (rows, input)
            state: The state before the step.

        Returns:
            The last layer's states (rows, hidden), and the state behind the step.
        """
        after = []
        for cell, before in zip(self._cells(), state, strict=True):
            mapped = functional.linear(vectors, cell.weight_ih_l0, cell.bias_ih_l0)
            turned = functional.linear(before[0], cell.weight_hh_l0, cell.bias_hh_l0)
            last = cell.advance(mapped, turned, before)
            after.append(last)
            vectors = last[0]
        return vectors, tuple(after)

    def _read(
        self, cell: Cell, vectors: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return a cell's states (rows, steps, hidden), and its state behind the last step."""
        parts = tuple(part[None] for part in state)
        inputs = (vectors, parts if cell.num_states > 1 else parts[0])
        if self.training and self.weight_dropout:
            # The cell is called as ever, with other numbers, so that torch's fast kernels do it.
            kept = functional.dropout(cell.weight_hh_l0, self.weight_dropout)
            states, last = functional_call(cell, {"weight_hh_l0": kept}, inputs)
        else:
            states, last = cell(*inputs)
        # Under autocast too, a state that is carried on keeps the precision of the weights.
        dtype = cell.weight_hh_l0.dtype
        ends = last if cell.num_states > 1 else (last,)
        return states, tuple(part[0].to(dtype) for part in ends)

    def _cells(self) -> list[Cell]:
        return [cell for cell in self.cells if isinstance(cell, Cell)]


def detach(state: State) -> State:
    """Return a state that no gradient goes through, for the next window of a text."""
    return tuple(tuple(part.detach() for part in layer) for layer in state)


def select(state: State, rows: Tensor) -> State:
    """Return the states of some rows (rows,), in their order, perhaps repeated."""
    return tuple(tuple(torch.index_select(part, 0, rows) for part in layer) for layer in state)
