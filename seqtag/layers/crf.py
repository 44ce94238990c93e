"""Heads that give every token a tag: softmax, and linear-chain CRF (Lafferty et al. 2001)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.config import FORBIDDEN
from seqtag.layers import chain

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

    def loss(
        self,
        emissions: Tensor,
        tags: Tensor,
        lengths: Tensor,
        *,
        weights: Tensor | None = None,
        smoothing: float = 0.0,
        drawn: Tensor | None = None,
        share: float = 0.0,
    ) -> Tensor:
        """Return the batch's summed negative log-likelihood, in full precision.

        With weights or smoothing it is `torch.nn.functional.cross_entropy` with these. With tag
        sequences drawn from other models it is the cross-entropy with these models (Hinton et al.
        2015) to the share given, and with the right tags to the rest; then there must be neither
        weights nor smoothing.

        Args:
            emissions: (batch, length, tags)
            tags: (batch, length) tag numbers; at padding any valid number.
            lengths: (batch,) number of tokens, at least 1.
            weights: (tags,) how much a token with each tag counts; None for 1.
            smoothing: Share of the target that all tags have in common (Szegedy et al. 2016).
            drawn: (batch, count, length) tag sequences that other models gave, or None.
            share: Share of the target that these have.

        Raises:
            ValueError: Weights or smoothing are given together with drawn sequences.
        """
        _check_target(weights, smoothing, drawn)
        mask = _mask(lengths, tags.shape[1])
        with torch.autocast(emissions.device.type, enabled=False):
            target = tags[mask]
            if drawn is not None:
                others = drawn.transpose(1, 2)[mask]
                target = functional.one_hot(target, emissions.shape[2]) * (1.0 - share)
                target.scatter_add_(
                    1, others, target.new_full((), share / others.shape[1]).expand_as(others)
                )
            return functional.cross_entropy(
                _in_full(emissions[mask]),
                target,
                weight=weights,
                label_smoothing=smoothing,
                reduction="sum",
            )


class CRFHead(SoftmaxHead):
    """Linear-chain conditional random field: a sentence's tags are chosen together.

    Read from right to left a chain's tags are a Markov chain, so that the likelihood of a
    sentence is a product over its tokens,

        p(y | x) = p(y_n | x) p(y_n-1 | y_n, x) ... p(y_1 | y_2, x),

    whose terms follow from the sums over the beginnings of all tag sequences. This is what weights
    of tags are applied to: a token's term counts as often as its tag's weight says. Each term is a
    probability, so that however tokens are weighted, the loss is never below 0 and is lowest where
    the right tags are certain. (The weighted terms of de Lannoy et al. 2012, "Weighted conditional
    random fields for supervised interpatient heartbeat classification", are ratios of partition
    functions instead, and the loss has no lowest value.)

    Smoothed, every token's target is shared among all tags as in a softmax, but for sequences that
    the scheme forbids: the target is the distribution over valid sequences in proportion to the
    product of their tokens' shares, and the loss is the mean over it. Where no move is forbidden
    and none is preferred, weights and smoothing do what they do in `SoftmaxHead`.

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
        sums = chain.log_partition(emissions, lengths, *self.potentials())
        return self._finish(self._beginnings(emissions, lengths)) if sums is None else sums

    def _beginnings(self, emissions: Tensor, lengths: Tensor) -> list[Tensor]:
        """Sum over the beginnings of all tag sequences.

        Returns:
            For each position (batch, tags) the logarithm of the summed exponentials of the scores
            of all beginnings that end there with a tag; behind a sentence's end those of its end.
        """
        matrix, start, _ = self.potentials()
        # With the highest terms taken out, a product of matrices does without temporaries of
        # (batch, tags, tags), which makes it many times faster than a log-sum-exp.
        shift = matrix.detach().amax(dim=0)
        weights = (matrix - shift).exp()
        alpha = start + emissions[:, 0]
        alphas = [alpha]
        for t in range(1, emissions.shape[1]):
            highest = alpha.detach().amax(dim=1, keepdim=True)
            sums = (alpha - highest).exp() @ weights
            if sums.min() < _UNDERFLOW:
                moved = torch.logsumexp(alpha[:, :, None] + matrix, dim=1)
            else:
                moved = sums.log() + highest + shift
            alpha = torch.where((t < lengths)[:, None], moved + emissions[:, t], alpha)
            alphas.append(alpha)
        return alphas

    def _finish(self, alphas: Sequence[Tensor]) -> Tensor:
        """Return (batch,) the logarithm of the partition function from `_beginnings`."""
        _, _, end = self.potentials()
        return torch.logsumexp(alphas[-1] + end, dim=1)

    def score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Score one tag sequence for each sentence.

        Args:
            emissions: (batch, length, tags)
            tags: (batch, length) tag numbers; at padding any valid number.
            lengths: (batch,) number of tokens, at least 1.

        Returns:
            (batch,) sum of the potentials along the sequence.
        """
        emitted, moved, first, last = self._path(emissions, tags, lengths)
        return emitted.sum(dim=1) + moved.sum(dim=1) + first + last

    def _path(
        self, emissions: Tensor, tags: Tensor, lengths: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the potentials along a tag sequence, 0 at padding.

        Returns:
            (batch, length) emissions, (batch, length - 1) transitions, (batch,) start and end.
        """
        matrix, start, end = self.potentials()
        rows = torch.arange(len(lengths), device=tags.device)
        mask = _mask(lengths, tags.shape[1])
        emitted = emissions.gather(2, tags[:, :, None]).squeeze(2)
        moved = matrix[tags[:, :-1], tags[:, 1:]]
        last = end[tags[rows, lengths - 1]]
        return emitted * mask, moved * mask[:, 1:], start[tags[:, 0]], last

    def loss(
        self,
        emissions: Tensor,
        tags: Tensor,
        lengths: Tensor,
        *,
        weights: Tensor | None = None,
        smoothing: float = 0.0,
        drawn: Tensor | None = None,
        share: float = 0.0,
    ) -> Tensor:
        """Return the batch's summed negative log-likelihood; arguments as in `SoftmaxHead.loss`."""
        _check_target(weights, smoothing, drawn)
        with torch.autocast(emissions.device.type, enabled=False):
            emissions = _in_full(emissions)
            if weights is None and not smoothing:
                score = self.score(emissions, tags, lengths)
                if drawn is not None:
                    paths = drawn.unbind(1)
                    others = [self.score(emissions, path, lengths) for path in paths]
                    score = (1.0 - share) * score + share * torch.stack(others).mean(dim=0)
                return (self.log_partition(emissions, lengths) - score).sum()
            alphas = self._beginnings(emissions, lengths)
            if weights is None or smoothing:
                losses = self._smoothed(alphas, emissions, tags, lengths, weights, smoothing)
            else:
                losses = self._weighted(alphas, emissions, tags, lengths, weights)
            return losses.sum()

    def _weighted(
        self,
        alphas: Sequence[Tensor],
        emissions: Tensor,
        tags: Tensor,
        lengths: Tensor,
        weights: Tensor,
    ) -> Tensor:
        """Return (batch,) the weighted negative log-likelihood of one tag sequence a sentence.

        With weights of 1 it is what `_finish` returns less the score: the terms are sorted so that
        the sums over beginnings cancel where neighbours weigh the same.
        """
        emitted, moved, first, last = self._path(emissions, tags, lengths)
        rows = torch.arange(len(lengths), device=tags.device)
        mask = _mask(lengths, tags.shape[1])
        own = weights[tags]
        # The term of a token holds the move from it and the emission of its right neighbour.
        left = torch.cat([own[:, :1], own[:, :-1]], dim=1)
        final = own[rows, lengths - 1]
        gold = torch.stack(list(alphas), dim=1).gather(2, tags[:, :, None]).squeeze(2)
        score = (left * emitted).sum(dim=1) + (own[:, :-1] * moved).sum(dim=1)
        score = score + own[:, 0] * first + final * last
        score = score + ((own - left) * gold * mask).sum(dim=1)
        return final * self._finish(alphas) - score

    def _smoothed(
        self,
        alphas: Sequence[Tensor],
        emissions: Tensor,
        tags: Tensor,
        lengths: Tensor,
        weights: Tensor | None,
        smoothing: float,
    ) -> Tensor:
        """Return (batch,) the mean of `_weighted` over the sequences of the smoothed target.

        Beside the share of the target's beginnings that end with a tag, the recursion carries
        their mean log-likelihood (a first-order expectation semiring, Eisner 2002).
        """
        matrix, _, end = self.potentials()
        rules = self.transitions
        allowed = (rules.forbidden == 0).to(emissions.dtype)
        weights = torch.ones_like(allowed[0]) if weights is None else weights
        moves = allowed * weights[:, None] * matrix
        n_tags = emissions.shape[2]
        target = functional.one_hot(tags, n_tags).to(emissions.dtype)
        target = (1.0 - smoothing) * target + smoothing / n_tags
        shares = _normalized(target[:, 0] * (rules.forbidden_start == 0))
        means = torch.zeros_like(shares)
        for t in range(1, emissions.shape[1]):
            reached = shares @ allowed
            moved = (shares * (means + weights * alphas[t - 1])) @ allowed + shares @ moves
            moved = moved + (shares * weights) @ allowed * (emissions[:, t] - alphas[t])
            # Where nothing leads, both are 0.
            moved = moved / reached.clamp_min(_UNDERFLOW)
            inside = (t < lengths)[:, None]
            means = torch.where(inside, moved, means)
            shares = torch.where(inside, _normalized(reached * target[:, t]), shares)
        shares = _normalized(shares * (rules.forbidden_end == 0))
        final = alphas[-1] + end - self._finish(alphas)[:, None]
        return -(shares * (means + weights * final)).sum(dim=1)


def _check_target(weights: Tensor | None, smoothing: float, drawn: Tensor | None) -> None:
    """Refuse a target that is made in two ways at once.

    Raises:
        ValueError: It is.
    """
    if drawn is not None and (weights is not None or smoothing):
        raise ValueError("drawn sequences go with neither weights nor smoothing")


def _normalized(shares: Tensor) -> Tensor:
    """Return shares (batch, tags) whose sum is 1."""
    return shares / shares.sum(dim=1, keepdim=True)


def _mask(lengths: Tensor, max_length: int) -> Tensor:
    """Return (batch, max_length), True where there is a token."""
    return torch.arange(max_length, device=lengths.device)[None, :] < lengths[:, None]


def _in_full(values: Tensor) -> Tensor:
    """Return values in single precision where they are in half, else as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
