"""One scorer for all systems, of the tags or labels that they wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark.protocol import Sentence

Tags = Sequence[Sequence[str]]


def read_answers(path: Path) -> list[Any]:
    """Read what a worker wrote: a list of tags or a label a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def score(
    sentences: Sequence[Sentence], answers: Sequence[Any], kind: str, known: Container[str]
) -> dict[str, float]:
    """Return the scores of answers, as fractions.

    Args:
        sentences: With the right tags, or texts with their labels.
        answers: The tags or labels given.
        kind: ``words``, ``spans`` or ``labels``.
        known: The words of the training part, with which words are told that are new.
    """
    if kind == "labels":
        return label_scores([sentence["label"] for sentence in sentences], answers)
    gold = [sentence["tags"] for sentence in sentences]
    if kind == "spans":
        return {"f1": round(span_f1(gold, answers), 5)}
    pairs = [
        (token, right == given)
        for sentence, tags in zip(sentences, answers, strict=True)
        for token, right, given in zip(sentence["tokens"], sentence["tags"], tags, strict=True)
    ]
    unseen = [is_right for token, is_right in pairs if token not in known]
    return {
        "accuracy": round(sum(is_right for _, is_right in pairs) / len(pairs), 5),
        "accuracy_unseen": round(sum(unseen) / len(unseen), 5) if unseen else 0.0,
    }


def label_scores(gold: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """Return the accuracy and the mean F1 of the labels that there are, each counted as one."""
    right = Counter(wanted for wanted, label in zip(gold, given, strict=True) if wanted == label)
    wanted, found = Counter(gold), Counter(given)
    f1 = [2 * right[label] / (wanted[label] + found[label]) for label in wanted]
    return {
        "accuracy": round(right.total() / len(gold), 5),
        "macro_f1": round(sum(f1) / len(f1), 5),
    }


def span_f1(gold: Tags, tagged: Tags) -> float:
    """Return the strict F1 of spans in scheme BIO, all types together."""
    right = found = wanted = 0
    for gold_tags, tags in zip(gold, tagged, strict=True):
        gold_spans, spans = set(spans_of(gold_tags)), set(spans_of(tags))
        right += len(gold_spans & spans)
        found += len(spans)
        wanted += len(gold_spans)
    return 2 * right / (found + wanted) if found + wanted else 0.0


def spans_of(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return start, end and label of each span of a sequence in scheme BIO.

    A span begins with B only: what stands behind an I that continues nothing is none, as in
    seqeval's strict mode.
    """
    spans = []
    start, label = -1, ""
    for place, tag in enumerate([*tags, "O"]):
        if start >= 0 and tag != f"I-{label}":
            spans.append((start, place, label))
            start = -1
        if tag.startswith("B-"):
            start, label = place, tag[2:]
    return spans
