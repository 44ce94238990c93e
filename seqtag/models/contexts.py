"""Language models that are part of a tagger or classifier: read, and not trained any more."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqtag.models.generator import ReaderSizes, UnitReader

READ_STEPS = 512
"""Units whose states are in memory at a time, however long a text is."""


class ContextEmbedding(nn.Module):
    """Vectors of tokens in their context: the states of language models, mapped.

    The language models are frozen, the map is learnt (Akbik et al. 2018, section 2.3; Peters et
    al. 2018).

    Args:
        readers: What the language models are made of.
        size: Size of a token's vector.

    Attributes:
        states_size: Numbers of a token's states, all models and directions together.
    """

    def __init__(self, readers: Sequence[ReaderSizes], size: int) -> None:
        super().__init__()
        models = [UnitReader(**sizes) for sizes in readers]
        self.models = nn.ModuleList(models).requires_grad_(False)
        self.states_size = sum(len(model.directions) * model.hidden_size for model in models)
        self.projection = nn.Linear(self.states_size, size)

    def forward(self, states: Tensor) -> Tensor:
        """Return vectors (tokens, size) of states (tokens, ``states_size``)."""
        found: Tensor = self.projection(states)
        return found

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
            state = model.begin(direction, len(inputs))
            found = self.projection.weight.new_empty(len(rows), model.hidden_size)
            for start in range(0, inputs.shape[1], READ_STEPS):
                part = inputs[:, start : start + READ_STEPS]
                _, states, state = model.read(direction, part, state)
                own = steps - start
                inside = ((own >= 0) & (own < part.shape[1])).nonzero()[:, 0]
                found[inside] = states[rows[inside], own[inside]].to(found.dtype)
            return found
