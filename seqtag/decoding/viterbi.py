"""The best tag sequences of a linear chain."""

from __future__ import annotations

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

_FEW = 16
"""So many values are found sooner by one argmax after the other than by sorting all of them."""


def viterbi(
    emissions: npt.ArrayLike, lengths: npt.ArrayLike, transitions: Transitions
) -> tuple[IntArray, FloatArray]:
    """Find each sentence's best tag sequence (Viterbi 1967).

    Among equals the tag of the lowest number wins, from the last token backwards.

    Args:
        emissions: (batch, length, tags) log potentials of the tags; anything at padding.
        lengths: (batch,) number of tokens of each sentence; may be 0.
        transitions: Log potentials of the moves between tags.

    Returns:
        paths (batch, length), tag numbers, 0 at padding; and scores (batch,), the sum of each
        path's potentials. A sentence for which no path is possible has score -inf and any path;
        one without tokens has score 0.

    Raises:
        ValueError: The shapes do not agree.
    """
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    if transitions.is_free:
        mask = token_mask(lengths, emissions.shape[1])
        paths = np.where(mask, emissions.argmax(axis=2), 0)
        best = emissions.max(axis=2).astype(np.float64)
        return paths, np.where(mask, best, 0.0).sum(axis=1)
    paths = np.zeros(emissions.shape[:2], dtype=np.int64)
    scores = np.zeros(len(lengths))
    for steps in group_by_length(emissions, lengths, transitions.n_tags**2):
        longest = len(steps.emissions)
        group_paths, scores[steps.rows] = _viterbi(steps, transitions)
        paths[steps.rows, :longest] = group_paths.T
    return paths, scores


def nbest(
    emissions: npt.ArrayLike, lengths: npt.ArrayLike, transitions: Transitions, n: int
) -> tuple[IntArray, FloatArray]:
    """Find each sentence's n best tag sequences, exactly.

    Every tag keeps the n best ways to it, so that the n best of the next tag are among them
    (Schwartz and Chow 1990, with tags for words).

    Args:
        emissions: (batch, length, tags) log potentials of the tags; anything at padding.
        lengths: (batch,) number of tokens of each sentence; may be 0.
        transitions: Log potentials of the moves between tags.
        n: How many sequences, at least 1.

    Returns:
        paths (batch, n, length), best first, all different, 0 at padding; and scores (batch, n),
        the sum of each path's potentials. Where fewer than n paths are possible, the rest has
        score -inf and zeros for a path. A sentence without tokens has one path, of score 0.

    Raises:
        ValueError: The shapes do not agree, or n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}: it must be at least 1")
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    paths = np.zeros((len(lengths), n, emissions.shape[1]), dtype=np.int64)
    scores = np.full((len(lengths), n), -np.inf)
    scores[lengths == 0, 0] = 0.0
    n_tags = transitions.n_tags
    cells = n * (min(n, n_tags) if transitions.is_free else n_tags**2)
    for steps in group_by_length(emissions, lengths, cells):
        longest = len(steps.emissions)
        if transitions.is_free:
            group_paths, scores[steps.rows] = _nbest_free(steps, n)
        else:
            group_paths, scores[steps.rows] = _nbest(steps, transitions, n)
        paths[steps.rows, :, :longest] = group_paths.transpose(1, 2, 0)
    paths[np.isneginf(scores)] = 0
    return paths, scores


def _viterbi(steps: Steps, transitions: Transitions) -> tuple[IntArray, FloatArray]:
    """Return (length, rows) the best paths and (rows,) their scores."""
    length, rows, n_tags = steps.emissions.shape
    # (tags, rows) of the best ways to each tag: with the sentences last, all is done in long runs.
    # Where a way comes from is found again on the way back, for those of the best path alone.
    ways = np.empty((length, n_tags, rows))
    ways[0] = (transitions.start + steps.emissions[0]).T
    candidates = np.empty((n_tags, n_tags, rows))  # [from, to]
    for step in range(1, length):
        running = steps.running[step]
        reached = candidates[:, :, :running]
        np.add(ways[step - 1, :, None, :running], transitions.matrix[:, :, None], out=reached)
        best = np.maximum.reduce(reached, axis=0, out=ways[step, :, :running])
        best += steps.emissions[step, :running].T
    every = np.arange(rows)
    scores = ways[steps.lengths - 1, :, every] + transitions.end
    tag = scores.argmax(axis=1)
    paths = np.zeros((length, rows), dtype=np.int64)
    for step in range(length - 1, 0, -1):
        running = steps.running[step]
        following = tag[:running]
        paths[step, :running] = following
        origins = ways[step - 1, :, :running] + transitions.matrix[:, following]
        tag[:running] = origins.argmax(axis=0)
    paths[0] = tag
    return paths, scores[every, scores.argmax(axis=1)]


def _nbest(steps: Steps, transitions: Transitions, n: int) -> tuple[IntArray, FloatArray]:
    """Return (length, rows, n) the best paths and (rows, n) their scores."""
    length, rows, n_tags = steps.emissions.shape
    into = transitions.matrix.T[None, :, :, None]  # [to, from]
    # A way to a tag has number tag * n + rank. Where each comes from:
    origins = np.zeros((length, rows, n_tags * n), dtype=np.min_scalar_type(n_tags * n - 1))
    scores = np.full((rows, n_tags, n), -np.inf)
    scores[:, :, 0] = transitions.start + steps.emissions[0]
    for step in range(1, length):
        running = steps.running[step]
        candidates = scores[:running, None] + into  # (running, to, from, rank)
        best, origin = _highest(candidates.reshape(running, n_tags, n_tags * n), n)
        origins[step, :running] = origin.reshape(running, n_tags * n)
        scores[:running] = best + steps.emissions[step, :running, :, None]
    scores += transitions.end[:, None]
    best, way = _highest(scores.reshape(rows, n_tags * n), n)
    every = np.arange(rows)[:, None]
    paths = np.zeros((length, rows, n), dtype=np.int64)
    for step in range(length - 1, 0, -1):
        running = steps.running[step]
        paths[step, :running] = way[:running] // n
        way[:running] = origins[step, every[:running], way[:running]]
    paths[0] = way // n
    return paths, best


def _nbest_free(steps: Steps, n: int) -> tuple[IntArray, FloatArray]:
    """Do the same for free transitions, where a path's last tag does not matter for the next."""
    length, rows, n_tags = steps.emissions.shape
    kept = min(n, n_tags)
    potentials, tags = _highest(steps.emissions.copy(), kept)  # (length, rows, kept)
    # Extending the path of rank r by the tag of rank k has number r * kept + k.
    choices = np.zeros((length, rows, n), dtype=np.min_scalar_type(n * kept - 1))
    scores = np.full((rows, n), -np.inf)
    scores[:, 0] = 0.0
    for step in range(length):
        running = steps.running[step]
        candidates = scores[:running, :, None] + potentials[step, :running, None, :]
        best, choice = _highest(candidates.reshape(running, n * kept), n)
        choices[step, :running] = choice
        scores[:running] = best
    every = np.arange(rows)[:, None]
    rank = np.tile(np.arange(n), (rows, 1))
    paths = np.zeros((length, rows, n), dtype=np.int64)
    for step in range(length - 1, -1, -1):
        running = steps.running[step]
        choice = choices[step, every[:running], rank[:running]]
        paths[step, :running] = tags[step, every[:running], choice % kept]
        rank[:running] = choice // kept
    return paths, scores


def _highest(values: FloatArray, count: int) -> tuple[FloatArray, IntArray]:
    """Return the ``count`` highest values of the last axis and their indices, highest first.

    Among equals the lowest index comes first, so that the best of n is what an argmax finds. The
    array given is overwritten.
    """
    if count > _FEW:
        indices = np.argsort(-values, axis=-1, kind="stable")[..., :count]
        return np.take_along_axis(values, indices, axis=-1), indices
    flat = values.reshape(-1, values.shape[-1])
    every = np.arange(len(flat))
    best = np.empty((len(flat), count))
    indices = np.empty((len(flat), count), dtype=np.int64)
    for rank in range(count):
        index = flat.argmax(axis=1)
        indices[:, rank] = index
        best[:, rank] = flat[every, index]
        flat[every, index] = -np.inf
    shape = (*values.shape[:-1], count)
    return best.reshape(shape), indices.reshape(shape)
