"""The page about a classifier's evaluation: scores, mistakes, probabilities, training."""

from __future__ import annotations

from collections.abc import Iterator

from seqtag.report import numbers
from seqtag.report.analysis import calibrate
from seqtag.report.html import Html, data, element, text
from seqtag.report.label_results import LabelResult
from seqtag.report.label_texts import example
from seqtag.report.mistakes import folded
from seqtag.report.parts import (
    MATRIX_TAGS,
    Part,
    bar,
    calibration_figure,
    figures,
    long_table,
    matrix,
    paragraph,
    section,
)
from seqtag.report.run_parts import run_document

EXAMPLES = 6
"""Texts that are shown at once of the most confident mistakes and of the least certain answers."""

MORE_EXAMPLES = 14
"""Further ones that are folded away."""


def make_label_page(result: LabelResult) -> str:
    """Return a page about a classifier's answers on labelled texts, as HTML.

    It loads nothing and runs nothing. Its size is bounded: texts, rows and the words in them are
    limited in number and length.
    """
    return run_document(result, _header(result), _sections(result))


def _header(result: LabelResult) -> Html:
    tokens = sum(len(label.tokens) for label in result.predicted)
    size = f"{numbers.things(len(result.gold), 'text')}, {numbers.things(tokens, 'token')}"
    where = element("p", text("scored on "), data(result.source), text(f" · {size}"), class_="soft")
    scores = result.scores
    shown = [
        ("accuracy", numbers.percent(scores["accuracy"])),
        ("macro F1", numbers.percent(scores["macro_f1"])),
        ("expected calibration error", numbers.percent(scores["calibration"]["error"])),
    ]
    words = paragraph(_in_words(result), "lead")
    return element("header", element("h1", data(result.title)), where, figures(shown), words)


def _in_words(result: LabelResult) -> str:
    total, wrong = len(result.gold), len(_mistakes(result))
    if not wrong:
        return f"All {numbers.things(total, 'text')} are right."
    words = (
        f"{wrong:,} of {numbers.things(total, 'text')} {'is' if wrong == 1 else 'are'} wrong, "
        f"one in {total / wrong:,.0f}."
    )
    known = set(result.labels)
    if unknown := sum(label not in known for label in result.gold):
        words += (
            f" {unknown:,} of them {'has a label' if unknown == 1 else 'have labels'} that "
            "training never shows."
        )
    return words


def _mistakes(result: LabelResult) -> list[int]:
    """Return the texts that are labelled wrongly."""
    pairs = zip(result.gold, result.predicted, strict=True)
    return [number for number, (gold, label) in enumerate(pairs) if label.label != gold]


def _sections(result: LabelResult) -> Iterator[Part]:
    for anchor, name, title, content in (
        ("labels", "Scores", "Scores by label", _rates(result)),
        ("mistakes", "Mistakes", "Most confident mistakes", _confident_mistakes(result)),
        ("confusion", "Confusion", "What is taken for what", _matrix(result)),
        (
            "probabilities",
            "Probabilities",
            "Can its probabilities be trusted?",
            _calibration(result),
        ),
        ("unsure", "Least certain", "Answers it is least certain of", _least_certain(result)),
    ):
        if content:
            yield anchor, name, section(anchor, 2, text(title), *content)


def _rates(result: LabelResult) -> list[Html]:
    """Return precision, recall and F1 of each label, the most frequent first."""
    by_label = sorted(
        result.scores["by_label"].items(), key=lambda item: (-item[1]["support"], item[0])
    )
    rows = [
        [
            data(label),
            text(f"{values['support']:,}"),
            *(text(numbers.percent(values[key])) for key in ("precision", "recall", "f1")),
            bar(values["f1"]),
        ]
        for label, values in by_label
    ]
    titles = [text(name) for name in ("label", "texts", "precision", "recall", "F1", "")]
    return [
        long_table(titles, rows, caption="Precision, recall and F1", class_="fill limited rates")
    ]


def _confident_mistakes(result: LabelResult) -> list[Html]:
    found = sorted(_mistakes(result), key=lambda number: -result.predicted[number].score)
    intro = (
        "The wrong answers that the classifier was surest of, surest first; some of them may be "
        "mistakes of the annotation. The stronger a word's colour, the more it spoke for the "
        "predicted label."
    )
    return [paragraph(intro, "soft"), *_examples(result, found)] if found else []


def _least_certain(result: LabelResult) -> list[Html]:
    filled = [number for number, label in enumerate(result.predicted) if label.tokens]
    found = sorted(filled, key=lambda number: result.predicted[number].score)
    intro = "The answers with the lowest probability, lowest first."
    return [paragraph(intro, "soft"), *_examples(result, found)] if found else []


def _examples(result: LabelResult, found: list[int]) -> list[Html]:
    shown = [
        example(result.predicted[number], result.gold[number], number)
        for number in found[: EXAMPLES + MORE_EXAMPLES]
    ]
    return folded(shown, EXAMPLES)


def _matrix(result: LabelResult) -> list[Html]:
    confusion = result.scores["confusion"]
    labels = {*confusion, *(label for row in confusion.values() for label in row)}
    intro = (
        "Rows are annotated, columns predicted; the stronger a cell's colour, the larger its part "
        "of the row."
    )
    if len(labels) > MATRIX_TAGS:
        intro += f" Of {len(labels):,} labels these are the ones most confused."
    return [paragraph(intro, "soft"), matrix(confusion, caption="Confusion matrix of labels")]


def _calibration(result: LabelResult) -> list[Html]:
    given = [label.score for label in result.predicted]
    pairs = zip(result.gold, result.predicted, strict=True)
    right = [label.label == gold for gold, label in pairs]
    intro = (
        f"Of all texts whose label is given a probability of {numbers.percent(0.8, 0)}, four "
        "fifths should be right: then the points lie on the dashed line. Below it the classifier "
        "is too sure, above it not sure enough. The larger a point, the more texts; hollow ones "
        "stand for a few."
    )
    drawn = calibration_figure("Labels", calibrate(given, right), "texts")
    return [paragraph(intro, "soft"), element("div", drawn, class_="charts")]
