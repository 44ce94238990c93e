"""Scores of predicted tags: accuracy, and entity-level precision, recall and F1."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from seqtag.text.schemes import OUTSIDE, Scheme, convert, find_spans, split_tag
from seqtag.text.tag_column import TagColumn

Tags = Sequence[Sequence[str]]
StrictScheme: TypeAlias = Literal["bio", "bioes", "bilou"]

_PREFIXES: dict[StrictScheme, frozenset[str]] = {
    "bio": frozenset("OBI"),
    "bioes": frozenset("OBIES"),
    "bilou": frozenset("OBILU"),
}


def score_columns(
    columns: Sequence[TagColumn],
    tokens: Tags,
    gold: Mapping[str, Tags],
    predicted: Mapping[str, Tags],
    known_words: Container[str],
) -> dict[str, Any]:
    """Score every tag column.

    Args:
        columns: The columns, the main one first.
        tokens: The words of each sentence.
        gold: For each column the annotated tags of each sentence.
        predicted: For each column the predicted tags of each sentence.
        known_words: The words of the training part.

    Returns:
        The main column's scores, and where there are several columns all under ``by_column``.
    """
    by_column = {
        column.name: score_tags(
            tokens, gold[column.name], predicted[column.name], known_words, column.file_scheme
        )
        for column in columns
    }
    scores = dict(by_column[columns[0].name])
    if len(columns) > 1:
        scores["by_column"] = by_column
    return scores


def dev_score(scores: Mapping[str, Any]) -> float:
    """Return what training maximizes: F1 of spans, else accuracy, averaged over the columns."""
    columns = scores.get("by_column", {"": scores}).values()
    return statistics.fmean(column.get("f1", column["accuracy"]) for column in columns)


def score_tags(
    tokens: Tags, gold: Tags, predicted: Tags, known_words: Container[str], scheme: Scheme | None
) -> dict[str, Any]:
    """Score one tag column.

    Args:
        tokens: The words of each sentence.
        gold: The annotated tags of each sentence.
        predicted: The predicted tags of each sentence.
        known_words: The words of the training part.
        scheme: The tags' scheme; None where they are no spans.

    Returns:
        ``accuracy`` and ``accuracy_unseen`` (None where every word is known), and for spans
        ``precision``, ``recall`` and ``f1`` (entity level, micro average, seqeval's strict mode),
        ``conlleval_f1`` and ``by_type``. All are fractions.
    """
    right = total = right_unseen = total_unseen = 0
    for words, wanted, given in zip(tokens, gold, predicted, strict=True):
        for word, a, b in zip(words, wanted, given, strict=True):
            total += 1
            right += a == b
            if word not in known_words:
                total_unseen += 1
                right_unseen += a == b
    scores: dict[str, Any] = {
        "accuracy": right / total if total else 0.0,
        "accuracy_unseen": right_unseen / total_unseen if total_unseen else None,
    }
    if scheme is not None:
        scores |= strict_scores(gold, predicted, scheme)
        scores["conlleval_f1"] = conlleval_f1(gold, predicted)
    return scores


def strict_scores(gold: Tags, predicted: Tags, scheme: Scheme) -> dict[str, Any]:
    """Compare spans as seqeval does in strict mode: a span counts only in valid use of the scheme.

    IOB1 is compared as BIO, where what a span is has no exceptions. A sentence with prefixes that
    the scheme does not know is read as conlleval reads it, for it must be written in another one.

    Args:
        gold: The annotated tags of each sentence.
        predicted: The predicted tags of each sentence.
        scheme: The tags' scheme.

    Returns:
        ``precision``, ``recall``, ``f1`` and ``by_type`` with the same for each label, and
        ``support``, its number of annotated spans.
    """
    spans = [
        {(n, *span) for n, found in enumerate(strict_spans(tags, scheme)) for span in found}
        for tags in (gold, predicted)
    ]
    return _compare(*spans)


def strict_spans(sequences: Tags, scheme: Scheme) -> list[set[tuple[str, int, int]]]:
    """Read spans as `strict_scores` does.

    Args:
        sequences: The tags of each sentence.
        scheme: The tags' scheme.

    Returns:
        For each sentence the label, start and end (exclusive) of each span.
    """
    # Here, because it takes a while to load and many runs have no spans.
    from seqeval.scheme import BILOU, IOB2, IOBES, Entities

    seqeval_scheme = {"bio": IOB2, "bioes": IOBES, "bilou": BILOU}
    strict: StrictScheme = "bio" if scheme == "iob1" else scheme
    readable = [
        convert(tags, strict)
        if scheme == "iob1" or not _PREFIXES[strict].issuperset(split_tag(t)[0] for t in tags)
        else [tag if split_tag(tag)[1] else OUTSIDE for tag in tags]
        for tags in sequences
    ]
    entities = Entities(readable, seqeval_scheme[strict]).entities
    return [{entity.to_tuple()[1:] for entity in sentence} for sentence in entities]


def conlleval_f1(gold: Tags, predicted: Tags) -> float:
    """Return the F1 of spans as the conlleval script reads them.

    It takes an I- that continues nothing as the beginning of a span (Tjong Kim Sang & De Meulder
    2003), where strict reading sees no span.
    """
    spans = [
        {(i, label, a, b) for i, tags in enumerate(part) for a, b, label in find_spans(tags)}
        for part in (gold, predicted)
    ]
    f1: float = _compare(*spans)["f1"]
    return f1


def _compare(gold: set[Any], predicted: set[Any]) -> dict[str, Any]:
    """Score sets of (sentence, label, ...) against each other, together and by label."""
    right = gold & predicted
    scores: dict[str, Any] = _rates(len(right), len(gold), len(predicted))
    by_label = [Counter(span[1] for span in spans) for spans in (right, gold, predicted)]
    labels = sorted(by_label[1].keys() | by_label[2].keys())
    scores["by_type"] = {
        label: _rates(*(counts[label] for counts in by_label)) | {"support": by_label[1][label]}
        for label in labels
    }
    return scores


def _rates(right: int, gold: int, predicted: int) -> dict[str, float]:
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    f1 = 2 * right / (gold + predicted) if gold + predicted else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def confusion(gold: Tags, predicted: Tags) -> dict[str, dict[str, int]]:
    """Count pairs of tags.

    Returns:
        For each annotated tag, and each tag predicted in its place, the number of tokens; tags in
        alphabetical order.
    """
    counts = Counter(
        (a, b)
        for wanted, given in zip(gold, predicted, strict=True)
        for a, b in zip(wanted, given, strict=True)
    )
    table: dict[str, dict[str, int]] = {}
    for (a, b), n in sorted(counts.items()):
        table.setdefault(a, {})[b] = n
    return table


def summarize_seeds(
    runs: Mapping[str, Mapping[str, Any]],
    dev_score: Callable[[Mapping[str, Any]], float] = dev_score,
) -> dict[str, Any]:
    """Compare runs that differ in their seed.

    Args:
        runs: Each run's metrics by its name.
        dev_score: What training maximizes, of the scores on dev.

    Returns:
        ``mean`` and ``deviation`` (of the sample, over n - 1) of every number that all runs have,
        the ``best`` run on dev, and under ``seeds`` each run's main scores.
    """
    numbers = {name: _flatten(metrics) for name, metrics in runs.items()}
    shared = set.intersection(*(set(values) for values in numbers.values()))
    mean: dict[str, Any] = {}
    deviation: dict[str, Any] = {}
    for path in sorted(shared):
        values = [values[path] for values in numbers.values()]
        _put(mean, path, statistics.fmean(values))
        _put(deviation, path, statistics.stdev(values) if len(values) > 1 else 0.0)
    selection = {name: dev_score(metrics["dev"]) for name, metrics in runs.items()}
    return {
        "best": max(selection, key=lambda name: selection[name]),
        "mean": mean,
        "deviation": deviation,
        "seeds": {
            name: {part: _main_scores(scores) for part, scores in metrics.items()}
            for name, metrics in runs.items()
        },
    }


def _main_scores(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of a part that are about all of it."""
    main = {key: value for key, value in scores.items() if not isinstance(value, Mapping)}
    if "calibration" in scores:
        main["calibration"] = {"error": scores["calibration"]["error"]}
    return main


def _flatten(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], float]:
    """Return all numbers of a nested mapping but counts of confused tags."""
    numbers: dict[tuple[str, ...], float] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            if key != "confusion":
                numbers |= _flatten(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers[*path, key] = value
    return numbers


def _put(target: dict[str, Any], path: tuple[str, ...], value: float) -> None:
    for key in path[:-1]:
        target = target.setdefault(key, {})
    target[path[-1]] = value
