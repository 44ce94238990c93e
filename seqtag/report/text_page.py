"""The page about a language model's evaluation: scores, what it writes, training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line
from seqtag.report.html import Html, clip, data, element, join, text
from seqtag.report.parts import Part, figures, paragraph, section
from seqtag.report.results import PageResult
from seqtag.report.run_parts import ScoreChart, dev_values, perplexity_chart, run_document

MOST_CHARACTERS = 4000
"""Characters of a text shown at most."""

_STYLE = """
.written { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 46rem; margin: 1.25rem 0;
  padding-inline-start: 0.9rem; border-inline-start: 2px solid var(--rule); }
.written b { font-weight: 600; }
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextResult(PageResult):
    """How well a text was foreseen, and what was written.

    Attributes:
        scores: ``perplexity``, ``bits_per_char``, ``loss``, ``unknown``, and how much there is.
        samples: Texts that were written: their beginning that was given, and the rest.
        facts: As for `PageResult`, with train's numbers of ``lines``, ``tokens`` and ``units``.
    """

    scores: Mapping[str, Any]
    samples: Sequence[tuple[str, str]]


def make_text_page(result: TextResult) -> str:
    """Return a page about a language model as HTML, which loads nothing and runs nothing."""
    return run_document(
        result,
        _header(result),
        _written(result.samples),
        charts=_charts(result.history),
        style=_STYLE,
    )


def _header(result: TextResult) -> Html:
    scores = result.scores
    sizes = [
        numbers.things(scores[key], key.removesuffix("s"))
        for key in ("lines", "tokens", "characters")
        if key in scores
    ]
    where = [text("scored on "), data(result.source)]
    if sizes:
        where.append(text(f" · {', '.join(sizes)}"))
    tiles = [
        ("perplexity of a token", numbers.compact(scores["perplexity"])),
        ("bits of a character", numbers.fixed(scores["bits_per_char"], 4)),
        ("nats of a unit", numbers.fixed(scores["loss"], 4)),
        ("unknown units", numbers.percent(scores["unknown"])),
    ]
    for name, own in scores.get("by_direction", {}).items():
        tiles.append((f"perplexity, {name}", numbers.compact(own["perplexity"])))
    return element(
        "header",
        element("h1", data(result.title)),
        element("p", *where, class_="soft"),
        figures(tiles),
    )


def _written(samples: Sequence[tuple[str, str]]) -> Iterator[Part]:
    if not samples:
        return
    intro = (
        "Drawn by the probabilities that the model gives, with the settings that it records and "
        "the seeds 1, 2 and so on. In bold: what was given."
    )
    shown = [
        element(
            "p",
            *([element("b", element("bdi", _lines(clip(prompt, 400))))] if prompt else []),
            _lines(clip(rest, MOST_CHARACTERS)),
            class_="written",
            dir="auto",
        )
        for prompt, rest in samples
    ]
    title = "What it writes"
    yield "written", title, section("written", 2, text(title), paragraph(intro, "soft"), *shown)


def _lines(value: str) -> Html:
    """Return text whose lines end where they end, as its style shows them."""
    return join(map(text, value.split("\n")), "\n")


def _charts(history: Sequence[Mapping[str, Any]]) -> list[ScoreChart]:
    """Return the charts of scores on dev by epoch: what training minimizes first."""
    bits, perplexities = (dev_values(history, key) for key in ("bits_per_char", "perplexity"))
    charts = []
    if any(map(math.isfinite, bits)):
        charts.append(
            ScoreChart(
                "Bits of a character on dev",
                [Line("bits of a character", bits)],
                numbers.fixed,
                numbers.compact,
                marks_best=True,
            )
        )
    if any(map(math.isfinite, perplexities)):
        charts.append(perplexity_chart(perplexities))
    return charts
