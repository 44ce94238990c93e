from __future__ import annotations

from seqtag.report.label_page import EXAMPLES, MORE_EXAMPLES, make_label_page
from tests.report.label_results import label_result
from tests.report.markup import Document, read_page
from tests.report.results import HOSTILE, SETTINGS, epoch
from tests.report.test_page import rows

TEXTS = ["a fine day", "so dull", "not bad at all", "well made", "over too soon"]
GOLD = ["good", "bad", "good", "good", "bad"]
GIVEN = ["good", "bad", "bad", "good", "good"]
SCORES = [0.9, 0.8, 0.95, 0.55, 0.6]


def page() -> Document:
    return read_page(make_label_page(label_result(TEXTS, GOLD, GIVEN, SCORES)))


def examples(found: Document, anchor: str) -> list[str]:
    """Return the texts of a section's examples, with what is said of them."""
    sections = [e for e in found.elements if e.attributes.get("id") == anchor]
    start = found.elements.index(sections[0])
    shown = []
    for element in found.elements[start + 1 :]:
        if element.name == "section":
            break
        if element.attributes.get("class") == "example":
            shown.append(" ".join(element.text.split()))
    return shown


def test_page_has_all_sections_and_the_main_scores() -> None:
    found = page()
    ids = [e.attributes["id"] for e in found.named("section")]
    assert ids == ["labels", "mistakes", "confusion", "probabilities", "unsure"]
    figures = dict(zip(found.texts("dt"), found.texts("dd"), strict=True))
    assert figures == {
        "accuracy": "60.0 %",
        "macro F1": "58.3 %",  # 2/3 and 1/2
        "expected calibration error": "42.0 %",  # 0.85, 0.2, 0.45 and 0.6 of five texts
    }
    assert found.texts("p", "lead") == ["2 of 5 texts are wrong, one in 2."]
    assert "scored on test.tsv · 5 texts, 14 tokens" in found.texts("p", "soft")


def test_mistakes_come_with_the_surest_first_and_with_what_counted() -> None:
    found = page()
    first, second = examples(found, "mistakes")
    told = "annotated good · predicted bad 95.0 % (5.0 % for the annotated one)"
    assert first == f"{told}not bad at alltext 3"
    assert second.startswith("annotated bad · predicted good 60.0 % (40.0 % for the annotated one)")
    shaded = [e.text for e in found.elements if "rgba" in e.attributes.get("style", "")]
    assert shaded[:2] == ["not", "over"]


def test_least_certain_answers_are_there_right_or_wrong() -> None:
    shown = examples(page(), "unsure")
    assert len(shown) == len(TEXTS)
    assert shown[0].startswith("good 55.0 %, which is rightwell made")
    assert shown[1].startswith("annotated bad · predicted good")


def test_labels_and_confusions_are_counted() -> None:
    found = page()
    assert rows(found, "Precision, recall and F1")[1:] == [
        ["good", "3", "66.7%", "66.7%", "66.7%", ""],
        ["bad", "2", "50.0%", "50.0%", "50.0%", ""],
    ]
    assert rows(found, "Confusion matrix of labels") == [
        ["annotated ↓ predicted →", "bad", "good"],
        ["bad", "1", "1"],
        ["good", "1", "2"],
    ]
    assert rows(found, "Calibration, Labels")[-1] == ["90–100%", "2", "92.5%", "50.0%"]


def test_faultless_answers_have_no_mistakes() -> None:
    found = read_page(make_label_page(label_result(TEXTS, GOLD, GOLD)))
    assert found.texts("p", "lead") == ["All 5 texts are right."]
    assert "mistakes" not in [e.attributes["id"] for e in found.named("section")]


def test_labels_that_training_never_shows_are_told() -> None:
    result = label_result(TEXTS, ["new", *GOLD[1:]], GIVEN, SCORES)
    found = read_page(make_label_page(result))
    assert found.texts("p", "lead") == [
        "3 of 5 texts are wrong, one in 2. 1 of them has a label that training never shows."
    ]
    assert any(
        shown.startswith("annotated new · predicted good 90.0 %a fine")
        for shown in examples(found, "mistakes")
    )


def test_training_and_configuration_are_shown_where_they_are_known() -> None:
    result = label_result(
        TEXTS,
        GOLD,
        GIVEN,
        history=[epoch(1, accuracy=0.5, macro_f1=0.4), epoch(2, accuracy=0.75, macro_f1=0.7)],
        settings=SETTINGS,
        facts={"best_epoch": 2, "texts": 1500, "tokens": 20_000},
    )
    found = read_page(make_label_page(result))
    assert found.texts("a")[0] == "Training"
    assert found.texts("a")[-1] == "Configuration"
    assert rows(found, "The training by epoch")[0][:3] == ["epoch", "accuracy", "macro F1"]
    assert rows(found, "The training by epoch")[2][:3] == ["2", "75.00%", "70.00%"]
    assert "1,500" in found.texts("dd")


def test_long_texts_are_shortened_and_many_ones_left_out() -> None:
    text = " ".join(["word"] * 3000)
    number = 3 * (EXAMPLES + MORE_EXAMPLES)
    source = make_label_page(label_result([text] * number, ["bad"] * number, ["good"] * number))
    found = read_page(source)
    shown = examples(found, "mistakes")
    assert len(shown) == EXAMPLES + MORE_EXAMPLES
    assert "of its 3,000 tokens, around those that count most" in shown[0]
    assert len(source) < 500_000


def test_many_labels_are_folded() -> None:
    labels = [f"label {number}" for number in range(300)]
    given = [*labels[1:], labels[0]]
    source = make_label_page(label_result(["a b"] * 300, labels, given, labels=labels))
    found = read_page(source)
    assert any("Of 300 labels these are the ones most confused." in t for t in found.texts("p"))
    assert len(source) < 500_000


def test_words_and_labels_do_no_harm() -> None:
    texts = [word or "x" for word in HOSTILE]
    labels = [*dict.fromkeys(HOSTILE)]
    gold = [*labels[1:], labels[0]]
    result = label_result(texts, gold, labels, labels=labels, title="<b>", source="\u202e")
    source = make_label_page(result)
    found = read_page(source)
    assert "\u202e" not in source
    assert "\x1b" not in source
    assert len(source) < 200_000
    assert found.texts("h1") == ["<b>"]
    assert any("<script>alert(1)</script>" in e.text for e in found.named("span", "sentence"))
