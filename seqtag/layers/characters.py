"""Encoders of a word's characters: one vector a word."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtag.layers.reversal import reversal, turn_around

_GROUPS = 2  # of words of similar length
_STEP = 32  # words by which the sizes of groups differ
_SMALLEST_SPLIT = 64  # words that are worth it


class CharacterCNN(nn.Module):
    """Convolution over characters with maximum pooling (Ma & Hovy 2016, section 2.1).

    Args:
        num_characters: Rows of the character table; row 0 is padding.
        embedding_size: Size of a character's vector.
        hidden_size: Size of a word's vector.
        width: Characters that a filter sees at once; odd.
    """

    def __init__(
        self, num_characters: int, embedding_size: int, hidden_size: int, width: int = 3
    ) -> None:
        super().__init__()
        self.output_size = hidden_size
        self.embedding = nn.Embedding(num_characters, embedding_size, padding_idx=0)
        self.convolution = nn.Conv1d(embedding_size, hidden_size, width, padding=width // 2)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """Encode words.

        Args:
            characters: (words, characters) character numbers, 0 at padding.
            lengths: (words,) number of characters, at least 1.

        Returns:
            (words, hidden)
        """
        hidden = self.convolution(self.embedding(characters).transpose(1, 2))
        positions = torch.arange(characters.shape[1], device=characters.device)
        padding = positions[None, :] >= lengths[:, None]
        return torch.relu(hidden.masked_fill(padding[:, None, :], -torch.inf).amax(dim=2))


class CharacterLSTM(nn.Module):
    """Last states of a bidirectional LSTM over characters (Lample et al. 2016, section 4.1).

    Args:
        num_characters: Rows of the character table; row 0 is padding.
        embedding_size: Size of a character's vector.
        hidden_size: Size of a word's vector, half of it from each direction; even.
    """

    def __init__(self, num_characters: int, embedding_size: int, hidden_size: int) -> None:
        super().__init__()
        self.output_size = hidden_size
        self.embedding = nn.Embedding(num_characters, embedding_size, padding_idx=0)
        self.forwards = nn.LSTM(embedding_size, hidden_size // 2, batch_first=True)
        self.backwards = nn.LSTM(embedding_size, hidden_size // 2, batch_first=True)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """Encode words.

        Args:
            characters: (words, characters) character numbers, 0 at padding.
            lengths: (words,) number of characters, at least 1.

        Returns:
            (words, hidden)
        """
        count = len(lengths)
        order = lengths.argsort(stable=True)
        if count < _SMALLEST_SPLIT:
            return self._read(characters[order], lengths[order]).index_select(0, order.argsort())
        # Words of similar length are read together: the longest one alone would make each of them
        # cost as much as itself. The shortest is repeated, so that groups are of few sizes: kernels
        # are made anew for every shape.
        extra = -count % (_GROUPS * _STEP)
        groups = torch.cat([order[:1].expand(extra), order]).chunk(_GROUPS)
        states = torch.cat([self._read(characters[group], lengths[group]) for group in groups])
        return states[extra:].index_select(0, order.argsort())

    def _read(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """Encode a group of words, sorted by length; as `forward`."""
        longest = int(lengths[-1]) if len(lengths) else characters.shape[1]
        vectors = self.embedding(characters[:, :longest])
        order = reversal(lengths, longest)
        words = torch.arange(len(lengths), device=characters.device)
        left, _ = self.forwards(vectors)
        right, _ = self.backwards(turn_around(vectors, order))
        return torch.cat([left[words, lengths - 1], right[words, lengths - 1]], dim=1)
