"""The page about a translator's evaluation: scores, lengths, mistakes, attention, training."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seqtag.report import numbers
from seqtag.report.charts import Line, bubble_chart, histogram
from seqtag.report.html import (
    Html,
    clip,
    data,
    details,
    document,
    element,
    join,
    scroll_box,
    table,
    text,
)
from seqtag.report.mistakes import folded
from seqtag.report.parts import (
    Part,
    bar,
    contents,
    figure,
    figures,
    paragraph,
    section,
)
from seqtag.report.run_parts import ScoreChart, configuration_part, percent_chart, training_part
from seqtag.report.style import STYLE
from seqtag.report.translation_analysis import (
    Question,
    SymbolConfusion,
    count_between,
    find_questions,
    groups_of_lengths,
    middling,
    split_characters,
    split_spaces,
    split_words,
    symbol_confusions,
    writes_characters,
)
from seqtag.report.translation_results import TranslationResult
from seqtag.report.translation_tables import length_range
from seqtag.report.translation_texts import Pair, Split, hypotheses, pair_example
from seqtag.text.attention_picture import attention_picture

EXAMPLES = 6
"""Translations that are shown at once of the worst and of those chosen by chance."""

MORE_EXAMPLES = 14
"""Further ones that are folded away."""

PICTURES = 8
"""Pictures of attention at most."""

PICTURE_CELLS = 4000
"""Cells that all pictures together have at most."""

HYPOTHESES = 5
"""Hypotheses shown of a text."""

CONFUSIONS = 12
"""Confusions of symbols that are shown at once."""

MORE_CONFUSIONS = 88
"""Further ones that are folded away."""

_BUBBLES = 30  # each way in the chart of lengths
_RATIOS = [0.45 + 0.1 * place for place in range(12)]

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


@dataclass(frozen=True)
class _View:
    """The answers, and what several sections read of them.

    Attributes:
        result: The answers.
    """

    result: TranslationResult

    @cached_property
    def by_character(self) -> bool:
        """Whether symbols are characters, and not what stands between spaces."""
        return self.result.reads_characters and writes_characters(self.result.translations)

    @cached_property
    def questions(self) -> list[Question]:
        """What was asked, each once."""
        return find_questions(self.result, by_character=self.by_character)

    @cached_property
    def worst(self) -> list[int]:
        """Places of the questions with wrong answers, the worst first."""
        wrong = [place for place, question in enumerate(self.questions) if not question.right]
        return sorted(wrong, key=lambda place: self.questions[place].quality)

    @property
    def split(self) -> Split:
        """Finds the pieces of texts that are compared."""
        if not self.result.reads_characters:
            return split_words
        return split_characters if self.by_character else split_spaces

    @property
    def thing(self) -> str:
        """What a question is called."""
        return "word" if self.result.reads_characters else "text"

    def pair(self, place: int) -> Pair:
        """Return a question with its answer."""
        question = self.questions[place]
        translation = self.result.translations[question.number]
        return Pair(translation, question.reference, question.number, question.quality)

    def pairs(self, places: Sequence[int]) -> list[Html]:
        """Return questions with their answers, some of them folded away."""
        chosen = places[: EXAMPLES + MORE_EXAMPLES]
        return self.folded([pair_example(self.pair(place), self.split) for place in chosen])

    def folded(self, examples: Sequence[Html]) -> list[Html]:
        """Show some examples and fold the others away; short ones stand side by side."""
        if not self.result.reads_characters:
            return folded(examples, EXAMPLES)
        shown, rest = examples[: 2 * EXAMPLES], examples[2 * EXAMPLES :]
        content = [element("div", *shown, class_="examples short")]
        if rest:
            more = element("div", *rest, class_="examples short")
            content.append(details(f"{len(rest)} more", more))
        return content


def make_translation_page(result: TranslationResult) -> str:
    """Return a page about a translator's answers on pairs of texts, as HTML.

    It loads nothing and runs nothing. Its size is bounded: texts, rows, pictures and the words in
    them are limited in number and length.
    """
    view = _View(result)
    parts = [
        *training_part(result.history, result.facts, _score_charts(result)),
        *_sections(view),
        *configuration_part(result.settings),
    ]
    body = [
        _header(view),
        contents(parts),
        element("main", *(part for _, _, part in parts)),
        element("footer", text(f"Made by seqtag {result.version}.")),
    ]
    return document(f"{result.title} on {result.source}", STYLE + _STYLE, join(body))


def _header(view: _View) -> Html:
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


def _in_words(view: _View) -> str:
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
        key: Line(name, _dev_values(result.history, key))
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
        scores = ScoreChart("Score on dev", near, _decimals, numbers.compact, marks_best=True)
        charts = [scores, *charts]
    if "perplexity" in known:
        # The first epochs' perplexity is so high that the others could not be told apart.
        logs = [_log(value) for value in lines["perplexity"].values]
        chart = ScoreChart(
            "Log of the perplexity on dev",
            [Line("perplexity", logs)],
            lambda value, _: numbers.compact(math.exp(value)),
            numbers.compact,
            from_zero=True,
        )
        charts.append(chart)
    return charts


def _dev_values(history: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    values = [record.get("dev", {}).get(key) for record in history]
    return [float(v) if isinstance(v, int | float) else math.nan for v in values]


def _log(value: float) -> float:
    return math.log(value) if 0 < value < math.inf else math.nan


def _decimals(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else "–"


def _hundredths(value: float) -> str:
    return _decimals(value, 2)


def _sections(view: _View) -> Iterator[Part]:
    if not view.questions:
        return
    by_symbols = view.result.reads_characters
    worst = "Worst answers" if by_symbols else "Worst translations"
    chance = "Answers chosen by chance" if by_symbols else "Translations chosen by chance"
    for anchor, name, title, content in (
        ("quality", "Quality", "Quality of single translations", _quality(view)),
        ("confusions", "Confusions", "What is written for what", _confusions(view)),
        ("lengths", "Lengths", "Lengths", _lengths(view)),
        ("worst", "Worst", worst, _worst(view)),
        ("chance", "By chance", chance, _by_chance(view)),
        ("attention", "Attention", "What it looks at", _attention(view)),
        ("others", "Next best", "What else the search finds", _others(view)),
    ):
        if content:
            yield anchor, name, section(anchor, 2, text(title), *content)


def _quality(view: _View) -> list[Html]:
    """Return how the quality is distributed, and how it goes with the source's length."""
    values = [question.quality for question in view.questions]
    edges = [10.0 * place for place in range(11)]
    chart = histogram(
        edges,
        count_between(values, edges),
        name=f"Number of {view.thing}s by the chrF of their translation",
        across=f"chrF of the {view.thing} by itself",
        things=f"{view.thing}s",
        marks=edges[::2],
        show=numbers.compact,
    )
    return [element("div", figure("chrF", chart), *_by_length(view), class_="charts")]


def _by_length(view: _View) -> list[Html]:
    """Return the scores by length of the source."""
    if view.result.reads_characters:
        values = [
            (len(view.result.translations[q.number].source_tokens), float(q.right))
            for q in view.questions
        ]
        score = "exact match"
        rows = [
            [
                text(length_range({"from": low, "to": high})),
                text(f"{count:,}"),
                text(numbers.percent(mean)),
                bar(mean),
            ]
            for low, high, count, mean in groups_of_lengths(values)
        ]
    else:
        score = "BLEU"
        rows = [
            [
                text(length_range(group)),
                text(f"{group['pairs']:,}"),
                text(_decimals(group["bleu"], 1)),
                bar(group["bleu"] / 100),
            ]
            for group in view.result.scores.get("by_length") or ()
        ]
    if not rows:
        return []
    title = f"{score[0].upper()}{score[1:]} by length of the source"
    header = [text(name) for name in ("units", f"{view.thing}s", score, "")]
    return [figure(title, table(header, rows, caption=title, class_="fill"))]


def _confusions(view: _View) -> list[Html]:
    """Return the symbols that are written for others; of sentences there are too many."""
    if not view.result.reads_characters:
        return []
    found, skipped = symbol_confusions(view.result, view.questions, by_character=view.by_character)
    if not found:
        return []
    intro = (
        f"Wrong answers are set against the nearest right one, symbol by symbol, with as few "
        f"changes as possible: {sum(one.count for one in found):,} in all."
    )
    if skipped:
        intro += f" {numbers.things(skipped, 'answer')} too long for this left out."
    most = found[0].count
    rows = [
        [
            _symbol(one.wanted),
            _symbol(one.given),
            text(f"{one.count:,}"),
            text("–" if one.share is None else numbers.percent(one.share)),
            _word(view, one),
            bar(one.count / most, "bar off"),
        ]
        for one in found[: CONFUSIONS + MORE_CONFUSIONS]
    ]
    header = [
        text(name)
        for name in ("wanted", "written", "times", "of all that are wanted", "such as", "")
    ]
    caption = "Confusions of symbols"
    class_ = "fill limited rates"
    content = [
        paragraph(intro, "soft"),
        table(header, rows[:CONFUSIONS], caption=caption, class_=class_),
    ]
    if rest := rows[CONFUSIONS:]:
        more = table(header, rest, caption=f"{caption}, continued", class_=class_)
        content.append(details(f"{len(rest)} more", more))
    return content


def _symbol(value: str | None) -> Html:
    if value is None:
        return element("i", text("nothing"), class_="soft")
    return element("i", text("space"), class_="soft") if value == " " else data(value, 24)


def _word(view: _View, one: SymbolConfusion) -> Html:
    return data(view.pair(one.example).translation.source, 24)


def _lengths(view: _View) -> list[Html]:
    """Return charts of how long translations are, set against their references."""
    name = "characters" if view.by_character else "symbols"
    if not view.result.reads_characters:
        name = "words"
    pairs = []
    for question in view.questions:
        written = view.result.translations[question.number].text
        # What has no spaces is counted as BLEU counts it, roughly.
        pairs.append((len(view.split(question.reference)), len(view.split(written))))
    limit = sorted(max(pair) for pair in pairs)[math.ceil(len(pairs) * 0.99) - 1]
    step = max(1, math.ceil(limit / _BUBBLES))
    counts = Counter(
        (_rounded(wanted, step), _rounded(given, step))
        for wanted, given in pairs
        if max(wanted, given) <= limit
    )
    drawn = bubble_chart(
        counts,
        max(limit, 1),
        name=f"Length of translations over that of references, in {name}",
        across=f"{name} of the reference",
        up=f"{name} written",
        things=f"{view.thing}s",
    )
    beyond = sum(max(pair) > limit for pair in pairs)
    notes = []
    if beyond:
        notes.append(paragraph(f"{beyond:,} longer ones are not drawn.", "soft small"))
    ratios = [given / wanted for wanted, given in pairs if wanted]
    shares = histogram(
        _RATIOS,
        count_between(ratios, _RATIOS),
        name=f"Number of {view.thing}s by the length of their translation, as a ratio",
        across="written / reference; the outer bars hold all beyond",
        things=f"{view.thing}s",
        marks=[0.5, 0.75, 1.0, 1.25, 1.5],
        show=lambda value: f"{value:.2f}".rstrip("0").rstrip("."),
    )
    shorter = sum(given < wanted for wanted, given in pairs)
    longer = sum(given > wanted for wanted, given in pairs)
    same = len(pairs) - shorter - longer
    words = (
        f"{same:,} translations are as long as their reference, {shorter:,} shorter and "
        f"{longer:,} longer. The larger a disc, the more there are; on the dashed line both are "
        "equally long."
    )
    return [
        paragraph(words, "soft"),
        element(
            "div",
            figure("Written against reference", drawn, *notes),
            figure("Ratio of lengths", shares),
            class_="charts",
        ),
    ]


def _rounded(value: int, step: int) -> float:
    """Return the middle of the step that a number is in."""
    return value // step * step + (step - 1) / 2


def _worst(view: _View) -> list[Html]:
    intro = (
        "The lowest chrF first; some of these may be mistakes of the reference. Coloured is what "
        "is not in the other text."
    )
    return [paragraph(intro, "soft"), *view.pairs(view.worst)] if view.worst else []


def _by_chance(view: _View) -> list[Html]:
    total = len(view.questions)
    wanted = min(total, EXAMPLES + MORE_EXAMPLES)
    places = random.Random(total).sample(range(total), wanted)
    intro = "Right or wrong; the same ones for every run on this file."
    return [paragraph(intro, "soft"), *view.pairs(places)]


def _attention(view: _View) -> list[Html]:
    result = view.result
    chosen = middling(result.translations, view.questions, PICTURES, PICTURE_CELLS)
    if not chosen:
        return []
    intro = (
        "Some of middling length, from good to bad. Rows are units written, columns are units "
        "read; the stronger a cell's colour, the more the translator looked at the column's unit "
        "as it wrote the row's."
    )
    shown = [_picture(view.pair(place)) for place in chosen]
    first, class_ = (3, "pictures short") if result.reads_characters else (2, "pictures")
    content = [paragraph(intro, "soft"), element("div", *shown[:first], class_=class_)]
    if rest := shown[first:]:
        content.append(details(f"{len(rest)} more", element("div", *rest, class_=class_)))
    return content


def _picture(pair: Pair) -> Html:
    found = pair.translation
    # A word may be as long as a book, and each of its cells names it.
    written, read = ([clip(unit) for unit in side] for side in (found.tokens, found.source_tokens))
    svg = Html(attention_picture(written, read, found.attention))
    caption = element(
        "figcaption",
        element("bdi", text(clip(found.source, 400))),
        element("b", element("bdi", text(clip(found.text, 400)))),
        element("span", text(f"pair {pair.number + 1:,} · chrF {pair.quality:.1f}"), class_="soft"),
    )
    return element("figure", caption, scroll_box(svg, f"Attention of pair {pair.number + 1}"))


def _others(view: _View) -> list[Html]:
    """Return what else was found, first where the reference is among it."""
    several = [
        place
        for place, question in enumerate(view.questions)
        if len(view.result.translations[question.number].nbest) > 1
    ]
    if not several:
        return []
    missed = [place for place in several if not view.questions[place].right and _found(view, place)]
    right = sum(view.questions[place].right for place in several)
    words = (
        f"Of {numbers.things(len(several), view.thing)} with several hypotheses, {right:,} "
        f"{'has' if right == 1 else 'have'} the reference as the best of them, and {len(missed):,} "
        "further down."
    )
    places = [*missed, *(place for place in several if place not in set(missed))]
    shown = [
        hypotheses(view.pair(place), HYPOTHESES) for place in places[: EXAMPLES + MORE_EXAMPLES]
    ]
    return [paragraph(words, "soft"), *view.folded(shown)]


def _found(view: _View, place: int) -> bool:
    """Tell whether the reference is among what was found."""
    pair = view.pair(place)
    return any(found.text == pair.reference for found in pair.translation.nbest)
