"""Self-attention: every token looks at all others of its sentence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.layers.dropout import VariationalDropout


class SelfAttention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2).

    Each head weighs the values of all tokens by how well their keys go with the token's query, and
    all heads' sums are projected and added to what came in::

        z = normalized(x)
        Qi, Ki, Vi = z Wq,i, z Wk,i, z Wv,i
        y = x + dropout(concatenated(softmax(Qi Ki' / sqrt(size / heads)) Vi) Wo / sqrt(size))

    The layer normalization (Ba et al. 2016) stands before the projections, inside the residual
    branch, and not behind the sum: so the way from the recurrent layers to the head stays free of
    it, and as Wo begins at zero, the layer begins as the identity and disturbs nothing before it
    has learnt something (Xiong et al. 2020 compare the two places). It has to learn slowly, too:
    Adam moves every number of Wo by about the learning rate however small the gradient is, and
    the sum over them would soon be larger than the states. Hence the division by sqrt(size), which
    the paper does not have. Positions are not marked: recurrent states know theirs.

    Args:
        size: Size of a token's state; a multiple of ``heads``.
        heads: Number of heads.
        dropout: Share of features that are not added while training.
    """

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.scale = size**-0.5
        self.norm = nn.LayerNorm(size)
        self.dropout = VariationalDropout(dropout)
        self.projections = nn.Linear(size, 3 * size, bias=False)
        self.output = nn.Linear(size, size, bias=False)
        for weight in torch.split(self.projections.weight.data, size):
            nn.init.xavier_uniform_(weight)
        nn.init.zeros_(self.output.weight)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Let each token look at the tokens of its sentence, and never at padding.

        Args:
            states: (batch, length, size)
            lengths: (batch,) number of tokens, at least 1.

        Returns:
            (batch, length, size); rows at padding mean nothing.
        """
        positions = torch.arange(states.shape[1], device=states.device)
        is_token = positions < lengths[:, None, None, None]  # (batch, 1, 1, length)
        projected = self.projections(self.norm(states))
        # (batch, length, 3 * size) to three of (batch, heads, length, size / heads)
        parts = projected.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts.unbind(0)
        attended = functional.scaled_dot_product_attention(
            queries, keys, values, attn_mask=is_token
        )
        together = self.output(attended.transpose(1, 2).flatten(2) * self.scale)
        added: Tensor = self.dropout(together)
        return states + added
