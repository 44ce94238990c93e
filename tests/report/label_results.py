"""Answers of classifiers made up for tests of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seqtag.report.label_results import LabelResult
from seqtag.text.label import Label
from seqtag.text.sentence import Sentence
from seqtag.training.label_scores import score_labels


def make_label(
    tokens: Sequence[str], name: str, labels: Sequence[str], score: float, heavy: int = 0
) -> Label:
    """Return an answer whose attention lies on one token for the most part."""
    rest = (1 - score) / max(len(labels) - 1, 1)
    attention = np.full((1, len(tokens)), 0.1 / max(len(tokens) - 1, 1))
    if tokens:
        attention[0, heavy] = 0.9 if len(tokens) > 1 else 1.0
    return Label(
        label=name,
        score=score,
        scores={label: score if label == name else rest for label in labels},
        sentence=Sentence(list(tokens)),
        attention_by_head=attention,
    )


def label_result(
    texts: Sequence[str],
    gold: Sequence[str],
    predicted: Sequence[str],
    scores: Sequence[float] | None = None,
    labels: Sequence[str] = ("good", "bad"),
    **facts: object,
) -> LabelResult:
    """Return answers for texts, which are split at spaces, with their scores."""
    given = [0.75] * len(texts) if scores is None else scores
    answers = [
        make_label(text.split(" "), name, labels, score)
        for text, name, score in zip(texts, predicted, given, strict=True)
    ]
    probabilities = np.array([list(answer.scores.values()) for answer in answers])
    result = LabelResult(
        title="run",
        source="test.tsv",
        version="0.1",
        labels=labels,
        gold=gold,
        predicted=answers,
        scores=score_labels(labels, gold, probabilities),
    )
    return replace(result, **facts)  # type: ignore[arg-type]  # the caller knows the fields
