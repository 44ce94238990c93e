"""Answers of translators made up for tests of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seqtag.report.translation_results import TranslationResult
from seqtag.text.translation import Hypothesis, Translation
from seqtag.training.translation_scores import score_translations, sentence_quality


def make_translation(
    source: str, text: str, others: Sequence[str] = (), *, by_character: bool = False
) -> Translation:
    """Return a translation that looks at all units alike; units are words or characters."""

    def split(value: str) -> list[str]:
        return list(value) if by_character else value.split()

    def hypothesis(value: str, score: float) -> Hypothesis:
        shape = len(split(value)) + 1, len(split(source)) + 1
        attention = np.full(shape, 1 / shape[1])
        return Hypothesis(value, split(value), score, 4 * score, attention)

    nbest = [hypothesis(value, -0.5 - n) for n, value in enumerate([text, *others])]
    best = nbest[0]
    return Translation(
        *(source, text, best.tokens, split(source)),
        *(best.score, best.log_probability, best.attention, nbest),
    )


def translation_result(
    sources: Sequence[str],
    texts: Sequence[str],
    references: Sequence[str],
    others: Sequence[Sequence[str]] | None = None,
    *,
    by_character: bool = False,
    **facts: object,
) -> TranslationResult:
    """Return translations with their scores, if no others are given."""
    further = [()] * len(sources) if others is None else others
    if "scores" not in facts:
        facts["scores"] = score_translations(sources, texts, references, by_character=by_character)
    if "quality" not in facts:
        facts["quality"] = sentence_quality(texts, references)
    result = TranslationResult(
        title="run",
        source="test",
        version="0.1",
        translations=[
            make_translation(source, text, more, by_character=by_character)
            for source, text, more in zip(sources, texts, further, strict=True)
        ],
        references=references,
        quality=(),
        scores={},
        source_name="en",
        target_name="de",
    )
    return replace(result, **facts)  # type: ignore[arg-type]  # the caller knows the fields
