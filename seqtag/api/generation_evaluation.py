"""Scoring a generator on a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seqtag.api.generator import Generator
from seqtag.api.plain_text import TextPart

SAMPLES = 5
"""Texts that are written for those who look at them."""

SAMPLE_TOKENS = 100
"""Units of each."""


@dataclass(frozen=True, slots=True)
class TextEvaluation:
    """How well a generator foresees a text, and what it writes itself.

    Attributes:
        scores: As `seqtag.training.language_model.score_stream` tells, with the numbers of
            ``lines``, ``tokens``, ``characters`` and ``units``.
        samples: Texts that it has written, with and without a beginning.
    """

    scores: dict[str, Any]
    samples: list[tuple[str, str]]


def examine_text(generator: Generator, text: TextPart) -> TextEvaluation:
    """Score a generator on a text, and let it write.

    Args:
        generator: The generator.
        text: The text.
    """
    scores = generator.score(text)
    samples = []
    if generator.writes:
        # Beginnings of lines of the text show what it makes of what it has not seen.
        beginnings = _beginnings(text)
        prompts = ["", *beginnings][:SAMPLES]
        seeds = range(1, len(prompts) + 1)
        written = generator.generate_many(prompts, max_tokens=SAMPLE_TOKENS, seed=seeds)
        samples = list(zip(prompts, written, strict=True))
    return TextEvaluation(scores, samples)


def _beginnings(text: TextPart) -> list[str]:
    """Return the first words of some lines."""
    found = []
    for line in text:
        words = line.split()
        if len(words) >= 6:
            found.append(" ".join(words[:4]))
        if len(found) == SAMPLES - 1:
            break
    return found
