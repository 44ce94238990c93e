"""Scores of predicted labels: accuracy, F1 by label, confusion, and how right confidence is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 10
"""Intervals of confidence, of equal width, that calibration is measured in."""

_LOWEST = 1e-12  # probability, so that the likelihood of a text is not zero


def score_labels(
    labels: Sequence[str], gold: Sequence[str], probabilities: npt.NDArray[np.floating]
) -> dict[str, Any]:
    """Score predicted labels.

    Args:
        labels: The labels that can be predicted, in the order of the probabilities.
        gold: The annotated label of each text, at least one; one that is not among ``labels``
            cannot be found and counts as wrong.
        probabilities: (texts, labels)

    Returns:
        ``accuracy``; ``macro_f1``, the mean F1 of all labels that are annotated or predicted;
        ``nll``, the mean negative log-likelihood of the annotated labels that can be predicted;
        ``by_label`` with ``precision``, ``recall``, ``f1`` and ``support`` of each label;
        ``confusion``, for each annotated label how often which was predicted; and ``calibration``
        (see `calibrate`).
    """
    chosen = probabilities.argmax(axis=1)
    predicted = [labels[number] for number in chosen.tolist()]
    pairs = Counter(zip(gold, predicted, strict=True))
    annotated, given = Counter(gold), Counter(predicted)
    names = [label for label in labels if annotated[label] or given[label]]
    names += sorted(annotated.keys() - set(labels))
    by_label = {
        name: _rates(pairs[name, name], annotated[name], given[name]) | {"support": annotated[name]}
        for name in names
    }
    right = np.array([a == b for a, b in zip(gold, predicted, strict=True)], dtype=np.bool_)
    confusion: dict[str, dict[str, int]] = {}
    for name in names:
        row = {other: pairs[name, other] for other in names if pairs[name, other]}
        if row:
            confusion[name] = row
    return {
        "accuracy": float(right.mean()),
        "macro_f1": sum(scores["f1"] for scores in by_label.values()) / len(by_label),
        "nll": _likelihood(labels, gold, probabilities),
        "by_label": by_label,
        "confusion": confusion,
        "calibration": calibrate(probabilities.max(axis=1), right),
    }


def calibrate(confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Measure how well the probability of the chosen labels tells how often they are right.

    Args:
        confidence: (texts,) the probability of each chosen label.
        right: (texts,) whether it is right.

    Returns:
        ``error``, the expected calibration error (Guo et al. 2017, equation 5): the mean distance
        of confidence and accuracy over `BINS` bins of equal width, weighted by their texts; and
        ``bins``, those that are not empty, with ``low`` and ``high``, their mean ``confidence``,
        ``accuracy`` and ``count``.
    """
    confidence = confidence.astype(np.float64)  # sums of many would lose digits
    places = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    bins = []
    error = 0.0
    for place in range(BINS):
        inside = places == place
        count = int(inside.sum())
        if not count:
            continue
        found, accuracy = float(confidence[inside].mean()), float(right[inside].mean())
        error += abs(found - accuracy) * count / len(right)
        bins.append(
            {
                "low": place / BINS,
                "high": (place + 1) / BINS,
                "confidence": found,
                "accuracy": accuracy,
                "count": count,
            }
        )
    return {"error": error, "bins": bins}


def _likelihood(
    labels: Sequence[str], gold: Sequence[str], probabilities: npt.NDArray[np.floating]
) -> float | None:
    numbers = {label: number for number, label in enumerate(labels)}
    known = [(row, numbers[label]) for row, label in enumerate(gold) if label in numbers]
    if not known:
        return None
    rows, columns = np.array(known).T
    return float(-np.log(np.maximum(probabilities[rows, columns], _LOWEST)).mean())


def _rates(right: int, gold: int, predicted: int) -> dict[str, float]:
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    return {"precision": precision, "recall": recall, "f1": 2 * right / (gold + predicted)}
