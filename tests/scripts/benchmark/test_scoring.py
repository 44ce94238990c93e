from __future__ import annotations

import math

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from scripts.benchmark.protocol import Sentence
from scripts.benchmark.scoring import (
    edit_distance,
    label_scores,
    pronunciation_scores,
    score,
    signature,
    span_f1,
    spans_of,
    text_scores,
)


def test_accuracy_counts_tokens_and_those_not_in_train() -> None:
    sentences: list[Sentence] = [
        {"tokens": ["a", "b"], "tags": ["X", "Y"]},
        {"tokens": ["c"], "tags": ["Y"]},
    ]
    scores = score(sentences, [["X", "X"], ["Y"]], "words", {"a"})
    assert scores == {"accuracy": pytest.approx(2 / 3, abs=1e-5), "accuracy_unseen": 0.5}


def test_tags_must_fit_their_tokens() -> None:
    with pytest.raises(ValueError, match="zip"):
        score([{"tokens": ["a"], "tags": ["X"]}], [["X", "X"]], "words", set())


def test_spans_begin_with_b_only() -> None:
    assert spans_of(["B-A", "I-A", "I-B", "O", "I-A", "B-B", "B-B"]) == [
        (0, 2, "A"),
        (5, 6, "B"),
        (6, 7, "B"),
    ]


def test_labels_are_scored_by_a_case_counted_by_hand() -> None:
    """Of a two of three are found, among three called a; of b one of two, among two called b."""
    texts: list[Sentence] = [{"text": "x", "label": label} for label in "aaabb"]
    a, b = 2 * 2 / (3 + 3), 2 * 1 / (2 + 2)
    expected = {"accuracy": 0.6, "macro_f1": pytest.approx((a + b) / 2, abs=1e-5)}
    assert score(texts, list("aabab"), "labels", set()) == expected


def test_a_label_that_is_no_gold_label_is_a_mistake_and_no_class() -> None:
    assert label_scores(["a", "a"], ["a", "c"]) == {
        "accuracy": 0.5,
        "macro_f1": pytest.approx(2 / 3, abs=1e-5),
    }


@given(st.lists(st.tuples(*[st.sampled_from("abc")] * 2), min_size=1))
def test_macro_f1_is_the_mean_of_precision_and_recall(pairs: list[tuple[str, str]]) -> None:
    values = []
    for label in {wanted for wanted, _ in pairs}:
        right = pairs.count((label, label))
        found = sum(answer == label for _, answer in pairs)
        wanted = sum(gold == label for gold, _ in pairs)
        precision, recall = (right / found if found else 0.0), right / wanted
        total = precision + recall
        values.append(2 * precision * recall / total if total else 0.0)
    scores = label_scores([gold for gold, _ in pairs], [answer for _, answer in pairs])
    assert scores["macro_f1"] == pytest.approx(sum(values) / len(values), abs=1e-5)


def test_translations_are_scored_as_sacrebleu_does() -> None:
    references = ["Ein Hund läuft über die Wiese.", "Zwei Männer spielen Schach."]
    answers = ["Ein Hund läuft über die Wiese.", "Zwei männer spielen Schach"]
    texts: list[Sentence] = [{"text": "x", "right": [text]} for text in references]
    expected = sacrebleu.corpus_bleu(answers, [references]).score / 100
    scores = score(texts, answers, "pairs", set())
    assert scores["bleu"] == pytest.approx(expected, abs=1e-5)
    assert 0.5 < scores["bleu"] < scores["chrf"] < 1
    assert signature("pairs").startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert signature("labels") == ""


def test_pronunciations_are_scored_by_a_case_counted_by_hand() -> None:
    """One word of three is right; the others miss one of four phones, and two of two."""
    right = [["AH M", "EH M"], ["R IY D"], ["K AE T S", "K AE"]]
    given = ["EH M", "R", "K AE T"]
    # The last answer is as near to either pronunciation, and the first one's phones count.
    assert pronunciation_scores(right, given) == {
        "word_error_rate": pytest.approx(2 / 3, abs=1e-5),
        "phone_error_rate": pytest.approx((0 + 2 + 1) / (2 + 3 + 4), abs=1e-5),
    }


def test_texts_are_scored_by_what_they_cost_in_all() -> None:
    told = {"nats": 10 * math.log(8), "words": 10, "characters": 60}
    assert text_scores(told, 10, "text") == {"perplexity": 8.0}
    nats = pytest.approx(math.log(8) / 6, abs=1e-5)
    assert text_scores(told, 60, "characters") == {"nats_per_character": nats}
    with pytest.raises(ValueError, match="10 words were scored of a text of 11"):
        text_scores(told, 11, "text")


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_edit_distance_is_that_of_its_definition(first: str, second: str) -> None:
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(
            distance(a[1:], b[1:]) + (a[0] != b[0]),
            distance(a[1:], b) + 1,
            distance(a, b[1:]) + 1,
        )

    assert edit_distance(first, second) == distance(first, second)


TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=6, max_size=6)


@given(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore")  # seqeval divides by zero where there are no spans
def test_f1_is_that_of_seqeval(pairs: list[tuple[list[str], list[str]]]) -> None:
    gold, tagged = [a for a, _ in pairs], [b for _, b in pairs]
    if not any(map(spans_of, gold)) or not any(map(spans_of, tagged)):
        return
    expected = f1_score(gold, tagged, mode="strict", scheme=IOB2)
    assert span_f1(gold, tagged) == pytest.approx(expected)
