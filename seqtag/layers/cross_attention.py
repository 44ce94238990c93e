"""Attention: what a decoder looks at in the states of the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

WEIGHED = {"cpu": 1 << 19}
"""Numbers that additive attention makes at a time where no gradient is wanted, by type of device:
on a CPU so many stay near it while they are gone over again and again."""

WEIGHED_ELSEWHERE = 1 << 22

_MOST = 43.0
"""Queries and keys of additive attention are cut off there where no gradient is wanted: the squares
of their exponentials are numbers that single precision has."""


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
        return self.attend(self.query(queries) if self.maps else queries, memory)

    @property
    def maps(self) -> bool:
        """Whether queries are mapped before they are compared with keys."""
        return self.kind == "additive"

    def attend(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Attend to sources with queries (batch, steps, size) that are mapped; see `forward`."""
        if self.maps:
            add = self._add if torch.is_grad_enabled() else self._add_quickly
            scores = add(queries, memory.keys)
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
        scores: Tensor = self.score(torch.tanh(queries[:, :, None] + keys[:, None])).squeeze(3)
        return scores

    def _add_quickly(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Return what `_add` does, without a gradient, less a number that all units share.

        With tanh(q + k) = 1 - 2 / (1 + exp(2 q) exp(2 k)) there are as few exponentials as there
        are queries and keys, not as their pairs, of each of which a product and a quotient remain.
        The 1 adds the same to all scores, which a softmax does not see. Long texts do not fill the
        memory, since pairs are made for some sources, and some of their queries, at a time.
        """
        size, source = keys.shape[2], keys.shape[1]
        weighed = WEIGHED.get(keys.device.type, WEIGHED_ELSEWHERE)
        dtype = torch.promote_types(queries.dtype, torch.float32)
        left, right = ((2.0 * x.to(dtype).clamp(-_MOST, _MOST)).exp_() for x in (queries, keys))
        weight = self.score.weight[0].to(dtype) * -2.0
        steps = max(1, min(queries.shape[1], weighed // (source * size)))
        rows = max(1, weighed // (steps * source * size))
        scores = left.new_empty(len(queries), queries.shape[1], source)
        # One place for all, since new memory takes longer to be had than to be filled.
        place = left.new_empty(min(rows, len(queries)) * steps * source * size)
        for first in range(0, len(queries), rows):
            part = slice(first, first + rows)
            for begin in range(0, queries.shape[1], steps):
                some = slice(begin, begin + steps)
                one, other = left[part, some, None], right[part, None]
                pairs = place[: one.numel() * source].view(*one.shape[:2], source, size)
                torch.mul(one, other, out=pairs)
                scores[part, some] = pairs.add_(1.0).reciprocal_() @ weight
        return scores.to(queries.dtype)
