"""Heads that give every token a tag: softmax, and linear-chain CRF (Lafferty et al. 2001)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

FORBIDDEN = -1e4
"""Potential of a transition that the tag scheme forbids.

Finite, so that no gradient becomes NaN, and so low that its probability is zero in float32.
"""

# Sums of exponentials below this may have lost terms to underflow and are done again with care.
_UNDERFLOW = 1e-30


class Transitions(nn.Module):
    """Which tag may follow which, as potentials: 0 where allowed, `FORBIDDEN` elsewhere.

    Args:
        allowed: (tags, tags) whether a tag (column) may follow a tag (row).
        allowed_start: (tags,) whether a sequence may begin with a tag.
        allowed_end: (tags,) whether a sequence may end with a tag.
    """

    forbidden: Tensor
    forbidden_start: Tensor
    forbidden_end: Tensor

    def __init__(
        self,
        allowed: Sequence[Sequence[bool]],
        allowed_start: Sequence[bool],
        allowed_end: Sequence[bool],
    ) -> None:
        super().__init__()
        for name, value in (
            ("forbidden", allowed),
            ("forbidden_start", allowed_start),
            ("forbidden_end", allowed_end),
        ):
            # On the CPU even where the weights are still without storage (device "meta").
            mask = ~torch.tensor(value, dtype=torch.bool, device="cpu")
            self.register_buffer(name, mask * FORBIDDEN, persistent=False)

    def potentials(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return (tags, tags) transition, (tags,) start and (tags,) end potentials."""
        return self.forbidden, self.forbidden_start, self.forbidden_end


class SoftmaxHead(nn.Module):
    """Every token's tag on its own; transitions only rule out what the scheme forbids.

    Args:
        input_size: Size of a token's state.
        transitions: Potentials for decoding.
    """

    def __init__(self, input_size: int, transitions: Transitions) -> None:
        super().__init__()
        self.projection = nn.Linear(input_size, len(transitions.forbidden))
        self.transitions = transitions

    def forward(self, states: Tensor) -> Tensor:
        """Map states (batch, length, input) to emissions (batch, length, tags)."""
        emissions: Tensor = self.projection(states)
        return emissions

    def potentials(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return (tags, tags) transition, (tags,) start and (tags,) end potentials."""
        return self.transitions.potentials()

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the batch's summed negative log-likelihood; arguments as for `CRFHead.loss`."""
        mask = _mask(lengths, tags.shape[1])
        return functional.cross_entropy(emissions[mask], tags[mask], reduction="sum")


class CRFHead(SoftmaxHead):
    """Linear-chain conditional random field: a sentence's tags are chosen together.

    Args:
        input_size: Size of a token's state.
        transitions: What the scheme allows.
    """

    def __init__(self, input_size: int, transitions: Transitions) -> None:
        super().__init__(input_size, transitions)
        self.matrix = nn.Parameter(torch.zeros(transitions.forbidden.shape))
        self.start = nn.Parameter(torch.zeros(transitions.forbidden_start.shape))
        self.end = nn.Parameter(torch.zeros(transitions.forbidden_end.shape))

    def potentials(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return (tags, tags) transition, (tags,) start and (tags,) end potentials."""
        matrix, start, end = super().potentials()
        return self.matrix + matrix, self.start + start, self.end + end

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Sum over all tag sequences by the forward recursion.

        Args:
            emissions: (batch, length, tags)
            lengths: (batch,) number of tokens, at least 1.

        Returns:
            (batch,) logarithm of the summed exponentials of all sequences' scores.
        """
        matrix, start, end = self.potentials()
        # With the highest terms taken out, a product of matrices does without temporaries of
        # (batch, tags, tags), which makes it many times faster than a log-sum-exp.
        shift = matrix.detach().amax(dim=0)
        weights = (matrix - shift).exp()
        alpha = start + emissions[:, 0]
        for t in range(1, emissions.shape[1]):
            highest = alpha.detach().amax(dim=1, keepdim=True)
            sums = (alpha - highest).exp() @ weights
            if sums.min() < _UNDERFLOW:
                moved = torch.logsumexp(alpha[:, :, None] + matrix, dim=1)
            else:
                moved = sums.log() + highest + shift
            alpha = torch.where((t < lengths)[:, None], moved + emissions[:, t], alpha)
        return torch.logsumexp(alpha + end, dim=1)

    def score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Score one tag sequence for each sentence.

        Args:
            emissions: (batch, length, tags)
            tags: (batch, length) tag numbers; at padding any valid number.
            lengths: (batch,) number of tokens, at least 1.

        Returns:
            (batch,) sum of the potentials along the sequence.
        """
        matrix, start, end = self.potentials()
        rows = torch.arange(len(lengths), device=tags.device)
        mask = _mask(lengths, tags.shape[1])
        emitted = emissions.gather(2, tags[:, :, None]).squeeze(2)
        moved = matrix[tags[:, :-1], tags[:, 1:]]
        total = (emitted * mask).sum(dim=1) + (moved * mask[:, 1:]).sum(dim=1)
        return total + start[tags[:, 0]] + end[tags[rows, lengths - 1]]

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the batch's summed negative log-likelihood.

        Args:
            emissions: (batch, length, tags)
            tags: (batch, length) tag numbers; at padding any valid number.
            lengths: (batch,) number of tokens, at least 1.
        """
        scores = self.score(emissions, tags, lengths)
        return (self.log_partition(emissions, lengths) - scores).sum()


def _mask(lengths: Tensor, max_length: int) -> Tensor:
    """Return (batch, max_length), True where there is a token."""
    return torch.arange(max_length, device=lengths.device)[None, :] < lengths[:, None]
