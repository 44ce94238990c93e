"""Beam search for the sequences that a network finds most probable, many sources at once.

The network is seen through one protocol: it tells the best next units of some hypotheses, and
keeps the hypotheses that it is told to keep. All sources take their steps together; in each the
work is a fixed number of calls of NumPy over all of them. A beam of one hypothesis is the greedy
search.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from seqtag.config import GONE, SearchConfig
from seqtag.decoding.chain import FloatArray, IntArray
from seqtag.decoding.hypotheses import (
    BoolArray,
    Ended,
    Found,
    Places,
    Trail,
    Weights,
    coverage_penalty,
    length_penalty,
    repeating,
)
from seqtag.errors import ConfigError

States = TypeVar("States")

_DROPPED_SHARE = 16
"""Sources are dropped once one in so many is done: a network copies much to keep the others."""


class Candidates(NamedTuple, Generic[States]):
    """The best next units of some hypotheses.

    Attributes:
        numbers: (sources, beam, count) the units, best first, among equals the lowest number
            first; never the end, padding or the start. ``count`` is less than what was asked for
            where the vocabulary is that small.
        log_probabilities: (sources, beam, count) theirs, out of the whole vocabulary: what is
            banned keeps its share. -inf for what is banned, if too little else is left.
        end: (sources, beam) log-probability of the end.
        attention: (sources, beam, source_length) weights of the source in this step. The length
            may fall when sources are dropped.
        states: The states after this step, of all hypotheses.
    """

    numbers: npt.NDArray[np.int64]
    log_probabilities: npt.NDArray[np.floating]
    end: npt.NDArray[np.floating]
    attention: Weights
    states: States


class Network(Protocol[States]):
    """What a search asks of a network."""

    def advance(
        self, states: States, tokens: IntArray, *, count: int, banned: Places | None
    ) -> tuple[
        npt.NDArray[np.int64],
        npt.NDArray[np.floating],
        npt.NDArray[np.floating],
        Weights,
        States,
    ]:
        """Read a unit with each hypothesis, and tell what may follow.

        Args:
            states: The states of all hypotheses.
            tokens: (sources, beam) the units to be read: the start, or what was written last.
            count: How many candidates are wanted for each.
            banned: Three arrays (places,): source, row and number that must not be a candidate
                there, fit for ``log_probabilities[banned] = -inf``; or None.

        Returns:
            The parts of `Candidates`, in their order.
        """

    def select(self, states: States, sources: IntArray, rows: IntArray) -> States:
        """Keep some sources and, of each, some hypotheses.

        Args:
            states: What `advance` returned.
            sources: (kept,) rising rows of the sources to keep.
            rows: (kept, beam) for each of their new hypotheses the row of the one that it
                continues, or `seqtag.config.GONE` where there is none, of which anything may be
                said from then on. The beam may be wider than before, and a row may come several
                times.
        """


def search(
    network: Network[States],
    states: States,
    source_lengths: npt.ArrayLike,
    settings: SearchConfig,
    *,
    start: int,
    nbest: int = 1,
) -> list[list[Found]]:
    """Find each source's best sequences.

    In each step a source's hypotheses are continued by the most probable units, as many as the
    beam is wide. The end counts as one of these: a hypothesis ends where its end is among the best
    of the step. Those that have ended are ordered by log P / lp + cp (Wu et al. 2016, "Google's
    Neural Machine Translation System", equation 14), lp for their length and cp for the source
    that they cover. A source is done when no other can beat its n best; or when as many hypotheses
    have ended as the beam is wide, and the best of them is more probable than all that go on. Among
    equals the end comes first, then the better hypothesis, then the lower number.

    A hypothesis as long as may be, or that nothing may follow, ends there, whatever its end's
    probability and the least length.

    Args:
        network: Tells what may follow.
        states: Its states before the first step, one hypothesis a source.
        source_lengths: (sources,) as many places of each source the attention is for, the last of
            them the source's end.
        settings: The width of the beam, penalties, limits of length and n-grams to be blocked.
        start: Number of the unit that is read first.
        nbest: How many sequences are wanted.

    Returns:
        For each source its best sequences, best first, all different: at least one, and at most
        ``nbest``. What a source gets does not depend on the others.

    Raises:
        ConfigError: ``nbest`` is less than 1 or more than the beam is wide.
    """
    if not 1 <= nbest <= settings.beam:
        raise ConfigError(
            f"nbest is {nbest}: it must be between 1 and search.beam, which is {settings.beam}"
        )
    lengths = np.asarray(source_lengths, dtype=np.int64)
    if not len(lengths):
        return []
    beam = _Beam(lengths, settings, nbest)
    tokens = np.full((len(lengths), 1), start, dtype=np.int64)
    while True:
        found = Candidates(
            *network.advance(states, tokens, count=settings.beam, banned=beam.banned())
        )
        sources, rows, is_same = beam.step(found)
        if not len(sources):
            return beam.ended.best(beam.trail, lengths)
        states = found.states if is_same else network.select(found.states, sources, rows)
        tokens = beam.numbers


class _Beam:
    """The hypotheses of the sources that are not done, and what is known of them.

    Attributes:
        trail: All steps so far.
        ended: The hypotheses that have ended.
        numbers: (sources, beam) the unit that each hypothesis wrote last.
    """

    def __init__(self, source_lengths: IntArray, settings: SearchConfig, nbest: int) -> None:
        count = len(source_lengths)
        self.trail = Trail(count)
        self.ended = Ended(count, nbest)
        self._settings = settings
        self._nbest = nbest
        self._lengths = source_lengths
        limits = np.maximum(2 * (source_lengths - 1) + 20, settings.min_length)
        self._limits = np.full(count, settings.max_length) if settings.max_length else limits
        self._longest = length_penalty(self._limits + 1, settings.length_penalty)
        self._step = 0
        self._sources = np.arange(count)
        self._totals = np.zeros((count, 1))  # log-probabilities; -inf where there is no hypothesis
        self._rows = self.numbers = np.zeros((count, 1), dtype=np.int64)
        self._history = np.zeros((count, 1, 0), dtype=np.int64)
        self._covered = np.zeros((count, 1, 1))

    def banned(self) -> Places | None:
        """Return what must not be written in the next step, as `Network.advance` takes it."""
        if not 0 < self._settings.no_repeat_ngram <= self._step:
            return None
        return repeating(self._history, self._settings.no_repeat_ngram)

    def step(self, found: Candidates[States]) -> tuple[IntArray, IntArray, bool]:
        """Take the best of the candidates.

        Returns:
            The sources (kept,) and rows (kept, beam) that go on, as `Network.select` takes them,
            and whether these are the hypotheses as they are. No sources where all are done.
        """
        settings = self._settings
        self.trail.add(self._sources, self._rows, self.numbers, found.attention)
        if settings.coverage_penalty:
            width = found.attention.shape[2]
            self._covered = self._covered[:, :, :width] + found.attention
        # What is not a number is taken for impossible.
        values = self._totals[:, :, None] + np.fmax(found.log_probabilities, -np.inf)
        ends = self._totals + np.fmax(found.end, -np.inf)
        count, width, choices = values.shape
        values = values.reshape(count, width * choices)
        order = _highest(values, settings.beam)
        every = np.arange(count)[:, None]
        totals = values[every, order]
        last = self._limits[self._sources] <= self._step
        totals[last] = -np.inf
        running = self._totals > -np.inf
        must_end = running & ((values[:, ::choices] == -np.inf) | last[:, None])
        least = self._least(totals)
        totals[totals < least] = -np.inf
        ending = self._ending(running, must_end, np.where(ends < least, -np.inf, ends), totals)
        if ending is not None:
            self.ended.add(self._step, self._sources, ending, ends, self._scores(ends))
        done = self._done(totals)
        kept = np.flatnonzero(~done)
        if len(kept) and (count - len(kept)) * _DROPPED_SHARE < count:
            totals[done] = -np.inf
            kept = every[:, 0]
        rows, numbers = order // choices, found.numbers.reshape(count, -1)[every, order]
        rows = np.where(totals > -np.inf, rows, GONE)
        is_same = len(kept) == count and totals.shape[1] == width
        is_same = is_same and bool((rows == np.arange(width)).all())
        self._keep(kept, rows[kept], numbers[kept], totals[kept])
        return kept, self._rows, is_same

    def _keep(self, kept: IntArray, rows: IntArray, numbers: IntArray, totals: FloatArray) -> None:
        """Go on with some sources and with these hypotheses of theirs."""
        self._rows, self.numbers, self._totals = rows, numbers, totals
        if len(kept) < len(self._sources):
            self._sources = self._sources[kept]
        if self._settings.no_repeat_ngram:
            history = self._history[kept[:, None], rows]
            self._history = np.concatenate([history, numbers[:, :, None]], axis=2)
        if self._settings.coverage_penalty:
            self._covered = self._covered[kept[:, None], rows]
        self._step += 1

    def _ending(
        self, running: BoolArray, must_end: BoolArray, ends: FloatArray, totals: FloatArray
    ) -> BoolArray | None:
        """Tell which hypotheses end now.

        Args:
            running: (sources, beam) which hypotheses there are.
            must_end: (sources, beam) which of them cannot go on.
            ends: (sources, beam) their log-probabilities if they end.
            totals: (sources, beam) the best of all that go on, best first.

        Returns:
            (sources, beam), or None where none ends.
        """
        ending = must_end
        beam = self._settings.beam
        if self._step >= self._settings.min_length:
            to_reach = totals[:, beam - 1 :].max(axis=1, initial=-np.inf)
            if (running & (ends >= to_reach[:, None])).any():
                together = np.concatenate([ends, totals], axis=1)
                among_best = np.zeros(together.shape, dtype=bool)
                np.put_along_axis(among_best, _highest(together, beam), True, axis=1)
                ending = must_end | (among_best[:, : ends.shape[1]] & (ends > -np.inf))
        return ending if ending.any() else None

    def _least(self, totals: FloatArray) -> FloatArray | float:
        """Return the log-probability (sources, 1) below which nothing goes on or ends.

        (Freitag & Al-Onaizan 2017, "Beam Search Strategies for Neural Machine Translation",
        absolute threshold pruning.) Where several sequences are wanted, there is none.

        Args:
            totals: (sources, beam) log-probabilities of what goes on, best first.
        """
        if self._settings.pruning and self._nbest == 1:
            return totals[:, :1] - self._settings.pruning
        return -np.inf

    def _scores(self, ends: FloatArray) -> FloatArray:
        """Return (sources, beam) the scores of hypotheses of these log-probabilities."""
        settings = self._settings
        scores: FloatArray = ends / length_penalty(self._step + 1, settings.length_penalty)
        if settings.coverage_penalty:
            lengths = self._lengths[self._sources]
            scores += coverage_penalty(self._covered, lengths, settings.coverage_penalty)
        return scores

    def _done(self, totals: FloatArray) -> BoolArray:
        """Tell which sources are done, by the log-probabilities (sources, beam) of what goes on.

        A log-probability only falls, and at best is divided by the penalty of the greatest length;
        nothing is added for coverage. So far goes what is certain. That enough have ended counts
        only if none that goes on is more probable: where a network is sure of itself, hypotheses
        end too soon for want of others.
        """
        best = totals[:, 0]
        done: BoolArray = self.ended.to_beat(self._sources) >= best / self._longest[self._sources]
        enough = self.ended.counts[self._sources] >= self._settings.beam
        done |= enough & (self.ended.log_probabilities[self._sources] >= best)
        return done


def _highest(values: FloatArray, count: int) -> IntArray:
    """Return (rows, count) places of the highest values, highest first, among equals the first."""
    if count == 1:
        best: IntArray = values.argmax(axis=1)
        return best[:, None]
    order: IntArray = np.argsort(-values, axis=1, kind="stable")
    return order[:, :count]
