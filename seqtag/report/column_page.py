"""The sections of a page that are about one tag column."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from seqtag.report import numbers
from seqtag.report.analysis import calibrate, label_confusion, least_sure, tag_rates
from seqtag.report.breakdown import span_breakdowns, token_breakdowns
from seqtag.report.column import ColumnView
from seqtag.report.html import Html, data, details, element, join, text
from seqtag.report.mistakes import count_kinds, folded, span_mistakes, span_rows, tag_mistakes
from seqtag.report.parts import (
    MATRIX_TAGS,
    Part,
    bar,
    breakdown_tables,
    calibration_figure,
    figures,
    long_table,
    matrix,
    paragraph,
    section,
    unused,
)
from seqtag.report.sentences import Mark, note, sentence, single, versions, window

UNSURE_SENTENCES = 10
"""Sentences shown of those that the tagger is least sure of."""

SHORTEST = 4
"""Shorter sentences, in tokens, are not among them."""

UNSURE = 0.8
"""Tags less probable than this are marked there."""

NO_SPAN = "no span"


def headline(view: ColumnView) -> Html:
    """Return a column's main scores, and what they mean in words."""
    scores = view.column.scores
    shown = {
        "f1": "F1 of spans, strict",
        "precision": "precision",
        "recall": "recall",
        "accuracy": "accuracy" if view.spans is None else "accuracy of tags",
        "accuracy_unseen": "of unseen words",
    }
    values = [
        (name, numbers.percent(scores[key]))
        for key, name in shown.items()
        if scores.get(key) is not None
    ]
    words = _tags_in_words(view) if view.spans is None else _spans_in_words(view)
    return join([figures(values), paragraph(words, "lead")])


def _tags_in_words(view: ColumnView) -> str:
    total = sum(map(len, view.right))
    wrong = total - sum(map(sum, view.right))
    if not wrong:
        return f"All {numbers.things(total, 'tag')} are right."
    return (
        f"{wrong:,} of {numbers.things(total, 'tag')} {'is' if wrong == 1 else 'are'} wrong, "
        f"one in {total / wrong:,.0f}."
    )


def _spans_in_words(view: ColumnView) -> str:
    counts = count_kinds(view.pairs)
    scores = view.column.scores
    gold = counts.total() - counts["spurious"]
    partly = counts["type"] + counts["boundary"] + counts["boundary and type"]
    right, spurious = counts["correct"], counts["spurious"]
    words = (
        f"Of {numbers.things(gold, 'annotated span')} {right:,} {'is' if right == 1 else 'are'} "
        f"found exactly, {partly:,} with other bounds or another label, and {counts['missed']:,} "
        f"not at all. "
    )
    if spurious:
        words += f"{spurious:,} more {'is' if spurious == 1 else 'are'}"
    else:
        words += "None is"
    words += " predicted where there is none."
    if abs(scores["conlleval_f1"] - scores["f1"]) > 1e-9:
        words += (
            " Read as conlleval does, which accepts tags that break their scheme, F1 is "
            f"{numbers.percent(scores['conlleval_f1'])}."
        )
    return words


def sections(view: ColumnView) -> Iterator[Part]:
    """Yield the sections about a column."""
    is_plain = view.spans is None
    for anchor, name, title, content in (
        ("labels", "Scores", "Scores by tag" if is_plain else "Scores by label", _rates(view)),
        (
            "mistakes",
            "Mistakes",
            "Mistakes",
            tag_mistakes(view) if is_plain else span_mistakes(view),
        ),
        ("confusion", "Confusion", "What is taken for what", _matrices(view)),
        ("parts", "Words and lengths", "Where it does better and worse", _breakdowns(view)),
        (
            "probabilities",
            "Probabilities",
            "Can its probabilities be trusted?",
            _calibrations(view),
        ),
        ("unsure", "Least sure", "Sentences it is least sure of", _least_sure(view)),
    ):
        if content:
            at = f"{view.prefix}{anchor}"
            yield at, name, section(at, view.level, text(title), *content)


def _rates(view: ColumnView) -> list[Html]:
    """Return precision, recall and F1 of each tag or label, the most frequent first."""
    if view.spans is None:
        rates = {
            tag: (r.precision, r.recall, r.f1, r.support)
            for tag, r in tag_rates(view.confusion).items()
        }
    else:
        by_type = view.column.scores["by_type"].items()
        rates = {
            label: (values["precision"], values["recall"], values["f1"], values["support"])
            for label, values in sorted(by_type, key=lambda item: (-item[1]["support"], item[0]))
        }
    names = ("tag", "tokens") if view.spans is None else ("label", "spans")
    rows = [
        [
            data(label),
            text(f"{support:,}"),
            *(text(numbers.percent(value)) for value in (precision, recall, f1)),
            bar(f1),
        ]
        for label, (precision, recall, f1, support) in rates.items()
    ]
    titles = [text(name) for name in (*names, "precision", "recall", "F1", "")]
    return [
        long_table(titles, rows, caption="Precision, recall and F1", class_="fill limited rates")
    ]


def _matrices(view: ColumnView) -> list[Html]:
    if not view.confusion:
        return []
    tags = {*view.confusion, *chain.from_iterable(view.confusion.values())}
    intro = (
        "Rows are annotated, columns predicted; the stronger a cell's colour, the larger its part "
        "of the row."
    )
    by_tag = matrix(view.confusion, caption="Confusion matrix of tags")
    if view.spans is None:
        if len(tags) > MATRIX_TAGS:
            intro += f" Of {len(tags):,} tags these are the ones most confused."
        return [paragraph(intro, "soft"), by_tag]
    content = []
    pairs = list(chain.from_iterable(view.pairs))
    spans = [span for pair in pairs for span in (pair.gold, pair.predicted) if span is not None]
    none = unused(NO_SPAN, {span.label for span in spans})
    if labels := label_confusion(pairs, none):
        intro += f" Spans that overlap are compared; “{none}” stands for missed and spurious ones."
        by_label = matrix(labels, caption="Confusion matrix of spans", none=none)
        content = [paragraph(intro, "soft"), by_label]
    if len(tags) <= MATRIX_TAGS:
        content.append(details("Tag by tag", by_tag))
    return content


def _breakdowns(view: ColumnView) -> list[Html]:
    if view.spans is None:
        found, score, counted = token_breakdowns(view.right, view.unseen), "accuracy", "tokens"
    else:
        found, score, counted = span_breakdowns(view.pairs, view.unseen), "F1", "spans"
    return [breakdown_tables(found, score, counted)] if found else []


def _calibrations(view: ColumnView) -> list[Html]:
    given = list(chain.from_iterable(view.column.confidence))
    if not given:
        return []
    tags = calibrate(given, list(chain.from_iterable(view.right)))
    drawn = [calibration_figure("Tags", tags, "tokens")]
    spans = [
        (pair.predicted.score, pair.kind == "correct")
        for of in view.pairs
        for pair in of
        if pair.predicted is not None
    ]
    if spans:
        found = calibrate([score for score, _ in spans], [right for _, right in spans])
        drawn.insert(0, calibration_figure("Spans", found, "spans"))
    intro = (
        f"Of all that is given a probability of {numbers.percent(0.8, 0)}, four fifths should be "
        "right: then the points lie on the dashed line. Below it the tagger is too sure, above it "
        "not sure enough. The larger a point, the more predictions; hollow ones stand for a few."
    )
    return [paragraph(intro, "soft"), element("div", *drawn, class_="charts")]


def _least_sure(view: ColumnView) -> list[Html]:
    found = least_sure(view.column.confidence, UNSURE_SENTENCES, SHORTEST)
    if not found:
        return []
    intro = (
        f"The sentences of {SHORTEST} tokens or more with the lowest mean probability of their "
        "tags, lowest first."
    )
    if view.spans is None:
        intro += (
            " Marked are tags that are wrong, with the annotated one behind “≠”, and those with a "
            f"probability below {numbers.percent(UNSURE, 0)}."
        )
    else:
        intro += " Underlined are spans that are missed or wrong."
    return [paragraph(intro, "soft"), *folded([_unsure(view, *place) for place in found], 5)]


def _unsure(view: ColumnView, index: int, mean: float) -> Html:
    """Return a sentence with the mean probability of its tags."""
    tokens = view.tokens[index]
    shown = window(len(tokens), 0, len(tokens))
    wrong = list(view.right[index]).count(False)
    place = (
        f"sentence {index + 1:,} · mean probability {numbers.percent(mean)} · "
        f"{wrong:,} of {numbers.things(len(tokens), 'tag')} wrong"
    )
    if view.spans is None:
        return single(sentence(tokens, _unsure_marks(view, index), shown), place=place)
    mistakes = [pair for pair in view.pairs[index] if pair.kind != "correct"]
    return versions(span_rows(view, index, mistakes, shown), place=place)


def _unsure_marks(view: ColumnView, index: int) -> Iterator[Mark]:
    column = view.column
    rows = zip(column.gold[index], column.predicted[index], column.confidence[index], strict=True)
    for place, (gold, predicted, given) in enumerate(rows):
        probability = numbers.percent(given, 0)
        if gold != predicted:
            notes = [note(predicted, f"{probability} ≠"), note(gold)]
            yield Mark(place, place + 1, join(notes, " "), "focus")
        elif given < UNSURE:
            yield Mark(place, place + 1, note(predicted, probability))
