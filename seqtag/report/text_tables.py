"""Scores of generators as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqtag.report.tables import table

_SIZES = ("lines", "tokens", "characters", "units")

HEADLINES = {
    "perplexity": ("perplexity of a token", 2),
    "bits_per_char": ("bits of a character", 4),
    "loss": ("nats of a unit", 4),
    "unknown": ("share of unknown units", 4),
}
"""Scores with their names and decimals."""


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
    for key, (title, decimals) in HEADLINES.items():
        if (value := scores.get(key)) is not None:
            yield f"  {title:<24}{value:>12,.{decimals}f}"


def _by_direction(scores: Mapping[str, Any]) -> Iterator[str]:
    if each := scores.get("by_direction"):
        rows = [
            [name, f"{own['perplexity']:,.2f}", f"{own['bits_per_char']:.4f}"]
            for name, own in each.items()
        ]
        yield from table(["direction", "perplexity", "bits of a character"], rows)
