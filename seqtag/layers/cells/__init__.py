"""Recurrent cells: each reads sequences in one direction.

All are called as torch's recurrent networks of one layer are, the batch first: with vectors
(batch, length, input) and perhaps a state, for states (batch, length, hidden) and the last state.
So a sequence can be read at once or step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from seqtag.layers.cells.gru import GRU
from seqtag.layers.cells.lstm import LSTM
from seqtag.layers.cells.peephole import PeepholeLSTM
from seqtag.layers.cells.rnn import RNN

Cell: TypeAlias = LSTM | GRU | RNN | PeepholeLSTM

CELLS: Mapping[str, type[Cell]] = {
    "lstm": LSTM,
    "gru": GRU,
    "rnn": RNN,
    "peephole": PeepholeLSTM,
}
"""Each cell by the value of ``encoder.cell`` that picks it."""

__all__ = ["CELLS", "GRU", "LSTM", "RNN", "Cell", "PeepholeLSTM"]
