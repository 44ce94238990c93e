"""Texts that a language model goes on with: drawn unit by unit, or the most probable ones.

The network is seen through one protocol: it reads a unit with each of some texts, and keeps the
texts that it is told to keep. Many texts take their steps together, and none of them depends on
the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

import numpy as np
import numpy.typing as npt

from seqtag.config import SamplingConfig, SearchConfig
from seqtag.decoding.chain import FloatArray, IntArray
from seqtag.decoding.filtering import (
    discourage,
    filter_logs,
    highest,
    keep_allowed,
    pad_histories,
)
from seqtag.decoding.hypotheses import BoolArray, Found, Places
from seqtag.decoding.sampling import draw
from seqtag.decoding.search import Candidates, States, search
from seqtag.errors import ConfigError


class LanguageNetwork(Protocol[States]):
    """What is asked of a network that writes."""

    def advance(self, states: States, tokens: IntArray) -> tuple[npt.NDArray[np.floating], States]:
        """Read a unit with each text.

        Args:
            states: The states of all texts.
            tokens: (rows,) the units to be read.

        Returns:
            (rows, units) log-probabilities of what comes next, and the states behind the units.
        """

    def select(self, states: States, rows: IntArray) -> States:
        """Keep some texts.

        Args:
            states: Those that the prompts came with, or what `advance` or this returned.
            rows: (kept,) for each of the new rows the one that it continues. One may come several
                times, and there may be more of them than before.
        """


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Prompts(Generic[States]):
    """What texts begin with, and what may follow it.

    Attributes:
        states: The network's states before the last unit of each prompt.
        tokens: (prompts,) these last units.
        histories: The units of each prompt, its last among them, for what counts as a repetition;
            None for none.
        never: Numbers that are never written.
        allowed: (prompts, units) what may come first; None for everything. Where it leaves
            nothing that the network takes for possible, everything may.

    Raises:
        ValueError: ``histories`` or ``allowed`` is for another number of prompts.
    """

    states: States
    tokens: IntArray
    histories: Sequence[Sequence[int]] | None = None
    never: Sequence[int] = ()
    allowed: BoolArray | None = None

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        for name, values in (("histories", self.histories), ("allowed", self.allowed)):
            if values is not None and len(values) != len(self.tokens):
                raise ValueError(
                    f"{name} is for {len(values)} prompts, and there are {len(self.tokens)}"
                )


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One unit more of each text that goes on.

    Attributes:
        rows: (running,) rising numbers of their prompts.
        numbers: (running,) the units.
        log_probabilities: (running,) theirs as the network has them, before any filter.
    """

    rows: IntArray
    numbers: IntArray
    log_probabilities: FloatArray


class Sampler(Generic[States]):
    """Texts in the making: an iterator over the steps in which they are drawn, all together.

    Every text has its own source of randomness and spends one number of it on each unit, so that
    it depends on its prompt and seed alone. At temperature 0 nothing is random. A text ends where
    `stop` is called for it, where it is as long as may be, or where nothing is possible. A step is
    taken when it is asked for, and only with texts that go on.

    Args:
        network: Tells what may follow.
        prompts: What the texts begin with.
        settings: What is drawn from, and how long texts may be; a beam has no meaning here.
        seeds: The seed of each text, a number or several.

    Raises:
        ValueError: There are more or fewer seeds than prompts.
    """

    def __init__(
        self,
        network: LanguageNetwork[States],
        prompts: Prompts[States],
        settings: SamplingConfig,
        *,
        seeds: Sequence[int | Sequence[int]],
    ) -> None:
        if len(seeds) != len(prompts.tokens):
            raise ValueError(f"there are {len(seeds)} seeds for {len(prompts.tokens)} prompts")
        self._network = network
        self._settings = settings
        self._never = prompts.never
        self._allowed = prompts.allowed
        self._random = [np.random.default_rng(seed) for seed in seeds]
        self._rows = np.arange(len(seeds))
        self._states, self._tokens = prompts.states, prompts.tokens
        self._history = _history(prompts, settings)
        self._stopped: set[int] = set()
        self._written = 0

    def stop(self, row: int) -> None:
        """End a text, so that no further step is about it; one that has ended stays as it is.

        Args:
            row: Number of its prompt.
        """
        self._stopped.add(row)

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        self._keep(~np.isin(self._rows, list(self._stopped)))
        if not len(self._rows) or self._written >= self._settings.max_tokens:
            raise StopIteration
        said, self._states = self._network.advance(self._states, self._tokens)
        logs = _writable(said, self._never, self._allowed)
        self._allowed = None
        is_possible: BoolArray = logs.max(axis=1) > -np.inf
        self._keep(is_possible)
        if not len(self._rows):
            raise StopIteration
        logs = logs[is_possible]
        numbers = self._choose(logs)
        self._tokens = numbers
        self._history = _append(self._history, numbers, self._settings)
        self._written += 1
        return Step(self._rows, numbers, logs[np.arange(len(numbers)), numbers])

    def _choose(self, logs: FloatArray) -> IntArray:
        """Return (rows,) the units that are written, by log-probabilities (rows, units)."""
        if self._settings.temperature == 0.0:
            best: IntArray = discourage(logs, self._history, self._settings).argmax(axis=1)
            return best
        logs = filter_logs(logs, self._history, self._settings)
        places = np.array([random.random() for random in self._random])
        return draw(logs[:, None, :], places[:, None])[:, 0]

    def _keep(self, which: BoolArray) -> None:
        """Go on with these (rows,) of the texts that go on."""
        if which.all():
            return
        kept = np.flatnonzero(which)
        self._rows, self._tokens = self._rows[kept], self._tokens[kept]
        self._history = self._history[kept]
        self._random = [self._random[row] for row in kept]
        if self._allowed is not None:
            self._allowed = self._allowed[kept]
        if len(kept):
            self._states = self._network.select(self._states, kept)


def best_continuations(
    network: LanguageNetwork[States],
    prompts: Prompts[States],
    settings: SamplingConfig,
    *,
    end: int | None = None,
    nbest: int = 1,
) -> list[list[Found]]:
    """Find the most probable texts with a beam search.

    It is the search of `seqtag.decoding.search`, without a source. Repetition is treated as in
    texts that are drawn, and its penalty counts in the probabilities of what is found; temperature,
    top-k, top-p and min-p have no meaning here.

    Args:
        network: Tells what may follow.
        prompts: What the texts begin with.
        settings: The width of the beam, the reward for length, what is done about repetition, and
            how long texts may be.
        end: Number of the unit with which a text ends, and which is no part of what is found. None
            if texts go on until they are as long as may be.
        nbest: How many texts are wanted of each prompt.

    Returns:
        For each prompt its best texts, best first, all different: at least one, and at most
        ``nbest``. A text that is as long as may be has the probability of its units, a shorter one
        that of its units and its end. The attention is that of no source, and empty.

    Raises:
        ConfigError: ``nbest`` is less than 1 or more than the beam is wide.
    """
    if not 1 <= nbest <= settings.beam:
        raise ConfigError(
            f"nbest is {nbest}: it must be between 1 and sampling.beam, which is {settings.beam}"
        )
    return search(
        _SearchedNetwork(network, prompts, settings, end),
        _Hypotheses(prompts.states, _history(prompts, settings), width=1, written=0),
        np.zeros(len(prompts.tokens), dtype=np.int64),
        SearchConfig(
            beam=settings.beam,
            length_penalty=settings.length_penalty,
            max_length=settings.max_tokens,
            pruning=0.0,
        ),
        start=0,  # is not read: the prompts' last units are
        nbest=nbest,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Hypotheses(Generic[States]):
    """Where a search is.

    Attributes:
        states: The network's states, of rows (prompts * hypotheses).
        history: (rows, length) the units that are there, as `filter_logs` takes them.
        width: Hypotheses for each prompt.
        written: How many units each of them has written.
    """

    states: States
    history: IntArray
    width: int
    written: int


class _SearchedNetwork(Generic[States]):
    """A language network as `search` asks for one: as if there were a source of no length.

    Args:
        network: The network.
        prompts: What is read in the first step, and what may be written.
        settings: What is done about repetition, and how long texts may be.
        end: The unit with which a text ends, if there is one.
    """

    def __init__(
        self,
        network: LanguageNetwork[States],
        prompts: Prompts[States],
        settings: SamplingConfig,
        end: int | None,
    ) -> None:
        self._network = network
        self._prompts = prompts
        self._settings = settings
        self._end = end

    def advance(
        self, states: _Hypotheses[States], tokens: IntArray, *, count: int, banned: Places | None
    ) -> Candidates[_Hypotheses[States]]:
        """Read a unit with each hypothesis; see `seqtag.decoding.Network`."""
        del banned  # repetition is a matter of the prompts too, which a search does not know
        shape = tokens.shape
        if states.written == self._settings.max_tokens:
            return _cut(states, shape)
        read, history, allowed = self._prompts.tokens, states.history, self._prompts.allowed
        if states.written:
            read, allowed = tokens.ravel(), None
            history = _append(history, read, self._settings)
        said, after = self._network.advance(states.states, read)
        logs = _writable(said, self._prompts.never, allowed)
        logs = discourage(logs, history, self._settings)
        ends = np.full(len(logs), -np.inf)
        if self._end is not None:
            ends = logs[:, self._end].copy()
            logs[:, self._end] = -np.inf
        # Where nothing is possible, a text is cut off, as it is at the greatest length.
        ends[(logs == -np.inf).all(axis=1) & (ends == -np.inf)] = 0.0
        numbers = highest(logs, count)
        return Candidates(
            numbers=numbers.reshape(*shape, -1),
            log_probabilities=np.take_along_axis(logs, numbers, axis=1).reshape(*shape, -1),
            end=ends.reshape(shape),
            attention=np.zeros((*shape, 0), dtype=np.float32),
            states=_Hypotheses(after, history, shape[1], states.written + 1),
        )

    def select(
        self, states: _Hypotheses[States], sources: IntArray, rows: IntArray
    ) -> _Hypotheses[States]:
        """Keep some prompts and, of each, some hypotheses; see `seqtag.decoding.Network`."""
        # A place with no hypothesis has a state all the same, that of any other.
        flat = (sources[:, None] * states.width + np.maximum(rows, 0)).ravel()
        kept = self._network.select(states.states, flat)
        return _Hypotheses(kept, states.history[flat], rows.shape[1], states.written)


def _cut(states: _Hypotheses[States], shape: tuple[int, ...]) -> Candidates[_Hypotheses[States]]:
    """Return what may follow texts that are as long as may be: nothing, and it costs nothing."""
    return Candidates(
        numbers=np.zeros((*shape, 1), dtype=np.int64),
        log_probabilities=np.full((*shape, 1), -np.inf),
        end=np.zeros(shape),
        attention=np.zeros((*shape, 0), dtype=np.float32),
        states=states,
    )


def _writable(
    logs: npt.NDArray[np.floating], never: Sequence[int], allowed: BoolArray | None
) -> FloatArray:
    """Return (rows, units) log-probabilities, -inf for what must not be written.

    Args:
        logs: (rows, units) what the network says. What is not a number is impossible.
        never: As for `Prompts`.
        allowed: (rows, units) what may be written; None for everything.
    """
    found: FloatArray = np.fmax(logs, -np.inf, dtype=np.float64)
    found[:, list(never)] = -np.inf
    return found if allowed is None else keep_allowed(found, allowed)


def _history(prompts: Prompts[States], settings: SamplingConfig) -> IntArray:
    """Return (prompts, longest) their units as `filter_logs` takes them, if they matter."""
    if prompts.histories is None or not _remembers(settings):
        return np.zeros((len(prompts.tokens), 0), dtype=np.int64)
    return pad_histories(prompts.histories)


def _append(history: IntArray, numbers: IntArray, settings: SamplingConfig) -> IntArray:
    """Return the history (rows, length + 1) with one unit more each, if they matter."""
    if not _remembers(settings):
        return history
    return np.concatenate([history, numbers[:, None]], axis=1)


def _remembers(settings: SamplingConfig) -> bool:
    """Whether it matters what has been there."""
    return settings.repetition_penalty != 1.0 or settings.no_repeat_ngram > 0
