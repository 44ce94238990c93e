"""Evaluations made up for tests of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from seqtag.report.results import ColumnResult, EvaluationResult, Setting
from seqtag.text.schemes import Scheme, find_spans
from seqtag.text.sentence import Sentence
from seqtag.training.scores import score_tags

HOSTILE = [
    *("<script>alert(1)</script>", "&amp;", '"><b>', "'", "\u202etxet\u202c", "שלום", "a\x00b"),
    *("\ud800", "x" * 300_000, "\u2028", "\x1b[31m", "", "می\u200cخواهم", "\uffff", "</style>"),
]
"""Words that would do harm on a page."""


def column(
    tokens: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    name: str = "TAG",
    scheme: Scheme | None = None,
    score: float = 0.75,
) -> ColumnResult:
    """Return a column of which every prediction has the same probability.

    All tags must be in valid use of their scheme.
    """
    spans = None
    if scheme is not None:
        sentences = [Sentence(list(words)) for words in tokens]
        spans = tuple(
            [
                [sentence.make_span(*place, score) for place in find_spans(of)]
                for sentence, of in zip(sentences, tags, strict=True)
            ]
            for tags in (gold, predicted)
        )
    return ColumnResult(
        name=name,
        gold=gold,
        predicted=predicted,
        confidence=[[score] * len(words) for words in tokens],
        spans=None if spans is None else (spans[0], spans[1]),
        scores=score_tags(tokens, gold, predicted, KNOWN, scheme),
    )


KNOWN = {"the", "of", "Ada"}


def evaluation(
    tokens: Sequence[Sequence[str]], *columns: ColumnResult, **facts: object
) -> EvaluationResult:
    """Return an evaluation of sentences."""
    result = EvaluationResult(
        title="run",
        source="test.conll",
        version="0.1",
        tokens=tokens,
        unseen=[[word not in KNOWN for word in words] for words in tokens],
        columns=columns,
    )
    return replace(result, **facts)  # type: ignore[arg-type]  # the caller knows the fields


def epoch(number: int, **dev: object) -> dict[str, Any]:
    """Return a line of a history."""
    return {"epoch": number, "train_loss": 1 / number, "learning_rate": 0.002, "dev": dev}


SETTINGS = {
    "run": [Setting("seed", "7", "of all random choices", False)],
    "encoder": [Setting("cell", "lstm", "recurrent cell", True)],
}
