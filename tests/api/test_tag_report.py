from __future__ import annotations

from pathlib import Path

import seqtag
from seqtag.api.evaluate import examine, read_annotated
from seqtag.api.page_facts import PageFacts
from seqtag.api.tag_report import counted_spans, evaluation_page
from seqtag.text.sentence import Sentence
from seqtag.training.scores import strict_spans
from tests.report.markup import read_page


def test_counts_of_mistakes_agree_with_the_scores(ner: seqtag.Tagger, corpus: Path) -> None:
    evaluation = examine(ner, read_annotated(ner, str(corpus / "test.conll")))
    page = evaluation_page(ner, evaluation, PageFacts("x", "y"))
    by_type = evaluation.scores["by_type"]
    support = sum(label["support"] for label in by_type.values())
    right = round(evaluation.scores["recall"] * support)
    lead = read_page(page).texts("p", "lead")[0]
    assert lead.startswith(f"Of {support} annotated spans {right} are found exactly")


def test_spans_are_those_that_the_scores_count() -> None:
    """A span that breaks the scheme counts for nothing, and is not on the page either."""
    tags = [["I-X", "O", "B-Y", "I-Y"], ["B-X", "I-Y", "O", "O"]]
    sentences = [Sentence(list("abcd")) for _ in tags]
    spans = counted_spans(sentences, tags, "bio")
    found = [{(span.label, span.start, span.end) for span in of} for of in spans]
    assert found == strict_spans(tags, "bio") == [{("Y", 2, 4)}, {("X", 0, 1)}]
    assert [span.text for of in spans for span in of] == ["c d", "a"]
