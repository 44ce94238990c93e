"""Where and how a tagger is wrong, and whether its probabilities can be trusted.

Pure functions over annotated and predicted tags and spans, and over probabilities.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from seqtag.text.sentence import Span

SpanKind: TypeAlias = Literal[
    "correct", "type", "boundary", "boundary and type", "missed", "spurious"
]
SPAN_KINDS: tuple[SpanKind, ...] = get_args(SpanKind)

Confusion: TypeAlias = Mapping[str, Mapping[str, int]]
"""For each annotated tag or label how many tokens or spans have which one predicted."""

BINS = 10
"""Bins of a reliability diagram, all of the same width."""


@dataclass(frozen=True, slots=True)
class SpanPair:
    """An annotated span with the predicted one that stands for it, or one of them alone.

    Attributes:
        kind: ``correct``; ``type``: the same tokens with another label; ``boundary``: other, but
            overlapping tokens with the same label; ``boundary and type``: overlapping tokens with
            another label; ``missed``: annotated only; ``spurious``: predicted only.
        gold: The annotated span.
        predicted: The predicted span.
    """

    kind: SpanKind
    gold: Span | None
    predicted: Span | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of nearly the same probability.

    Attributes:
        low: Lowest probability of the bin.
        high: Highest one.
        count: Number of predictions.
        confidence: Their mean probability.
        accuracy: The share of them that is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities say how often predictions are right.

    Attributes:
        bins: The bins, those without predictions included.
        count: Number of predictions.
        confidence: Their mean probability.
        accuracy: The share of them that is right.
        error: Expected calibration error: the mean distance of the bins' accuracy from their
            confidence, weighted by their counts (Naeini, Cooper and Hauskrecht 2015, "Obtaining
            well calibrated probabilities using Bayesian binning"; Guo et al. 2017, "On calibration
            of modern neural networks").
    """

    bins: tuple[Bin, ...]
    count: int
    confidence: float
    accuracy: float
    error: float


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a tag or a label is found, and is right where it is given.

    Attributes:
        precision: Share of the predictions that is right; 0 without predictions.
        recall: Share of the annotations that is found; 0 without annotations.
        f1: Their harmonic mean.
        support: Number of annotations.
    """

    precision: float
    recall: float
    f1: float
    support: int


def pair_spans(gold: Sequence[Span], predicted: Sequence[Span]) -> list[SpanPair]:
    """Tell what became of each annotated span of a sentence, and where each predicted one is from.

    A span is in one pair only. Equal spans are paired first, then those with the same tokens, then
    overlapping ones of the same label, then other overlapping ones; within a kind those that share
    the most tokens go first, then those further to the left. These are the kinds of MUC (Chinchor
    and Sundheim 1993) with the partial matches divided by label.

    Args:
        gold: Annotated spans, which do not overlap each other.
        predicted: Predicted spans, which do not either.

    Returns:
        The pairs, from left to right.
    """
    candidates = sorted(
        (_rank(a, b), i, j)
        for i, a in enumerate(gold)
        for j, b in enumerate(predicted)
        if a.start < b.end and b.start < a.end
    )
    pairs = []
    left, right = set(range(len(gold))), set(range(len(predicted)))
    for (kind, _), i, j in candidates:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            pairs.append(SpanPair(SPAN_KINDS[kind], gold[i], predicted[j]))
    pairs += [SpanPair("missed", gold[i], None) for i in left]
    pairs += [SpanPair("spurious", None, predicted[j]) for j in right]
    return sorted(pairs, key=lambda pair: (extent(pair), pair.gold is None))


def _rank(gold: Span, predicted: Span) -> tuple[int, int]:
    """Return the number of the kind of two overlapping spans, and minus the tokens they share."""
    same_place = (gold.start, gold.end) == (predicted.start, predicted.end)
    kind = (0 if same_place else 2) + (gold.label != predicted.label)
    return kind, max(gold.start, predicted.start) - min(gold.end, predicted.end)


def extent(pair: SpanPair) -> tuple[int, int]:
    """Return the first token and the end (exclusive) of both spans of a pair together."""
    spans = [span for span in (pair.gold, pair.predicted) if span is not None]
    return min(span.start for span in spans), max(span.end for span in spans)


def count_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count which annotated tag or label is taken for which, in alphabetical order."""
    table: dict[str, dict[str, int]] = {}
    for (a, b), n in sorted(Counter(pairs).items()):
        table.setdefault(a, {})[b] = n
    return table


def label_confusion(pairs: Iterable[SpanPair], none: str) -> dict[str, dict[str, int]]:
    """Count which label is taken for which.

    Args:
        pairs: The pairs of all sentences.
        none: What stands for the span that is missing from a pair.
    """
    return count_pairs(
        (pair.gold.label if pair.gold else none, pair.predicted.label if pair.predicted else none)
        for pair in pairs
    )


def tag_rates(confusion: Confusion) -> dict[str, Rates]:
    """Return how well each tag is recognized, the most frequent ones first."""
    right = {tag: row.get(tag, 0) for tag, row in confusion.items()}
    given: Counter[str] = Counter()
    for row in confusion.values():
        given.update(row)
    rates = {}
    for tag in sorted({*confusion, *given}):
        support = sum(confusion.get(tag, {}).values())
        rates[tag] = make_rates(right.get(tag, 0), support, given[tag])
    return dict(sorted(rates.items(), key=lambda item: (-item[1].support, item[0])))


def make_rates(right: int, gold: int, predicted: int) -> Rates:
    """Return the rates of some right among some annotated and some predicted ones."""
    return Rates(
        precision=right / predicted if predicted else 0.0,
        recall=right / gold if gold else 0.0,
        f1=2 * right / (gold + predicted) if gold + predicted else 0.0,
        support=gold,
    )


def frequent_confusions(confusion: Confusion, count: int) -> list[tuple[str, str, int]]:
    """Return the most frequent mistakes: annotated tag, predicted tag, number."""
    mistakes = [(a, b, n) for a, row in confusion.items() for b, n in row.items() if a != b]
    return sorted(mistakes, key=lambda mistake: (-mistake[2], mistake[:2]))[:count]


def most_confused(confusion: Confusion, count: int) -> list[str]:
    """Return the tags with the most mistakes, annotated or predicted, in alphabetical order.

    Args:
        confusion: The counts.
        count: How many tags at most; all where there are no more.
    """
    mistakes: Counter[str] = Counter()
    tags = {*confusion, *(tag for row in confusion.values() for tag in row)}
    for a, b, n in frequent_confusions(confusion, len(tags) ** 2):
        mistakes[a] += n
        mistakes[b] += n
    return sorted(sorted(tags, key=lambda tag: (-mistakes[tag], tag))[:count])


def fold_confusion(
    confusion: Confusion, tags: Sequence[str], rest: str
) -> dict[str, dict[str, int]]:
    """Add up the rows and the columns of all tags but some.

    Args:
        confusion: The counts.
        tags: The tags that stay.
        rest: What the others are called together.
    """
    kept = set(tags)
    folded: dict[str, dict[str, int]] = {}
    for a, row in confusion.items():
        target = folded.setdefault(a if a in kept else rest, {})
        for b, n in row.items():
            name = b if b in kept else rest
            target[name] = target.get(name, 0) + n
    return folded


def calibrate(probabilities: npt.ArrayLike, right: npt.ArrayLike, bins: int = BINS) -> Calibration:
    """Compare the probabilities of predictions with how often these are right.

    Args:
        probabilities: (predictions,) from 0 to 1.
        right: (predictions,) whether each is right.
        bins: Number of bins of equal width; a probability between two belongs to the upper one.
    """
    given = np.asarray(probabilities, np.float64)
    hits = np.asarray(right, np.float64)
    numbers = np.clip((given * bins).astype(np.int64), 0, bins - 1)
    counts = np.bincount(numbers, minlength=bins)
    sums = np.bincount(numbers, weights=given, minlength=bins)
    found = np.bincount(numbers, weights=hits, minlength=bins)
    divisor = np.maximum(counts, 1)
    total = max(len(given), 1)
    return Calibration(
        bins=tuple(
            Bin(number / bins, (number + 1) / bins, *values)
            for number, values in enumerate(
                zip(
                    counts.tolist(),
                    (sums / divisor).tolist(),
                    (found / divisor).tolist(),
                    strict=True,
                )
            )
        ),
        count=len(given),
        confidence=float(sums.sum()) / total,
        accuracy=float(found.sum()) / total,
        error=float(np.abs(sums - found).sum()) / total,
    )


def least_sure(
    confidence: Sequence[Sequence[float]], count: int, shortest: int = 1
) -> list[tuple[int, float]]:
    """Return the sentences whose tags have the lowest mean probability.

    Args:
        confidence: The probability of each predicted tag of each sentence.
        count: How many sentences.
        shortest: Shorter sentences, in tokens, are left out.

    Returns:
        Each sentence's index and mean, the lowest first; sentences without tokens are left out.
    """
    least = max(shortest, 1)
    means = [(statistics.fmean(c), i) for i, c in enumerate(confidence) if len(c) >= least]
    return [(index, mean) for mean, index in sorted(means)[:count]]
