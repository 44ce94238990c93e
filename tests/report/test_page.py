from __future__ import annotations

import math
import random
import sys

import pytest

from seqtag.report.page import make_page
from seqtag.report.results import Setting
from tests.report.markup import Document, read_page
from tests.report.results import HOSTILE, SETTINGS, column, epoch, evaluation

TOKENS = [["Ada", "Byron", "of", "London"], ["the", "Rhine"], ["the", "end", "of", "Ada", "."]]
GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-LOC"], ["O", "O", "O", "B-PER", "O"]]
GIVEN = [["B-PER", "O", "O", "B-LOC"], ["O", "B-PER"], ["O", "B-LOC", "O", "O", "O"]]
NOUNS = [["N", "N", "P", "N"], ["D", "N"], ["D", "N", "P", "N", "X"]]
VERBS = [["N", "V", "P", "N"], ["D", "N"], ["D", "V", "P", "N", "X"]]
SECTIONS = ["labels", "mistakes", "confusion", "parts", "probabilities", "unsure"]


def spans_page() -> Document:
    result = evaluation(TOKENS, column(TOKENS, GOLD, GIVEN, scheme="bio"))
    return read_page(make_page(result))


def tags_page() -> Document:
    return read_page(make_page(evaluation(TOKENS, column(TOKENS, NOUNS, VERBS))))


def rows(page: Document, caption: str) -> list[list[str]]:
    """Return the cells of a table, without spaces that do not break lines."""
    tables = page.named("table")
    number = page.texts("caption").index(caption)
    assert len(tables) == len(page.named("caption"))
    start = page.elements.index(tables[number])
    found: list[list[str]] = []
    for element in page.elements[start + 1 :]:
        if element.name == "table":
            break
        if element.name == "tr":
            found.append([])
        elif element.name in ("th", "td") and found:
            found[-1].append("".join(element.text.split("\u202f")))
    return found


def test_page_of_spans_has_all_sections() -> None:
    page = spans_page()
    assert [e.attributes["id"] for e in page.named("section")] == SECTIONS
    assert page.texts("a") == [
        *("Scores", "Mistakes", "Confusion", "Words and lengths", "Probabilities", "Least sure")
    ]
    figures = dict(zip(page.texts("dt")[:5], page.texts("dd")[:5], strict=True))
    assert figures == {
        "F1 of spans, strict": "25.0 %",
        "precision": "25.0 %",
        "recall": "25.0 %",
        "accuracy of tags": "63.6 %",
        "of unseen words": "40.0 %",
    }
    assert page.texts("p", "lead") == [
        "Of 4 annotated spans 1 is found exactly, 2 with other bounds or another label, and 1 not "
        "at all. 1 more is predicted where there is none."
    ]


def test_mistakes_in_spans_are_counted_and_shown() -> None:
    page = spans_page()
    counts = {row[0].split("same")[0]: row[1] for row in rows(page, "What becomes of spans")[1:]}
    assert [*counts.values()] == ["1", "1", "1", "0", "1", "1"]
    assert page.texts("h3") == ["Type · 1", "Boundary · 1", "Missed · 1", "Spurious · 1"]
    # Annotated and predicted in turn; those that an example is about.
    focus = page.texts("mark", "focus")
    examples, unsure = focus[:6], focus[6:]
    assert examples == [
        *("Rhine LOC", "Rhine PER 75 %"),
        *("Ada Byron PER", "Ada PER 75 %"),
        "Ada PER",
        "end LOC 75 %",
    ]
    # Of the least sure sentences all that is missed or wrong, sentence by sentence; that of two
    # tokens is too short to be among them.
    assert unsure == [*("Ada Byron PER", "Ada PER 75 %"), *("Ada PER", "end LOC 75 %")]
    assert "London LOC 75 %" in page.texts("mark")


def test_spans_are_drawn_by_displacy_and_the_page_is_there_without_spacy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_spacy = spans_page()
    monkeypatch.setitem(sys.modules, "spacy", None)
    without = spans_page()
    assert len(with_spacy.named("div", "entities")) == len(without.texts("dd")) - 5 > 0
    assert not without.named("div", "entities")
    for class_ in (None, "focus"):
        assert with_spacy.texts("mark", class_) == without.texts("mark", class_)


def test_labels_have_their_scores() -> None:
    assert rows(spans_page(), "Precision, recall and F1") == [
        ["label", "spans", "precision", "recall", "F1", ""],
        ["LOC", "2", "50.0%", "50.0%", "50.0%", ""],
        ["PER", "2", "0%", "0%", "0%", ""],
    ]


def test_confusion_of_spans_tells_missed_and_spurious_ones() -> None:
    assert rows(spans_page(), "Confusion matrix of spans") == [
        ["annotated ↓ predicted →", "LOC", "PER", "no span"],
        ["LOC", "1", "1", "·"],
        ["PER", "·", "1", "1"],
        ["no span", "1", "·", "·"],
    ]


def test_page_of_tags_has_all_sections() -> None:
    page = tags_page()
    assert [e.attributes["id"] for e in page.named("section")] == SECTIONS
    assert page.texts("p", "lead") == ["2 of 11 tags are wrong, one in 6."]
    assert page.texts("h3") == ["N taken for V"]
    assert page.texts("mark", "focus")[:2] == ["Byron 75 %", "end 75 %"]
    assert rows(page, "Confusion matrix of tags")[1:3] == [
        ["D", "2", "·", "·", "·", "·"],
        ["N", "·", "4", "·", "2", "·"],
    ]


def test_least_sure_sentences_show_what_was_annotated() -> None:
    page = tags_page()
    start = page.texts("h2").index("Sentences it is least sure of")
    assert start == len(page.texts("h2")) - 1
    assert "Byron V 75 % ≠ N" in page.texts("mark")
    assert "Ada N 75 %" in page.texts("mark")  # right, but not sure
    assert page.texts("p", "place")[-1].startswith("sentence 3 · mean probability 75.0 %")


def test_faultless_tags_have_no_mistakes() -> None:
    page = read_page(make_page(evaluation(TOKENS, column(TOKENS, NOUNS, NOUNS))))
    assert "mistakes" not in [e.attributes["id"] for e in page.named("section")]
    assert page.texts("p", "lead") == ["All 11 tags are right."]
    result = evaluation(TOKENS, column(TOKENS, GOLD, GOLD, scheme="bio"))
    assert not read_page(make_page(result)).named("h3")


def test_text_without_spans_is_no_fault() -> None:
    nothing = [["O"] * len(words) for words in TOKENS]
    page = read_page(make_page(evaluation(TOKENS, column(TOKENS, nothing, nothing, scheme="bio"))))
    assert page.texts("p", "lead")[0].startswith("Of 0 annotated spans 0 are found")
    read_page(make_page(evaluation([], column([], [], []))))
    read_page(make_page(evaluation([[]], column([[]], [[]], [[]], scheme="bio"))))


def test_columns_have_a_section_each() -> None:
    first = column(TOKENS, GOLD, GIVEN, scheme="bio", name="NER")
    second = column(TOKENS, NOUNS, VERBS, name="UPOS")
    history = [
        epoch(n, by_column={"NER": {"f1": n / 9, "accuracy": 1.0}, "UPOS": {"accuracy": n / 8}})
        for n in (1, 2)
    ]
    page = read_page(make_page(evaluation(TOKENS, first, second, history=history)))
    assert page.texts("h2") == ["Training", "Column NER", "Column UPOS"]
    assert page.texts("a") == page.texts("h2")
    assert page.texts("h3")[:2] == ["Scores by label", "Mistakes"]
    assert page.texts("dt")[:2] == ["NER, F1 of spans", "UPOS, accuracy"]
    assert rows(page, "The training by epoch") == [
        ["epoch", "NER F1 of spans", "UPOS accuracy", "training loss", "learning rate"],
        ["1", "11.11%", "12.50%", "1", "0.002"],
        ["2", "22.22%", "25.00%", "0.5", "0.002"],
    ]


def test_training_and_configuration_are_shown_where_they_are_known() -> None:
    history = [epoch(n, accuracy=n / 10, f1=n / 20) for n in (1, 2, 3)]
    facts = {"sentences": 12, "tokens": 3456, "seconds": 61.2, "peak_memory_mb": 700.0}
    facts |= {"tokens_per_second": 1234.5, "epochs": 3, "best_epoch": 2}
    result = evaluation(
        TOKENS, column(TOKENS, NOUNS, VERBS), history=history, facts=facts, settings=SETTINGS
    )
    page = read_page(make_page(result))
    assert page.texts("h2")[0] == "Training"
    assert page.texts("h2")[-1] == "Configuration"
    assert len(page.named("figure")) >= 3 + 2
    assert "best: 10.0 %" in page.texts("text")
    told = dict(zip(page.texts("dt"), page.texts("dd"), strict=False))
    assert told["training tokens"] == "3,456"
    assert told["time, all in all"] == "1 min 1 s"
    assert told["memory at most"] == "700 MB"
    assert page.texts("strong") == ["7"]
    assert rows(page, "Configuration, encoder") == [
        ["key", "value"],
        ["cellrecurrent cell", "lstm"],
    ]


@pytest.mark.parametrize(
    "history",
    [
        [{"epoch": 1}],
        [epoch(1)],
        [epoch(1, accuracy=None), epoch(2, accuracy=0.5)],
        [epoch(1, accuracy=0.5) | {"train_loss": math.nan}, epoch(2, accuracy=0.5)],
        [epoch(5, accuracy=0.5), epoch(5, accuracy=0.5)],
    ],
)
def test_history_with_gaps_is_drawn(history: list[dict[str, object]]) -> None:
    result = evaluation(
        TOKENS, column(TOKENS, NOUNS, VERBS), history=history, facts={"best_epoch": 1}
    )
    page = read_page(make_page(result))
    assert page.texts("h2")[0] == "Training"
    assert "nan" not in make_page(result)


def hostile() -> Document:
    """Return a page of which every word, tag and name comes from an enemy."""
    source = random.Random(3)
    tokens = [source.choices(HOSTILE, k=source.randint(1, 60)) for _ in range(60)]
    labels = [word for word in HOSTILE if word]
    gold = [[f"B-{source.choice(labels)}" for _ in words] for words in tokens]
    given = [
        [tag if source.random() < 0.7 else f"B-{source.choice(labels)}" for tag in tags]
        for tags in gold
    ]
    names = ("<script>", "\u202e</style>")
    columns = [
        column(tokens, gold, given, scheme="bio", name=names[0], score=source.random()),
        column(tokens, gold, given, name=names[1]),
    ]
    history = [epoch(n, by_column={name: {"accuracy": 0.5} for name in names}) for n in (1, 2)]
    settings = {"<run>": [Setting("<key>", "\ud800" * 999, "</style>", False)]}
    result = evaluation(
        tokens,
        *columns,
        history=history,
        settings=settings,
        title="<title>\u202e",
        source="\x1b<source>",
        version="<v>",
    )
    return read_page(make_page(result))


def test_hostile_text_stays_text() -> None:
    page = hostile()
    ours = {"html", "head", "meta", "title", "style", "body", "header", "nav", "ul", "li", "a"}
    ours |= {"main", "section", "h1", "h2", "h3", "h4", "p", "dl", "dt", "dd", "div", "footer"}
    ours |= {"table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"}
    ours |= {"svg", "path", "line", "circle", "polygon", "text", "details", "summary", "small"}
    ours |= {"mark", "b", "i", "bdi", "span", "strong"}
    assert {element.name for element in page.elements} <= ours
    whole = page.elements[0].text
    assert not set("\u202e\u202c\x00\x1b\u2028\ud800") & set(whole)
    assert "U+202E" in whole
    attributes = "".join(v for e in page.elements for v in e.attributes.values())
    assert not set("\u202e\u202c\x00\x1b\u2028\ud800") & set(attributes)


def test_page_of_large_data_stays_small() -> None:
    source = random.Random(1)
    tags = [f"Case={n}|Number={n % 7}|Long=Feature" for n in range(400)]
    tokens = [["word"] * source.randint(1, 200) for _ in range(300)]
    gold = [source.choices(tags, k=len(words)) for words in tokens]
    given = [source.choices(tags, k=len(words)) for words in tokens]
    text = make_page(evaluation(tokens, column(tokens, gold, given)))
    assert len(text.encode("utf-8")) < 300_000
    page = read_page(text)
    matrix = rows(page, "Confusion matrix of tags")
    assert len(matrix) == len(matrix[0]) == 16  # with the title and the others
    assert "200 more are left out." in page.texts("p")
    counts = [int(cell.replace(",", "")) for row in matrix[1:] for cell in row[1:] if cell != "·"]
    assert sum(counts) == sum(map(len, tokens))
    longest = [["x" * 100_000] * 50]
    huge = column(longest, [["y" * 100_000] * 50], [["z" * 100_000] * 50])
    assert len(make_page(evaluation(longest, huge))) < 300_000
