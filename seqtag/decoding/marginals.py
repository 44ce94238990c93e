"""Sums over all tag sequences of a linear chain: partition, marginal probabilities of tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.decoding.chain import (
    FloatArray,
    IntArray,
    Steps,
    Transitions,
    check_batch,
    group_by_length,
    token_mask,
)

# Sums of exponentials below this may have lost terms to underflow and are done again with care.
_UNDERFLOW = 1e-250
_LOWEST = -1e300  # in place of -inf where it would be subtracted from itself


@dataclass(frozen=True, eq=False)
class Trellis:
    """What forward and backward recursion leave behind (Rabiner 1989, section III).

    Attributes:
        alpha: (batch, length, tags) log of the summed exponentials of all ways from the start to a
            tag, its emission included; -inf at padding.
        beta: (batch, length, tags) the same from a tag to the end, its emission left out; -inf at
            padding.
        log_partition: (batch,) the same for whole paths; 0 for a sentence without tokens. A path
            of score s has probability ``exp(s - log_partition)``.
    """

    alpha: FloatArray
    beta: FloatArray
    log_partition: FloatArray

    def marginals(self) -> FloatArray:
        """Return (batch, length, tags), the probability of each tag at each token.

        Zero at padding, and in sentences for which no path is possible.
        """
        return _softmax(self.alpha + self.beta)


def forward_backward(
    emissions: npt.ArrayLike, lengths: npt.ArrayLike, transitions: Transitions
) -> Trellis:
    """Sum over all tag sequences of each sentence.

    Args:
        emissions: (batch, length, tags) log potentials of the tags; anything at padding.
        lengths: (batch,) number of tokens of each sentence; may be 0.
        transitions: Log potentials of the moves between tags.

    Raises:
        ValueError: The shapes do not agree.
    """
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    if transitions.is_free:
        return _independent_tokens(emissions, lengths)
    alpha = np.full(emissions.shape, -np.inf)
    beta = np.full(emissions.shape, -np.inf)
    log_partition = np.zeros(len(lengths))
    forward = LogMatrix(transitions.matrix)
    backward = LogMatrix(transitions.matrix.T)
    for steps in group_by_length(emissions, lengths, transitions.n_tags):
        longest = len(steps.emissions)
        ways = _forward(steps, transitions.start, forward)
        alpha[steps.rows, :longest] = ways.swapaxes(0, 1)
        beta[steps.rows, :longest] = _backward(steps, transitions.end, backward).swapaxes(0, 1)
        last = ways[steps.lengths - 1, np.arange(len(steps.rows))]
        log_partition[steps.rows] = log_sum_exp(last + transitions.end)
    return Trellis(alpha, beta, log_partition)


def marginals(
    emissions: npt.ArrayLike, lengths: npt.ArrayLike, transitions: Transitions
) -> FloatArray:
    """Return (batch, length, tags), the probability of each tag at each token; zero at padding.

    The same as ``forward_backward(...).marginals()``, and a plain softmax where transitions are
    free.

    Raises:
        ValueError: The shapes do not agree.
    """
    if not transitions.is_free:
        return forward_backward(emissions, lengths, transitions).marginals()
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    mask = token_mask(lengths, emissions.shape[1])
    return _softmax(np.where(mask[:, :, None], emissions, -np.inf).astype(np.float64))


class LogMatrix:
    """A matrix of log potentials, ready to be multiplied with rows of logarithms.

    The product of exponentials is an ordinary matrix product once the highest term of each row
    and column is taken out, and that is many times faster than a log-sum-exp for each pair of
    tags. Sums so small that terms may have been lost are repeated as such.

    Args:
        matrix: (from, to) log potentials; may hold -inf.
    """

    def __init__(self, matrix: FloatArray) -> None:
        self._matrix = matrix
        self._shift = matrix.max(axis=0, initial=_LOWEST)
        self._exponentials = np.exp(matrix - self._shift)
        self._possible = np.isfinite(matrix).astype(np.float64)

    def product(self, rows: FloatArray) -> FloatArray:
        """Return the log of the product of exponentials.

        Args:
            rows: (rows, from) logarithms; may hold -inf.

        Returns:
            (rows, to) ``log(sum(exp(rows + matrix)))`` over all ``from``, -inf for an empty sum.
        """
        shift = rows.max(axis=1, keepdims=True, initial=_LOWEST)
        sums = np.exp(rows - shift) @ self._exponentials
        with np.errstate(divide="ignore"):
            logs: FloatArray = np.log(sums) + (shift + self._shift)
        if sums.size and sums.min() < _UNDERFLOW:
            # Most zeros stand for moves that are impossible, and those are right.
            doubtful = (sums < _UNDERFLOW) & (np.isfinite(rows) @ self._possible > 0)
            row, to = np.nonzero(doubtful)
            logs[row, to] = log_sum_exp(rows[row] + self._matrix.T[to])
        return logs


def log_sum_exp(values: FloatArray) -> FloatArray:
    """Return ``log(sum(exp(values)))`` over the last axis; -inf where all values are."""
    shift = values.max(axis=-1, initial=_LOWEST)
    with np.errstate(divide="ignore"):
        logs: FloatArray = np.log(np.exp(values - shift[..., None]).sum(axis=-1)) + shift
    return logs


def _softmax(values: FloatArray) -> FloatArray:
    """Return the last axis's exponentials divided by their sum; zeros where all are -inf."""
    weights = np.exp(values - values.max(axis=-1, keepdims=True, initial=_LOWEST))
    sums = weights.sum(axis=-1, keepdims=True)
    probabilities: FloatArray = weights / np.where(sums > 0, sums, 1.0)
    return probabilities


def _forward(steps: Steps, start: FloatArray, matrix: LogMatrix) -> FloatArray:
    """Return alpha (length, rows, tags)."""
    alpha = np.full(steps.emissions.shape, -np.inf)
    alpha[0] = start + steps.emissions[0]
    for step in range(1, len(alpha)):
        running = steps.running[step]
        reached = matrix.product(alpha[step - 1, :running])
        np.add(reached, steps.emissions[step, :running], out=alpha[step, :running])
    return alpha


def _backward(steps: Steps, end: FloatArray, matrix: LogMatrix) -> FloatArray:
    """Return beta (length, rows, tags); ``matrix`` leads from a tag to the one before."""
    beta = np.full(steps.emissions.shape, -np.inf)
    beta[steps.lengths - 1, np.arange(len(steps.rows))] = end
    for step in range(len(beta) - 1, 0, -1):
        running = steps.running[step]
        following = steps.emissions[step, :running] + beta[step, :running]
        beta[step - 1, :running] = matrix.product(following)
    return beta


def _independent_tokens(emissions: npt.NDArray[np.floating], lengths: IntArray) -> Trellis:
    """Return the trellis of free transitions: each token adds its own log-sum-exp."""
    mask = token_mask(lengths, emissions.shape[1])
    potentials = np.where(mask[:, :, None], emissions, 0.0).astype(np.float64)
    before = np.zeros((len(lengths), emissions.shape[1] + 1))
    np.cumsum(np.where(mask, log_sum_exp(potentials), 0.0), axis=1, out=before[:, 1:])
    log_partition = before[:, -1]
    alpha = np.where(mask[:, :, None], potentials + before[:, :-1, None], -np.inf)
    after = np.where(mask, log_partition[:, None] - before[:, 1:], -np.inf)
    beta = np.repeat(after[:, :, None], emissions.shape[2], axis=2)
    return Trellis(alpha, beta, log_partition)
