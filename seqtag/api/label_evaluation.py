"""Scoring a classifier on labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtag.api.classifier import Classifier
from seqtag.api.corpora import corpus_path
from seqtag.api.texts import read_texts, spec_layout, tell_unknown_labels
from seqtag.text.label import Label
from seqtag.text.texts import Texts
from seqtag.training.label_scores import score_labels


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """A classifier's answers on labelled texts, and how good they are.

    Attributes:
        texts: The texts.
        predicted: What the classifier says of each.
        scores: As `evaluate_labels` returns them.
    """

    texts: Texts
    predicted: Sequence[Label]
    scores: dict[str, Any]


def read_labelled_file(classifier: Classifier, path: str, *, columns: str | None = None) -> Texts:
    """Read a file of labelled texts as a classifier's own.

    Args:
        classifier: The classifier.
        path: The file, or ``corpus:NAME/PART``; ``-`` is standard input.
        columns: Column specification; None for that of the training files.

    Raises:
        ConfigError: The columns are not understood.
        DataError: The file cannot be read, holds no text, or a line is not as it must be.
    """
    path = corpus_path(path, task="classify")
    layout = spec_layout(classifier.spec, path, columns, labels_required=True)
    texts = read_texts(path, layout, classifier.tokenizer)
    tell_unknown_labels(classifier.labels, "this file", texts)
    return texts


def examine_labels(classifier: Classifier, texts: Texts) -> LabelEvaluation:
    """Label texts and score the labels.

    What is kept of a text is its tokens and a few numbers for each of them.

    Args:
        classifier: The classifier.
        texts: The texts with their labels.

    Returns:
        The answers, with the scores of `seqtag.training.label_scores.score_labels` and the numbers
        of texts and tokens.
    """
    predicted = list(classifier.classify_many(texts.sentences))
    probabilities = np.array([list(label.scores.values()) for label in predicted])
    scores = score_labels(classifier.labels, texts.labels, probabilities)
    scores["texts"] = len(texts)
    scores["tokens"] = sum(len(label.tokens) for label in predicted)
    return LabelEvaluation(texts, predicted, scores)
