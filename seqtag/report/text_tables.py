"""Scores of generators as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqtag.report import numbers
from seqtag.report.tables import table

_SIZES = ("lines", "tokens", "characters", "units")

_HEADLINES = {
    "perplexity": "perplexity of a token",
    "bits_per_char": "bits of a character",
    "loss": "nats of a unit",
    "unknown": "share of unknown units",
}
"""Scores with their names."""


def text_report(scores: Mapping[str, Any]) -> str:
    """Return how well a text was foreseen as tables.

    Args:
        scores: ``perplexity``, ``bits_per_char``, ``loss``, ``unknown``, how much there is, and
            ``by_direction`` where there are two; what is not there is left out.
    """
    counted = [f"{scores[key]:,} {key}" for key in _SIZES if key in scores]
    parts = [
        [", ".join(counted)] if counted else [],
        list(_headlines(scores)),
        list(_by_direction(scores)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _headlines(scores: Mapping[str, Any]) -> Iterator[str]:
    for key, title in _HEADLINES.items():
        if (value := scores.get(key)) is not None:
            yield f"  {title:<24}{numbers.score(key, value):>12}"


def _by_direction(scores: Mapping[str, Any]) -> Iterator[str]:
    if each := scores.get("by_direction"):
        rows = [
            [name, *(numbers.score(key, own[key]) for key in ("perplexity", "bits_per_char"))]
            for name, own in each.items()
        ]
        yield from table(["direction", "perplexity", "bits of a character"], rows)
