"""Made-up networks, and all the sequences that they can write, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.config import SearchConfig
from seqtag.decoding import Candidates

PADDING, UNKNOWN, START, END = range(4)
History = tuple[int, ...]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """A source of the made-up network.

    Attributes:
        seed: What its numbers come from.
        length: Its places.
    """

    seed: int
    length: int


@dataclass(frozen=True)
class State:
    """The sources of a batch, and (sources, beam) what each hypothesis has read."""

    sources: list[Source]
    histories: list[list[History]]


@dataclass(frozen=True)
class Written:
    """A sequence that has ended."""

    numbers: History
    log_probability: float
    score: float


class Dice:
    """A network whose logits and attention are drawn anew for each source and history.

    Args:
        units: Units beside the special ones.
        levels: So many different logits there are, so that ties are frequent; 0 for no limit.
        spread: Standard deviation of the logits.
    """

    def __init__(self, units: int, levels: int = 0, spread: float = 1.5) -> None:
        self.size = 4 + units
        self.levels = levels
        self.spread = spread

    @property
    def writable(self) -> list[int]:
        """The numbers that may be written, without the end."""
        return [UNKNOWN, *range(4, self.size)]

    def log_probabilities(self, source: Source, history: History) -> npt.NDArray[np.float64]:
        """Return (size,) those of what follows a history, which begins with the start."""
        rng = np.random.default_rng([source.seed, 1, *history])
        logits = rng.normal(0.0, self.spread, self.size)
        if self.levels:
            logits = rng.integers(0, self.levels, self.size).astype(np.float64)
        found: npt.NDArray[np.float64] = logits - np.log(np.exp(logits).sum())
        return found.astype(np.float32).astype(np.float64)

    def attention(self, source: Source, history: History) -> npt.NDArray[np.float32]:
        """Return (source_length,) the weights of the step that reads the last of a history."""
        weights = np.random.default_rng([source.seed, 2, *history]).exponential(1.0, source.length)
        found: npt.NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
        return found

    def begin(self, sources: Sequence[Source]) -> State:
        """Return the states before the first step."""
        return State(list(sources), [[()] for _ in sources])

    def advance(
        self,
        states: State,
        tokens: IntArray,
        *,
        count: int,
        banned: tuple[IntArray, IntArray, IntArray] | None,
    ) -> Candidates[State]:
        """Tell what may follow, as a search asks."""
        histories = [
            [(*history, int(token)) for history, token in zip(row, read, strict=True)]
            for row, read in zip(states.histories, tokens, strict=True)
        ]
        asked = list(zip(states.sources, histories, strict=True))
        logs = np.array([[self.log_probabilities(s, h) for h in row] for s, row in asked])
        longest = max(source.length for source in states.sources)
        attention = np.full((*tokens.shape, longest), 0.0, dtype=np.float32)
        for place, (source, row) in enumerate(asked):
            for beam, history in enumerate(row):
                attention[place, beam, : source.length] = self.attention(source, history)
        end = logs[:, :, END].copy()
        logs[:, :, [PADDING, START, END]] = -np.inf
        if banned is not None:
            logs[banned] = -np.inf
        numbers = np.argsort(-logs, axis=2, kind="stable")[:, :, :count]
        return Candidates(
            numbers=numbers,
            log_probabilities=np.take_along_axis(logs, numbers, axis=2).astype(np.float32),
            end=end.astype(np.float32),
            attention=attention,
            states=State(states.sources, histories),
        )

    def select(self, states: State, sources: IntArray, rows: IntArray) -> State:
        """Keep some sources and hypotheses, as a search asks."""
        assert len(sources) == len(rows)
        return State(
            [states.sources[source] for source in sources],
            [
                [states.histories[source][row] for row in kept]
                for source, kept in zip(sources, rows, strict=True)
            ],
        )


def every_sequence(
    network: Dice, source: Source, settings: SearchConfig, longest: int
) -> Iterator[Written]:
    """Yield every sequence that may be written, with its probability and score."""

    def grow(numbers: History, total: float) -> Iterator[Written]:
        logs = network.log_probabilities(source, (START, *numbers))
        following = [n for n in network.writable if is_allowed((*numbers, n), settings)]
        if len(numbers) == longest:
            following = []
        if len(numbers) >= settings.min_length or not following:
            probability = total + logs[END]
            yield Written(numbers, probability, score_of(network, source, settings, numbers))
        for number in following:
            yield from grow((*numbers, number), total + logs[number])

    yield from grow((), 0.0)


def is_allowed(numbers: History, settings: SearchConfig) -> bool:
    """Whether the last n-gram of some units is new to them, or n-grams may repeat."""
    n = settings.no_repeat_ngram
    if not n or len(numbers) < n:
        return True
    earlier = [numbers[begin : begin + n] for begin in range(len(numbers) - n)]
    return numbers[len(numbers) - n :] not in earlier


def log_probability_of(network: Dice, source: Source, numbers: History) -> float:
    """Return the log-probability of some units and the end."""
    whole = [START, *numbers, END]
    return sum(
        float(network.log_probabilities(source, tuple(whole[:place]))[whole[place]])
        for place in range(1, len(whole))
    )


def attention_of(network: Dice, source: Source, numbers: History) -> npt.NDArray[np.float32]:
    """Return (units + 1, source_length) the attention of a sequence."""
    whole = (START, *numbers)
    rows = [network.attention(source, whole[: place + 1]) for place in range(len(whole))]
    return np.stack(rows)


def score_of(network: Dice, source: Source, settings: SearchConfig, numbers: History) -> float:
    """Return the score of a sequence by equation 14 of Wu et al. (2016), written out."""
    total = log_probability_of(network, source, numbers)
    length = len(numbers) + 1
    penalty = (5 + length) ** settings.length_penalty / (5 + 1) ** settings.length_penalty
    attention = attention_of(network, source, numbers)
    coverage = 0.0
    for place in range(source.length):
        coverage += float(np.log(min(1.0, sum(float(row[place]) for row in attention))))
    return float(total / penalty + settings.coverage_penalty * coverage)


def greedy(network: Dice, source: Source, settings: SearchConfig, longest: int) -> History:
    """Write the best unit each time; among equals the end, then the lowest number."""
    numbers: History = ()
    while len(numbers) < longest:
        logs = network.log_probabilities(source, (START, *numbers))
        following = [n for n in network.writable if is_allowed((*numbers, n), settings)]
        if len(numbers) >= settings.min_length:
            following = [END, *following]
        if not following:
            break
        number = max(following, key=lambda n: logs[n])
        if number == END:
            break
        numbers = (*numbers, number)
    return numbers


def plain_beam(
    network: Dice, source: Source, settings: SearchConfig, longest: int, nbest: int
) -> list[Written]:
    """Search with a beam, one hypothesis after the other."""
    live: list[tuple[History, float]] = [((), 0.0)]
    ended: list[Written] = []
    most = (6 + longest) ** settings.length_penalty / 6**settings.length_penalty
    for step in range(longest + 1):
        options: list[tuple[float, bool, int, int]] = []  # sorts as ties are broken
        forced = []
        for rank, (numbers, total) in enumerate(live):
            logs = network.log_probabilities(source, (START, *numbers))
            following = [n for n in network.writable if is_allowed((*numbers, n), settings)]
            if step == longest:
                following = []
            if step >= settings.min_length:
                options.append((-(total + logs[END]), False, rank, END))
            if not following:
                forced.append(rank)
            options += [(-(total + logs[n]), True, rank, n) for n in following]
        options.sort()
        if settings.pruning and nbest == 1:
            least = max((-value for value, goes_on, _, _ in options if goes_on), default=-np.inf)
            options = [option for option in options if -option[0] >= least - settings.pruning]
        ending = {rank for _, _, rank, number in options[: settings.beam] if number == END}
        for rank in sorted(ending | set(forced)):
            numbers, total = live[rank]
            probability = total + network.log_probabilities(source, (START, *numbers))[END]
            score = score_of(network, source, settings, numbers)
            ended.append(Written(numbers, probability, score))
        going_on = [option for option in options if option[3] != END][: settings.beam]
        live = [((*live[rank][0], number), -value) for value, _, rank, number in going_on]
        ended.sort(key=lambda written: -written.score)
        if not live:
            break
        if len(ended) >= settings.beam and ended[0].log_probability >= live[0][1]:
            break
        if len(ended) >= nbest and ended[nbest - 1].score >= live[0][1] / most:
            break
    return ended[:nbest]


def all_n_grams(numbers: Sequence[int], n: int) -> list[tuple[int, ...]]:
    """Return the n-grams of some units."""
    return [tuple(numbers[begin : begin + n]) for begin in range(len(numbers) - n + 1)]
