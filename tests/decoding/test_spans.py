from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.decoding import Transitions, forward_backward, span_probability
from seqtag.decoding.chain import FloatArray
from seqtag.text.schemes import SCHEMES, Scheme, find_spans, is_allowed, span_rules
from tests.decoding.enumeration import Problem, make_problem

PREFIXES = {"iob1": "IB", "bio": "BI", "bioes": "BIES", "bilou": "BILU"}


def make_tags(scheme: Scheme, labels: str) -> list[str]:
    return ["O"] + [f"{prefix}-{label}" for label in labels for prefix in PREFIXES[scheme]]


def constrained(tags: list[str], scheme: Scheme, problem: Problem, penalty: float) -> Problem:
    """Forbid what the scheme forbids."""

    def potentials(values: FloatArray, allowed: list[bool]) -> FloatArray:
        return np.where(np.reshape(allowed, values.shape), values, penalty)

    old = problem.transitions
    transitions = Transitions(
        potentials(old.matrix, [is_allowed(a, b, scheme) for a in tags for b in tags]),
        potentials(old.start, [is_allowed(None, tag, scheme) for tag in tags]),
        potentials(old.end, [is_allowed(tag, None, scheme) for tag in tags]),
    )
    return Problem(problem.emissions, problem.lengths, transitions)


def check_all_spans(problem: Problem, tags: list[str]) -> None:
    """Compare every span there can be with the sum over all tag sequences that have it."""
    rules = span_rules(tags)
    expected = {
        (row, start, end, number): 0.0
        for row, length in enumerate(problem.lengths.tolist())
        for start, end in itertools.combinations(range(length + 1), 2)
        for number in range(len(rules.labels))
    }
    for row in range(len(problem.lengths)):
        for probability, path in problem.probabilities(row):
            for start, end, label in find_spans([tags[number] for number in path]):
                expected[row, start, end, rules.labels.index(label)] += probability
    arguments = (problem.emissions, problem.lengths, problem.transitions)
    trellis = forward_backward(*arguments)
    found = span_probability(*arguments, trellis, list(expected), rules)
    assert found == pytest.approx(list(expected.values()))


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    lengths=st.lists(st.integers(0, 4), max_size=3),
    free=st.booleans(),
    scale=st.sampled_from([1.0, 20.0]),
    penalty=st.sampled_from([None, -1e4, -np.inf]),
)
def test_span_sums_over_the_sequences_that_have_it(
    scheme: Scheme,
    seed: int,
    lengths: list[int],
    free: bool,
    scale: float,
    penalty: float | None,
) -> None:
    tags = make_tags(scheme, "X")
    problem = make_problem(seed, lengths, len(tags), free=free, scale=scale)
    if penalty is not None:
        problem = constrained(tags, scheme, problem, penalty)
    check_all_spans(problem, tags)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("is_constrained", [True, False])
def test_spans_of_several_labels_are_told_apart(scheme: Scheme, is_constrained: bool) -> None:
    tags = make_tags(scheme, "XY")
    problem = make_problem(5, [3, 2, 3], len(tags))
    if is_constrained:
        problem = constrained(tags, scheme, problem, -1e4)
    check_all_spans(problem, tags)


def test_certain_span_has_probability_one_at_most() -> None:
    tags = ["O", "B-X", "I-X"]
    emissions = np.zeros((1, 3, 3))
    emissions[0, [0, 1, 2], [1, 2, 0]] = 800.0
    transitions = Transitions(np.eye(3), np.zeros(3), np.zeros(3))
    trellis = forward_backward(emissions, [3], transitions)
    spans = [(0, 0, 2, 0), (0, 0, 1, 0)]
    found = span_probability(emissions, [3], transitions, trellis, spans, span_rules(tags))
    assert found.tolist() == [1.0, pytest.approx(0.0)]


def test_no_spans_no_probabilities() -> None:
    free = Transitions.free(3)
    emissions = np.zeros((1, 3, 3))
    trellis = forward_backward(emissions, [3], free)
    rules = span_rules(["O", "B-X", "I-X"])
    assert span_probability(emissions, [3], free, trellis, [], rules).shape == (0,)


def test_span_of_an_impossible_sentence_has_probability_zero() -> None:
    transitions = Transitions(np.full((2, 2), -np.inf), np.zeros(2), np.zeros(2))
    emissions = np.zeros((1, 2, 2))
    trellis = forward_backward(emissions, [2], transitions)
    rules = span_rules(["O", "I-X"])
    found = span_probability(emissions, [2], transitions, trellis, [(0, 0, 1, 0)], rules)
    assert found.tolist() == [0.0]


@pytest.mark.parametrize(
    "span", [(0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 3, 0), (1, 0, 1, 0), (-1, 0, 1, 0), (0, 0, 1, -1)]
)
def test_span_outside_of_its_sentence_is_refused(span: tuple[int, int, int, int]) -> None:
    free = Transitions.free(3)
    emissions = np.zeros((1, 3, 3))
    trellis = forward_backward(emissions, [2], free)
    rules = span_rules(["O", "B-X", "I-X"])
    with pytest.raises(ValueError, match=r"span 1 is .*: it must have at least one token"):
        span_probability(emissions, [2], free, trellis, [(0, 0, 2, 0), span], rules)
