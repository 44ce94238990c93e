"""A label for a text: embedding, encoder and pooling."""

from __future__ import annotations

from typing import Unpack

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.config import EmbeddingConfig, EncoderConfig, PoolingConfig
from seqtag.layers.pooling import PoolingHead
from seqtag.models.token_encoder import InputSizes, TokenEncoder


class LinearTable(nn.Module):
    """The linear path of `seqtag.decoding.linear.LinearPath`, kept among the weights.

    It is fitted before the network is trained, and is the same for training and prediction: the
    network only hears what it says.

    Args:
        count: N-grams.
        labels: Number of labels.
    """

    keys: Tensor
    weights: Tensor
    scales: Tensor
    bias: Tensor
    evidence_scale: Tensor

    def __init__(self, count: int, labels: int) -> None:
        super().__init__()
        self.register_buffer("keys", torch.zeros(count, dtype=torch.int64))
        for name, shape in (
            ("weights", (count, labels)),
            ("scales", (count,)),
            ("bias", (labels,)),
            ("evidence_scale", (1,)),
        ):
            self.register_buffer(name, torch.zeros(shape))


class ClassifierModel(TokenEncoder):
    """What a text's label is made of, token by token; `logits` pools it.

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        pooling: Configuration of the pooling.
        num_labels: Number of labels.
        num_ngrams_counted: N-grams of the linear path; 0 where there is none.
        sizes: How much there is of what the model reads.

    Raises:
        ConfigError: The parts do not go together.
    """

    def __init__(
        self,
        embedding: EmbeddingConfig,
        encoder: EncoderConfig,
        pooling: PoolingConfig,
        *,
        num_labels: int,
        num_ngrams_counted: int = 0,
        **sizes: Unpack[InputSizes],
    ) -> None:
        if num_ngrams_counted:
            sizes["dense_size"] = num_labels  # what the linear path says of a token
        super().__init__(embedding, encoder, **sizes)
        self.linear = LinearTable(num_ngrams_counted, num_labels) if num_ngrams_counted else None
        self.head = PoolingHead(
            pooling,
            self.encoder.output_size,
            num_labels,
            bidirectional=encoder.bidirectional,
        )
        if self.linear is not None:
            # In the beginning the linear path alone decides.
            nn.init.zeros_(self.head.output.weight)

    def forward(self, lengths: Tensor, **tokens: Tensor) -> tuple[list[Tensor], Tensor]:
        """Compute emissions.

        Args:
            lengths: (batch,) number of tokens of each sequence.
            tokens: As for `TokenEncoder.encode`.

        Returns:
            What `seqtag.layers.pooling.PoolingHead.forward` returns, where rows at padding mean
            nothing; and the words' vectors that `TokenEncoder.encode` returns.
        """
        states, word_vectors = self.encode(lengths, **tokens)
        return self.head(states), word_vectors

    def logits(self, emissions: list[Tensor], lengths: Tensor, pieces: Tensor) -> Tensor:
        """Return the logits (texts, labels) of texts that were encoded in one or more pieces.

        Args:
            emissions: (batch, length, ...) what `forward` returned, the pieces of a text one
                behind the other.
            lengths: (batch,) number of tokens of each piece.
            pieces: (texts,) number of pieces of each text.
        """
        if len(pieces) == len(lengths):
            return self.head.pool(emissions, lengths)
        texts = torch.repeat_interleave(pieces)
        whole = torch.zeros_like(pieces).index_add_(0, texts, lengths)
        length = int(whole.max())
        inside = torch.arange(emissions[0].shape[1], device=lengths.device) < lengths[:, None]
        wide = torch.arange(length, device=lengths.device) < whole[:, None]
        joined = []
        for values in emissions:
            padded = values.new_zeros(len(pieces), length, values.shape[2])
            joined.append(padded.masked_scatter(wide[:, :, None], values[inside]))
        return self.head.pool(joined, whole)

    def loss(
        self,
        logits: Tensor,
        labels: Tensor,
        *,
        weights: Tensor | None = None,
        smoothing: float = 0.0,
    ) -> Tensor:
        """Return the mean cross-entropy of a text.

        Args:
            logits: (texts, labels)
            labels: (texts,) the label of each text.
            weights: (labels,) how much a text with each label counts; None where all do alike.
            smoothing: Share of the target that all labels have in common.
        """
        losses = functional.cross_entropy(
            logits, labels, reduction="none", label_smoothing=smoothing
        )
        if weights is not None:
            losses = losses * weights[labels]
        return losses.mean()
