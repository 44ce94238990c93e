"""Translations: an encoder that reads, and a decoder with attention that writes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.config import DecoderConfig, EncoderConfig
from seqtag.layers.cross_attention import Memory
from seqtag.layers.decoder import Decoder, DecoderState
from seqtag.layers.decoder_steps import DecoderSteps, Rows
from seqtag.layers.encoder import Encoder
from seqtag.layers.output import output_loss
from seqtag.layers.packed import Product

MOST_MAPPED = 1 << 24
"""Numbers of mapped units that are kept at most."""


class TranslatorModel(nn.Module):
    """From the units of a source to the logits of the units of its translation.

    Args:
        encoder: Configuration of the encoder.
        decoder: Configuration of the decoder.
        vector_size: Size of the vectors of units.
        num_source: Numbers of source units.
        num_target: Numbers of target units.
        joint: Whether source and target are of the same units, which then share their vectors.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        decoder: DecoderConfig,
        *,
        vector_size: int,
        num_source: int,
        num_target: int,
        joint: bool,
    ) -> None:
        super().__init__()
        self.scale = vector_size**0.5 / 2
        self.source = nn.Embedding(num_source, vector_size)
        self.target = None if joint else nn.Embedding(num_target, vector_size)
        self.encoder = Encoder(encoder, vector_size)
        self.decoder = Decoder(decoder, vector_size, self.encoder.output_size, vector_size)
        self.output_bias = nn.Parameter(torch.zeros(num_target))
        untied = torch.empty(num_target, vector_size)
        self.output_weight = None if decoder.tied else nn.Parameter(untied)
        for table in (self.source.weight, self.written.weight, self.output_weight):
            if table is not None:
                nn.init.normal_(table, std=vector_size**-0.5)

    def read(self, sources: Tensor, lengths: Tensor) -> tuple[Memory, DecoderState]:
        """Read sources.

        Args:
            sources: (batch, source) numbers of units, the end among them, then padding.
            lengths: (batch,) how many there are, at least 1.

        Returns:
            The sources as the decoder sees them, and its state before the first step.
        """
        states = self.encoder(self.source(sources) * self.scale, lengths)
        positions = torch.arange(sources.shape[1], device=sources.device)
        return self.decoder.begin(states, positions < lengths[:, None])

    def forward(
        self, sources: Tensor, source_lengths: Tensor, inputs: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Read sources and their translations.

        Args:
            sources: As for `read`.
            source_lengths: As for `read`.
            inputs: (batch, steps) the unit before each step, the start the first, then padding.

        Returns:
            The states (batch, steps, vector) that `logits` or `loss` take, and the attention's
            weights (batch, steps, source).
        """
        memory, state = self.read(sources, source_lengths)
        found: tuple[Tensor, Tensor] = self.decoder(
            self.written(inputs) * self.scale, memory, state
        )
        return found

    def steps(self) -> TranslatorSteps:
        """Return what writes translations, unit by unit; for weights that do not change."""
        return TranslatorSteps(self)

    def logits(self, states: Tensor) -> Tensor:
        """Map (..., vector) to (..., vocabulary)."""
        return functional.linear(states, self.output, self.output_bias)

    def loss(
        self, states: Tensor, targets: Tensor, mask: Tensor, smoothing: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Return the mean loss of a unit; padding takes no part, and no time.

        Args:
            states: (batch, steps, vector) that `forward` returned.
            targets: (batch, steps) the unit to be written at each step.
            mask: (batch, steps) True where there is one.
            smoothing: Share of the target that all units have in common.

        Returns:
            The loss, and the negative log-likelihood alone, which has no gradient.
        """
        return output_loss(states[mask], self.output, self.output_bias, targets[mask], smoothing)

    @property
    def written(self) -> nn.Embedding:
        """The vectors of target units."""
        return self.source if self.target is None else self.target

    @property
    def output(self) -> Tensor:
        """The vectors (vocabulary, vector) of the output layer."""
        return self.written.weight if self.output_weight is None else self.output_weight


class TranslatorSteps:
    """The steps in which a translator writes; its weights must not change from now on.

    Args:
        model: The network, in evaluation mode.
    """

    def __init__(self, model: TranslatorModel) -> None:
        self._vectors = model.written.weight
        self._scale = model.scale
        self._decoder = DecoderSteps(model.decoder)
        self._output = Product(model.output, model.output_bias)
        # A lookup then takes the place of a product, for every unit that is written.
        self._mapped: Tensor | None = None
        if len(self._vectors) * self._decoder.num_gates <= MOST_MAPPED:
            self._mapped = self._decoder.map_in(self._vectors * self._scale)

    def step(
        self, tokens: Tensor, memory: Memory, state: DecoderState, rows: Rows
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """Go one step; see `DecoderSteps.step`.

        Args:
            tokens: (rows,) the last unit that each hypothesis has written.
            memory: What `TranslatorModel.read` returned.
            state: The state before the step.
            rows: Which hypotheses these are.

        Returns:
            Logits (rows, vocabulary), weights (sources, count, source), and the state behind the
            step.
        """
        states, weights, state = self._decoder.step(self._map_in(tokens), memory, state, rows)
        return self._output(states), weights, state

    def _map_in(self, tokens: Tensor) -> Tensor:
        """Return what the decoder needs of units (rows,)."""
        if self._mapped is None:
            vectors = functional.embedding(tokens, self._vectors)
            return self._decoder.map_in(vectors * self._scale)
        return functional.embedding(tokens, self._mapped)
