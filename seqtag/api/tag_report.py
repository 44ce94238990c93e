"""Pages about a tagger's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqtag import __version__
from seqtag.api.evaluate import Evaluation
from seqtag.api.page_facts import PageFacts
from seqtag.api.tagger import Tagger
from seqtag.report.page import make_page
from seqtag.report.results import ColumnResult, EvaluationResult
from seqtag.text.schemes import Scheme
from seqtag.text.sentence import Sentence, Span
from seqtag.text.tag_column import TagColumn
from seqtag.training.scores import strict_spans


def evaluation_page(tagger: Tagger, evaluation: Evaluation, about: PageFacts) -> str:
    """Return a page about a tagger's answers on annotated sentences, as HTML.

    Args:
        tagger: The tagger.
        evaluation: Its answers, from `seqtag.api.evaluate.examine`.
        about: What the page is about.
    """
    spec = tagger.spec
    sentences = list(zip(evaluation.gold, evaluation.predicted, strict=True))
    tokens = [sentence.tokens for sentence in evaluation.predicted]
    by_column = evaluation.scores.get("by_column", {spec.columns[0].name: evaluation.scores})
    return make_page(
        EvaluationResult(
            title=about.title,
            source=about.source,
            version=__version__,
            tokens=tokens,
            unseen=[[word not in spec.known_words for word in words] for words in tokens],
            columns=[
                _column_result(column, sentences, by_column[column.name]) for column in spec.columns
            ],
            facts=about.of(spec, "sentences", "tokens"),
            history=about.history,
            settings=about.settings,
        )
    )


def _column_result(
    column: TagColumn, sentences: Sequence[tuple[Sentence, Sentence]], scores: Mapping[str, Any]
) -> ColumnResult:
    name = column.name
    gold = [annotated.tags_by[name] for annotated, _ in sentences]
    predicted = [tagged.tags_by[name] for _, tagged in sentences]
    spans = None
    if column.file_scheme is not None:
        tagged = [sentence for _, sentence in sentences]
        spans = (
            counted_spans(tagged, gold, column.file_scheme),
            counted_spans(tagged, predicted, column.file_scheme, name),
        )
    return ColumnResult(
        name=name,
        gold=gold,
        predicted=predicted,
        confidence=[sentence.scores_by[name] for _, sentence in sentences],
        spans=spans,
        scores=scores,
    )


def counted_spans(
    sentences: Sequence[Sentence],
    tags: Sequence[Sequence[str]],
    scheme: Scheme,
    column: str | None = None,
) -> list[list[Span]]:
    """Return the spans that the scores count, which take tags that break their scheme for none.

    Args:
        sentences: The sentences.
        tags: Tags for each of them.
        scheme: The tags' scheme.
        column: Where the tags are predicted, their column, whose spans have probabilities.
    """
    found = []
    for sentence, places in zip(sentences, strict_spans(tags, scheme), strict=True):
        scores = {}
        if column is not None:
            scores = {(s.label, s.start, s.end): s.score for s in sentence.spans_by[column]}
        found.append(
            [
                sentence.make_span(start, end, label, scores.get((label, start, end), 1.0))
                for start, end, label in sorted((start, end, label) for label, start, end in places)
            ]
        )
    return found
