"""The page about a translator's evaluation: scores, lengths, mistakes, attention, training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line
from seqtag.report.html import Html, clip, data, element, text
from seqtag.report.parts import Part, figures, paragraph, section
from seqtag.report.run_parts import (
    ScoreChart,
    dev_values,
    percent_chart,
    perplexity_chart,
    run_document,
)
from seqtag.report.translation_examples import (
    attention_content,
    by_chance_content,
    others_content,
    worst_content,
)
from seqtag.report.translation_quality import confusions_content, lengths_content, quality_content
from seqtag.report.translation_results import TranslationResult
from seqtag.report.translation_view import View

_STYLE = """
.signatures { margin: 1rem 0 0; font-size: 0.8125rem; color: var(--soft); }
.signatures div { display: flex; flex-wrap: wrap; gap: 0 0.6rem; }
.signatures dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
.column-bar { fill: var(--right); opacity: 0.8; }
.bubble { fill: var(--right); opacity: 0.55; }
.versions mark { padding: 0.1em 0; }
.row { grid-template-columns: 5.25rem 1fr; }
.versions .place, .example > .place { margin-left: 6rem; }
.examples.short {
  display: grid; gap: 0 2.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr));
}
.short .example:last-child { border-bottom: 1px solid var(--rule); }
.pictures {
  display: grid; gap: 2.25rem 2.5rem; margin-top: 1.25rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr));
}
.pictures.short { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.pictures figcaption { font-weight: 400; overflow-wrap: anywhere; }
.pictures figcaption b { display: block; font-weight: 600; }
.pictures svg { display: block; }
.nbest { margin: 0.35rem 0 0 6rem; padding-inline-start: 1.3rem; }
.nbest .found bdi { font-weight: 600; color: var(--right); }
@media (max-width: 34rem) {
  .row { grid-template-columns: 1fr; }
  .versions .place, .example > .place, .nbest { margin-left: 0; }
}
@media print { .pictures svg { max-width: 100%; height: auto; } }
"""


def make_translation_page(result: TranslationResult) -> str:
    """Return a page about a translator's answers on pairs of texts, as HTML.

    It loads nothing and runs nothing. Its size is bounded: texts, rows, pictures and the words in
    them are limited in number and length.
    """
    view = View(result)
    return run_document(
        result, _header(view), _sections(view), charts=_score_charts(result), style=_STYLE
    )


def _header(view: View) -> Html:
    result = view.result
    content = [text("scored on "), data(result.source)]
    if result.source_name and result.target_name:
        content += [text(" · "), data(result.source_name), text(" → "), data(result.target_name)]
    content.append(text(f" · {numbers.things(len(result.references), 'pair')}"))
    return element(
        "header",
        element("h1", data(result.title)),
        element("p", *content, class_="soft"),
        figures(_tiles(result)),
        *_signatures(result.scores),
        *([paragraph(_in_words(view), "lead")] if view.questions else []),
    )


def _tiles(result: TranslationResult) -> Iterator[tuple[str, str]]:
    """Yield the scores with their names, the one that counts first."""
    sentences: dict[str, tuple[str, Callable[[float], str]]] = {
        "bleu": ("BLEU", _hundredths),
        "chrf": ("chrF", _hundredths),
        "perplexity": ("perplexity", numbers.compact),
        "length_ratio": ("length, written / reference", lambda value: f"{value:.3f}"),
        "exact_match": ("exact match", numbers.percent),
        "symbol_error_rate": ("symbol error rate", numbers.percent),
    }
    first = ("exact_match", "symbol_error_rate") if result.reads_characters else ()
    for key in (*first, *(key for key in sentences if key not in first)):
        value = result.scores.get(key)
        if value is not None:
            name, show = sentences[key]
            yield name, show(value)


def _signatures(scores: Mapping[str, Any]) -> list[Html]:
    """Return by what settings sacrebleu counts, if that is known."""
    names = {"bleu": "BLEU", "chrf": "chrF"}
    rows = [
        element(
            "div",
            element("dt", text(f"sacrebleu {names.get(key, key)}")),
            element("dd", text(clip(value, 200))),
        )
        for key, value in scores.get("signature", {}).items()
    ]
    return [element("dl", *rows, class_="signatures")] if rows else []


def _in_words(view: View) -> str:
    total, wrong = len(view.questions), len(view.worst)
    things = numbers.things(total, view.thing)
    if not wrong:
        return f"All {things} are translated as their reference is."
    if view.result.reads_characters:
        words = f"{wrong:,} of {things} {'is' if wrong == 1 else 'are'} wrong, "
        words += f"one in {total / wrong:,.1f}."
        if several := len(view.result.references) - total:
            words += f" {numbers.things(several, 'further pair')} "
            words += f"{'gives' if several == 1 else 'give'} other right answers for the same "
            words += "words, of which the nearest counts."
        return words
    ordered = sorted(question.quality for question in view.questions)
    same = total - wrong
    return (
        f"{same:,} of {numbers.things(total, 'translation')} "
        f"{'is' if same == 1 else 'are'} the same as the reference. By itself half of them have "
        f"a chrF of {ordered[total // 2]:.0f} or more, and the worst tenth one of "
        f"{ordered[total // 10]:.0f} or less."
    )


def _score_charts(result: TranslationResult) -> list[ScoreChart]:
    """Return the charts of scores on dev by epoch: what training maximizes first."""
    lines = {
        key: Line(name, dev_values(result.history, key))
        for key, name in (
            ("bleu", "BLEU"),
            ("chrf", "chrF"),
            ("symbol_error_rate", "symbol error rate"),
            ("exact_match", "exact match"),
            ("perplexity", "perplexity"),
        )
    }
    known = {key for key, line in lines.items() if any(map(math.isfinite, line.values))}
    symbols_first = result.reads_characters
    right = [lines[key] for key in ("symbol_error_rate", "exact_match") if key in known]
    near = [lines[key] for key in ("bleu", "chrf") if key in known]
    charts = []
    if right:
        title = "Right on dev" if not symbols_first else "Score on dev"
        charts.append(percent_chart(title, right, marks_best=symbols_first))
    if near and not symbols_first:
        scores = ScoreChart("Score on dev", near, numbers.fixed, numbers.compact, marks_best=True)
        charts = [scores, *charts]
    if "perplexity" in known:
        charts.append(perplexity_chart(lines["perplexity"].values, from_zero=True))
    return charts


def _hundredths(value: float) -> str:
    return numbers.fixed(value, 2)


def _sections(view: View) -> Iterator[Part]:
    if not view.questions:
        return
    by_symbols = view.result.reads_characters
    worst = "Worst answers" if by_symbols else "Worst translations"
    chance = "Answers chosen by chance" if by_symbols else "Translations chosen by chance"
    for anchor, name, title, content in (
        ("quality", "Quality", "Quality of single translations", quality_content(view)),
        ("confusions", "Confusions", "What is written for what", confusions_content(view)),
        ("lengths", "Lengths", "Lengths", lengths_content(view)),
        ("worst", "Worst", worst, worst_content(view)),
        ("chance", "By chance", chance, by_chance_content(view)),
        ("attention", "Attention", "What it looks at", attention_content(view)),
        ("others", "Next best", "What else the search finds", others_content(view)),
    ):
        if content:
            yield anchor, name, section(anchor, 2, text(title), *content)
