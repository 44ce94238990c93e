"""Made-up language models, and what may be drawn from them, worked out unit by unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.config import SamplingConfig
from seqtag.decoding import Prompts

PADDING, UNKNOWN, START, END = range(4)
History: TypeAlias = tuple[int, ...]
IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
Logs: TypeAlias = Mapping[int, float]

ROUNDING = 1e-9
"""As much as a share may miss a limit by."""


class Dice:
    """A network whose logits are drawn anew for each history.

    Args:
        size: Number of units, the special ones among them.
        seed: What its numbers come from.
        levels: So many different logits there are, so that ties are frequent; 0 for no limit.
        spread: Standard deviation of the logits.

    Attributes:
        asked: (steps,) how many texts each step was about.
    """

    def __init__(self, size: int, seed: int = 0, levels: int = 0, spread: float = 1.5) -> None:
        self.size = size
        self.seed = seed
        self.levels = levels
        self.spread = spread
        self.asked: list[int] = []

    def log_probabilities(self, history: History) -> npt.NDArray[np.float32]:
        """Return (units,) those of what follows a history."""
        rng = np.random.default_rng([self.seed, *history])
        logits = rng.normal(0.0, self.spread, self.size)
        if self.levels:
            logits = rng.integers(0, self.levels, self.size).astype(np.float64)
        found: FloatArray = logits - np.log(np.exp(logits).sum())
        return found.astype(np.float32)

    def advance(
        self, states: list[History], tokens: IntArray
    ) -> tuple[npt.NDArray[np.float32], list[History]]:
        """Tell what may follow, as a sampler asks."""
        assert len(states) == len(tokens)
        self.asked.append(len(tokens))
        read = [(*history, token) for history, token in zip(states, tokens.tolist(), strict=True)]
        return np.stack([self.log_probabilities(history) for history in read]), read

    def select(self, states: list[History], rows: IntArray) -> list[History]:
        """Keep some texts, as a sampler asks."""
        assert rows.min() >= 0, "a row has to be that of a text"
        return [states[row] for row in rows]


class Table:
    """A network that goes by the unit that it has read last, and by nothing else.

    Args:
        probabilities: (units, units) those of a unit (column) after another (row).
    """

    def __init__(self, probabilities: npt.ArrayLike) -> None:
        with np.errstate(divide="ignore"):
            self.logs: FloatArray = np.log(np.asarray(probabilities, dtype=np.float64))

    def advance(self, states: None, tokens: IntArray) -> tuple[FloatArray, None]:
        """Tell what may follow, as a sampler asks."""
        del states
        return self.logs[tokens], None

    def select(self, states: None, rows: IntArray) -> None:
        """Keep some texts, as a sampler asks."""
        del states, rows


def begin(
    prompts: Sequence[History],
    *,
    never: Sequence[int] = (),
    allowed: npt.NDArray[np.bool_] | None = None,
) -> Prompts[list[History]]:
    """Return prompts of at least one unit each, as `Dice` reads them."""
    return Prompts(
        states=[prompt[:-1] for prompt in prompts],
        tokens=np.array([prompt[-1] for prompt in prompts], dtype=np.int64),
        histories=prompts,
        never=never,
        allowed=allowed,
    )


def discouraged(logs: Logs, history: History, settings: SamplingConfig) -> Logs:
    """Return log-probabilities with the penalty, without what completes an n-gram again."""
    penalty, n = settings.repetition_penalty, settings.no_repeat_ngram
    found = {
        number: log * penalty if number in history else log
        for number, log in logs.items()
        if log > -math.inf
    }
    n_grams = {history[place : place + n] for place in range(len(history) - n + 1)}
    new = {
        number: log
        for number, log in found.items()
        if not n or len(history) < n - 1 or (*history, number)[-n:] not in n_grams
    }
    return new or found


def filtered(logs: Logs, history: History, settings: SamplingConfig) -> dict[int, float]:
    """Return the probabilities of all units that may be drawn."""
    logs = discouraged(logs, history, settings)
    order = sorted(logs, key=lambda number: (-logs[number], number))
    best = logs[order[0]]
    if settings.temperature == 0.0:
        return {order[0]: 1.0}
    heat = settings.temperature
    powers = {number: math.exp((logs[number] - best) / heat) for number in order}
    order = order[: settings.top_k or len(order)]
    total = sum(powers[number] for number in order)
    nucleus: list[int] = []
    share = 0.0
    for number in order:
        if nucleus and share >= settings.top_p - ROUNDING and settings.top_p < 1.0:
            break
        nucleus.append(number)
        share += powers[number] / total
    kept = [number for number in nucleus if powers[number] >= settings.min_p * (1.0 - ROUNDING)]
    total = sum(powers[number] for number in kept)
    return {number: powers[number] / total for number in kept}


@dataclass(frozen=True)
class Written:
    """A text that a search may find."""

    numbers: History
    log_probability: float
    score: float


def every_text(
    network: Dice,
    prompt: History,
    settings: SamplingConfig,
    *,
    end: int | None,
    never: Sequence[int],
    first: Sequence[int],
) -> Iterator[Written]:
    """Yield every text that may follow a prompt, with its probability and score.

    Args:
        network: Tells the probabilities.
        prompt: The prompt.
        settings: Limit of length, penalties and n-grams.
        end: The unit with which a text ends, if there is one.
        never: What is never written.
        first: What may come first.
    """

    def written(numbers: History, total: float) -> Written:
        penalty = ((5 + len(numbers) + 1) / 6) ** settings.length_penalty
        return Written(numbers, total, total / penalty)

    def grow(numbers: History, total: float) -> Iterator[Written]:
        if len(numbers) == settings.max_tokens:
            yield written(numbers, total)
            return
        history = (*prompt, *numbers)
        logs = dict(enumerate(network.log_probabilities(history).astype(np.float64).tolist()))
        allowed = set(range(network.size) if numbers else first) - set(never)
        logs = {number: logs[number] for number in sorted(allowed)}
        for number, log in discouraged(logs, history, settings).items():
            if number == end:
                yield written(numbers, total + log)
            else:
                yield from grow((*numbers, number), total + log)

    yield from grow((), 0.0)
