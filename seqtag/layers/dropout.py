"""Dropout for sequences."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class VariationalDropout(nn.Module):
    """Drop the same features at every position of a sequence (Gal & Ghahramani 2016).

    Args:
        probability: Share of features dropped while training.
        variational: False to drop others at each position (Srivastava et al. 2014).
    """

    def __init__(self, probability: float, *, variational: bool = True) -> None:
        super().__init__()
        self.probability = probability
        self.variational = variational

    def forward(self, values: Tensor) -> Tensor:
        """Map (batch, length, features) to the same shape."""
        mask = self.mask(values, values.shape[2])
        return values if mask is None else values * mask

    def mask(self, like: Tensor, features: int) -> Tensor | None:
        """Draw what to multiply by where a sequence does not come at once; None for nothing.

        Args:
            like: (batch, length, ...) values of the batch, for its size, type and device.
            features: Number of features.

        Returns:
            (batch, 1, features), or (batch, length, features) where it is not variational.
        """
        if not self.training or self.probability == 0.0:
            return None
        keep = 1.0 - self.probability
        length = 1 if self.variational else like.shape[1]
        return like.new_empty(len(like), length, features).bernoulli_(keep).div_(keep)


def drop_words(words: Tensor, keep_probability: Tensor, unknown: int) -> Tensor:
    """Replace words at random by the unknown word, so that its embedding is learnt.

    Args:
        words: (batch, length) word numbers.
        keep_probability: (vocabulary,) probability that an occurrence of each word is kept.
        unknown: Number of the unknown word.

    Returns:
        (batch, length) word numbers.
    """
    kept = torch.bernoulli(keep_probability[words]).bool()
    return torch.where(kept, words, unknown)
