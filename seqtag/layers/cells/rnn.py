"""Plain recurrent network."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from seqtag.layers.cells.initialization import draw_weights


class RNN(nn.RNN):
    """Plain recurrent network without gates (Elman 1990).

    With the vector x(t) of a token and the state h::

        state  h(t) = tanh(W x(t) + U h(t-1) + b)

    W is ``weight_ih_l0``, U is ``weight_hh_l0``, and the sum of ``bias_ih_l0`` and ``bias_hh_l0``
    is b. Called with vectors (batch, length, input) and perhaps a state, it returns the states
    (batch, length, hidden) and the last state (1, batch, hidden).

    Args:
        input_size: Size of a token's vector.
        hidden_size: Size of a state.
    """

    num_states: ClassVar[int] = 1

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, batch_first=True)

    def initialize(self) -> None:
        """Draw the weights that training starts from."""
        draw_weights(self)

    def advance(
        self,
        inputs: Tensor,
        recurrent: Tensor,
        state: tuple[Tensor, ...],
    ) -> tuple[Tensor, ...]:
        """Go one step, the products with the weights being done already.

        Args:
            inputs: (rows, hidden) W x(t) with its bias.
            recurrent: (rows, hidden) U h(t-1) with its bias.
            state: h(t-1), which has no further part in it.

        Returns:
            h(t), (rows, hidden).
        """
        return (torch.tanh(inputs + recurrent),)
