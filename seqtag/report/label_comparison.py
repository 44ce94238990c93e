"""What two classifiers say differently of the same texts, and whether one of them is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtag.report import numbers
from seqtag.report.comparison import verdict
from seqtag.report.significance import SAMPLES, Difference, paired_bootstrap
from seqtag.report.tables import table, visible
from seqtag.text.label import Label

EXAMPLES = 5
"""Texts shown that only one of the classifiers labels rightly."""

LABELS = 20
"""Labels shown at most."""

_LONGEST = 200  # characters shown of a text


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelComparison:
    """Two classifiers on the same texts.

    Attributes:
        first: What the first one is called.
        second: What the second one is called.
        source: The file.
        gold: The annotated labels.
        answers: What the two say of each text.
        scores: The scores of both, as `seqtag.training.label_scores.score_labels` returns them.
        accuracy: The difference in accuracy.
    """

    first: str
    second: str
    source: str
    gold: Sequence[str]
    answers: tuple[Sequence[Label], Sequence[Label]]
    scores: tuple[dict[str, Any], dict[str, Any]]
    accuracy: Difference

    def only_right(self, number: int) -> list[int]:
        """Return the texts that only the first (0) or the second (1) classifier labels rightly.

        Those that it is surest of come first.
        """
        ours, theirs = self.answers[number], self.answers[1 - number]
        found = [
            text
            for text, gold in enumerate(self.gold)
            if ours[text].label == gold != theirs[text].label
        ]
        return sorted(found, key=lambda text: -ours[text].score)

    def rights(self) -> dict[str, int]:
        """Return how many texts both label rightly, only one of them, and none."""
        only = [len(self.only_right(number)) for number in (0, 1)]
        pairs = zip(self.gold, self.answers[0], strict=True)
        both = sum(gold == label.label for gold, label in pairs) - only[0]
        neither = len(self.gold) - both - sum(only)
        return {"both": both, "only_first": only[0], "only_second": only[1], "neither": neither}


def compare_labels(
    gold: Sequence[str], first: Sequence[Label], second: Sequence[Label], *, samples: int = SAMPLES
) -> Difference:
    """Compare the accuracy of two classifiers by the paired bootstrap over texts.

    Args:
        gold: The annotated labels.
        first: What the first classifier says of each text.
        second: What the second one says.
        samples: Draws of texts.
    """
    right = [
        [[a.label == wanted, b.label == wanted]]
        for wanted, a, b in zip(gold, first, second, strict=True)
    ]
    return paired_bootstrap(right, np.ones((len(gold), 1, 2)), samples=samples)[0]


def label_comparison_report(comparison: LabelComparison) -> str:
    """Return scores side by side, their difference, labels, and texts that differ."""
    first, second = visible(comparison.first), visible(comparison.second)
    rights = comparison.rights()
    names = {
        "both": "both",
        "only_first": f"only {first}",
        "only_second": f"only {second}",
        "neither": "neither",
    }
    texts = numbers.things(len(comparison.gold), "text")
    lines = [f"{visible(comparison.source)}: {texts}", "", *_scores(comparison, first, second)]
    lines += ["", f"  {verdict('accuracy', comparison.accuracy, second)}"]
    lines.append(f"  Paired bootstrap, {SAMPLES:,} draws of texts; it says nothing of other seeds.")
    rows = [[names[key], f"{count:,}"] for key, count in rights.items()]
    lines += ["", *table(["who is right", "texts"], rows)]
    lines += ["", *_labels(comparison, first, second)]
    for number, name in enumerate((first, second)):
        if found := comparison.only_right(number):
            lines += ["", f"  only {name} is right in {numbers.things(len(found), 'text')}:"]
            for text in found[:EXAMPLES]:
                lines += _example(comparison, text, (first, second))
    return "\n".join(lines)


def _scores(comparison: LabelComparison, first: str, second: str) -> Iterator[str]:
    d = comparison.accuracy
    interval = [f"{d.low:+.4f} to {d.high:+.4f}", numbers.probability(d.p_value)]
    rows = [["accuracy", f"{d.first:.4f}", f"{d.second:.4f}", f"{d.gain:+.4f}", *interval]]
    for title, (a, b) in _others(comparison).items():
        rows.append([title, f"{a:.4f}", f"{b:.4f}", f"{b - a:+.4f}", "", ""])
    yield from table(["", first, second, "difference", "95% interval", "p"], rows)


def _others(comparison: LabelComparison) -> dict[str, tuple[float, float]]:
    """Return further scores of both, of which no significance is computed."""
    a, b = comparison.scores
    return {
        "macro F1": (a["macro_f1"], b["macro_f1"]),
        "calibration error": (a["calibration"]["error"], b["calibration"]["error"]),
    }


def _labels(comparison: LabelComparison, first: str, second: str) -> Iterator[str]:
    """Yield a table of the annotated labels, the most frequent first."""
    support = Counter(comparison.gold)
    by_first, by_second = (scores["by_label"] for scores in comparison.scores)
    ordered = sorted(support.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        [label, f"{n:,}", f"{by_first[label]['f1']:.4f}", f"{by_second[label]['f1']:.4f}"]
        for label, n in ordered[:LABELS]
    ]
    yield from table(["label", "support", f"F1 {first}", f"F1 {second}"], rows)
    if rest := len(ordered) - len(rows):
        yield f"  and {rest:,} more"


def _example(comparison: LabelComparison, text: int, names: tuple[str, str]) -> Iterator[str]:
    answers = [answers[text] for answers in comparison.answers]
    shown = visible(" ".join(answers[0].text.split()))
    yield f"    text {text + 1:,}: {shown[:_LONGEST]}{' …' if len(shown) > _LONGEST else ''}"
    told = [f"annotated {visible(comparison.gold[text])}"]
    for name, answer in zip(names, answers, strict=True):
        told.append(f"{name} {visible(answer.label)} {answer.score:.2f}")
    yield f"      {', '.join(told)}"


def label_values(comparison: LabelComparison) -> dict[str, Any]:
    """Return a comparison as plain values, for JSON."""
    d = comparison.accuracy
    first, second = comparison.answers
    return {
        "first": comparison.first,
        "second": comparison.second,
        "file": comparison.source,
        "texts": len(comparison.gold),
        "samples": SAMPLES,
        "scores": {
            "accuracy": {
                "first": d.first,
                "second": d.second,
                "difference": d.gain,
                "interval": [d.low, d.high],
                "p_value": d.p_value,
            },
            "macro_f1": {
                name: scores["macro_f1"]
                for name, scores in zip(("first", "second"), comparison.scores, strict=True)
            },
        },
        "right": comparison.rights(),
        "differences": [
            {"text": number + 1, "gold": gold, "first": a.label, "second": b.label}
            for number, (gold, a, b) in enumerate(zip(comparison.gold, first, second, strict=True))
            if a.label != b.label
        ],
    }
