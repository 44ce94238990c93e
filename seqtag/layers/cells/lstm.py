"""Long short-term memory."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from seqtag.layers.cells.initialization import draw_weights, open_forget_gate


class LSTM(nn.LSTM):
    """Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

    With the vector x(t) of a token, the state h and the cell's memory c, * element by element::

        input      i(t) = sigmoid(Wi x(t) + Ui h(t-1) + bi)
        forget     f(t) = sigmoid(Wf x(t) + Uf h(t-1) + bf)
        candidate  g(t) = tanh(Wg x(t) + Ug h(t-1) + bg)
        output     o(t) = sigmoid(Wo x(t) + Uo h(t-1) + bo)
        memory     c(t) = f(t) * c(t-1) + i(t) * g(t)
        state      h(t) = o(t) * tanh(c(t))

    ``weight_ih_l0`` holds Wi, Wf, Wg and Wo one below the other, ``weight_hh_l0`` the U, and the
    sum of ``bias_ih_l0`` and ``bias_hh_l0`` is b. Called with vectors (batch, length, input) and
    perhaps a state, it returns the states (batch, length, hidden) and the last state: h and c,
    each (1, batch, hidden).

    Args:
        input_size: Size of a token's vector.
        hidden_size: Size of a state.
    """

    num_states: ClassVar[int] = 2

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, batch_first=True)

    def initialize(self) -> None:
        """Draw the weights that training starts from."""
        draw_weights(self)
        open_forget_gate(self.bias_ih_l0)

    def advance(
        self, inputs: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Go one step, the products with the weights being done already.

        Args:
            inputs: (rows, 4 * hidden) W x(t) with its bias.
            recurrent: (rows, 4 * hidden) U h(t-1) with its bias.
            state: h(t-1) and c(t-1), each (rows, hidden).

        Returns:
            h(t) and c(t), each (rows, hidden).
        """
        i, f, g, o = (inputs + recurrent).chunk(4, dim=1)
        memory = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(memory), memory
