"""The output layer of networks that write, and its loss."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seqtag.layers.deferred import precision

ROWS = 512
"""Steps whose logits are in memory at a time."""


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
    """
    dtype = precision(weight)
    # Products are computed in autocast's precision, the softmax in that of the weights.
    with torch.autocast(states.device.type, enabled=False):
        loss, nll = _OutputLoss.apply(  # type: ignore[no-untyped-call]  # torch's, without types
            states.to(weight.dtype), weight, bias, targets, smoothing, dtype
        )
    return loss, nll


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
        count, size = len(states), len(weight)
        wanted = any(ctx.needs_input_grad[:3])
        d_states = torch.empty_like(states)
        narrow, short = weight.to(dtype), states.to(dtype)
        d_weight, d_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        loss = nll = states.new_zeros(())
        for start in range(0, count, ROWS):
            rows, goal = short[start : start + ROWS], targets[start : start + ROWS, None]
            logits = torch.addmm(bias.to(dtype), rows, narrow.t()).to(weight.dtype)
            norm = torch.logsumexp(logits, dim=1, keepdim=True)
            surprise = (norm - logits.gather(1, goal)).sum()
            nll = nll + surprise
            even = (norm.sum() - logits.mean(dim=1).sum()) if smoothing else 0.0
            loss = loss + (1.0 - smoothing) * surprise + smoothing * even
            if not wanted:
                continue
            # The gradient for the logits is the softmax less the target, in place of the logits.
            d_logits = logits.sub_(norm).exp_()
            if smoothing:
                d_logits.sub_(smoothing / size)
            d_logits.scatter_add_(1, goal, torch.full_like(norm, smoothing - 1.0))
            d_bias.add_(d_logits.sum(dim=0))
            d_short = d_logits.to(dtype)
            d_states[start : start + ROWS] = d_short @ narrow
            d_weight.add_(d_short.t() @ rows)
        # Behind the products, since the shares of many steps are too small for half precision.
        for gradient in (d_states, d_weight, d_bias):
            gradient.mul_(1.0 / count)
        ctx.save_for_backward(d_states, d_weight, d_bias)
        loss, nll = loss / count, nll / count
        ctx.mark_non_differentiable(nll)
        return loss, nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - as torch names it
        d_states, d_weight, d_bias = ctx.saved_tensors
        return d_states * d_loss, d_weight * d_loss, d_bias * d_loss, None, None, None
