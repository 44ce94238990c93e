"""Pages about how well a generator foresees a text."""

from __future__ import annotations

from seqtag import __version__
from seqtag.api.generation_evaluation import TextEvaluation
from seqtag.api.generator import Generator
from seqtag.api.page_facts import PageFacts
from seqtag.report.text_page import TextResult, make_text_page


def text_evaluation_page(generator: Generator, evaluation: TextEvaluation, about: PageFacts) -> str:
    """Return a page about how well a generator foresees a text, as HTML.

    Args:
        generator: The generator.
        evaluation: Its scores, from `seqtag.api.generation_evaluation.examine_text`.
        about: What the page is about.
    """
    return make_text_page(
        TextResult(
            title=about.title,
            source=about.source,
            version=__version__,
            scores=evaluation.scores,
            samples=evaluation.samples,
            facts=about.of(generator.spec, "lines", "tokens", "units"),
            history=about.history,
            settings=about.settings,
        )
    )
