"""Scores of translators as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from seqtag.report import numbers
from seqtag.report.tables import table, visible

_HEADLINES = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "exact_match": "exact match",
    "symbol_error_rate": "symbol error rate",
    "length_ratio": "written / reference",
    "perplexity": "perplexity",
}
"""Scores with their names."""


def translation_report(scores: Mapping[str, Any]) -> str:
    """Return a translator's scores as tables: the main ones, how they were counted, BLEU by length.

    Args:
        scores: ``bleu``, ``chrf``, ``signature``, ``exact_match``, ``symbol_error_rate``,
            ``length_ratio``, ``perplexity``, ``pairs``, ``units`` and ``by_length``; what is not
            there is left out.
    """
    counted = [f"{scores[key]:,} {key}" for key in ("pairs", "units") if key in scores]
    parts = [
        [", ".join(counted)] if counted else [],
        list(_headlines(scores)),
        [f"  {visible(text)}" for text in scores.get("signature", {}).values()],
        list(_by_length(scores)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _headlines(scores: Mapping[str, Any]) -> Iterator[str]:
    for key, title in _HEADLINES.items():
        if (value := scores.get(key)) is not None:
            yield f"  {title:<22}{numbers.score(key, value):>12}"


def _by_length(scores: Mapping[str, Any]) -> Iterator[str]:
    if groups := scores.get("by_length"):
        rows = [
            [length_range(group), f"{group['pairs']:,}", f"{group['bleu']:.2f}"] for group in groups
        ]
        yield from table(["source length", "pairs", "BLEU"], rows)


def length_range(group: Mapping[str, Any]) -> str:
    """Return the lengths of a group, such as ``6–10``; the last group may have no end."""
    low, high = group["from"], group.get("to")
    if high is None:
        return f"{low:,} and more"
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
