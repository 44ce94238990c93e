from __future__ import annotations

from typing import Any

import pytest

from seqtag.report.translation_examples import PICTURES
from seqtag.report.translation_page import make_translation_page
from seqtag.report.translation_quality import CONFUSIONS
from seqtag.report.translation_results import TranslationResult
from seqtag.report.translation_view import EXAMPLES, MORE_EXAMPLES
from tests.report.markup import Document, read_page
from tests.report.results import HOSTILE, SETTINGS, epoch
from tests.report.test_page import rows
from tests.report.translation_results import translation_result

SOURCES = ["a dog runs", "two men", "the red car", "a cat"]
REFERENCES = ["ein Hund rennt", "zwei Männer", "das rote Auto", "eine Katze"]
GIVEN = ["ein Hund läuft", "zwei Männer", "das rote rote Auto", "die Kuh"]


def sentences(**values: object) -> TranslationResult:
    return translation_result(SOURCES, GIVEN, REFERENCES, **values)  # type: ignore[arg-type]  # of many types


def sounds(**values: object) -> TranslationResult:
    """Return answers for words, of which one has two right answers."""
    return translation_result(
        ["cat", "read", "read", "dog"],
        ["K AH T", "R EH D", "R EH D", "D AO K"],
        ["K AE T", "R IY D", "R EH D", "D AO G"],
        reads_characters=True,
        **values,  # type: ignore[arg-type]  # of many types
    )


def page(result: TranslationResult) -> Document:
    return read_page(make_translation_page(result))


def part(found: Document, anchor: str) -> list[str]:
    """Return the texts of a section's examples."""
    start = next(n for n, e in enumerate(found.elements) if e.attributes.get("id") == anchor)
    shown = []
    for element in found.elements[start + 1 :]:
        if element.name == "section":
            break
        if "example" in element.attributes.get("class", "").split():
            shown.append(" ".join(element.text.split()))
    return shown


def ids(found: Document) -> list[str]:
    return [e.attributes["id"] for e in found.named("section")]


def tiles(found: Document) -> dict[str, str]:
    """Return the names and values at the top, where there are no other lists before."""
    count = 6
    return dict(zip(found.texts("dt")[:count], found.texts("dd")[:count], strict=True))


def test_page_has_all_sections_the_scores_and_their_signatures() -> None:
    result = sentences()
    found = page(result)
    assert ids(found) == ["quality", "lengths", "worst", "chance", "attention"]
    assert list(tiles(found))[:2] == ["BLEU", "chrF"]
    assert tiles(found)["BLEU"] == f"{result.scores['bleu']:.2f}"
    assert tiles(found)["exact match"] == "25.0 %"
    signature = next(e for e in found.named("dl", "signatures"))
    assert result.scores["signature"]["bleu"] in signature.text
    assert result.scores["signature"]["chrf"] in signature.text
    assert "scored on test · en → de · 4 pairs" in found.texts("p", "soft")
    assert found.texts("p", "lead")[0].startswith("1 of 4 translations is the same as the ref")


def test_worst_translations_come_first_and_right_ones_not_at_all() -> None:
    result = sentences()
    found = page(result)
    shown = part(found, "worst")
    assert len(shown) == 3
    assert "die Kuh" in shown[0]
    assert "pair 4" in shown[0]
    order = [result.quality[int(text.split("pair ")[1].split()[0]) - 1] for text in shown]
    assert order == sorted(order)
    assert len(part(found, "chance")) == 4


def test_lengths_are_drawn_and_told() -> None:
    found = page(sentences())
    words = " ".join(found.texts("p"))
    assert "3 translations are as long as their reference, 0 shorter and 1 longer." in words
    bubbles = sorted(e.text for e in found.named("title") if e.text.endswith("texts"))
    assert "2 and 2: 2 texts" in bubbles
    assert "3 and 4: 1 texts" in bubbles


def test_bleu_by_length_is_shown_where_it_is_known() -> None:
    groups = [
        {"from": 1, "to": 9, "pairs": 30, "bleu": 41.23},
        {"from": 10, "to": None, "pairs": 20, "bleu": 5.0},
    ]
    found = page(sentences(scores={"bleu": 30.0, "by_length": groups}))
    assert rows(found, "BLEU by length of the source") == [
        ["units", "texts", "BLEU", ""],
        ["1–9", "30", "41.2", ""],
        ["10 and more", "20", "5.0", ""],
    ]
    assert not found.named("dl", "signatures")


def test_words_have_their_symbols_first_and_confusions() -> None:
    found = page(sounds())
    assert ids(found) == ["quality", "confusions", "lengths", "worst", "chance", "attention"]
    assert list(tiles(found))[:2] == ["exact match", "symbol error rate"]
    assert tiles(found)["exact match"] == "33.3 %"
    assert found.texts("p", "lead") == [
        "2 of 3 words are wrong, one in 1.5. 1 further pair gives other right answers for the "
        "same words, of which the nearest counts."
    ]
    assert rows(found, "Confusions of symbols") == [
        ["wanted", "written", "times", "of all that are wanted", "such as", ""],
        ["AE", "AH", "1", "100%", "cat", ""],
        ["G", "K", "1", "100%", "dog", ""],
    ]
    assert rows(found, "Exact match by length of the source")[1:] != []
    assert not rows_of(found, "BLEU by length of the source")
    assert len(part(found, "worst")) == 2


def rows_of(found: Document, caption: str) -> bool:
    return caption in found.texts("caption")


def test_transliterations_are_compared_by_character() -> None:
    result = translation_result(
        *(["кот", "дом"], ["kat", "dom"], ["kot", "dom"]), by_character=True, reads_characters=True
    )
    found = page(result)
    assert rows(found, "Confusions of symbols")[1][:3] == ["o", "a", "1"]
    assert [e.text for e in found.named("mark")][:2] == ["o", "a"]


def test_faultless_answers_have_no_worst_ones() -> None:
    found = page(translation_result(SOURCES, REFERENCES, REFERENCES))
    assert found.texts("p", "lead") == ["All 4 texts are translated as their reference is."]
    assert "worst" not in ids(found)
    right = translation_result(["cat"], ["K AE T"], ["K AE T"], reads_characters=True)
    assert "confusions" not in ids(page(right))


def test_several_hypotheses_are_shown_those_with_the_reference_first() -> None:
    others = [["ein Hund geht"], ["zwei Frauen"], ["das rote Auto", "Auto"], ["ein Kuh"]]
    found = page(translation_result(SOURCES, GIVEN, REFERENCES, others))
    assert ids(found)[-1] == "others"
    words = "Of 4 texts with several hypotheses, 1 has the reference as the best of them, and 1 "
    assert words + "further down." in found.texts("p", "soft")
    shown = part(found, "others")
    assert len(shown) == 4
    assert "das rote Auto −1.50 · the reference" in shown[0]


def test_attention_is_drawn_of_a_few() -> None:
    texts = [" ".join("w" * (1 + number % 30)) for number in range(200)]
    found = page(translation_result(texts, texts, texts))
    drawn = [e for e in found.named("svg") if "Attention" in e.attributes.get("aria-label", "")]
    assert len(drawn) == PICTURES


def test_training_has_its_curves_the_score_that_counts_first() -> None:
    dev = {"bleu": 30.0, "chrf": 50.0, "exact_match": 0.25, "symbol_error_rate": 0.5}
    history = [epoch(1, **dev, perplexity=250.0), epoch(2, **(dev | {"bleu": 36.5}), perplexity=7)]
    facts = {"pairs": 29_000, "source_units": 123_456, "best_epoch": 2, "epochs": 2}
    found = page(sentences(history=history, facts=facts, settings=SETTINGS))
    assert found.texts("a")[0] == "Training"
    assert found.texts("a")[-1] == "Configuration"
    assert "best: 36.5" in found.texts("text")
    table = rows(found, "The training by epoch")
    assert table[0][:5] == ["epoch", "BLEU", "chrF", "symbol error rate", "exact match"]
    assert table[2] == ["2", "36.50", "50.00", "50.00%", "25.00%", "7", "0.5", "0.002"]
    assert {"29,000", "123,456"} <= set(found.texts("dd"))
    found = page(sounds(history=history, facts=facts))
    assert "best: 50.0 %" in found.texts("text")
    assert rows(found, "The training by epoch")[0][1:3] == ["symbol error rate", "exact match"]


def test_unknown_scores_are_left_out() -> None:
    history: list[dict[str, Any]] = [epoch(1), epoch(2, perplexity=None)]
    found = page(sentences(scores={}, history=history, source_name=""))
    assert not found.named("dl", "signatures")
    assert "scored on test · 4 pairs" in found.texts("p", "soft")
    assert rows(found, "The training by epoch")[0] == ["epoch", "training loss", "learning rate"]


@pytest.mark.parametrize("reads_characters", [False, True])
def test_page_about_nothing_is_a_page(reads_characters: bool) -> None:
    result = translation_result([], [], [], reads_characters=reads_characters)
    found = page(result)
    assert ids(found) == []


def test_texts_do_no_harm() -> None:
    texts = [f"{word[:5000]} {word[:5000]}" for word in HOSTILE]
    others = [[word] for word in texts]
    for reads_characters in (False, True):
        result = translation_result(
            *(texts, [*texts[1:], ""], [*texts[2:], "", "x"], others),
            reads_characters=reads_characters,
            scores={},
            quality=[10.0] * len(texts),
            title="<b>",
            source="\u202e",
            source_name="<i>",
        )
        source = make_translation_page(result)
        found = read_page(source)
        assert "\u202e" not in source
        assert "\x1b" not in source
        assert found.texts("h1") == ["<b>"]
        assert len(source) < 500_000


@pytest.mark.parametrize("reads_characters", [False, True])
def test_size_of_the_page_is_bounded(reads_characters: bool) -> None:
    texts = [" ".join(f"w{n * k % 997}" for k in range(39)) for n in range(1, 1001)]
    given = [" ".join(f"w{n * k % 991}" for k in range(38)) for n in range(1, 1001)]
    others = [[text] * 9 for text in given]
    source = make_translation_page(
        translation_result(
            *(texts, given, texts, others),
            reads_characters=reads_characters,
            scores={},
            quality=[50.0] * 1000,
        )
    )
    found = read_page(source)
    assert len(source.encode()) < 2_000_000
    assert len(part(found, "worst")) == EXAMPLES + MORE_EXAMPLES
    if reads_characters:
        assert len(rows(found, "Confusions of symbols")) == CONFUSIONS + 1
