"""Bidirectional recurrent encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtag.config import EncoderConfig
from seqtag.layers.characters import reversal
from seqtag.layers.dropout import VariationalDropout

_CELLS: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
}


class Encoder(nn.Module):
    """Layers of two recurrent networks, one for each direction, their states concatenated.

    Variational dropout (Gal & Ghahramani 2016) stands before every layer and behind the last.
    Padding never reaches a token's state: the backward direction reads each sequence turned
    around by a gather, with its padding left at the end.

    Args:
        config: Kind of cell, sizes and dropout.
        input_size: Size of a token's vector.

    Attributes:
        input_size: Size of a token's vector.
        output_size: Size of a token's state, both directions together.
    """

    def __init__(self, config: EncoderConfig, input_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.output_size = 2 * config.hidden_size
        cell = _CELLS[config.cell]
        sizes = [input_size] + [self.output_size] * (config.num_layers - 1)
        self.forwards = nn.ModuleList(
            cell(size, config.hidden_size, batch_first=True) for size in sizes
        )
        self.backwards = nn.ModuleList(
            cell(size, config.hidden_size, batch_first=True) for size in sizes
        )
        self.dropout = VariationalDropout(config.dropout)
        for network in [*self.forwards, *self.backwards]:
            _initialize(network)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Encode sequences.

        Args:
            vectors: (batch, length, input)
            lengths: (batch,) number of tokens.

        Returns:
            (batch, length, output); rows at padding mean nothing.
        """
        order = reversal(lengths, vectors.shape[1])
        rows = torch.arange(vectors.shape[0], device=vectors.device)[:, None]
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            vectors = self.dropout(vectors)
            left, _ = forwards(vectors)
            right, _ = backwards(vectors[rows, order])
            vectors = torch.cat([left, right[rows, order]], dim=2)
        states: Tensor = self.dropout(vectors)
        return states


def _initialize(network: nn.Module) -> None:
    """Draw orthogonal recurrent weights (Saxe et al. 2014) and Glorot input weights.

    Biases are zero, but the LSTM's forget gate starts open at 1 (Jozefowicz et al. 2015).
    """
    for name, weight in network.named_parameters():
        if name.startswith("weight_hh"):
            for gate in torch.split(weight.data, weight.shape[1]):
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            nn.init.xavier_uniform_(weight)
        else:
            nn.init.zeros_(weight)
            if isinstance(network, nn.LSTM) and name.startswith("bias_ih"):
                size = weight.shape[0] // 4
                weight.data[size : 2 * size] = 1.0
