"""Language models that are part of a tagger or classifier: read, and not trained any more."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqtag.models.generator import ReaderSizes, UnitReader

VECTOR_SCALE = 0.3
"""Root mean square of the numbers in tokens' vectors before training."""

LEAST_DEVIATION = 1e-3
"""Numbers of a state that hardly change are not blown up beyond this."""


class ContextEmbedding(nn.Module):
    """Vectors of tokens in their context: the states of language models, mapped.

    The language models are frozen, the map is learnt (Akbik et al. 2018, section 2.3; Peters et
    al. 2018). States are first brought to mean 0 and deviation 1, number by number: those of a
    language model are small, and the map would take long to become large enough to be heard.

    Args:
        readers: What the language models are made of.
        size: Size of a token's vector.

    Attributes:
        states_size: Numbers of a token's states, all models and directions together.
        mean: (states,) the mean of each number; see `set_scale`.
        deviation: (states,) its standard deviation; 0 before they are known.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, readers: Sequence[ReaderSizes], size: int) -> None:
        super().__init__()
        models = [UnitReader(**sizes) for sizes in readers]
        self.models = nn.ModuleList(models).requires_grad_(False)
        self.states_size = sum(len(model.directions) * model.hidden_size for model in models)
        self.projection = nn.Linear(self.states_size, size)
        nn.init.normal_(self.projection.weight, std=VECTOR_SCALE * self.states_size**-0.5)
        nn.init.zeros_(self.projection.bias)
        self.register_buffer("mean", torch.zeros(self.states_size))
        self.register_buffer("deviation", torch.zeros(self.states_size))

    def forward(self, states: Tensor) -> Tensor:
        """Return vectors (tokens, size) of states (tokens, ``states_size``)."""
        found: Tensor = self.projection((states - self.mean) / self.deviation)
        return found

    def set_scale(self, states: Tensor) -> None:
        """Take the mean and deviation of states (tokens, ``states_size``), unless they are known.

        They are known to a model that goes on from another one.
        """
        if not self.deviation.any():
            self.mean.copy_(states.mean(dim=0))
            deviation = states.std(dim=0, correction=0)
            self.deviation.copy_(deviation.clamp(min=LEAST_DEVIATION))

    def read(
        self, number: int, direction: str, inputs: Tensor, rows: Tensor, steps: Tensor
    ) -> Tensor:
        """Return the last layer's states of a language model.

        Args:
            number: Which language model.
            direction: In which direction it reads.
            inputs: (texts, steps) numbers of units in the order of reading.
            rows: (tokens,) texts whose states are wanted.
            steps: (tokens,) and behind which step.

        Returns:
            (tokens, hidden)
        """
        model = self.models[number]
        assert isinstance(model, UnitReader)
        model.eval()
        with torch.no_grad():
            _, states, _ = model.read(direction, inputs, model.begin(direction, len(inputs)))
            return states[rows, steps]
