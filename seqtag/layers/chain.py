"""The sum over all tag sequences of a linear chain as one node of the graph.

Left to autograd, every step of the forward recursion would be a dozen nodes, each with a gradient
of its own. Here the recursion runs in plain products of probabilities, scaled step by step
(Rabiner 1989, section V.A), and its gradient is what the backward recursion gives: the marginal
probabilities of tags and of pairs of tags.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# A scale below this means that terms may have been lost to underflow.
_UNDERFLOW = {torch.float32: 1e-20, torch.float64: 1e-200}


def log_partition(
    emissions: Tensor, lengths: Tensor, matrix: Tensor, start: Tensor, end: Tensor
) -> Tensor | None:
    """Sum over all tag sequences of each sentence.

    Args:
        emissions: (batch, length, tags); anything finite at padding.
        lengths: (batch,) number of tokens, at least 1.
        matrix: (tags, tags) potentials of the moves from a tag (row) to the next (column).
        start: (tags,) potentials of the first tag.
        end: (tags,) potentials of the last tag.

    Returns:
        (batch,) logarithm of the summed exponentials of all sequences' scores, or None where
        potentials are so far apart that scaled products would lose terms.
    """
    # Double precision has room for potentials that are some hundreds apart; some accelerators
    # have none.
    dtype = torch.float64 if emissions.device.type in ("cpu", "cuda") else emissions.dtype
    values = [tensor.to(dtype) for tensor in (emissions, matrix, start, end)]
    sums: Tensor = _LogPartition.apply(lengths, *values)  # type: ignore[no-untyped-call]  # torch's
    return sums.to(emissions.dtype) if bool(sums.detach().isfinite().all()) else None


class _LogPartition(torch.autograd.Function):
    """Scaled forward recursion, and scaled backward recursion for its gradient.

    Tensors are (length, batch, tags), so that what belongs to a step lies together. Steps behind
    a sentence's end compute something that nothing reads.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what it hands to backward
        lengths: Tensor,
        emissions: Tensor,
        matrix: Tensor,
        start: Tensor,
        end: Tensor,
    ) -> Tensor:
        """Return (batch,) log partitions, NaN everywhere where products underflowed."""
        length = emissions.shape[1]
        highest = emissions.amax(dim=2)
        shifts = [potentials.amax() for potentials in (matrix, start, end)]
        weights = (matrix - shifts[0]).exp()
        emitted = (emissions - highest[:, :, None]).exp().transpose(0, 1).contiguous()
        alphas, scales = torch.empty_like(emitted), emitted.new_empty(*emitted.shape[:2], 1)
        alpha = emitted[0] * (start - shifts[1]).exp()
        for t, (emission, scaled, scale) in enumerate(
            zip(emitted.unbind(0), alphas.unbind(0), scales.unbind(0), strict=True)
        ):
            if t:
                alpha = (alpha @ weights).mul_(emission)
            torch.sum(alpha, dim=1, keepdim=True, out=scale)
            alpha = torch.div(alpha, scale, out=scaled)
        rows = torch.arange(len(lengths), device=lengths.device)
        inside = torch.arange(length, device=lengths.device)[:, None] < lengths
        final = (end - shifts[2]).exp()
        ends = alphas[lengths - 1, rows] @ final
        scales = torch.where(inside, scales[:, :, 0], 1.0)
        ctx.save_for_backward(lengths, weights, emitted, alphas, scales, inside, final, ends)
        sums = scales.log().sum(dim=0) + ends.log() + (lengths - 1) * shifts[0]
        sums = sums + shifts[1] + shifts[2] + (highest.t() * inside).sum(dim=0)
        lowest = torch.minimum(scales.amin(), ends.amin())
        return torch.where(lowest > _UNDERFLOW[emissions.dtype], sums, torch.nan)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's own name for what forward left
        gradient: Tensor,
    ) -> tuple[Tensor | None, ...]:
        """Return the gradients of emissions and potentials: marginals, weighted by ``gradient``."""
        lengths, weights, emitted, alphas, scales, inside, final, ends = ctx.saved_tensors
        length, batch, _ = alphas.shape
        rows = torch.arange(batch, device=lengths.device)
        betas, following = torch.empty_like(alphas), torch.empty_like(alphas)
        last = (final / ends[:, None]).expand(batch, -1)
        is_last = torch.arange(length, device=lengths.device)[:, None, None] == lengths[:, None] - 1
        turned = weights.t()
        # What a step hands to the one before it: its emission and scale, and what comes behind.
        share = emitted / scales[:, :, None]
        beta = torch.zeros_like(last)
        for t in range(length - 1, -1, -1):
            if t < length - 1:
                beta = torch.mul(share[t + 1], beta, out=following[t + 1]) @ turned
            beta = torch.where(is_last[t], last, beta, out=betas[t])
        marginals = torch.where(inside[:, :, None], alphas * betas, 0.0) * gradient[:, None]
        pairs = torch.where(inside[1:, :, None], following[1:], 0.0) * gradient[:, None]
        # Behind a sentence's end all terms may have been lost, which made 0 / 0 of them.
        before = torch.where(inside[:-1, :, None], alphas[:-1], 0.0)
        d_matrix = before.flatten(0, 1).t() @ pairs.flatten(0, 1) * weights
        d_end = marginals[lengths - 1, rows].sum(dim=0)
        return None, marginals.transpose(0, 1), d_matrix, marginals[0].sum(dim=0), d_end
