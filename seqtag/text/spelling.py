"""What it costs to write a unit by its characters, for units that a language model does not list.

A model that gives every rare word the probability of ``UNKNOWN`` predicts less than one that knows
more words or reads characters, and its perplexity is lower for it. Where such a word has to be
spelt, log P(word) = log P(UNKNOWN) - cost(word), every text has a probability, and perplexities
per word of the text, or per character, can be compared between all vocabularies.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from seqtag.text.unit_base import is_sound

END_KEY = ""
"""Stands among characters for the end of what is spelt."""

_ALL_CHARACTERS = sys.maxunicode + 1


class Spelling:
    """A language model of the simplest kind: each character by its frequency, then the end.

    Characters that were never seen have the frequency of one that was seen once, shared evenly
    among all code points of Unicode. The probabilities of all strings add up to less than 1.

    Attributes:
        counts: As given, with the end.

    Args:
        counts: How often each character occurs in some texts; for `END_KEY`, how often something
            ends there. If that is not told, it is as often as there is a space, once at least.

    Raises:
        ValueError: A key is no character that a text can have, or a count is not positive.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        for character, count in counts.items():
            if character != END_KEY and (len(character) != 1 or not is_sound(character)):
                raise ValueError(f"{character!r} is no character")
            if count < 1:
                raise ValueError(f"{character!r} cannot occur {count} times")
        self.counts = {END_KEY: counts.get(" ", 1), **counts}
        total = sum(self.counts.values()) + 1
        self._costs = {item: math.log(total / count) for item, count in self.counts.items()}
        self._unseen = math.log(total) + math.log(_ALL_CHARACTERS)

    def __eq__(self, other: object) -> bool:
        """Tell whether both find all texts as costly."""
        if not isinstance(other, Spelling):
            return NotImplemented
        return self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]  # it holds a dictionary

    def cost(self, text: str) -> float:
        """Return the negative log-probability, in nats, of a text's characters and its end."""
        costs, unseen = self._costs, self._unseen
        return math.fsum([*(costs.get(character, unseen) for character in text), costs[END_KEY]])

    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `spelling_from_json` makes the same again."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return {"counts": dict(ordered)}


def learn_spelling(texts: Iterable[str]) -> Spelling:
    """Return how the words of some texts are spelt; the order of the texts does not matter.

    A word is what stands between two spaces, and the one in front of it belongs to it, as it does
    in `seqtag.text.units`. Halves of characters, which stand in no file, are passed over.

    Args:
        texts: The texts, passed over once.
    """
    words = Counter(word for text in texts for word in text.split())
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for character in (END_KEY, " ", *word):
            if is_sound(character):
                counts[character] += count
    return Spelling(counts)


def spelling_from_json(value: object) -> Spelling:
    """Make a spelling again from what `Spelling.to_json` has returned.

    Raises:
        KeyError: A value is missing.
        TypeError: A value is of another type.
        ValueError: A value cannot be.
    """
    if not isinstance(value, dict):
        raise TypeError("the spelling is no object")
    counts = value["counts"]
    if not isinstance(counts, dict) or any(type(count) is not int for count in counts.values()):
        raise TypeError("the counts are no object of numbers")
    return Spelling(counts)
