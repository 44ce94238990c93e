"""A softmax in which rare units cost less: adaptive softmax."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqtag.layers.deferred import precision
from seqtag.layers.output import Gradients, scaled, softmax_pass

HEAD = 2000
"""Units that are in the head at least.

They make up most of a text, and what is in the head is told from all else in it by its own vector.
A smaller head would be faster still, and tell worse.
"""
CLUSTERS = 3
"""Clusters at most."""
CLUSTER_COST = 1000
"""What a cluster costs a step beside its products, as so many units of the head.

Its steps have to be gathered, its products are smaller and so less fast, and all its units are told
from those of other clusters by one vector.
"""
ELSEWHERE_COST = 4000
"""What all but the output layer costs a step, as so many units of the head.

That is two layers of LSTM with states of 200 numbers and vectors of as many: rather little.
"""
WORTH = 0.6
"""The share of a step's cost with a full softmax that the cost with clusters has to be below."""


class AdaptiveOutput(nn.Module):
    """A softmax over units in the order of their frequency, in two stages (Grave et al. 2017).

    The frequent units make up the head, the others are in clusters, which begin at the cutoffs
    c1 < c2 < ... < ck::

        head         units from 0 to below c1, and each cluster as if it were a unit
        cluster i    units from ci to below c(i+1), those of the last to the end

        P(unit) = P(unit | head)                            of a unit in the head
        P(unit) = P(cluster | head) P(unit | cluster)       of a unit in a cluster

    So a step is compared with the head alone, unless what is to be written stands in a cluster,
    which is rare. The vectors of units are those of one table W that is given with every call, as
    for `seqtag.layers.output.FullOutput`; here are those of the clusters. There are no projections
    to smaller vectors for rare units, as the paper has them, since a table that is shared with
    the vectors which units are read by has one size.

    Args:
        units: Number of units.
        size: Size of a unit's vector.
        cutoffs: Where clusters begin, one at least; see `default_cutoffs`.

    Raises:
        ValueError: The cutoffs do not rise between 0 and the number of units.
    """

    def __init__(self, units: int, size: int, cutoffs: Sequence[int]) -> None:
        super().__init__()
        borders = [0, *cutoffs, units]
        if not cutoffs or any(low >= high for low, high in pairwise(borders)):
            raise ValueError(f"cutoffs {list(cutoffs)} do not rise between 0 and {units} units")
        self.cutoffs = tuple(cutoffs)
        self.bias = nn.Parameter(torch.zeros(units))
        self.clusters = nn.Parameter(torch.empty(len(cutoffs), size))
        self.cluster_bias = nn.Parameter(torch.zeros(len(cutoffs)))
        nn.init.normal_(self.clusters, std=size**-0.5)

    def loss(self, states: Tensor, weight: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean loss of a step.

        It is computed together with its gradient, for some steps at a time, so that memory does
        not grow with steps times units.

        Args:
            states: (steps, size) h of each step; padding is not among them.
            weight: (units, size) W.
            targets: (steps,) the unit to be written.

        Returns:
            The loss, and the mean negative log-likelihood, which is the same without a gradient.
            Of no steps both are 0.
        """
        dtype = precision(weight)
        # Products are computed in autocast's precision, the softmax in that of the weights.
        with torch.autocast(states.device.type, enabled=False):
            loss: Tensor = _AdaptiveLoss.apply(  # type: ignore[no-untyped-call]  # torch's
                states.to(weight.dtype), *self._parts(weight), targets, self.cutoffs, dtype
            )
        return loss, loss.detach()

    def surprises(self, states: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Return each target's negative log-likelihood (steps,), without a gradient.

        The arguments are those of `loss`.
        """
        dtype = precision(weight)
        with torch.no_grad(), torch.autocast(states.device.type, enabled=False):
            layer = _Stages.of(*self._parts(weight), self.cutoffs)
            return _read_targets(states.to(dtype), layer, targets)

    def log_probabilities(self, states: Tensor, weight: Tensor) -> Tensor:
        """Return the log-probability of every unit.

        Args:
            states: (steps, size)
            weight: (units, size)

        Returns:
            (steps, units)
        """
        layer = _Stages.of(*self._parts(weight), self.cutoffs)
        first = layer.cutoffs[0]
        dtype = self.bias.dtype  # under autocast too, the softmax is in that of the weights
        logits = functional.linear(states, layer.head_weight, layer.head_bias)
        head = logits.log_softmax(dim=1, dtype=dtype)
        found = [head[:, :first]]
        for number, place in enumerate(layer.places(), first):
            logits = functional.linear(states, weight[place], self.bias[place])
            found.append(logits.log_softmax(dim=1, dtype=dtype) + head[:, number, None])
        return torch.cat(found, dim=1)

    def extra_repr(self) -> str:
        """Return the cutoffs, for printing."""
        return f"cutoffs={list(self.cutoffs)}"

    def _parts(self, weight: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return weight, self.bias, self.clusters, self.cluster_bias


def default_cutoffs(units: int) -> list[int]:
    """Return where clusters should begin for training to be fast; nowhere if it is without them.

    What the output layer costs a step of training goes by how many units the step is compared
    with. The unit of rank r is taken to be written in proportion to 1 / r (Zipf 1949), so that
    units from a to b are written in the share log(b / a) / log(units) of all steps. With cutoffs
    c1 < ... < ck and the number of units as c(k+1) that is, on average ::

        c1 + sum over i of (CLUSTER_COST + log(c(i+1) / ci) / log(units) * (c(i+1) - ci))

    and least for the cutoffs returned, of all that have two digits before zeros, begin at `HEAD` or
    above and are `CLUSTERS` at most. If that saves too little of a whole step, for which
    `ELSEWHERE_COST` comes on top with and without clusters, a full softmax is as good: it is the
    simpler one.

    Args:
        units: Number of units, in the order of their frequency.
    """
    full, scale = float(units), math.log(max(units, 2))
    found: tuple[float, list[int]] = (full, [])
    # For each border the least cost of all clusters from there on, and their cutoffs: first of no
    # clusters, then of one more each time.
    best: dict[int, tuple[float, list[int]]] = {units: (0.0, [])}
    for _ in range(CLUSTERS):
        best = {
            low: min(
                (CLUSTER_COST + math.log(high / low) / scale * (high - low) + cost, [low, *cutoffs])
                for high, (cost, cutoffs) in best.items()
                if high > low
            )
            for low in _two_digits(HEAD, max(best, default=HEAD))
        }
        found = min([found, *((low + cost, cutoffs) for low, (cost, cutoffs) in best.items())])
    cost, cutoffs = found
    return cutoffs if ELSEWHERE_COST + cost < WORTH * (ELSEWHERE_COST + full) else []


def _two_digits(low: int, high: int) -> list[int]:
    """Return the numbers from one of them to below another that have two digits before zeros."""
    found = []
    while low < high:
        found.append(low)
        low += 10 ** (len(str(low)) - 2)
    return found


@dataclass(frozen=True, slots=True)
class _Stages:
    """Both stages of an output layer.

    Attributes:
        head_weight: (head + clusters, size)
        head_bias: (head + clusters,)
        weight: (units, size)
        bias: (units,)
        cutoffs: Where the clusters begin.
    """

    head_weight: Tensor
    head_bias: Tensor
    weight: Tensor
    bias: Tensor
    cutoffs: Sequence[int]

    @classmethod
    def of(
        cls,
        weight: Tensor,
        bias: Tensor,
        clusters: Tensor,
        cluster_bias: Tensor,
        cutoffs: Sequence[int],
    ) -> _Stages:
        """Put the vectors and biases of the head's units and of the clusters together."""
        head_weight = torch.cat([weight[: cutoffs[0]], clusters])
        head_bias = torch.cat([bias[: cutoffs[0]], cluster_bias])
        return cls(head_weight, head_bias, weight, bias, cutoffs)

    def places(self) -> Iterator[slice]:
        """Yield where the units of each cluster are."""
        for low, high in pairwise([*self.cutoffs, len(self.weight)]):
            yield slice(low, high)


@dataclass(frozen=True, slots=True)
class _StageGradients:
    """The gradients of both stages.

    Attributes:
        head: Of the head, its units and the clusters.
        units: Of the units in clusters.
    """

    head: Gradients
    units: Gradients

    @classmethod
    def zeros(cls, states: Tensor, layer: _Stages, share: float) -> _StageGradients:
        """Return zeros; the gradient of states is one and the same for both stages."""
        units = Gradients.zeros(states, layer.weight, layer.bias, share)
        head_weight, head_bias = map(torch.zeros_like, (layer.head_weight, layer.head_bias))
        return cls(Gradients(units.states, head_weight, head_bias, share), units)

    def parts(self, first: int) -> tuple[Tensor, ...]:
        """Return those of states, weight, bias, clusters and their bias, given the head's size."""
        self.units.weight[:first] = self.head.weight[:first]
        self.units.bias[:first] = self.head.bias[:first]
        clusters, cluster_bias = self.head.weight[first:], self.head.bias[first:]
        own = self.units
        return own.states, own.weight, own.bias, clusters.clone(), cluster_bias.clone()


def _read_targets(
    states: Tensor, layer: _Stages, targets: Tensor, gradients: _StageGradients | None = None
) -> Tensor:
    """Return each target's negative log-likelihood (steps,), and add to the gradients.

    Args:
        states: (steps, size) in the precision of products.
        layer: The layer.
        targets: (steps,)
        gradients: None where none are wanted.
    """
    dtype, first = states.dtype, layer.cutoffs[0]
    cluster = torch.zeros_like(targets)  # 0 is the head
    for cutoff in layer.cutoffs:
        cluster += targets >= cutoff
    goals = torch.where(cluster > 0, first - 1 + cluster, targets)
    heads = None if gradients is None else gradients.head
    found, _ = softmax_pass(states, layer.head_weight.to(dtype), layer.head_bias, goals, heads)
    for number, place in enumerate(layer.places(), 1):
        rows = (cluster == number).nonzero()[:, 0]
        if not len(rows):
            continue
        own = None
        if gradients is not None:
            units = gradients.units
            d_states = units.states.new_zeros(len(rows), states.shape[1])
            own = Gradients(d_states, units.weight[place], units.bias[place], units.share)
        inner = targets[rows] - place.start
        costs, _ = softmax_pass(
            states[rows], layer.weight[place].to(dtype), layer.bias[place], inner, own
        )
        found.index_add_(0, rows, costs)
        if gradients is not None and own is not None:
            gradients.units.states.index_add_(0, rows, own.states)
    return found


class _AdaptiveLoss(torch.autograd.Function):
    """The loss as one node of the graph, which computes its gradient with itself."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what it hands to backward
        states: Tensor,
        weight: Tensor,
        bias: Tensor,
        clusters: Tensor,
        cluster_bias: Tensor,
        targets: Tensor,
        cutoffs: Sequence[int],
        dtype: torch.dtype,
    ) -> Tensor:
        """Compute the loss and, where one is wanted, its gradient."""
        count = max(len(states), 1)
        layer = _Stages.of(weight, bias, clusters, cluster_bias, cutoffs)
        gradients = None
        if any(ctx.needs_input_grad[:5]):
            gradients = _StageGradients.zeros(states, layer, 1.0 / count)
        found = _read_targets(states.to(dtype), layer, targets, gradients)
        if gradients is not None:
            ctx.save_for_backward(*gradients.parts(cutoffs[0]))
        return found.sum() / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - as torch names it
        return *(scaled(each, d_loss) for each in ctx.saved_tensors), None, None, None
