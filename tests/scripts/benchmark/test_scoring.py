from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from scripts.benchmark.protocol import Sentence
from scripts.benchmark.scoring import score, span_f1, spans_of


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


TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=6, max_size=6)


@given(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore")  # seqeval divides by zero where there are no spans
def test_f1_is_that_of_seqeval(pairs: list[tuple[list[str], list[str]]]) -> None:
    gold, tagged = [a for a, _ in pairs], [b for _, b in pairs]
    if not any(map(spans_of, gold)) or not any(map(spans_of, tagged)):
        return
    expected = f1_score(gold, tagged, mode="strict", scheme=IOB2)
    assert span_f1(gold, tagged) == pytest.approx(expected)
