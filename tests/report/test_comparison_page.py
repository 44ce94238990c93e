from __future__ import annotations

import random
import re
from collections.abc import Sequence

from seqtag.report.comparison import Comparison, TwoAnswers, compare_column
from seqtag.report.comparison_page import comparison_page
from seqtag.report.comparison_text import comparison_report
from seqtag.report.label_page import make_label_page
from seqtag.report.page import make_page
from seqtag.report.style import STYLE
from seqtag.text.schemes import find_spans
from seqtag.text.sentence import Sentence
from tests.report.label_results import label_result
from tests.report.markup import read_page
from tests.report.results import HOSTILE, SETTINGS, column, epoch, evaluation

TOKENS = [["Ada", "of", "London"], ["the", "Rhine"], ["Elbe"]]
GOLD = [["B-PER", "O", "B-LOC"], ["O", "B-LOC"], ["B-LOC"]]
FIRST = [["B-PER", "O", "B-PER"], ["O", "B-LOC"], ["B-LOC"]]
SECOND = [["B-PER", "O", "B-LOC"], ["O", "O"], ["B-LOC"]]


def compared(
    tokens: Sequence[Sequence[str]],
    *tags: Sequence[Sequence[str]],
    with_spans: bool,
    names: tuple[str, str] = ("old", "new"),
    columns: int = 1,
) -> Comparison:
    spans = []
    for part in tags:
        sentences = [Sentence(list(words)) for words in tokens]
        spans.append(
            [
                [sentence.make_span(*place) for place in find_spans(of)]
                for sentence, of in zip(sentences, part, strict=True)
            ]
        )
    unseen = [[word == "Rhine" for word in words] for words in tokens]
    answers = TwoAnswers(
        name="TAG",
        gold=tags[0],
        first=tags[1],
        second=tags[2],
        spans=(spans[0], spans[1], spans[2]) if with_spans else None,
    )
    column = compare_column(answers, unseen, samples=100)
    return Comparison(
        first=names[0],
        second=names[1],
        source="test.conll",
        tokens=tokens,
        columns=[column] * columns,
        version="0.1",
    )


def test_page_tells_who_is_better_where() -> None:
    page = read_page(comparison_page(compared(TOKENS, GOLD, FIRST, SECOND, with_spans=True)))
    assert page.texts("h1") == ["new against old"]
    assert page.texts("h2") == [
        *("Scores", "Who is right", "Won and lost", "Where old is better", "Where new is better")
    ]
    assert page.texts("p", "lead")[0].startswith("No significant difference in F1 of spans, strict")
    assert page.texts("dt")[-6:] == ["annotated", "old", "new"] * 2
    assert page.texts("mark", "focus") == ["Rhine LOC", "London LOC", "London PER"]


def test_page_of_tags_marks_those_that_differ() -> None:
    page = read_page(comparison_page(compared(TOKENS, GOLD, FIRST, SECOND, with_spans=False)))
    assert page.texts("mark") == [
        *("Rhine B-LOC", "Rhine B-LOC", "Rhine O"),
        *("London B-LOC", "London B-PER", "London B-LOC"),
    ]
    assert page.texts("mark", "focus") == ["Rhine O", "London B-PER"]


def test_page_has_a_section_for_each_column() -> None:
    comparison = compared(TOKENS, GOLD, FIRST, SECOND, with_spans=True, columns=2)
    page = read_page(comparison_page(comparison))
    assert page.texts("h2") == ["Column TAG"] * 2


def test_equal_answers_have_nothing_to_show() -> None:
    comparison = compared(TOKENS, GOLD, FIRST, FIRST, with_spans=True)
    page = read_page(comparison_page(comparison))
    assert page.texts("h2") == ["Scores", "Who is right"]
    assert "makes fewer mistakes" not in comparison_report(comparison)


def test_hostile_words_do_no_harm() -> None:
    source = random.Random(5)
    labels = [word for word in HOSTILE if word]
    tokens = [source.choices(HOSTILE, k=source.randint(1, 50)) for _ in range(30)]
    tags = [[[f"B-{source.choice(labels)}" for _ in words] for words in tokens] for _ in range(3)]
    for with_spans in (True, False):
        names = ("<b>old</b>\u202e", "\x1b[31m")
        comparison = compared(tokens, *tags, with_spans=with_spans, names=names)
        page = comparison_page(comparison)
        found = read_page(page)
        assert found.texts("h1") == ["U+001B[31m against <b>old</b>U+202E"]
        assert len(page.encode()) < 500_000
        lines = comparison_report(comparison)
        assert lines.replace("\n", "").isprintable()


def test_report_has_scores_labels_and_sentences() -> None:
    lines = comparison_report(compared(TOKENS, GOLD, FIRST, SECOND, with_spans=True)).split("\n")
    words = [" ".join(line.split()) for line in lines]
    assert words[0] == "test.conll: 3 sentences, 6 tokens"
    assert words[3].startswith(["old", "new difference 95% interval p"][0])
    assert any(line.startswith("F1 of spans, strict 0.7500 0.8571 +0.1071") for line in words)
    assert "only old 1" in words
    assert "only new 1" in words
    assert "LOC 3 0.8000 0.8000 1 1" in words
    start = words.index("old makes fewer mistakes in 1 sentence:")
    assert words[start + 1 : start + 5] == [
        "sentence 2",
        "annotated the [Rhine LOC]",
        "old the [Rhine LOC]",
        "new the Rhine",
    ]


def test_report_of_tags_tells_tokens() -> None:
    text = comparison_report(compared(TOKENS, GOLD, FIRST, SECOND, with_spans=False))
    assert "Rhine: annotated B-LOC, old B-LOC, new O" in text


def test_style_sheet_and_pages_have_the_same_classes() -> None:
    """Nothing in the style sheet is without use, and no class is without style."""
    source = random.Random(2)
    tags = [f"Feature={number}" for number in range(40)]
    tokens = [["Ada", "\u202e", "word"] * 4 for _ in range(20)]
    gold, given = ([source.choices(tags, k=12) for _ in tokens] for _ in range(2))
    long = column(tokens, gold, given, name="LONG")
    history = [epoch(n, accuracy=0.5, f1=0.1) for n in (1, 2)]
    lines = [
        epoch(n, by_column={name: {"accuracy": n / 9} for name in "ABCD"}) for n in range(1, 3)
    ]
    ner = column(TOKENS, GOLD, FIRST, scheme="bio")
    pages = [
        make_page(
            evaluation(
                TOKENS,
                ner,
                history=history,
                settings=SETTINGS,
                facts={"best_epoch": 1, "epochs": 2},
            )
        ),
        make_page(evaluation(tokens, long, long, history=lines)),
        comparison_page(compared(TOKENS, GOLD, FIRST, SECOND, with_spans=True, columns=2)),
        make_label_page(label_result(["a good one"], ["bad"], ["good"])),
    ]
    used = set().union(*(read_page(page).classes for page in pages))
    styled = set(re.findall(r"\.([a-z][a-z0-9]*)", re.sub(r"\{[^{}]*\}", "", STYLE)))
    assert styled - used == set()
    assert used - styled == set()
