"""Scoring a translator on parallel text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.api.translator import Translator
from seqtag.text.pairs import Pairs
from seqtag.text.translation import Translation
from seqtag.training.translation_scores import perplexity, score_by_length, score_translations

LENGTH_GROUPS = 5
"""Groups of sources of similar length that BLEU is told of."""

MOST_SHOWN = 3
"""Translations of a text that are kept, for those who look at them."""


@dataclass(frozen=True, slots=True)
class TranslationEvaluation:
    """A translator's answers on parallel text, and how good they are.

    Attributes:
        pairs: The texts with their right translations.
        predicted: What the translator says of each.
        scores: As `examine_translations` tells.
    """

    pairs: Pairs
    predicted: Sequence[Translation]
    scores: dict[str, Any]


def examine_translations(translator: Translator, pairs: Pairs) -> TranslationEvaluation:
    """Translate texts as the model records it, and score the translations.

    Args:
        translator: The translator.
        pairs: The texts with their right translations.

    Returns:
        The answers, with the scores of `seqtag.training.translation_scores.score_translations`,
        the ``perplexity`` of the right translations for each of their units, the numbers of
        ``pairs`` and of ``units`` of the right translations, and BLEU ``by_length`` of the
        sources.
    """
    spec = translator.spec
    nbest = min(spec.search.beam, MOST_SHOWN)
    # Where long texts are refused, it is those that somebody wants translated.
    predicted = list(translator.translate_many(pairs.sources, nbest=nbest, long="split"))
    texts = [translation.text for translation in predicted]
    scores = score_translations(
        *(pairs.sources, texts, pairs.targets),
        by_character=spec.target_units.kind == "char",
        language=spec.target,
    )
    total, units = translator.log_likelihood(pairs.sources, pairs.targets)
    scores |= {"perplexity": perplexity(total, units), "pairs": len(pairs), "units": units}
    if not spec.reads_characters:
        lengths = [len(translation.source_tokens) for translation in predicted]
        scores["by_length"] = score_by_length(
            lengths, texts, pairs.targets, LENGTH_GROUPS, language=spec.target
        )
    return TranslationEvaluation(pairs, predicted, scores)
