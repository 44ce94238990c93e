"""What two taggers do differently on the same sentences, and whether one of them is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.report.analysis import make_rates
from seqtag.report.results import Spans, Tags
from seqtag.report.significance import SAMPLES, Difference, paired_bootstrap

IntArray: TypeAlias = npt.NDArray[np.int64]

LEVEL = 0.05
"""A difference with a p value below this is called significant."""


SCORE_NAMES = {
    "f1": "F1 of spans, strict",
    "accuracy": "accuracy",
    "accuracy_unseen": "accuracy of unseen words",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoAnswers:
    """A tag column as it was annotated and as two taggers predict it, sentence by sentence.

    Attributes:
        name: The column's name.
        gold: The annotated tags.
        first: The tags of the first tagger.
        second: The tags of the second one.
        spans: The annotated spans, those of the first and those of the second tagger; None where
            tags are no spans.
    """

    name: str
    gold: Tags
    first: Tags
    second: Tags
    spans: tuple[Spans, Spans, Spans] | None


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A tag or label in both answers.

    Attributes:
        label: The tag or label.
        support: Its annotated tokens or spans.
        first: Its F1 in the first answer.
        second: Its F1 in the second one.
        lost: Its annotated tokens or spans that only the first tagger finds.
        won: Those that only the second one finds.
    """

    label: str
    support: int
    first: float
    second: float
    lost: int
    won: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnComparison:
    """The comparison in one tag column.

    Attributes:
        answers: What was compared.
        scores: The difference in each score: ``f1`` of spans by the strict rules, ``accuracy``,
            and ``accuracy_unseen``, that of words which the training part of neither has.
        labels: The labels in which the taggers differ, the one that the second wins most first.
        both: Annotated spans, or tokens where tags are no spans, that both get right.
        only_first: Those that only the first one gets right.
        only_second: Those that only the second one gets right.
        neither: Those that none gets right.
        better_first: Sentences in which the first one has fewer mistakes, most of them first.
        better_second: Sentences in which the second one has fewer.
    """

    answers: TwoAnswers
    scores: Mapping[str, Difference]
    labels: Sequence[LabelChange]
    both: int
    only_first: int
    only_second: int
    neither: int
    better_first: Sequence[int]
    better_second: Sequence[int]

    @property
    def total(self) -> int:
        """Number of annotated spans, or tokens."""
        return self.both + self.only_first + self.only_second + self.neither


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two taggers on the same sentences.

    Attributes:
        first: What the first one is called.
        second: What the second one is called.
        source: The file.
        tokens: The words of each sentence.
        columns: The comparison in each tag column.
        version: The version of seqtag that compares.
    """

    first: str
    second: str
    source: str
    tokens: Tags
    columns: Sequence[ColumnComparison]
    version: str


def compare_column(
    answers: TwoAnswers, unseen: Sequence[Sequence[bool]], *, samples: int = SAMPLES
) -> ColumnComparison:
    """Compare two taggers in one column.

    Args:
        answers: What was annotated and what they predict.
        unseen: For each sentence, whether the training parts of both lack each word.
        samples: Draws of the bootstrap.
    """
    counts = {} if answers.spans is None else {"f1": _span_counts(answers.spans)}
    counts |= _token_counts(answers, unseen)
    stacked = np.stack(list(counts.values()), axis=1)
    differences = paired_bootstrap(stacked[..., 0], stacked[..., 1], samples=samples)
    found = _found(answers)
    tally = Counter((a, b) for _, a, b in found)
    mistakes = _mistakes(answers)
    gains = mistakes[:, 0] - mistakes[:, 1]
    order = np.argsort(-np.abs(gains), kind="stable").tolist()
    return ColumnComparison(
        answers=answers,
        scores=dict(zip(counts, differences, strict=True)),
        labels=_labels(answers, found),
        both=tally[True, True],
        only_first=tally[True, False],
        only_second=tally[False, True],
        neither=tally[False, False],
        better_first=[index for index in order if gains[index] < 0],
        better_second=[index for index in order if gains[index] > 0],
    )


def _token_counts(answers: TwoAnswers, unseen: Sequence[Sequence[bool]]) -> dict[str, IntArray]:
    """Count right tags and tags; those of unseen words only where there are any.

    Returns:
        For each score (sentences, 2 taggers, 2), right ones and all.
    """
    rows: dict[str, list[list[tuple[int, int]]]] = {"accuracy": [], "accuracy_unseen": []}
    for gold, first, second, flags in zip(
        answers.gold, answers.first, answers.second, unseen, strict=True
    ):
        for name, wanted in (("accuracy", [True] * len(flags)), ("accuracy_unseen", flags)):
            right = [
                sum(a == b and w for a, b, w in zip(gold, given, wanted, strict=True))
                for given in (first, second)
            ]
            rows[name].append([(number, sum(wanted)) for number in right])
    counts = {name: np.array(values) for name, values in rows.items()}
    return {name: count for name, count in counts.items() if name == "accuracy" or count.any()}


def _span_counts(spans: tuple[Spans, Spans, Spans]) -> IntArray:
    """Count twice the right spans, and annotated and predicted ones together.

    Returns:
        (sentences, 2 taggers, 2)
    """
    return np.array(
        [
            [(2 * len(gold & given), len(gold) + len(given)) for given in (first, second)]
            for gold, first, second in zip(*map(_as_sets, spans), strict=True)
        ]
    )


def _as_sets(spans: Spans) -> list[set[tuple[int, int, str]]]:
    return [{(span.start, span.end, span.label) for span in of} for of in spans]


def _found(answers: TwoAnswers) -> list[tuple[str, bool, bool]]:
    """Return for each annotated span, or tag, its label and which tagger finds it."""
    if answers.spans is None:
        return [
            (gold, gold == first, gold == second)
            for rows in zip(answers.gold, answers.first, answers.second, strict=True)
            for gold, first, second in zip(*rows, strict=True)
        ]
    return [
        (span[2], span in first, span in second)
        for gold, first, second in zip(*map(_as_sets, answers.spans), strict=True)
        for span in sorted(gold)
    ]


def _mistakes(answers: TwoAnswers) -> IntArray:
    """Return (sentences, 2) the number of each tagger's mistakes.

    Of spans these are the annotated ones that are not found and the predicted ones that are wrong.
    """
    if answers.spans is None:
        return np.array(
            [
                [sum(a != b for a, b in zip(gold, given, strict=True)) for given in both]
                for gold, *both in zip(answers.gold, answers.first, answers.second, strict=True)
            ]
        )
    return np.array(
        [
            [len(gold ^ given) for given in both]
            for gold, *both in zip(*map(_as_sets, answers.spans), strict=True)
        ]
    )


def _labels(answers: TwoAnswers, found: Sequence[tuple[str, bool, bool]]) -> list[LabelChange]:
    """Return the labels in which the taggers differ, the one that the second wins most first."""
    gold = Counter(label for label, _, _ in found)
    right = [Counter(item[0] for item in found if item[number]) for number in (1, 2)]
    predicted = [_predicted(answers, number) for number in (0, 1)]
    only_first = Counter(label for label, a, b in found if a and not b)
    only_second = Counter(label for label, a, b in found if b and not a)
    changes = []
    for label in gold.keys() | predicted[0].keys() | predicted[1].keys():
        first, second = (
            make_rates(right[number][label], gold[label], predicted[number][label]).f1
            for number in (0, 1)
        )
        won, lost = only_second[label], only_first[label]
        if won or lost or first != second:
            changes.append(LabelChange(label, gold[label], first, second, lost, won))
    return sorted(changes, key=lambda c: (c.lost - c.won, c.first - c.second, c.label))


def _predicted(answers: TwoAnswers, number: int) -> Counter[str]:
    """Count the labels that a tagger predicts."""
    if answers.spans is None:
        tags = (answers.first, answers.second)[number]
        return Counter(tag for of in tags for tag in of)
    return Counter(span.label for of in answers.spans[number + 1] for span in of)


def differing_tokens(answers: TwoAnswers, index: int) -> list[int]:
    """Return the tokens of a sentence that the taggers give different tags."""
    pairs = zip(answers.first[index], answers.second[index], strict=True)
    return [place for place, (first, second) in enumerate(pairs) if first != second]


def verdict(name: str, difference: Difference, second: str) -> str:
    """Say in a sentence whether the second tagger is better in a score."""
    p_value = "p < 0.001" if difference.p_value < 0.001 else f"p = {difference.p_value:.3f}"
    if difference.p_value >= LEVEL:
        return f"No significant difference in {name} ({p_value})."
    return f"{second} is {'better' if difference.gain > 0 else 'worse'} in {name} ({p_value})."


def as_values(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values, for JSON."""
    return {
        "first": comparison.first,
        "second": comparison.second,
        "file": comparison.source,
        "sentences": len(comparison.tokens),
        "tokens": sum(map(len, comparison.tokens)),
        "samples": SAMPLES,
        "by_column": {
            column.answers.name: {
                "scores": {
                    name: {
                        "first": d.first,
                        "second": d.second,
                        "difference": d.gain,
                        "interval": [d.low, d.high],
                        "p_value": d.p_value,
                    }
                    for name, d in column.scores.items()
                },
                "right": {
                    "both": column.both,
                    "only_first": column.only_first,
                    "only_second": column.only_second,
                    "neither": column.neither,
                },
                "labels": {
                    change.label: {
                        "support": change.support,
                        "f1_first": change.first,
                        "f1_second": change.second,
                        "only_first": change.lost,
                        "only_second": change.won,
                    }
                    for change in column.labels
                },
            }
            for column in comparison.columns
        },
    }
