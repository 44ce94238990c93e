"""What a page about a classifier's evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.report.results import PageResult
from seqtag.text.label import Label


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelResult(PageResult):
    """A classifier's answers on labelled texts, and what is known of its training.

    Attributes:
        labels: The labels that can be predicted.
        gold: The annotated label of each text.
        predicted: What the classifier says of it.
        scores: As `seqtag.training.label_scores.score_labels` returns them.
        facts: As for `PageResult`, with train's numbers of ``texts`` and ``tokens``.
    """

    labels: Sequence[str]
    gold: Sequence[str]
    predicted: Sequence[Label]
    scores: Mapping[str, Any]
