"""First weights of recurrent cells."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def draw_weights(cell: nn.Module) -> None:
    """Draw orthogonal recurrent weights (Saxe et al. 2014) and Glorot input weights.

    The recurrent matrix of each gate is orthogonal on its own. All else, the biases, is zero.

    Args:
        cell: Its parameters are named as torch names them.
    """
    for name, weight in cell.named_parameters():
        if name.startswith("weight_hh"):
            for gate in torch.split(weight.data, weight.shape[1]):
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weight)
        else:
            nn.init.zeros_(weight)


def open_forget_gate(bias: Tensor) -> None:
    """Let an LSTM remember from the start: its forget gate's bias is 1 (Jozefowicz et al. 2015).

    Args:
        bias: (4 * hidden,) in torch's order of gates, of which the forget gate is the second.
    """
    size = len(bias) // 4
    bias.data[size : 2 * size] = 1.0
