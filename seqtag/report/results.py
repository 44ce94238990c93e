"""What a page about an evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seqtag.text.sentence import Span

Tags: TypeAlias = Sequence[Sequence[str]]
Spans: TypeAlias = Sequence[Sequence[Span]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnResult:
    """One tag column's annotated and predicted tags, sentence by sentence.

    Attributes:
        name: The column's name.
        gold: The annotated tags.
        predicted: The predicted tags.
        confidence: The probability of each predicted tag.
        spans: The annotated spans, and the predicted ones with their probabilities; None where
            tags are no spans.
        scores: As `seqtag.training.scores.score_tags` returns them.
    """

    name: str
    gold: Tags
    predicted: Tags
    confidence: Sequence[Sequence[float]]
    spans: tuple[Spans, Spans] | None
    scores: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the configuration.

    Attributes:
        key: Its name within its section.
        value: Its value as text.
        meaning: What it means.
        is_default: Whether it has the value that it has where nothing is said.
    """

    key: str
    value: str
    meaning: str
    is_default: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PageResult:
    """What pages about evaluations of every task are made from.

    Attributes:
        title: What the page is about, such as the run's name.
        source: The evaluated file or part, such as ``test``.
        version: The version of seqtag that evaluates.
        facts: Facts of ``metrics.json`` about the training as far as they are known.
        history: The lines of ``history.jsonl``; empty where they are not known.
        settings: The configuration by section; empty where it is not known.
    """

    title: str
    source: str
    version: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Sequence[Setting]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationResult(PageResult):
    """A tagger's answers on annotated sentences, and what is known of its training.

    Attributes:
        tokens: The words of each sentence.
        unseen: For each sentence, whether training never shows each word.
        columns: The tag columns, the main one first.
        facts: As for `PageResult`, with train's numbers of ``sentences`` and ``tokens``.
    """

    tokens: Tags
    unseen: Sequence[Sequence[bool]]
    columns: Sequence[ColumnResult]
