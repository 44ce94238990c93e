"""Weights of labels and tags, written as one value of the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seqtag.errors import ConfigError

HIGHEST_WEIGHT = 1000.0

# A tag may itself hold commas and equals signs (`Case=Acc,Nom`), so a pair ends with its number.
_PAIR = re.compile(r"\s*(.+?)\s*=\s*(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)\s*(?:,|$)", re.ASCII)


def parse_class_weights(text: str) -> Mapping[str, float]:
    """Read ``PER=2,O=0.5``; ``none`` and ``balanced`` name no weights.

    Raises:
        ConfigError: The text is nothing of the kind, or a weight is out of range.
    """
    if text in ("none", "balanced"):
        return {}
    weights: dict[str, float] = {}
    place = 0
    while place < len(text) or not weights:
        pair = _PAIR.match(text, place)
        if pair is None or float(pair[2]) > HIGHEST_WEIGHT:
            raise ConfigError(
                f"training.class_weights is {text!r}: give none, balanced, or weights such as "
                f"PER=2,O=0.5, each from 0 to {HIGHEST_WEIGHT:g}"
            )
        if pair[1] in weights:
            raise ConfigError(
                f"training.class_weights is {text!r}: {pair[1]} is named twice, name it once"
            )
        weights[pair[1]] = float(pair[2])
        place = pair.end()
    return weights
