from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.decoding import Transitions, forward_backward, marginals, nbest
from seqtag.decoding.marginals import LogMatrix, log_sum_exp
from tests.decoding.enumeration import Problem, make_problem, problems


@settings(max_examples=300)
@given(problems())
def test_partition_sums_over_all_paths(problem: Problem) -> None:
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    expected = [problem.log_partition(row) for row in range(len(problem.lengths))]
    assert trellis.log_partition.tolist() == pytest.approx(expected)


@settings(max_examples=300)
@given(problems())
def test_marginals_sum_over_the_paths_through_a_tag(problem: Problem) -> None:
    arguments = (problem.emissions, problem.lengths, problem.transitions)
    expected = np.zeros(problem.emissions.shape)
    for row in range(len(problem.lengths)):
        for probability, path in problem.probabilities(row):
            expected[row, np.arange(len(path)), list(path)] += probability
    assert marginals(*arguments) == pytest.approx(expected)
    assert forward_backward(*arguments).marginals() == pytest.approx(expected)


@settings(max_examples=300)
@given(problems())
def test_alpha_and_beta_give_the_partition_at_every_token(problem: Problem) -> None:
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    for row, length in enumerate(problem.lengths):
        both = log_sum_exp(trellis.alpha[row, :length] + trellis.beta[row, :length])
        assert both == pytest.approx(np.full(length, trellis.log_partition[row]))
        assert np.isneginf(trellis.alpha[row, length:]).all()
        assert np.isneginf(trellis.beta[row, length:]).all()


@settings(max_examples=30)
@given(problems(), st.integers(0, 3))
def test_batch_and_padding_change_nothing(problem: Problem, padding: int) -> None:
    batch, length, n_tags = problem.emissions.shape
    padded = np.full((batch, length + padding, n_tags), np.inf)
    padded[:, :length] = problem.emissions
    together = marginals(padded, problem.lengths, problem.transitions)
    for row in range(batch):
        own = slice(row, row + 1), slice(0, problem.lengths[row])
        alone = marginals(problem.emissions[own], problem.lengths[own[0]], problem.transitions)
        assert together[own] == pytest.approx(alone, abs=1e-12)


def test_probabilities_of_all_paths_sum_to_one() -> None:
    problem = make_problem(3, [4, 2], 3, forbidden=0.3)
    arguments = (problem.emissions, problem.lengths, problem.transitions)
    _, scores = nbest(*arguments, 81)
    log_partition = forward_backward(*arguments).log_partition
    assert np.exp(scores - log_partition[:, None]).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_free_transitions_give_a_softmax_of_any_precision_of_emissions() -> None:
    emissions = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    result = marginals(emissions, [3, 1], Transitions.free(4))
    weights = np.exp(emissions.astype(np.float64))
    expected = weights / weights.sum(axis=2, keepdims=True)
    expected[1, 1:] = 0
    assert result.dtype == np.float64
    assert result == pytest.approx(expected)


@pytest.mark.parametrize("penalty", [-1e4, -np.inf])
def test_marginals_of_forbidden_tags_are_exactly_zero(penalty: float) -> None:
    matrix = np.array([[0.0, penalty], [0.0, 0.0]])
    transitions = Transitions(matrix, np.array([0.0, penalty]), np.zeros(2))
    result = marginals(np.array([[[0.0, 50.0]] * 3]), [3], transitions)
    assert result[0].tolist() == [[1.0, 0.0]] * 3


def test_sentences_without_a_possible_path_have_no_probabilities() -> None:
    transitions = Transitions(np.full((2, 2), -np.inf), np.zeros(2), np.zeros(2))
    trellis = forward_backward(np.zeros((2, 2, 2)), [2, 1], transitions)
    assert trellis.log_partition.tolist() == [-np.inf, pytest.approx(math.log(2))]
    assert trellis.marginals()[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert trellis.marginals()[1, 0].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("transitions", [Transitions.free(2), Transitions(np.eye(2), *np.eye(2))])
@pytest.mark.parametrize(("batch", "length"), [(0, 0), (0, 3), (2, 0), (2, 3)])
def test_sentences_without_tokens_have_a_partition_of_one_path(
    transitions: Transitions, batch: int, length: int
) -> None:
    emissions = np.full((batch, length, 2), np.nan)
    lengths = np.zeros(batch, dtype=np.int64)
    assert forward_backward(emissions, lengths, transitions).log_partition.tolist() == [0.0] * batch
    assert np.array_equal(marginals(emissions, lengths, transitions), np.zeros(emissions.shape))


def test_sums_lost_to_underflow_are_found_again() -> None:
    """The only way to the second column costs more than exp can express."""
    matrix = LogMatrix(np.array([[0.0, -np.inf, -np.inf], [-2.0, 3.0, -np.inf]]))
    result = matrix.product(np.array([[0.0, -5000.0], [1e6, -np.inf], [-np.inf, -np.inf]]))
    expected = [[0.0, -4997.0, -np.inf], [1e6, -np.inf, -np.inf], [-np.inf] * 3]
    assert result.tolist() == expected


def test_long_sentences_lose_no_precision() -> None:
    """Sums of a hundred thousand tokens still give marginals that agree with a short sentence's."""
    emissions = np.tile(np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 3.0]]), (10_000, 1))
    transitions = Transitions(np.eye(3), np.zeros(3), np.zeros(3))
    long = marginals(emissions[None], [len(emissions)], transitions)[0]
    short = marginals(emissions[None, :100], [100], transitions)[0]
    assert long[10_000:10_002] == pytest.approx(short[50:52], abs=1e-9)
