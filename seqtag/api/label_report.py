"""Pages about a classifier's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqtag import __version__
from seqtag.api.classifier import Classifier
from seqtag.api.label_evaluation import LabelEvaluation
from seqtag.api.shown_settings import shown_settings
from seqtag.config import RunConfig
from seqtag.report.label_page import make_label_page
from seqtag.report.label_results import LabelResult


def label_evaluation_page(
    classifier: Classifier,
    evaluation: LabelEvaluation,
    *,
    title: str,
    source: str,
    config: RunConfig | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    training: Mapping[str, Any] | None = None,
) -> str:
    """Return a page about a classifier's answers on labelled texts, as HTML.

    Args:
        classifier: The classifier.
        evaluation: Its answers, from `seqtag.api.label_evaluation.examine_labels`.
        title: What the page is about, such as the run's name.
        source: The evaluated file or part, such as ``test``.
        config: The configuration of the run.
        history: The lines of ``history.jsonl``.
        training: What ``metrics.json`` says under ``train``.
    """
    spec = classifier.spec
    facts = {name: spec.facts.get(name) for name in ("texts", "tokens")}
    return make_label_page(
        LabelResult(
            title=title,
            source=source,
            version=__version__,
            labels=classifier.labels,
            gold=evaluation.texts.labels,
            predicted=evaluation.predicted,
            scores=evaluation.scores,
            facts={**facts, "words": len(spec.words), **(training or {})},
            history=history,
            settings={} if config is None else shown_settings(config),
        )
    )
