"""The output layer of networks that write, and its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seqtag.layers.deferred import precision

ROWS = 512
"""Steps whose logits are in memory at a time."""

BLOCK = 1024
"""Units whose logits are made at a time: with those of `ROWS` steps they fit into a cache."""

LEAST_TOTAL, MOST_TOTAL = 1e-25, 1e30
"""Between these, sums of exponentials are as exact as any."""


class FullOutput(nn.Module):
    """A softmax over all units, whose vectors are those of a table.

    The logits of a step are W h + b. The table W is given with every call, since it may be that of
    the vectors which units are read by.

    Args:
        units: Number of units.
    """

    def __init__(self, units: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(units))

    def loss(self, states: Tensor, weight: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean loss of a step, memory-lean; see `output_loss`.

        Args:
            states: (steps, size) h of each step.
            weight: (units, size) W.
            targets: (steps,) the unit to be written.

        Returns:
            The loss, and the mean negative log-likelihood, which has no gradient.
        """
        return output_loss(states, weight, self.bias, targets)

    def surprises(self, states: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Return each target's negative log-likelihood (steps,), without a gradient.

        The arguments are those of `loss`.
        """
        dtype = precision(weight)
        with torch.no_grad(), torch.autocast(states.device.type, enabled=False):
            found, _ = softmax_pass(states.to(dtype), weight.to(dtype), self.bias, targets)
        return found

    def log_probabilities(self, states: Tensor, weight: Tensor) -> Tensor:
        """Return the log-probability of every unit.

        Args:
            states: (steps, size)
            weight: (units, size)

        Returns:
            (steps, units)
        """
        logits = functional.linear(states, weight, self.bias)
        # Under autocast too, the softmax is in the precision of the weights.
        return logits.log_softmax(dim=1, dtype=self.bias.dtype)


def output_loss(
    states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of a softmax layer over a vocabulary, averaged over steps.

    The logits are W h + b. With smoothing s the target of a step is its unit with the share
    1 - s, and all units together with s (Szegedy et al. 2016, section 7). Logits and their
    gradient are made for some steps at a time and never kept, so that memory does not grow with
    steps times vocabulary.

    Args:
        states: (steps, size) h of each step; padding is not among them.
        weight: (vocabulary, size) W.
        bias: (vocabulary,) b.
        targets: (steps,) the unit to be written.
        smoothing: Share of the target that all units have in common.

    Returns:
        The loss, and without a gradient the mean negative log-likelihood of the targets alone.
        Of no steps both are 0.
    """
    dtype = precision(weight)
    # Products are computed in autocast's precision, the softmax in that of the weights.
    with torch.autocast(states.device.type, enabled=False):
        loss, nll = _OutputLoss.apply(  # type: ignore[no-untyped-call]  # torch's, without types
            states.to(weight.dtype), weight, bias, targets, smoothing, dtype
        )
    return loss, nll


@dataclass(frozen=True, slots=True)
class Gradients:
    """Where a pass over a softmax layer adds the gradients of what went into it.

    Attributes:
        states: (steps, size)
        weight: (vocabulary, size)
        bias: (vocabulary,)
        share: What each step's loss counts for.
    """

    states: Tensor
    weight: Tensor
    bias: Tensor
    share: float

    @classmethod
    def zeros(cls, states: Tensor, weight: Tensor, bias: Tensor, share: float) -> Gradients:
        """Return zeros for what is like these."""
        zeros = torch.zeros_like
        return cls(zeros(states), zeros(weight), zeros(bias), share)

    def of_steps(self, part: slice) -> Gradients:
        """Return where those of some of the steps are added."""
        return Gradients(self.states[part], self.weight, self.bias, self.share)


def softmax_pass(
    states: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    gradients: Gradients | None = None,
    smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Return what the targets of a softmax layer cost, and add the gradients of it.

    Products are computed in the precision of states and weight, all else in that of the bias.

    Args:
        states: (steps, size)
        weight: (vocabulary, size)
        bias: (vocabulary,)
        targets: (steps,)
        gradients: Is added to; None where none are wanted.
        smoothing: Share of the target that all units have in common.

    Returns:
        Each target's negative log-likelihood (steps,), and with smoothing the sum over steps of
        the mean of all units', else 0.
    """
    kept = bias.dtype
    surprises, norms = bias.new_empty(len(states)), bias.new_zeros(())
    blocks = range(0, len(weight), BLOCK)
    for start in range(0, len(states), ROWS):
        part = slice(start, start + ROWS)
        rows, goal = states[part], targets[part]
        softmax = _Softmax.of(rows, weight, bias, goal, blocks)
        surprises[part] = softmax.norm - softmax.right
        norms = norms + softmax.norm.sum()
        if gradients is not None:
            _add_gradients(gradients.of_steps(part), rows, weight, goal, softmax, 1.0 - smoothing)
    if not smoothing:
        return surprises, norms.new_zeros(())
    mean, states_sum = weight.mean(dim=0, dtype=kept), states.sum(dim=0, dtype=kept)
    even = norms - states_sum.dot(mean) - len(states) * bias.mean()
    if gradients is not None:
        each = smoothing * gradients.share
        gradients.states.sub_(mean, alpha=each)
        gradients.weight.sub_(states_sum, alpha=each / len(weight))
        gradients.bias.sub_(each * len(states) / len(weight))
    return surprises, even


def scaled(gradient: Tensor, factor: Tensor) -> Tensor:
    """Return a gradient times a factor: itself where that is 1, since copying takes time."""
    return gradient if bool(factor == 1.0) else gradient * factor


@dataclass(frozen=True, slots=True)
class _Softmax:
    """The softmax of some steps, but for what each step's has to be divided by.

    Attributes:
        shares: For each block of units (steps, block) their exponentials.
        total: (steps,) the sum of all.
        norm: (steps,) its logarithm, and what was subtracted from the logits.
        right: (steps,) the logit of each target.
    """

    shares: list[Tensor]
    total: Tensor
    norm: Tensor
    right: Tensor

    @classmethod
    def of(
        cls, rows: Tensor, weight: Tensor, bias: Tensor, goal: Tensor, blocks: range
    ) -> _Softmax:
        """Compute it, block by block, so that a block is in the processor's cache meanwhile.

        Exponentials of logits as they are need no second look at all of them. Where that would be
        too large or too small for a number, the highest logit of each step is subtracted first.
        """
        found = cls._of(rows, weight, bias, goal, blocks, None)
        if not bool(((found.total > LEAST_TOTAL) & (found.total < MOST_TOTAL)).all()):
            tops = [_logits(rows, weight, bias, start).amax(dim=1) for start in blocks]
            top = torch.stack(tops).amax(dim=0)
            found = cls._of(rows, weight, bias, goal, blocks, top)
        return found

    @classmethod
    def _of(
        cls,
        rows: Tensor,
        weight: Tensor,
        bias: Tensor,
        goal: Tensor,
        blocks: range,
        top: Tensor | None,
    ) -> _Softmax:
        total = bias.new_zeros(len(rows))
        right = bias.new_zeros(len(rows))
        shares = []
        for start in blocks:
            logits = _logits(rows, weight, bias, start)
            steps, places = _inside(goal, start, logits.shape[1])
            right[steps] = logits[steps, places]
            if top is not None:
                logits.sub_(top[:, None])
            shares.append(logits.exp_())
            total += logits.sum(dim=1)
        norm = total.log() if top is None else total.log() + top
        return cls(shares, total, norm, right)


def _logits(rows: Tensor, weight: Tensor, bias: Tensor, start: int) -> Tensor:
    """Return the logits (steps, block) of a block of units."""
    units = slice(start, start + BLOCK)
    if rows.dtype == bias.dtype:
        return torch.addmm(bias[units], rows, weight[units].t())
    return (rows @ weight[units].t()).to(bias.dtype).add_(bias[units])


def _inside(goal: Tensor, start: int, width: int) -> tuple[Tensor, Tensor]:
    """Return the steps whose target is in a block of units, and its place there."""
    places = goal - start
    steps = ((places >= 0) & (places < width)).nonzero()[:, 0]
    return steps, places[steps]


def _add_gradients(
    gradients: Gradients, rows: Tensor, weight: Tensor, goal: Tensor, softmax: _Softmax, aim: float
) -> None:
    """Add the gradients of some steps.

    The gradient for the logits is the softmax, and less by the aim where the target is. It is not
    made: what shares have to be divided by goes into the other sides of the products with them.

    Args:
        gradients: Those of the steps, (steps, ...).
        rows: (steps, size) their states.
        weight: (vocabulary, size)
        goal: (steps,) their targets.
        softmax: Theirs, which is changed.
        aim: What the softmax of a target should be.
    """
    dtype, share = weight.dtype, gradients.share
    inverse = softmax.total.reciprocal()
    d_rows = torch.zeros_like(gradients.states)
    is_narrow = dtype == torch.float16  # whose numbers end below what many units add up to
    scaled_rows = rows if is_narrow else (rows * inverse[:, None]).to(dtype)
    ones = torch.ones_like(inverse) if is_narrow else inverse
    start = 0
    for shares in softmax.shares:
        width = shares.shape[1]
        units = slice(start, start + width)
        steps, places = _inside(goal, start, width)
        shares[steps, places] -= aim * softmax.total[steps]
        if is_narrow:
            shares.mul_(inverse[:, None])
        gradients.bias[units].addmv_(shares.t(), ones, alpha=share)
        narrow = shares.to(dtype)
        _add_product(d_rows, narrow, weight[units], 1.0)
        _add_product(gradients.weight[units], narrow.t(), scaled_rows, share)
        start += width
    gradients.states.addcmul_(d_rows, ones[:, None], value=share)


def _add_product(into: Tensor, left: Tensor, right: Tensor, share: float) -> None:
    """Add a share of a product.

    It is scaled behind the product, since a share of many is too small for half precision.
    """
    if into.dtype == left.dtype:
        into.addmm_(left, right, alpha=share)
    else:
        into.add_(left @ right, alpha=share)


class _OutputLoss(torch.autograd.Function):
    """The loss as one node of the graph, which computes its gradient with itself."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what it hands to backward
        states: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        smoothing: float,
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor]:
        """Compute the loss and, where one is wanted, its gradient."""
        count = max(len(states), 1)
        gradients = None
        if any(ctx.needs_input_grad[:3]):
            gradients = Gradients.zeros(states, weight, bias, 1.0 / count)
        surprises, even = softmax_pass(
            states.to(dtype), weight.to(dtype), bias, targets, gradients, smoothing
        )
        if gradients is not None:
            ctx.save_for_backward(gradients.states, gradients.weight, gradients.bias)
        nll = surprises.sum() / count
        loss = (1.0 - smoothing) * nll + smoothing * even / count
        ctx.mark_non_differentiable(nll)
        return loss, nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - as torch names it
        d_states, d_weight, d_bias = (scaled(each, d_loss) for each in ctx.saved_tensors)
        return d_states, d_weight, d_bias, None, None, None
