"""Tags for every token: embedding, encoder and one head a tag column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.layers.crf import CRFHead, SoftmaxHead, Transitions
from seqtag.layers.embedding import Embedding
from seqtag.layers.encoder import Encoder


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


class TaggerModel(nn.Module):
    """Emissions of every head from one encoder.

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        num_words: Word numbers, the unknown word included.
        num_characters: Character numbers, padding and the unknown character included.
        num_ngrams: N-gram numbers; 0 for none.
        num_vectors: Pretrained vectors, that of words without one included.
        vector_size: Size of a pretrained vector; 0 for none.
        feature_sizes: For each feature of a token its number of values and their vectors' size.
        heads: One for each tag column.
        auxiliary: One for each column that is learnt beside these.

    Raises:
        ConfigError: The parts do not go together.
    """

    def __init__(
        self,
        embedding: EmbeddingConfig,
        encoder: EncoderConfig,
        *,
        num_words: int,
        num_characters: int,
        num_ngrams: int = 0,
        num_vectors: int = 0,
        vector_size: int = 0,
        feature_sizes: Sequence[tuple[int, int]] = (),
        heads: Sequence[HeadSpec],
        auxiliary: Sequence[HeadSpec] = (),
    ) -> None:
        super().__init__()
        self.embedding = Embedding(
            embedding,
            num_words,
            num_characters,
            num_ngrams=num_ngrams,
            num_vectors=num_vectors,
            vector_size=vector_size,
            feature_sizes=feature_sizes,
        )
        self.encoder = Encoder(encoder, self.embedding.output_size)
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

    def forward(
        self,
        lengths: Tensor,
        types: Tensor,
        features: Tensor,
        dense: Tensor,
        known: Tensor,
        words: Tensor,
        vectors: Tensor,
        ngrams: Tensor,
        ngram_offsets: Tensor,
        characters: Tensor,
        character_lengths: Tensor,
    ) -> tuple[list[Tensor], Tensor]:
        """Compute emissions; see `seqtag.batching.Batch` for what the arguments hold.

        Returns:
            For each head, and while training for each auxiliary one behind them,
            (batch, length, tags), where rows at padding mean nothing; and the
            vectors (new, size) of the words that are described, to be given as ``known`` another
            time. While training the latter mean nothing, and ``known`` must have no rows.
        """
        embedded, word_vectors = self.embedding(
            types,
            features,
            dense,
            known,
            words,
            vectors,
            ngrams,
            ngram_offsets,
            characters,
            character_lengths,
        )
        states = self.encoder(embedded, lengths)
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
