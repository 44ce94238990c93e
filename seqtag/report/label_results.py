"""What a page about a classifier's evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqtag.report.results import Setting
from seqtag.text.label import Label


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelResult:
    """A classifier's answers on labelled texts, and what is known of its training.

    Attributes:
        title: What the page is about, such as the run's name.
        source: The evaluated file or part, such as ``test``.
        version: The version of seqtag that evaluates.
        labels: The labels that can be predicted.
        gold: The annotated label of each text.
        predicted: What the classifier says of it.
        scores: As `seqtag.training.label_scores.score_labels` returns them.
        facts: Number of the training part's ``texts`` and ``tokens``, and further facts of
            ``metrics.json`` about the training as far as they are known.
        history: The lines of ``history.jsonl``; empty where they are not known.
        settings: The configuration by section; empty where it is not known.
    """

    title: str
    source: str
    version: str
    labels: Sequence[str]
    gold: Sequence[str]
    predicted: Sequence[Label]
    scores: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Sequence[Setting]] = field(default_factory=dict)
