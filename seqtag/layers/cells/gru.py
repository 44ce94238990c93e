"""Gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from seqtag.layers.cells.initialization import draw_weights


class GRU(nn.GRU):
    """Gated recurrent unit (Cho et al. 2014).

    With the vector x(t) of a token and the state h, * element by element::

        reset      r(t) = sigmoid(Wr x(t) + Ur h(t-1) + br)
        update     z(t) = sigmoid(Wz x(t) + Uz h(t-1) + bz)
        candidate  n(t) = tanh(Wn x(t) + bn + r(t) * (Un h(t-1) + dn))
        state      h(t) = (1 - z(t)) * n(t) + z(t) * h(t-1)

    The reset gate stands behind the product with Un, as in cuDNN, and not before it, as in the
    paper: so one product serves all three gates. ``weight_ih_l0`` holds Wr, Wz and Wn one below
    the other, ``weight_hh_l0`` the U; the sum of ``bias_ih_l0`` and ``bias_hh_l0`` is b, but for
    the candidate the one is bn and the other dn. Called with vectors (batch, length, input) and
    perhaps a state, it returns the states (batch, length, hidden) and the last state
    (1, batch, hidden).

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
        self, inputs: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Go one step, the products with the weights being done already.

        Args:
            inputs: (rows, 3 * hidden) W x(t) with its bias.
            recurrent: (rows, 3 * hidden) U h(t-1) with its bias.
            state: h(t-1), (rows, hidden).

        Returns:
            h(t), (rows, hidden).
        """
        size = 2 * self.hidden_size
        r, z = torch.sigmoid(inputs[:, :size] + recurrent[:, :size]).chunk(2, dim=1)
        n = torch.tanh(torch.addcmul(inputs[:, size:], r, recurrent[:, size:]))
        return (torch.lerp(n, state[0], z),)
