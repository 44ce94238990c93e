"""What a beam search remembers: every step it took, what has ended, and what would be repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.decoding.chain import FloatArray, IntArray

Weights: TypeAlias = npt.NDArray[np.float32]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = tuple[IntArray, IntArray, IntArray]

_LEAST_COVERED = 1e-10
"""Less attention than this counts as this, as the logarithm of none is not finite."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """A hypothesis that has ended.

    Attributes:
        numbers: The units written, without the end.
        log_probability: Sum of the log-probabilities of its units and of the end.
        score: What hypotheses are ordered by: the log-probability with its penalties.
        attention: (units + 1, source_length) weights of the source at each unit and at the end.
    """

    numbers: list[int]
    log_probability: float
    score: float
    attention: Weights


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """A step of the search, for all sources that took part in it.

    Attributes:
        places: (all sources,) row of each source in this step's arrays; anything for others.
        origins: (sources, beam) for each hypothesis the row of the step before that it continues.
        numbers: (sources, beam) the units that led here.
        attention: (sources, beam, source_length) weights with which the next unit was looked for.
    """

    places: IntArray
    origins: IntArray
    numbers: IntArray
    attention: Weights


@dataclass(slots=True)
class Trail:
    """All steps of a search. Hypotheses share their beginnings and are read from their ends."""

    n_sources: int
    steps: list[_Step] = field(default_factory=list)

    def add(
        self, sources: IntArray, origins: IntArray, numbers: IntArray, attention: Weights
    ) -> None:
        """Remember a step.

        Args:
            sources: (sources,) numbers of the sources that took part, out of ``n_sources``.
            origins: (sources, beam) rows of the step before; anything for the first step.
            numbers: (sources, beam) units that led here; anything for the first step.
            attention: (sources, beam, source_length)
        """
        places = np.zeros(self.n_sources, dtype=np.int64)
        places[sources] = np.arange(len(sources))
        self.steps.append(_Step(places, origins, numbers, attention))

    def trace(self, sources: IntArray, steps: IntArray, rows: IntArray) -> tuple[IntArray, Weights]:
        """Read hypotheses.

        Args:
            sources: (found,) number of each one's source.
            steps: (found,) the step in which each ended, which is the number of its units.
            rows: (found,) its row in this step.

        Returns:
            (found, longest) numbers of their units and (found, longest + 1, source_length) the
            attention at each step, both 0 behind the end.
        """
        longest = int(steps.max(initial=0))
        numbers = np.zeros((len(steps), longest), dtype=np.int64)
        width = self.steps[0].attention.shape[2]
        attention = np.zeros((len(steps), longest + 1, width), dtype=np.float32)
        rows = rows.copy()
        for number in range(longest, -1, -1):
            step = self.steps[number]
            which = np.flatnonzero(steps >= number)
            at = step.places[sources[which]], rows[which]
            weights = step.attention[at]
            attention[which, number, : weights.shape[1]] = weights
            if number:
                numbers[which, number - 1] = step.numbers[at]
                rows[which] = step.origins[at]
        return numbers, attention


class Ended:
    """The hypotheses that have ended, of all sources.

    Args:
        n_sources: Number of sources.
        nbest: How many of each are wanted.

    Attributes:
        counts: (sources,) how many have ended.
        log_probabilities: (sources,) that of the best by score; -inf where none has ended.
    """

    def __init__(self, n_sources: int, nbest: int) -> None:
        self.counts = np.zeros(n_sources, dtype=np.int64)
        self.log_probabilities = np.full(n_sources, -np.inf)
        self._best = np.full((n_sources, nbest), -np.inf)
        self._places: list[tuple[IntArray, IntArray, IntArray]] = []
        self._values: list[tuple[FloatArray, FloatArray]] = []

    def add(
        self,
        step: int,
        sources: IntArray,
        ending: BoolArray,
        log_probabilities: FloatArray,
        scores: FloatArray,
    ) -> None:
        """Take in the hypotheses that end in a step.

        Args:
            step: Number of the step.
            sources: (sources,) numbers of the sources.
            ending: (sources, beam) which hypotheses end.
            log_probabilities: (sources, beam) with the end's.
            scores: (sources, beam)
        """
        source, row = np.nonzero(ending)
        self._places.append((sources[source], np.full(len(row), step), row))
        self._values.append((log_probabilities[ending], scores[ending]))
        self.counts[sources] += ending.sum(axis=1)
        scores = np.where(ending, scores, -np.inf)
        every, first = np.arange(len(sources)), scores.argmax(axis=1)
        leads = scores[every, first] > self._best[sources, 0]
        self.log_probabilities[sources[leads]] = log_probabilities[every, first][leads]
        best = np.concatenate([self._best[sources], scores], axis=1)
        best.sort(axis=1)
        self._best[sources] = best[:, ::-1][:, : self._best.shape[1]]

    def to_beat(self, sources: IntArray) -> FloatArray:
        """Return (sources,) the score of the last of the n best, -inf where there are fewer."""
        scores: FloatArray = self._best[sources, -1]
        return scores

    def best(self, trail: Trail, source_lengths: IntArray) -> list[list[Found]]:
        """Return each source's n best, best first; among equals what ended first.

        Args:
            trail: The steps of the search.
            source_lengths: (sources,) as far as the attention of each source goes.
        """
        source, step, row = (np.concatenate(parts) for parts in zip(*self._places, strict=True))
        total, score = (np.concatenate(parts) for parts in zip(*self._values, strict=True))
        order = np.lexsort((-score, source))  # is stable
        begins = np.searchsorted(source[order], np.arange(len(source_lengths)))
        rank = np.arange(len(order)) - begins[source[order]]
        order = order[rank < self._best.shape[1]]
        source, step = source[order], step[order]
        numbers, attention = trail.trace(source, step, row[order])
        found: list[list[Found]] = [[] for _ in source_lengths]
        for place, (owner, units) in enumerate(zip(source.tolist(), step.tolist(), strict=True)):
            found[owner].append(
                Found(
                    numbers=numbers[place, :units].tolist(),
                    log_probability=float(total[order[place]]),
                    score=float(score[order[place]]),
                    attention=attention[place, : units + 1, : source_lengths[owner]].copy(),
                )
            )
        return found


def length_penalty(length: npt.ArrayLike, strength: float) -> FloatArray:
    """Return what a log-probability is divided by (Wu et al. 2016, equation 14).

    Args:
        length: Number of units, the end included.
        strength: How much length is rewarded; 0 for not at all.
    """
    penalty: FloatArray = ((5.0 + np.asarray(length)) / 6.0) ** strength
    return penalty


def coverage_penalty(covered: FloatArray, source_lengths: IntArray, strength: float) -> FloatArray:
    """Return (sources, beam) what is added to scores for source left out (Wu et al. 2016).

    Args:
        covered: (sources, beam, source_length) sum of the attention over the steps.
        source_lengths: (sources,)
        strength: How much it counts.
    """
    missing = np.log(np.clip(covered, _LEAST_COVERED, 1.0))
    missing *= np.arange(covered.shape[2]) < source_lengths[:, None, None]
    penalty: FloatArray = strength * missing.sum(axis=2)
    return penalty


def repeating(history: IntArray, n: int) -> Places:
    """Find what would complete an n-gram that a hypothesis has written before.

    Args:
        history: (sources, beam, length) the units written by each hypothesis.
        n: Length of the n-grams, at least 1.

    Returns:
        Three arrays (places,): source, row and number that must not be written there.
    """
    length = history.shape[2]
    context = n - 1
    begins = max(0, length - context)  # where an n-gram may have begun
    same = np.ones((*history.shape[:2], begins), dtype=bool)
    for place in range(context if begins else 0):
        last = history[:, :, length - context + place, None]
        same &= history[:, :, place : place + begins] == last
    source, row, begin = np.nonzero(same)
    return source, row, history[source, row, begin + context]
