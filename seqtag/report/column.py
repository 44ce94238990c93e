"""A tag column with all that its sections are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqtag.report.analysis import Confusion, SpanPair, count_pairs, pair_spans
from seqtag.report.results import ColumnResult, EvaluationResult, Spans, Tags


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnView:
    """One column of an evaluation.

    Attributes:
        column: Its tags, probabilities and scores.
        tokens: The words of each sentence.
        unseen: For each sentence, whether training never shows each word.
        right: For each sentence, whether each tag is right.
        confusion: Which tag is taken for which.
        spans: The annotated and the predicted spans; None where tags are no spans.
        pairs: What became of the spans of each sentence; nothing where tags are no spans.
        level: The level of its sections' headings.
        prefix: What its sections' anchors begin with.
    """

    column: ColumnResult
    tokens: Tags
    unseen: Sequence[Sequence[bool]]
    right: Sequence[Sequence[bool]]
    confusion: Confusion
    spans: tuple[Spans, Spans] | None
    pairs: Sequence[Sequence[SpanPair]]
    level: int
    prefix: str

    @property
    def examples_level(self) -> str:
        """The element of the headings below its sections'."""
        return f"h{self.level + 1}"


def view_column(
    result: EvaluationResult, column: ColumnResult, *, level: int = 2, prefix: str = ""
) -> ColumnView:
    """Compare what was annotated in a column with what was predicted."""
    spans = column.spans
    return ColumnView(
        column=column,
        tokens=result.tokens,
        unseen=result.unseen,
        right=[
            [a == b for a, b in zip(*tags, strict=True)]
            for tags in zip(column.gold, column.predicted, strict=True)
        ],
        confusion=count_pairs(
            pair
            for tags in zip(column.gold, column.predicted, strict=True)
            for pair in zip(*tags, strict=True)
        ),
        spans=spans,
        pairs=[] if spans is None else [pair_spans(*s) for s in zip(*spans, strict=True)],
        level=level,
        prefix=prefix,
    )
