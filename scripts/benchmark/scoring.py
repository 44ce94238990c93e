"""One scorer for all systems, of the tags, labels or texts that they wrote, or had to foresee."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from scripts.benchmark.plans import TEXT_UNITS
from scripts.benchmark.protocol import Sentence

Tags = Sequence[Sequence[str]]


def read_answers(path: Path) -> list[Any]:
    """Read what a worker wrote: a list of tags, a label or a text a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def score(
    sentences: Sequence[Sentence], answers: Sequence[Any], kind: str, known: Container[str]
) -> dict[str, float]:
    """Return the scores of answers, as fractions.

    Args:
        sentences: With the right tags, or texts with what is right for them.
        answers: The tags, labels or texts given.
        kind: That of the corpus.
        known: The words of the training part, with which words are told that are new.
    """
    if kind == "labels":
        return label_scores([sentence["label"] for sentence in sentences], answers)
    if kind == "pairs":
        return translation_scores([sentence["right"][0] for sentence in sentences], answers)
    if kind == "pronunciations":
        return pronunciation_scores([sentence["right"] for sentence in sentences], answers)
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


def translation_scores(references: Sequence[str], given: Sequence[str]) -> dict[str, float]:
    """Return BLEU and chrF of whole texts, as sacrebleu counts them, mixed case, untokenized."""
    if len(references) != len(given):
        raise ValueError(f"{len(given)} translations of {len(references)} texts")
    return {
        "bleu": round(_bleu().corpus_score(given, [references]).score / 100, 5),
        "chrf": round(CHRF().corpus_score(given, [references]).score / 100, 5),
    }


def signature(kind: str) -> str:
    """Return what sacrebleu tells of how BLEU was computed, nothing for other kinds of corpora."""
    if kind != "pairs":
        return ""
    bleu = _bleu()
    bleu.corpus_score(["a"], [["a"]])  # which it has to have seen before it tells
    return str(bleu.get_signature())


def _bleu() -> BLEU:
    return BLEU(lowercase=False, tokenize="13a")


def pronunciation_scores(right: Sequence[Sequence[str]], given: Sequence[str]) -> dict[str, float]:
    """Return the shares of wrong words and of wrong phones.

    Args:
        right: For each word its pronunciations, any of which counts; phones with spaces between.
        given: The pronunciations given.

    Returns:
        ``word_error_rate``, the share of words whose pronunciation is not among the right ones, and
        ``phone_error_rate``, the edits to the nearest right one, of several the first, for each of
        its phones.
    """
    wrong = edits = phones = 0
    for listed, answer in zip(right, given, strict=True):
        found = answer.split()
        distances = [(edit_distance(spoken.split(), found), spoken) for spoken in listed]
        distance, nearest = min(distances, key=lambda pair: pair[0])
        wrong += distance > 0
        edits += distance
        phones += len(nearest.split())
    return {
        "word_error_rate": round(wrong / len(right), 5),
        "phone_error_rate": round(edits / phones, 5),
    }


def text_scores(told: Mapping[str, float], units: int, kind: str) -> dict[str, float]:
    """Return what a text costs for each of its words or characters.

    Args:
        told: The nats that all of it costs a system, and how many units it has counted.
        units: How many words or characters there are, with an end for every line.
        kind: That of the corpus.

    Raises:
        ValueError: The system has left something out, or counted what there is not.
    """
    name = TEXT_UNITS[kind]
    if told[name] != units:
        raise ValueError(f"{told[name]:,} {name} were scored of a text of {units:,}")
    cost = told["nats"] / units
    if kind == "text":
        return {"perplexity": round(math.exp(cost), 3)}
    return {"nats_per_character": round(cost, 5)}


def edit_distance(first: Sequence[str], second: Iterable[str]) -> int:
    """Return how many insertions, deletions and replacements make one sequence of the other."""
    row = list(range(len(first) + 1))
    for count, item in enumerate(second, start=1):
        corner, row[0] = row[0], count
        for place, other in enumerate(first, start=1):
            replaced = corner + (item != other)
            corner = row[place]
            row[place] = min(replaced, corner + 1, row[place - 1] + 1)
    return row[-1]


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
