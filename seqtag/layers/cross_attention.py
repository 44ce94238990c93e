"""Attention: what a decoder looks at in the states of the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

WEIGHED = 1 << 22
"""Numbers that additive attention makes at a time where no gradient is wanted."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Sources as a decoder sees them.

    Attributes:
        states: (batch, source, memory) of the encoder.
        keys: (batch, source, size) what queries are compared with.
        mask: (batch, source) True where there is a unit.
    """

    states: Tensor
    keys: Tensor
    mask: Tensor

    def select(self, rows: Tensor) -> Memory:
        """Return some of the sources (rows,), in their order."""
        return Memory(*(part.index_select(0, rows) for part in (self.states, self.keys, self.mask)))


class Attention(nn.Module):
    """Weighs the states of the source by how well they go with a query.

    With the query q of a step and the state h(j) of each unit of the source::

        additive        score(j) = v' tanh(Wq q + Wk h(j) + b)   (Bahdanau et al. 2015, A.1.2)
        multiplicative  score(j) = q' Wk h(j)                    (Luong et al. 2015, eq. 8, general)
        dot             score(j) = q' h(j)                       (the same, dot)
        weights         a = softmax(score)
        context         c = sum over j of a(j) h(j)

    Args:
        kind: Which score.
        query_size: Size of a query.
        memory_size: Size of a state of the source; with ``dot`` that of a query.
        size: Hidden units of ``additive``.

    Raises:
        ValueError: ``dot`` has queries of another size than states.
    """

    def __init__(
        self,
        kind: Literal["additive", "multiplicative", "dot"],
        query_size: int,
        memory_size: int,
        size: int,
    ) -> None:
        super().__init__()
        self.kind = kind
        if kind == "dot" and query_size != memory_size:
            raise ValueError(
                f"queries have {query_size} numbers and states of the source {memory_size}"
            )
        if kind == "additive":
            self.query = nn.Linear(query_size, size, bias=False)
            self.key = nn.Linear(memory_size, size)
            self.score = nn.Linear(size, 1, bias=False)
            parts = [self.query, self.key, self.score]
        elif kind == "multiplicative":
            self.key = nn.Linear(memory_size, query_size, bias=False)
            parts = [self.key]
        else:
            parts = []
        for part in parts:
            nn.init.xavier_uniform_(part.weight)

    def memory(self, states: Tensor, mask: Tensor) -> Memory:
        """Prepare the states of sources.

        Args:
            states: (batch, source, memory)
            mask: (batch, source) True where there is a unit; at least one in each source.
        """
        return Memory(states, states if self.kind == "dot" else self.key(states), mask)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Attend to sources.

        Args:
            queries: (batch, steps, query)
            memory: What `memory` returned.

        Returns:
            The contexts (batch, steps, memory), and the weights (batch, steps, source), which sum
            to 1 and are 0 at padding.
        """
        if self.kind == "additive":
            scores = self._add(self.query(queries), memory.keys)
        else:
            scores = queries @ memory.keys.transpose(1, 2)
        # So low that the weight is exactly 0.
        unseen = torch.finfo(scores.dtype).min
        weights = scores.masked_fill(~memory.mask[:, None], unseen).softmax(dim=2)
        return weights @ memory.states, weights

    def _add(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return the scores (batch, steps, source) of additive attention.

        Args:
            queries: (batch, steps, size)
            keys: (batch, source, size)
        """
        steps = queries.shape[1]
        if not torch.is_grad_enabled():
            # What is kept for a gradient is kept anyway; else long texts need not fill the memory.
            steps = max(1, WEIGHED // max(1, keys.numel()))
        parts = [
            self.score(torch.tanh(part[:, :, None] + keys[:, None])).squeeze(3)
            for part in queries.split(steps, dim=1)  # type: ignore[no-untyped-call]  # torch's
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
