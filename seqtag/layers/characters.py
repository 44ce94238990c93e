"""Encoders of a word's characters: one vector a word."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
        vectors = self.embedding(characters)
        order = reversal(lengths, characters.shape[1])
        words = torch.arange(characters.shape[0], device=characters.device)
        left, _ = self.forwards(vectors)
        right, _ = self.backwards(vectors[words[:, None], order])
        return torch.cat([left[words, lengths - 1], right[words, lengths - 1]], dim=1)


def reversal(lengths: Tensor, max_length: int) -> Tensor:
    """Return the positions that reverse each sequence and leave its padding in place.

    A gather with them turns a padded batch around, so that a recurrent layer can read it
    backwards without packing. Applied twice they give the original order.

    Args:
        lengths: (batch,)
        max_length: Padded length.

    Returns:
        (batch, max_length)
    """
    positions = torch.arange(max_length, device=lengths.device)[None, :]
    turned = lengths[:, None] - 1 - positions
    return torch.where(turned >= 0, turned, positions)
