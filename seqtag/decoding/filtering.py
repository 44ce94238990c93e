"""Which units a text may go on with: distributions with some of their units left out.

Every function takes (rows, units) logarithms of what is in proportion to probabilities and returns
others, in which what is left out is -inf. A row has to have a unit that is possible, and keeps
one; what becomes of it does not depend on the other rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seqtag.config import SamplingConfig
from seqtag.decoding.chain import FloatArray, IntArray
from seqtag.decoding.hypotheses import BoolArray, repeating
from seqtag.decoding.marginals import log_sum_exp

NOTHING = -1
"""Stands in a history where there is no unit."""

_ROUNDING = 1e-9
"""A share that misses a limit by less misses it for rounding alone."""


def filter_logs(
    logs: npt.NDArray[np.floating], history: IntArray, settings: SamplingConfig
) -> FloatArray:
    """Make of what a network says the distribution that units are drawn from.

    First comes what `discourage` does about repetition; then the temperature; then top-k, top-p
    and min-p, each of which sees only what the one before has left.

    Args:
        logs: (rows, units) log-probabilities.
        history: (rows, length) the units of each text so far, the prompt's among them; `NOTHING`
            in front of shorter ones.
        settings: Temperature, penalty and limits.

    Returns:
        (rows, units) log-probabilities of what is left, with a sum of 1.
    """
    found = discourage(logs.astype(np.float64), history, settings)
    found = scale(found, settings.temperature)
    found = keep_top_k(found, settings.top_k)
    found = keep_top_p(found, settings.top_p)
    found = keep_min_p(found, settings.min_p)
    return found - log_sum_exp(found)[:, None]


def discourage(logs: FloatArray, history: IntArray, settings: SamplingConfig) -> FloatArray:
    """Make repetition rarer: units pay the penalty, and n-grams are blocked.

    Args:
        logs: (rows, units) log-probabilities.
        history: (rows, length), as for `filter_logs`.
        settings: The penalty and the length of the n-grams.
    """
    logs = penalize_repetition(logs, history, settings.repetition_penalty)
    if settings.no_repeat_ngram:
        logs = ban(logs, *repeated(history, settings.no_repeat_ngram))
    return logs


def penalize_repetition(logs: FloatArray, history: IntArray, penalty: float) -> FloatArray:
    """Make units rarer that have been there (Keskar et al. 2019, "CTRL", section 4.1).

    There, logits are divided, which makes negative ones more probable. A log-probability is never
    positive, and multiplied by a penalty above 1 it falls.

    Args:
        logs: (rows, units) log-probabilities.
        history: (rows, length), as for `filter_logs`.
        penalty: 1 for none.
    """
    if penalty == 1.0:
        return logs
    row, place = np.nonzero(history != NOTHING)
    number = history[row, place]
    penalized = logs.copy()
    penalized[row, number] = logs[row, number] * penalty
    return penalized


def repeated(history: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Find what would complete an n-gram that its text has already.

    Args:
        history: (rows, length), as for `filter_logs`.
        n: Length of the n-grams, at least 1.

    Returns:
        Two arrays (places,): row and number.
    """
    row, _, number = repeating(history[:, None], n)
    is_unit = number != NOTHING
    return row[is_unit], number[is_unit]


def ban(logs: FloatArray, rows: IntArray, numbers: IntArray) -> FloatArray:
    """Leave out units, except in a row of which nothing would be left.

    Args:
        logs: (rows, units)
        rows: (places,) where something is left out.
        numbers: (places,) what.
    """
    allowed = np.ones(logs.shape, dtype=bool)
    allowed[rows, numbers] = False
    return keep_allowed(logs, allowed)


def keep_allowed(logs: FloatArray, allowed: BoolArray) -> FloatArray:
    """Leave out what is not allowed, except in a row of which nothing would be left.

    Args:
        logs: (rows, units)
        allowed: (rows, units)
    """
    kept = np.where(allowed, logs, -np.inf)
    is_empty = ~(kept > -np.inf).any(axis=1)
    kept[is_empty] = logs[is_empty]
    return kept


def scale(logs: FloatArray, temperature: float) -> FloatArray:
    """Divide by the temperature; at 0 only the most probable unit stays, the first of several."""
    if temperature == 1.0:
        return logs
    if temperature == 0.0:
        return keep_top_k(logs, 1)
    with np.errstate(over="ignore"):  # what is too improbable for a number becomes impossible
        scaled: FloatArray = (logs - logs.max(axis=1, keepdims=True)) / temperature
    return scaled


def keep_top_k(logs: FloatArray, k: int) -> FloatArray:
    """Keep the k most probable units, among equals those of lower numbers; 0 for all."""
    return np.where(_are_highest(logs, k), logs, -np.inf) if 0 < k < logs.shape[1] else logs


def keep_top_p(logs: FloatArray, p: float) -> FloatArray:
    """Keep the nucleus: as few of the most probable units as together have probability p.

    Among equals those of lower numbers come first (Holtzman et al. 2020, "The curious case of
    neural text degeneration").
    """
    if p >= 1.0:
        return logs
    probabilities = np.exp(logs - log_sum_exp(logs)[:, None])
    # All units that are rarer than this have together less than 1 - p: the rest is enough, and few
    # of a large vocabulary have to be sorted.
    least = (1.0 - p) * (1.0 - _ROUNDING) / logs.shape[1]
    kept = np.zeros(logs.shape, dtype=bool)
    for row, shares in enumerate(probabilities):
        numbers = np.flatnonzero(shares >= least)
        numbers = numbers[np.argsort(-logs[row, numbers], kind="stable")]
        count = np.count_nonzero(shares[numbers].cumsum() < p - _ROUNDING) + 1
        kept[row, numbers[:count]] = True
    return np.where(kept, logs, -np.inf)


def keep_min_p(logs: FloatArray, p: float) -> FloatArray:
    """Keep what is at least p times as probable as the best (Nguyen et al. 2024); 0 for all."""
    if p <= 0.0:
        return logs
    least = logs.max(axis=1, keepdims=True) + (math.log(p) - _ROUNDING)
    return np.where(logs >= least, logs, -np.inf)


def highest(logs: FloatArray, count: int) -> IntArray:
    """Return the most probable units of each row.

    Args:
        logs: (rows, units)
        count: How many are wanted, at least 1.

    Returns:
        (rows, count) numbers, best first, among equals the lower number first; fewer where there
        are not so many units.
    """
    count = min(count, logs.shape[1])
    numbers = np.nonzero(_are_highest(logs, count))[1].reshape(len(logs), count)
    values = np.take_along_axis(logs, numbers, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    found: IntArray = np.take_along_axis(numbers, order, axis=1)
    return found


def pad_histories(histories: Sequence[Sequence[int]]) -> IntArray:
    """Return (texts, longest) units of texts, as `filter_logs` takes them."""
    longest = max(map(len, histories), default=0)
    padded = np.full((len(histories), longest), NOTHING, dtype=np.int64)
    for row, history in zip(padded, histories, strict=True):
        row[longest - len(history) :] = history
    return padded


def _are_highest(logs: FloatArray, count: int) -> BoolArray:
    """Return (rows, units), in each row True for exactly ``count`` of the highest values."""
    border = np.partition(logs, -count, axis=1)[:, -count, None]
    above, equal = logs > border, logs == border
    room = count - above.sum(axis=1, keepdims=True)
    kept: BoolArray = above | (equal & (equal.cumsum(axis=1) <= room))
    return kept
