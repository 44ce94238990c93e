from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.report.comparison import (
    Comparison,
    TwoAnswers,
    as_values,
    compare_column,
    differing_tokens,
    verdict,
)
from seqtag.report.results import Spans
from seqtag.report.significance import Difference
from seqtag.text.schemes import SCHEMES, Scheme, convert, find_spans
from seqtag.text.sentence import Sentence
from seqtag.training.scores import strict_scores, strict_spans

BIO = ["O", "B-X", "I-X", "B-Y", "I-Y"]
LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=8)


def as_spans(tags: list[list[str]], scheme: Scheme | None) -> Spans:
    """Return spans as the scores count them, or all of them where there is no scheme."""
    found = []
    for of in tags:
        sentence = Sentence(["w"] * len(of))
        places = (
            find_spans(of)
            if scheme is None
            else [(start, end, label) for label, start, end in strict_spans([of], scheme)[0]]
        )
        found.append([sentence.make_span(*place) for place in sorted(places)])
    return found


def answers(
    gold: list[list[str]],
    first: list[list[str]],
    second: list[list[str]],
    *,
    with_spans: bool,
    scheme: Scheme | None = None,
) -> TwoAnswers:
    spans = (as_spans(gold, scheme), as_spans(first, scheme), as_spans(second, scheme))
    return TwoAnswers(
        name="TAG", gold=gold, first=first, second=second, spans=spans if with_spans else None
    )


def seen(tags: list[list[str]]) -> list[list[bool]]:
    return [[False] * len(of) for of in tags]


@given(LENGTHS, st.sampled_from(SCHEMES), st.randoms(use_true_random=False))
def test_scores_are_those_of_training(
    lengths: list[int], scheme: Scheme, source: random.Random
) -> None:
    """Also where tags break their scheme."""
    tags = [f"{p}-{label}" for p in "BIESLU" for label in "XY"] + ["O"]
    gold, first, second = (
        [
            convert(of, scheme) if source.random() < 0.5 else of
            for of in (source.choices(tags, k=length) for length in lengths)
        ]
        for _ in range(3)
    )
    given = answers(gold, first, second, with_spans=True, scheme=scheme)
    found = compare_column(given, seen(gold), samples=5).scores
    assert found["f1"].first == pytest.approx(strict_scores(gold, first, scheme)["f1"])
    assert found["f1"].second == pytest.approx(strict_scores(gold, second, scheme)["f1"])
    pairs = [(a, b) for x, y in zip(gold, first, strict=True) for a, b in zip(x, y, strict=True)]
    assert found["accuracy"].first == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    assert "accuracy_unseen" not in found


def test_unseen_words_have_a_score_of_their_own() -> None:
    gold, first, second = [["A", "B"], ["C"]], [["A", "X"], ["C"]], [["A", "B"], ["X"]]
    given = answers(gold, first, second, with_spans=False)
    found = compare_column(given, [[False, True], [True]], samples=5)
    assert list(found.scores) == ["accuracy", "accuracy_unseen"]
    unseen = found.scores["accuracy_unseen"]
    assert (unseen.first, unseen.second) == (0.5, 0.5)


def test_who_is_right_is_counted_by_tokens_or_by_spans() -> None:
    gold = [["B-X", "I-X", "O", "B-Y"]]
    first = [["B-X", "I-X", "B-Y", "O"]]
    second = [["B-X", "O", "O", "B-Y"]]
    by_token = compare_column(answers(gold, first, second, with_spans=False), seen(gold), samples=5)
    counts = (by_token.both, by_token.only_first, by_token.only_second, by_token.neither)
    assert counts == (1, 1, 2, 0)
    by_span = compare_column(answers(gold, first, second, with_spans=True), seen(gold), samples=5)
    counts = (by_span.both, by_span.only_first, by_span.only_second, by_span.neither)
    assert counts == (0, 1, 1, 0)
    assert by_span.total == 2


@given(LENGTHS, st.booleans(), st.randoms(use_true_random=False))
def test_labels_agree_with_counts(
    lengths: list[int], with_spans: bool, source: random.Random
) -> None:
    gold, first, second = ([source.choices(BIO, k=n) for n in lengths] for _ in range(3))
    given = answers(gold, first, second, with_spans=with_spans)
    found = compare_column(given, seen(gold), samples=5)

    def items(tags: list[list[str]]) -> set[tuple[object, ...]]:
        if not with_spans:
            return {(n, i, tag) for n, of in enumerate(tags) for i, tag in enumerate(of)}
        return {(n, a, b, c) for n, of in enumerate(tags) for a, b, c in find_spans(of)}

    sets = [items(tags) for tags in (gold, first, second)]
    changes = {change.label: change for change in found.labels}
    for label in {item[-1] for of in sets for item in of}:
        wanted, one, two = ({item for item in of if item[-1] == label} for of in sets)
        won, lost = len((two - one) & wanted), len((one - two) & wanted)
        f1 = [
            2 * len(given & wanted) / (len(given) + len(wanted)) if given or wanted else 0.0
            for given in (one, two)
        ]
        if label not in changes:
            assert won == lost == 0
            assert f1[0] == pytest.approx(f1[1])
            continue
        change = changes[str(label)]
        assert (change.won, change.lost, change.support) == (won, lost, len(wanted))
        assert [change.first, change.second] == pytest.approx(f1)
    gains = [change.won - change.lost for change in found.labels]
    assert gains == sorted(gains, reverse=True)


def test_sentences_are_those_with_fewer_mistakes_the_most_first() -> None:
    gold = [["A"], ["A", "A"], ["A"], ["A"], ["A"]]
    first = [["X"], ["X", "X"], ["A"], ["A"], ["X"]]
    second = [["A"], ["A", "A"], ["X"], ["A"], ["X"]]
    found = compare_column(answers(gold, first, second, with_spans=False), seen(gold), samples=5)
    assert found.better_second == [1, 0]
    assert found.better_first == [2]
    spurious = [["O", "B-X"]], [["B-Y", "B-X"]], [["O", "B-X"]]
    found = compare_column(answers(*spurious, with_spans=True), [[False] * 2], samples=5)
    assert (found.better_first, found.better_second) == ([], [0])


def test_tokens_differ_where_the_two_disagree() -> None:
    given = answers([["A", "B", "C"]], [["A", "X", "C"]], [["X", "X", "B"]], with_spans=False)
    assert differing_tokens(given, 0) == [0, 2]


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference(0.5, 0.6, 0.0, 0.2, 0.0123), "B is better in F1 (p = 0.012)."),
        (Difference(0.6, 0.5, 0.0, 0.2, 0.0001), "B is worse in F1 (p < 0.001)."),
        (Difference(0.5, 0.6, 0.0, 0.2, 0.3), "No significant difference in F1 (p = 0.300)."),
    ],
)
def test_verdict(difference: Difference, words: str) -> None:
    assert verdict("F1", difference, "B") == words


def test_values_are_json() -> None:
    gold, first, second = [["B-X", "O"]], [["B-X", "O"]], [["O", "B-Y"]]
    column = compare_column(answers(gold, first, second, with_spans=True), seen(gold), samples=9)
    comparison = Comparison(
        first="a", second="b", source="f", tokens=[["x", "y"]], columns=[column], version="1"
    )
    values = as_values(comparison)
    assert json.loads(json.dumps(values)) == values
    assert (values["sentences"], values["tokens"]) == (1, 2)
    scores = values["by_column"]["TAG"]["scores"]["f1"]
    assert (scores["first"], scores["second"], scores["difference"]) == (1.0, 0.0, -1.0)
    assert values["by_column"]["TAG"]["labels"]["X"] == {
        "support": 1,
        "f1_first": 1.0,
        "f1_second": 0.0,
        "only_first": 1,
        "only_second": 0,
    }
