"""From what a network says of a text's tokens to one answer for the text.

The counterpart of `seqtag.layers.pooling` for prediction, for texts of any length: a long one comes
in pieces, of which only what is needed is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.config import PoolingConfig

FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.int64]


def softmax(logits: FloatArray) -> FloatArray:
    """Return the probabilities (..., labels) that logits (..., labels) stand for."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


@dataclass(frozen=True, slots=True)
class Pooling:
    """How the emissions of a text are pooled.

    Attributes:
        kind: As `seqtag.config.PoolingConfig` names it.
        heads: Number of heads, 1 without attention.
        bidirectional: Whether the network reads in both directions.
        bias: (labels,) that of the output layer.
        weight: (labels, size) that of the output layer; needed for ``max`` alone.
    """

    kind: str
    heads: int
    bidirectional: bool
    bias: FloatArray
    weight: FloatArray | None = None

    @classmethod
    def from_constants(
        cls, config: PoolingConfig, constants: Mapping[str, FloatArray], *, bidirectional: bool
    ) -> Pooling:
        """Make one of a configuration and of what a network says besides emissions."""
        heads = config.heads if config.kind in ("additive", "dot") else 1
        bias, weight = constants["output.bias"], constants.get("output.weight")
        return cls(config.kind, heads, bidirectional, bias, weight)

    def pool_all(
        self,
        batches: Iterable[tuple[IntArray, IntArray, Sequence[FloatArray]]],
        long_texts: Iterable[tuple[int, Iterable[Sequence[FloatArray]]]],
    ) -> Iterator[tuple[int, FloatArray, FloatArray]]:
        """Pool texts as `seqtag.batching.Encoding` gives them.

        Args:
            batches: Indices of texts, their lengths, and what the network says of their tokens.
            long_texts: Index of a text, and in pieces what the network says of its tokens.

        Yields:
            A text's index, its logits (labels,) and how much each token counts (heads, length).
        """
        for indices, lengths, emissions in batches:
            logits, attention = self.pool(emissions, lengths)
            for row, (index, length) in enumerate(
                zip(indices.tolist(), lengths.tolist(), strict=True)
            ):
                yield index, logits[row], attention[row, :, :length]
        for index, pieces in long_texts:
            yield index, *self.pool_pieces(pieces)

    def pool(
        self, emissions: Sequence[FloatArray], lengths: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Pool whole texts.

        Args:
            emissions: What the network says of each token, (texts, length, ...).
            lengths: (texts,) number of tokens, at least 1.

        Returns:
            The logits (texts, labels), and how much each token counts in each head
            (texts, heads, length): not negative, with a sum of 1, and 0 at padding. With ``mean``
            all tokens count the same; with ``max`` a token's share is that of the features whose
            largest value it has (the first one at a tie); with ``last`` the token at which a
            direction ends counts.
        """
        values = emissions[-1].astype(np.float64)
        mask = np.arange(values.shape[1])[None, :] < lengths[:, None]
        if self.kind == "max":
            shown = np.where(mask[:, :, None], values, -np.inf)
            return self._maximum(shown.max(axis=1), shown.argmax(axis=1), values.shape[1])
        if self.kind == "last":
            attention = self._ends(lengths, values.shape[1])
            return self._sum_of_ends(values, lengths), attention
        if self.kind == "mean":
            shares: FloatArray = mask[:, None, :] / lengths[:, None, None]
        else:
            scores = np.where(mask[:, :, None], emissions[0].astype(np.float64), -np.inf)
            shares = softmax(scores.transpose(0, 2, 1))
        votes = values.reshape(*values.shape[:2], self.heads, -1)
        shown = np.where(mask[:, :, None, None], votes, 0.0)
        return np.einsum("thn,tnhl->tl", shares, shown) + self.bias, shares

    def pool_pieces(self, pieces: Iterable[Sequence[FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """Pool one text that comes in pieces.

        Args:
            pieces: In order, what the network says of the tokens of each, (length, ...).

        Returns:
            The logits (labels,) and how much each token counts in each head (heads, length).
        """
        if self.kind == "max":
            logits, attention = self._pool_maxima(pieces)
        else:
            whole = [np.concatenate(parts)[None] for parts in zip(*pieces, strict=True)]
            logits, attention = self.pool(whole, np.array([whole[0].shape[1]]))
        return logits[0], attention[0]

    def _pool_maxima(self, pieces: Iterable[Sequence[FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """Keep of each piece no more than the largest values and where they are."""
        length = 0
        largest = np.full(0, -np.inf)
        places = np.zeros(0, dtype=np.int64)
        for (states,) in pieces:
            if not length:
                largest = np.full(states.shape[1], -np.inf)
                places = np.zeros(states.shape[1], dtype=np.int64)
            found = states.max(axis=0)
            places = np.where(found > largest, length + states.argmax(axis=0), places)
            largest = np.maximum(found, largest)
            length += len(states)
        return self._maximum(largest[None].astype(np.float64), places[None], length)

    def _maximum(
        self, largest: FloatArray, places: IntArray, length: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return logits and attention by the largest values (texts, size) and their places."""
        assert self.weight is not None
        shares = np.zeros((len(largest), 1, length))
        for row, found in enumerate(places):
            shares[row, 0] = np.bincount(found, minlength=length) / len(found)
        return largest @ self.weight.T.astype(np.float64) + self.bias, shares

    def _sum_of_ends(self, votes: FloatArray, lengths: IntArray) -> FloatArray:
        labels = len(self.bias)
        logits = votes[np.arange(len(votes)), lengths - 1, :labels] + self.bias
        return logits + votes[:, 0, labels:] if self.bidirectional else logits

    def _ends(self, lengths: IntArray, length: int) -> FloatArray:
        attention = np.zeros((len(lengths), 1, length))
        share = 0.5 if self.bidirectional else 1.0
        attention[np.arange(len(lengths)), 0, lengths - 1] += share
        attention[:, 0, 0] += 1.0 - share
        return attention
