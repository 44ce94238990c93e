"""How well a text was foreseen, as perplexity and its relatives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from seqtag.training.streams import TextStream


def text_scores(log_likelihood: float, counted: int, stream: TextStream) -> dict[str, float]:
    """Return the scores of a text.

    Args:
        log_likelihood: Sum of the log-probabilities of its units.
        counted: How many these are.
        stream: The text.

    Returns:
        ``perplexity`` for each token of the text and ``bits_per_char``, by which models of any
        units can be compared, since what is unknown to a model costs it the spelling; ``loss``, the
        nats of a unit without that; and ``unknown``, the share of units that are unknown.
    """
    nats = stream.spelling_cost - log_likelihood
    return {
        "perplexity": _exp(nats / max(1, stream.tokens)),
        "bits_per_char": nats / math.log(2.0) / max(1, stream.characters),
        "loss": -log_likelihood / max(1, counted),
        "unknown": stream.unknown / max(1, counted),
    }


def text_dev_score(scores: Mapping[str, Any]) -> float:
    """Return what training maximizes: the geometric mean of the probability of a character."""
    score: float = 2.0 ** -float(scores["bits_per_char"])
    return score


def _exp(value: float) -> float:
    """Return e to the value, which is at most e^700, nearly as much as a number can be.

    A text without white space is one token a line, and so a very improbable one.
    """
    return math.exp(min(value, 700.0))
