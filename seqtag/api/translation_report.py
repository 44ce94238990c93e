"""Pages about a translator's answers."""

from __future__ import annotations

from seqtag import __version__
from seqtag.api.page_facts import PageFacts
from seqtag.api.translation_evaluation import TranslationEvaluation
from seqtag.api.translator import Translator
from seqtag.report.translation_page import make_translation_page
from seqtag.report.translation_results import TranslationResult
from seqtag.training.translation_scores import sentence_quality


def translation_evaluation_page(
    translator: Translator, evaluation: TranslationEvaluation, about: PageFacts
) -> str:
    """Return a page about a translator's answers on parallel text, as HTML.

    Args:
        translator: The translator.
        evaluation: Its answers, from `seqtag.api.translation_evaluation.examine_translations`.
        about: What the page is about.
    """
    spec = translator.spec
    texts = [translation.text for translation in evaluation.predicted]
    return make_translation_page(
        TranslationResult(
            title=about.title,
            source=about.source,
            version=__version__,
            translations=evaluation.predicted,
            references=evaluation.pairs.targets,
            quality=sentence_quality(texts, evaluation.pairs.targets),
            scores=evaluation.scores,
            facts=about.of(spec, "pairs", "source_units", "target_units"),
            history=about.history,
            settings=about.settings,
            source_name=spec.source,
            target_name=spec.target,
            reads_characters=spec.reads_characters,
        )
    )
