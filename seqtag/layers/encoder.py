"""Recurrent encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtag.config import EncoderConfig
from seqtag.layers.attention import SelfAttention
from seqtag.layers.cells import CELLS
from seqtag.layers.dropout import VariationalDropout
from seqtag.layers.reversal import reversal, turn_around


class Encoder(nn.Module):
    """Layers of recurrent cells, one or two of them a layer, and self-attention on the last.

    With two directions a layer's states are those of its two cells, concatenated. Variational
    dropout (Gal & Ghahramani 2016) stands before every layer and behind the last. Padding never
    reaches a token's state: the backward direction reads each sequence turned around by a gather,
    with its padding left at the end.

    Args:
        config: Kind of cell, directions, attention, sizes and dropout.
        input_size: Size of a token's vector.

    Attributes:
        input_size: Size of a token's vector.
        output_size: Size of a token's state, all directions together.
    """

    def __init__(self, config: EncoderConfig, input_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.output_size = config.output_size
        cell = CELLS[config.cell]
        sizes = [input_size] + [self.output_size] * (config.num_layers - 1)
        forwards = [cell(size, config.hidden_size) for size in sizes]
        backwards = [cell(size, config.hidden_size) for size in sizes if config.bidirectional]
        self.forwards = nn.ModuleList(forwards)
        self.backwards = nn.ModuleList(backwards) if config.bidirectional else None
        self.dropout = VariationalDropout(config.dropout, variational=config.variational)
        for network in [*forwards, *backwards]:
            network.initialize()
        self.attention = None
        if config.attention:
            self.attention = SelfAttention(self.output_size, config.attention_heads, config.dropout)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Encode sequences.

        Args:
            vectors: (batch, length, input)
            lengths: (batch,) number of tokens, at least 1.

        Returns:
            (batch, length, output); rows at padding mean nothing.
        """
        order = reversal(lengths, vectors.shape[1])
        for layer, forwards in enumerate(self.forwards):
            vectors = self.dropout(vectors)
            states, _ = forwards(vectors)
            if self.backwards is not None:
                right, _ = self.backwards[layer](turn_around(vectors, order))
                states = torch.cat([states, turn_around(right, order)], dim=2)
            vectors = states
        if self.attention is not None:
            vectors = self.attention(vectors, lengths)
        encoded: Tensor = self.dropout(vectors)
        return encoded
