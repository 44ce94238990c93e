"""Tag sequences drawn at random by their probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seqtag.decoding.chain import FloatArray, IntArray, Transitions, check_batch
from seqtag.decoding.marginals import forward_backward


def sample(
    emissions: npt.ArrayLike,
    lengths: npt.ArrayLike,
    transitions: Transitions,
    count: int,
    random: np.random.Generator,
) -> IntArray:
    """Draw tag sequences of each sentence: filtered forwards, drawn backwards (Scott 2002).

    Every sequence by itself comes as often as its probability says. Those of one sentence are not
    drawn apart from each other: at a token, where what follows is the same, they share the tags
    out evenly (systematic sampling), so that few of them tell the probabilities of tags well.

    Args:
        emissions: (batch, length, tags) log potentials of the tags; anything at padding.
        lengths: (batch,) number of tokens of each sentence; may be 0.
        transitions: Log potentials of the moves between tags.
        count: Sequences of each sentence, at least 1.
        random: Source of randomness.

    Returns:
        (batch, count, length) tag numbers, 0 at padding.

    Raises:
        ValueError: The shapes do not agree, or ``count`` is less than 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}: it must be at least 1")
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    batch, length, _ = emissions.shape
    alpha = forward_backward(emissions, lengths, transitions).alpha
    strata = np.tile(np.arange(count)[:, None, None], (1, batch, length))
    places = (random.permuted(strata, axis=0) + random.random((batch, length))) / count
    paths = np.zeros((batch, count, length), dtype=np.int64)
    behind = np.zeros((batch, count), dtype=np.int64)  # the tag that follows
    for step in range(length - 1, -1, -1):
        running = np.flatnonzero(lengths > step)
        is_last = (lengths[running] == step + 1)[:, None, None]
        moves = np.where(is_last, transitions.end, transitions.matrix.T[behind[running]])
        tags = draw(alpha[running, step, None, :] + moves, places[:, running, step].T)
        behind[running] = paths[running, :, step] = tags
    return paths


def draw(logs: FloatArray, places: FloatArray) -> IntArray:
    """Return the tag (rows, count) that each place, from 0 to 1, falls on.

    Args:
        logs: (rows, count, tags) logarithms of what is in proportion to probabilities.
        places: (rows, count)
    """
    highest = logs.max(axis=2, keepdims=True)
    weights = np.exp(logs - np.where(np.isfinite(highest), highest, 0.0))
    limits = weights.cumsum(axis=2)
    tags = (limits <= places[:, :, None] * limits[:, :, -1:]).sum(axis=2)
    # What is rounded to the very end belongs to the last tag that is possible.
    last = logs.shape[2] - 1 - (weights[:, :, ::-1] > 0).argmax(axis=2)
    drawn: IntArray = np.minimum(tags, last)
    return drawn
