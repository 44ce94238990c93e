"""From the states of a text's tokens to one answer: attention, mean, maximum or last state.

A layer maps the states of tokens to emissions, small numbers of each token, from which `pool` makes
the logits of a text. Where the pooled state is a weighted sum of states, as in attention, the
output layer is applied to each token before the sum, which is the same::

    W (sum_t a_t x_t) = sum_t a_t (W x_t)

So a text may be encoded in any number of pieces: what has to be kept of each token is its score and
its votes, W x_t, which also tell what it speaks for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtag.config import PoolingConfig


class AdditiveAttention(nn.Module):
    """Attention of a learnt query (Bahdanau et al. 2015, equation in appendix A.1.2).

    For each head i, with what the query contributes to the sum as the bias::

        score_i(t) = v_i' tanh(W x_t + b)

    Args:
        size: Size of a token's state.
        config: Number of heads and of hidden units.
    """

    def __init__(self, size: int, config: PoolingConfig) -> None:
        super().__init__()
        self.hidden = nn.Linear(size, config.size)
        self.query = nn.Linear(config.size, config.heads, bias=False)
        # All tokens count the same in the beginning.
        nn.init.zeros_(self.query.weight)

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, length, size) to scores (batch, length, heads)."""
        scores: Tensor = self.query(torch.tanh(self.hidden(states)))
        return scores


class DotAttention(nn.Module):
    """Scaled dot-product attention of a learnt query (Vaswani et al. 2017, section 3.2.1).

    The query of a head is learnt, and so is the projection of the keys; as only their product
    matters, it is one vector u_i::

        score_i(t) = u_i' x_t / sqrt(size)

    Args:
        size: Size of a token's state.
        config: Number of heads.
    """

    def __init__(self, size: int, config: PoolingConfig) -> None:
        super().__init__()
        self.query = nn.Linear(size, config.heads, bias=False)
        self.scale = size**-0.5
        nn.init.zeros_(self.query.weight)

    def forward(self, states: Tensor) -> Tensor:
        """Map (batch, length, size) to scores (batch, length, heads)."""
        scores: Tensor = self.query(states) * self.scale
        return scores


ATTENTIONS: dict[str, type[AdditiveAttention] | type[DotAttention]] = {
    "additive": AdditiveAttention,
    "dot": DotAttention,
}


class PoolingHead(nn.Module):
    """Pools the states of a text and maps what comes of it to the logits of labels.

    Args:
        config: What kind of pooling.
        size: Size of a token's state, all directions together.
        labels: Number of labels.
        bidirectional: Whether the second half of a state is that of the backward direction.
    """

    def __init__(
        self, config: PoolingConfig, size: int, labels: int, *, bidirectional: bool
    ) -> None:
        super().__init__()
        self.kind = config.kind
        self.labels = labels
        self.heads = config.heads if config.kind in ATTENTIONS else 1
        self.bidirectional = bidirectional
        self.attention = None
        if config.kind in ATTENTIONS:
            self.attention = ATTENTIONS[config.kind](size, config)
        self.output = nn.Linear(self.heads * size, labels)
        nn.init.zeros_(self.output.bias)

    def forward(self, states: Tensor) -> list[Tensor]:
        """Compute what `pool` needs of each token.

        Args:
            states: (batch, length, size)

        Returns:
            With attention the scores (batch, length, heads) and the votes
            (batch, length, heads * labels); with ``mean`` the votes (batch, length, labels); with
            ``last`` those of the forward and of the backward direction, one behind the other, the
            latter only where there is one; with ``max`` the states.
        """
        if self.kind == "max":
            return [states]
        weight = self.output.weight
        if self.kind == "last" and self.bidirectional:
            votes = [
                half @ part.T
                for half, part in zip(states.chunk(2, 2), weight.chunk(2, 1), strict=True)
            ]
            return [torch.cat(votes, dim=2)]
        # (labels, heads * size) to (heads * labels, size)
        by_head = torch.cat(weight.chunk(self.heads, 1))
        votes_of_heads = states @ by_head.T
        if self.attention is None:
            return [votes_of_heads]
        return [self.attention(states), votes_of_heads]

    def pool(self, emissions: list[Tensor], lengths: Tensor) -> Tensor:
        """Return the logits (texts, labels) of whole texts.

        Args:
            emissions: What `forward` returned of all tokens of each text, (texts, length, ...).
            lengths: (texts,) number of tokens, at least 1.
        """
        values = emissions[-1]
        mask = torch.arange(values.shape[1], device=values.device) < lengths[:, None]
        bias = self.output.bias
        if self.kind == "max":
            hidden = values.masked_fill(~mask[:, :, None], -torch.inf)
            logits: Tensor = self.output(hidden.amax(dim=1))
            return logits
        if self.kind == "last":
            rows = torch.arange(len(values), device=values.device)
            last = values[rows, lengths - 1, : self.labels] + bias
            return last + values[:, 0, self.labels :] if self.bidirectional else last
        if self.kind == "mean":
            shown = values * mask[:, :, None]
            return shown.sum(dim=1) / lengths[:, None] + bias
        scores = emissions[0].masked_fill(~mask[:, :, None], -torch.inf)
        attention = torch.softmax(scores, dim=1)
        votes = values.reshape(*values.shape[:2], self.heads, self.labels)
        return torch.einsum("tnh,tnhl->tl", attention, votes) + bias
