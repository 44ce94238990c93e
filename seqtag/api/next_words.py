"""The most probable next words, whatever the units that a language model writes in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.decoding.generation import LanguageNetwork
from seqtag.text.continuation import Prompt, WordEnds, follows_word
from seqtag.text.unit_base import END, PADDING, SPECIAL, START, UNKNOWN, Units

MOST_PREFIXES = 64
"""Beginnings of words that are followed at once."""

NEGLIGIBLE = 0.02
"""Beginnings of so small a share of the least probable word wanted are not followed: what they
would add to a word that is written in several ways can be left out."""

MOST_UNITS = 32
"""Units of a word."""

_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class _Signs:
    """What each unit says of the borders of words, (units,) each.

    Attributes:
        texts: The units, without a space in front.
        is_whole: Nothing can be added to it, as to a comma, the end of a line, or a word of units
            that are whole words.
        ends: Where words end.
    """

    texts: list[str]
    is_whole: _Bools
    ends: WordEnds

    @classmethod
    def of(cls, units: Units) -> _Signs:
        """Return the signs of some units."""
        ends = WordEnds(units)
        texts = [""] * SPECIAL + list(units.items)
        bare = [text.removeprefix(" ") for text in texts]
        bare[END] = "\n"
        is_whole = [text != " " and not ends.may_go_on(text) for text in texts]
        return cls(bare, np.array(is_whole), ends)


@dataclass(slots=True)
class _Prefix:
    """The beginning of a word.

    Attributes:
        text: What is written of it.
        word: The word if nothing comes that goes on with it: without an apostrophe at the end,
            which is no part of it then.
        log_probability: Of all units.
    """

    text: str = ""
    word: str = ""
    log_probability: float = 0.0


@dataclass(slots=True)
class _Found:
    """Words with their probabilities, those of all ways to write a word together."""

    probabilities: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def best(self, count: int) -> list[tuple[str, float]]:
        """Return the most probable ones."""
        ordered = sorted(self.probabilities.items(), key=lambda item: (-item[1], item[0]))
        return ordered[:count]


def next_words(
    network: LanguageNetwork[Any],
    states: Any,  # noqa: ANN401 - the network's own affair
    tokens: npt.NDArray[np.int64],
    units: Units,
    prompt: Prompt,
    count: int,
) -> list[tuple[str, float]]:
    r"""Find the most probable next words.

    The beginnings of words are followed together, the most probable `MOST_PREFIXES`, or as many as
    words are wanted if these are more, until none of them can become a word as probable as the best
    ones that are whole.

    Args:
        network: Tells what may follow.
        states: Its states before the last unit of the prompt, one row.
        tokens: (1,) this unit.
        units: What it writes.
        prompt: What stands before; its last word is taken for whole.
        count: How many words are wanted.

    Returns:
        The words, best first, with the probability that each is the next one; a new line is
        ``"\n"``.
    """
    signs = _Signs.of(units)
    found = _Found()
    prefixes = [_Prefix()]
    for step in range(MOST_UNITS):
        said, states = network.advance(states, tokens)
        logs: _Floats = np.array(said, dtype=np.float64)
        logs[:, [PADDING, UNKNOWN, START]] = -np.inf
        if not step:
            logs = _at_border(logs, prompt, units)
        rows, tokens, prefixes = _extend(logs, prefixes, signs, found, count, is_first=not step)
        if not len(rows):
            break
        states = network.select(states, rows)
    return found.best(count)


def _at_border(logs: _Floats, prompt: Prompt, units: Units) -> _Floats:
    """Return log-probabilities given that a word ends in front of what comes next."""
    logs = np.where(follows_word(units, prompt), logs, -np.inf)
    total = np.logaddexp.reduce(logs, axis=1)
    return logs - np.where(np.isfinite(total), total, 0.0)[:, None]


def _extend(
    logs: _Floats,
    prefixes: list[_Prefix],
    signs: _Signs,
    found: _Found,
    count: int,
    *,
    is_first: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[_Prefix]]:
    """Note the words that are whole now, and return the beginnings to be followed.

    Returns:
        Of each beginning its row, the unit that was added, and the beginning itself.
    """
    totals = logs + np.array([prefix.log_probability for prefix in prefixes])[:, None]
    for row, prefix in enumerate(prefixes):
        if prefix.text:
            is_border = ~signs.ends.goes_on(prefix.text)
            found.probabilities[prefix.word] += float(np.exp(totals[row, is_border]).sum())
            totals[row, is_border] = -np.inf
        else:
            for number in np.flatnonzero(signs.is_whole & (totals[row] > -np.inf)).tolist():
                found.probabilities[signs.texts[number]] += float(np.exp(totals[row, number]))
            totals[row, signs.is_whole] = -np.inf
            if not is_first:  # behind a space, for which a unit has been written
                totals[row, ~signs.ends.letters] = -np.inf
    best = found.best(count)
    least = best[-1][1] if len(best) == count else 0.0
    order = np.argsort(-totals, axis=None, kind="stable")[: max(count, MOST_PREFIXES)]
    rows, numbers = (part.astype(np.int64) for part in np.unravel_index(order, totals.shape))
    kept = [
        place
        for place, total in enumerate(totals[rows, numbers].tolist())
        if total > -np.inf and np.exp(total) > NEGLIGIBLE * least
    ]
    rows, numbers = rows[kept], numbers[kept]
    longer = [
        _longer(prefixes[row], number, float(totals[row, number]), signs)
        for row, number in zip(rows.tolist(), numbers.tolist(), strict=True)
    ]
    return rows, numbers, longer


def _longer(prefix: _Prefix, number: int, log_probability: float, signs: _Signs) -> _Prefix:
    """Return a prefix with a unit more."""
    text = prefix.text + signs.texts[number]
    return _Prefix(text, prefix.word if signs.ends.apostrophes[number] else text, log_probability)
