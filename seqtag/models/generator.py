"""Language models: networks that tell of each unit of a text what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import torch
from torch import Tensor, nn

from seqtag.config import EncoderConfig, LanguageModelConfig
from seqtag.layers.adaptive import AdaptiveOutput
from seqtag.layers.adaptive import default_cutoffs as default_cutoffs  # for those who build one
from seqtag.layers.dropout import VariationalDropout
from seqtag.layers.output import FullOutput
from seqtag.layers.stack import RecurrentStack
from seqtag.layers.stack import State as State  # for those who carry it on
from seqtag.layers.stack import detach as detach

FORWARD, BACKWARD = "forward", "backward"


class Reader(nn.Module):
    """What reads a text in one direction: recurrent layers and the way to the output layer.

    Dropout stands before every layer and behind the last (Merity et al. 2018, section 4).

    Args:
        encoder: Kind of cell, sizes and dropout.
        language_model: Dropout of weights.
        vector_size: Size of a unit's vector.
        output_size: Size of what the output layer reads; a linear map leads to it where a state
            has another size.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        language_model: LanguageModelConfig,
        *,
        vector_size: int,
        output_size: int,
    ) -> None:
        super().__init__()
        self.stack = RecurrentStack(
            encoder.cell,
            vector_size,
            encoder.hidden_size,
            encoder.num_layers,
            dropout=encoder.dropout,
            variational=encoder.variational,
            weight_dropout=language_model.weight_dropout,
        )
        self.dropout = VariationalDropout(encoder.dropout, variational=encoder.variational)
        self.mapping = None
        if encoder.hidden_size != output_size:
            self.mapping = nn.Linear(encoder.hidden_size, output_size)
            nn.init.xavier_uniform_(self.mapping.weight)
            nn.init.zeros_(self.mapping.bias)

    def forward(self, vectors: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Read on.

        Args:
            vectors: (lanes, steps, vector)
            state: The state before the first step.

        Returns:
            The last layer's states (lanes, steps, hidden) with dropout and without, and the state
            behind the last step.
        """
        raw, state = self.stack(self.dropout(vectors), state)
        return self.dropout(raw), raw, state

    def outputs(self, states: Tensor) -> Tensor:
        """Map states (..., hidden) to what the output layer reads (..., output)."""
        if self.mapping is not None:
            states = self.mapping(states)
        return states

    def step(self, vectors: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Read one unit; not for training.

        Args:
            vectors: (rows, vector)
            state: The state before it.

        Returns:
            What the output layer reads (rows, output), the last layer's states (rows, hidden), and
            the state behind the unit.
        """
        raw, state = self.stack.step(vectors, state)
        return self.outputs(raw), raw, state


class ReaderSizes(TypedDict):
    """All that makes a `UnitReader` but its weights.

    Attributes:
        encoder: Kind of cell, sizes and dropout of a direction's network.
        language_model: Directions, tied vectors, dropout of units and of weights.
        vector_size: Size of a unit's vector.
        num_units: Numbers of units.
    """

    encoder: EncoderConfig
    language_model: LanguageModelConfig
    vector_size: int
    num_units: int


class UnitReader(nn.Module):
    """From the units of a text to the states of networks that have read them.

    One network reads forwards, or one backwards, or there is one for each direction, which then
    share the units' vectors (Peters et al. 2018, section 3.1).

    Args:
        encoder: Kind of cell, sizes and dropout of a direction's network.
        language_model: Directions, tied vectors, dropout of units and of weights.
        vector_size: Size of a unit's vector.
        num_units: Numbers of units.

    Attributes:
        hidden_size: Size of a direction's state.
        output_size: Size of what an output layer reads.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        language_model: LanguageModelConfig,
        *,
        vector_size: int,
        num_units: int,
    ) -> None:
        super().__init__()
        self.scale = vector_size**0.5 / 2
        self.embedding_dropout = language_model.embedding_dropout
        self.units = nn.Embedding(num_units, vector_size)
        self.hidden_size = encoder.hidden_size
        self.output_size = vector_size if language_model.tied else encoder.hidden_size
        self.forwards, self.backwards = (
            Reader(encoder, language_model, vector_size=vector_size, output_size=self.output_size)
            if language_model.direction in (name, "both")
            else None
            for name in (FORWARD, BACKWARD)
        )
        nn.init.normal_(self.units.weight, std=vector_size**-0.5)

    @property
    def directions(self) -> list[str]:
        """Names of the directions it reads in."""
        return list(self._readers())

    def begin(self, direction: str, rows: int) -> State:
        """Return the state before a text in one direction, for some rows."""
        return self._readers()[direction].stack.begin(rows)

    def begin_with(self, direction: str, beginning: Tensor) -> None:
        """Set the state (layers, parts, hidden) before a text in one direction."""
        self._readers()[direction].stack.beginning.copy_(beginning)

    def advance(self, direction: str, tokens: Tensor, state: State) -> State:
        """Return the state behind one more unit of each row (rows,); not for training."""
        vectors = self.units(tokens) * self.scale
        return self._readers()[direction].stack.step(vectors, state)[1]

    def read(self, direction: str, inputs: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Read on in one direction.

        Args:
            direction: Its name.
            inputs: (lanes, steps) numbers of units.
            state: The state before the first step.

        Returns:
            As `Reader.forward`.
        """
        reader = self._readers()[direction]
        found: tuple[Tensor, Tensor, State] = reader(self._vectors(inputs), state)
        return found

    def _vectors(self, inputs: Tensor) -> Tensor:
        """Return the vectors (lanes, steps, vector) of units, of which some are dropped.

        A unit that is dropped is dropped wherever it occurs (Gal & Ghahramani 2016, section 4.2).
        """
        vectors: Tensor = self.units(inputs) * self.scale
        if self.training and self.embedding_dropout:
            keep = 1.0 - self.embedding_dropout
            kept = vectors.new_empty(self.units.num_embeddings).bernoulli_(keep).div_(keep)
            vectors = vectors * kept[inputs][:, :, None]
        return vectors

    def _readers(self) -> dict[str, Reader]:
        both = {FORWARD: self.forwards, BACKWARD: self.backwards}
        return {name: reader for name, reader in both.items() if reader is not None}


class GeneratorModel(UnitReader):
    """From the units of a text to the probabilities of those that come next.

    Networks of two directions share the output layer, too.

    Args:
        encoder: Kind of cell, sizes and dropout of a direction's network.
        language_model: Directions, tied vectors, dropout of units and of weights.
        vector_size: Size of a unit's vector.
        num_units: Numbers of units.
        cutoffs: Where the clusters of an adaptive softmax begin; none for a full one.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        language_model: LanguageModelConfig,
        *,
        vector_size: int,
        num_units: int,
        cutoffs: Sequence[int] = (),
    ) -> None:
        super().__init__(encoder, language_model, vector_size=vector_size, num_units=num_units)
        untied = torch.empty(num_units, self.output_size)
        self.output_weight = None if language_model.tied else nn.Parameter(untied)
        self.output: AdaptiveOutput | FullOutput
        if cutoffs:
            self.output = AdaptiveOutput(num_units, self.output_size, cutoffs)
        else:
            self.output = FullOutput(num_units)
        if self.output_weight is not None:
            nn.init.normal_(self.output_weight, std=self.output_size**-0.5)

    def step(self, direction: str, tokens: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Read one unit in one direction; not for training.

        Args:
            direction: Its name.
            tokens: (rows,) numbers of units.
            state: The state before it.

        Returns:
            Log-probabilities (rows, units) of what comes next, the last layer's states
            (rows, hidden), and the state behind the unit.
        """
        reader = self._readers()[direction]
        outputs, raw, state = reader.step(self.units(tokens) * self.scale, state)
        return self.output.log_probabilities(outputs, self._output), raw, state

    def loss(self, direction: str, states: Tensor, targets: Tensor) -> Tensor:
        """Return the mean negative log-likelihood of some steps in one direction, in nats.

        Args:
            direction: Its name.
            states: (steps, hidden) from `read`, with dropout.
            targets: (steps,) the units that come next.
        """
        outputs = self._readers()[direction].outputs(states)
        loss, _ = self.output.loss(outputs, self._output, targets)
        return loss

    def surprises(self, direction: str, states: Tensor, targets: Tensor) -> Tensor:
        """Return each target's negative log-likelihood (steps,) in nats, without a gradient.

        The arguments are those of `loss`.
        """
        outputs = self._readers()[direction].outputs(states)
        return self.output.surprises(outputs, self._output, targets)

    @property
    def _output(self) -> Tensor:
        return self.units.weight if self.output_weight is None else self.output_weight
