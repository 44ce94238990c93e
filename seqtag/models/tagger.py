"""Tags for every token: embedding, encoder and one head a tag column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.layers.crf import CRFHead, SoftmaxHead, Transitions
from seqtag.models.token_encoder import InputSizes, TokenEncoder


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """What a head must know of its tag column.

    Attributes:
        crf: Whether transitions are learnt.
        allowed: (tags, tags) whether a tag (column) may follow another (row).
        allowed_start: (tags,) whether a sentence may begin with a tag.
        allowed_end: (tags,) whether a sentence may end with a tag.
    """

    crf: bool
    allowed: Sequence[Sequence[bool]]
    allowed_start: Sequence[bool]
    allowed_end: Sequence[bool]


class TaggerModel(TokenEncoder):
    """Emissions of every head from one encoder.

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        heads: One for each tag column.
        auxiliary: One for each column that is learnt beside these.
        sizes: How much there is of what the model reads.

    Raises:
        ConfigError: The parts do not go together.
    """

    def __init__(
        self,
        embedding: EmbeddingConfig,
        encoder: EncoderConfig,
        *,
        heads: Sequence[HeadSpec],
        auxiliary: Sequence[HeadSpec] = (),
        **sizes: Unpack[InputSizes],
    ) -> None:
        super().__init__(embedding, encoder, **sizes)
        self.heads, self.auxiliary = (
            nn.ModuleList(
                (CRFHead if head.crf else SoftmaxHead)(
                    self.encoder.output_size,
                    Transitions(head.allowed, head.allowed_start, head.allowed_end),
                )
                for head in group
            )
            for group in (heads, auxiliary)
        )

    def forward(self, lengths: Tensor, **tokens: Tensor) -> tuple[list[Tensor], Tensor]:
        """Compute emissions.

        Args:
            lengths: (batch,) number of tokens of each sequence.
            tokens: As for `TokenEncoder.encode`.

        Returns:
            For each head, and while training for each auxiliary one behind them,
            (batch, length, tags), where rows at padding mean nothing; and the words' vectors that
            `TokenEncoder.encode` returns.
        """
        states, word_vectors = self.encode(lengths, **tokens)
        heads = [*self.heads, *self.auxiliary] if self.training else self.heads
        return [head(states) for head in heads], word_vectors

    def heads_in_order(self) -> list[SoftmaxHead]:
        """Return the head of each tag column."""
        return [head for head in self.heads if isinstance(head, SoftmaxHead)]

    def forget_auxiliary(self) -> None:
        """Drop the auxiliary heads, which are of use in training alone."""
        self.auxiliary = nn.ModuleList()

    def loss(
        self,
        emissions: Sequence[Tensor],
        tags: Sequence[Tensor],
        lengths: Tensor,
        *,
        weights: Sequence[Tensor | None] = (),
        smoothing: float = 0.0,
        drawn: Sequence[Tensor | None] = (),
        share: float = 0.0,
        auxiliary_weight: float = 0.0,
    ) -> Tensor:
        """Return the mean negative log-likelihood of a token, averaged over the heads.

        That of auxiliary heads is added with a weight.

        Args:
            emissions: For each head, the auxiliary ones last, (batch, length, tags).
            tags: For each of them (batch, length) tag numbers; at padding any valid number.
            lengths: (batch,) number of tokens.
            weights: For each head (tags,) how much a token with each tag counts, or None; nothing
                for heads without weights.
            smoothing: Share of the target that all tags have in common.
            drawn: For each head (batch, count, length) tags that other models gave, or None;
                nothing where there are none.
            share: Share of the target that these have.
            auxiliary_weight: Weight of each auxiliary head.
        """
        heads = self.heads_in_order()
        count = len(heads)
        none = [None] * count
        losses = [
            head.loss(
                scores,
                gold,
                lengths,
                weights=tag_weights,
                smoothing=smoothing,
                drawn=others,
                share=share,
            )
            for head, scores, gold, tag_weights, others in zip(
                heads,
                emissions[:count],
                tags[:count],
                weights or none,
                drawn or none,
                strict=True,
            )
        ]
        loss = torch.stack(losses).mean()
        for head, scores, gold in zip(self.auxiliary, emissions[count:], tags[count:], strict=True):
            assert isinstance(head, SoftmaxHead)
            loss = loss + auxiliary_weight * head.loss(scores, gold, lengths)
        return loss / lengths.sum()
