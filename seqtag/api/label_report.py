"""Pages about a classifier's answers."""

from __future__ import annotations

from seqtag import __version__
from seqtag.api.classifier import Classifier
from seqtag.api.label_evaluation import LabelEvaluation
from seqtag.api.page_facts import PageFacts
from seqtag.report.label_page import make_label_page
from seqtag.report.label_results import LabelResult


def label_evaluation_page(
    classifier: Classifier, evaluation: LabelEvaluation, about: PageFacts
) -> str:
    """Return a page about a classifier's answers on labelled texts, as HTML.

    Args:
        classifier: The classifier.
        evaluation: Its answers, from `seqtag.api.label_evaluation.examine_labels`.
        about: What the page is about.
    """
    return make_label_page(
        LabelResult(
            title=about.title,
            source=about.source,
            version=__version__,
            labels=classifier.labels,
            gold=evaluation.texts.labels,
            predicted=evaluation.predicted,
            scores=evaluation.scores,
            facts=about.of(classifier.spec, "texts", "tokens"),
            history=about.history,
            settings=about.settings,
        )
    )
