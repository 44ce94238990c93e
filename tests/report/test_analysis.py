from __future__ import annotations

import itertools
import math
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.analysis import (
    SPAN_KINDS,
    SpanPair,
    calibrate,
    count_pairs,
    extent,
    fold_confusion,
    frequent_confusions,
    label_confusion,
    least_sure,
    make_rates,
    most_confused,
    pair_spans,
    tag_rates,
)
from seqtag.text.schemes import find_spans
from seqtag.text.sentence import Sentence, Span

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]
TAG_LISTS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(*[st.lists(st.sampled_from(TAGS), min_size=n, max_size=n)] * 2)
)
CONFUSION = st.lists(st.tuples(*[st.sampled_from("ABCDE")] * 2), max_size=60).map(count_pairs)


def spans(tags: list[str]) -> list[Span]:
    sentence = Sentence([f"w{number}" for number in range(len(tags))])
    return [sentence.make_span(*place) for place in find_spans(tags)]


def kinds(gold: str, predicted: str) -> list[str]:
    """Return the kinds of the pairs of two lists of tags, left to right."""
    return [pair.kind for pair in pair_spans(spans(gold.split()), spans(predicted.split()))]


def pair_by_hand(gold: list[Span], predicted: list[Span]) -> list[SpanPair]:
    """Take the best pair of all that are left, again and again."""
    gold, predicted = list(gold), list(predicted)
    pairs = []
    while True:
        options = []
        for a, b in itertools.product(gold, predicted):
            shared = len(set(range(a.start, a.end)) & set(range(b.start, b.end)))
            if not shared:
                continue
            same_place, same_label = (a.start, a.end) == (b.start, b.end), a.label == b.label
            kind = {
                (True, True): "correct",
                (True, False): "type",
                (False, True): "boundary",
                (False, False): "boundary and type",
            }[same_place, same_label]
            options.append((SPAN_KINDS.index(kind), -shared, a.start, b.start, a, b))
        if not options:
            break
        number, _, _, _, a, b = min(options, key=lambda option: option[:4])
        pairs.append(SpanPair(SPAN_KINDS[number], a, b))
        gold.remove(a)
        predicted.remove(b)
    pairs += [SpanPair("missed", span, None) for span in gold]
    pairs += [SpanPair("spurious", None, span) for span in predicted]
    return pairs


@given(TAG_LISTS)
def test_pairs_are_those_found_by_trying_all(tags: tuple[list[str], list[str]]) -> None:
    gold, predicted = map(spans, tags)
    assert Counter(pair_spans(gold, predicted)) == Counter(pair_by_hand(gold, predicted))


@given(TAG_LISTS)
def test_every_span_is_in_one_pair(tags: tuple[list[str], list[str]]) -> None:
    gold, predicted = map(spans, tags)
    pairs = pair_spans(gold, predicted)
    assert Counter(pair.gold for pair in pairs if pair.gold) == Counter(gold)
    assert Counter(pair.predicted for pair in pairs if pair.predicted) == Counter(predicted)
    correct = [pair for pair in pairs if pair.kind == "correct"]
    assert {pair.gold for pair in correct} == set(gold) & set(predicted)
    assert [extent(pair)[0] for pair in pairs] == sorted(extent(pair)[0] for pair in pairs)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-X I-X O", "B-X I-X O", ["correct"]),
        ("B-X I-X O", "B-Y I-Y O", ["type"]),
        ("B-X I-X O", "B-X O O", ["boundary"]),
        ("B-X I-X O", "O B-Y I-Y", ["boundary and type"]),
        ("B-X I-X O", "O O O", ["missed"]),
        ("O O O", "O B-X O", ["spurious"]),
        ("B-X I-X I-X", "B-X O B-X", ["boundary", "spurious"]),
        ("B-X O B-X", "B-X I-X I-X", ["boundary", "missed"]),
        ("B-X I-X I-X", "B-Y I-Y B-X", ["boundary", "spurious"]),  # the label goes first
        ("B-X I-X I-X", "B-X B-X I-X", ["boundary", "spurious"]),  # then the larger overlap
    ],
)
def test_kinds(gold: str, predicted: str, expected: list[str]) -> None:
    assert sorted(kinds(gold, predicted)) == sorted(expected)


def test_larger_overlap_is_the_one_that_is_paired() -> None:
    pairs = pair_spans(spans(["B-X", "I-X", "I-X"]), spans(["B-X", "B-X", "I-X"]))
    assert [
        pair.predicted.start for pair in pairs if pair.kind == "boundary" and pair.predicted
    ] == [1]


def test_labels_are_counted_with_missed_and_spurious_ones() -> None:
    pairs = pair_spans(spans(["B-X", "O", "B-Y"]), spans(["B-Y", "B-X", "O"]))
    assert label_confusion(pairs, "none") == {"X": {"Y": 1}, "Y": {"none": 1}, "none": {"X": 1}}


@given(CONFUSION)
def test_rates_agree_with_counts(confusion: dict[str, dict[str, int]]) -> None:
    pairs = [(a, b) for a, row in confusion.items() for b, n in row.items() for _ in range(n)]
    rates = tag_rates(confusion)
    assert set(rates) == {tag for pair in pairs for tag in pair}
    for tag, found in rates.items():
        right = pairs.count((tag, tag))
        gold = sum(a == tag for a, _ in pairs)
        predicted = sum(b == tag for _, b in pairs)
        assert found.support == gold
        assert found.recall == (right / gold if gold else 0)
        assert found.precision == (right / predicted if predicted else 0)
        if found.precision and found.recall:
            mean = 2 / (1 / found.precision + 1 / found.recall)
            assert found.f1 == pytest.approx(mean)
        else:
            assert found.f1 == 0
    supports = [found.support for found in rates.values()]
    assert supports == sorted(supports, reverse=True)


def test_rates_without_anything_are_zero() -> None:
    rates = make_rates(0, 0, 0)
    assert (rates.precision, rates.recall, rates.f1, rates.support) == (0, 0, 0, 0)


def test_frequent_confusions_come_by_number_and_then_in_alphabetical_order() -> None:
    confusion = {"A": {"A": 99, "C": 5, "B": 2}, "B": {"A": 2}}
    assert frequent_confusions(confusion, 9) == [("A", "C", 5), ("A", "B", 2), ("B", "A", 2)]
    assert frequent_confusions(confusion, 1) == [("A", "C", 5)]


@given(CONFUSION, st.integers(1, 6))
def test_most_confused_tags_have_the_most_mistakes(
    confusion: dict[str, dict[str, int]], count: int
) -> None:
    chosen = most_confused(confusion, count)
    tags = {*confusion, *(tag for row in confusion.values() for tag in row)}
    mistakes = {
        tag: sum(
            n for a, row in confusion.items() for b, n in row.items() if a != b and tag in (a, b)
        )
        for tag in tags
    }
    assert chosen == sorted(chosen)
    assert len(chosen) == min(count, len(tags))
    least = min((mistakes[tag] for tag in chosen), default=0)
    assert all(mistakes[tag] <= least for tag in tags.difference(chosen))


@given(CONFUSION)
def test_folding_keeps_all_counts(confusion: dict[str, dict[str, int]]) -> None:
    folded = fold_confusion(confusion, ["A", "B"], "rest")
    assert {*folded, *(tag for row in folded.values() for tag in row)} <= {"A", "B", "rest"}
    total = sum(n for row in confusion.values() for n in row.values())
    assert sum(n for row in folded.values() for n in row.values()) == total
    assert folded.get("A", {}).get("B", 0) == confusion.get("A", {}).get("B", 0)
    into_b = sum(row.get("B", 0) for tag, row in confusion.items() if tag not in ("A", "B"))
    assert folded.get("rest", {}).get("B", 0) == into_b


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40),
    st.integers(1, 12),
)
def test_calibration_agrees_with_a_loop(values: list[tuple[float, bool]], bins: int) -> None:
    found = calibrate([p for p, _ in values], [right for _, right in values], bins)
    error = 0.0
    for number, part in enumerate(found.bins):
        inside = [(p, right) for p, right in values if min(int(p * bins), bins - 1) == number]
        assert (part.low, part.high) == (number / bins, (number + 1) / bins)
        assert part.count == len(inside)
        if inside:
            confidence = math.fsum(p for p, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            assert part.confidence == pytest.approx(confidence)
            assert part.accuracy == pytest.approx(accuracy)
            error += len(inside) / len(values) * abs(accuracy - confidence)
    assert found.count == len(values)
    assert found.error == pytest.approx(error, abs=1e-12)
    if values:
        assert found.accuracy == pytest.approx(sum(right for _, right in values) / len(values))


def test_perfect_probabilities_have_no_error() -> None:
    found = calibrate([0.75] * 4, [True, True, True, False])
    assert found.error == 0
    assert found.confidence == found.accuracy == 0.75


def test_least_sure_sentences_come_first() -> None:
    confidence = [[0.9, 0.9], [0.2], [], [0.5, 0.6, 0.7], [0.5, 0.6]]
    assert [index for index, _ in least_sure(confidence, 9)] == [1, 4, 3, 0]
    assert least_sure(confidence, 1) == [(1, 0.2)]
    assert least_sure(confidence, 1, shortest=3)[0] == (3, statistics.fmean([0.5, 0.6, 0.7]))
