from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.decoding import Transitions, nbest, viterbi
from tests.decoding.enumeration import Problem, make_problem, problems

IMPOSSIBLE = Transitions(np.full((2, 2), -np.inf), np.zeros(2), np.zeros(2))


@settings(max_examples=300)
@given(problems())
def test_best_path_is_the_best_of_all(problem: Problem) -> None:
    paths, scores = viterbi(problem.emissions, problem.lengths, problem.transitions)
    assert paths.shape == problem.emissions.shape[:2]
    assert paths.dtype == np.int64
    for row, length in enumerate(problem.lengths):
        scored = problem.scored_paths(row)
        if not scored:
            assert scores[row] == -np.inf
            continue
        assert scores[row] == pytest.approx(scored[0][0])
        assert problem.score(row, tuple(paths[row, :length])) == pytest.approx(scored[0][0])
        assert not paths[row, length:].any()


@settings(max_examples=300)
@given(problems(max_tags=3), st.integers(1, 100))
def test_n_best_paths_are_the_n_best_of_all_in_order(problem: Problem, n: int) -> None:
    paths, scores = nbest(problem.emissions, problem.lengths, problem.transitions, n)
    assert paths.shape == (len(problem.lengths), n, problem.emissions.shape[1])
    assert scores.shape == (len(problem.lengths), n)
    for row, length in enumerate(problem.lengths):
        expected = [score for score, _ in problem.scored_paths(row)][:n]
        found = [tuple(path) for path in paths[row, : len(expected), :length]]
        assert scores[row, : len(expected)] == pytest.approx(expected)
        assert [problem.score(row, path) for path in found] == pytest.approx(expected)
        assert len(set(found)) == len(expected), "a path was given twice"
        assert np.isneginf(scores[row, len(expected) :]).all()
        assert not paths[row, len(expected) :].any()
        assert not paths[row, :, length:].any()


@settings(max_examples=300)
@given(problems(), st.integers(1, 5))
def test_first_of_the_n_best_is_the_best_even_among_equals(problem: Problem, n: int) -> None:
    best, score = viterbi(problem.emissions, problem.lengths, problem.transitions)
    paths, scores = nbest(problem.emissions, problem.lengths, problem.transitions, n)
    assert scores[:, 0] == pytest.approx(score)
    possible = np.isfinite(score)
    assert np.array_equal(paths[possible, 0], best[possible])


@settings(max_examples=30)
@given(problems(), st.integers(0, 3), st.integers(1, 4))
def test_batch_and_padding_change_nothing(problem: Problem, padding: int, n: int) -> None:
    batch, length, n_tags = problem.emissions.shape
    padded = np.full((batch, length + padding, n_tags), np.inf)
    padded[:, :length] = problem.emissions
    together = viterbi(padded, problem.lengths, problem.transitions)
    n_together = nbest(padded, problem.lengths, problem.transitions, n)
    for row in range(batch):
        own = slice(row, row + 1), slice(0, problem.lengths[row])
        alone = viterbi(problem.emissions[own], problem.lengths[own[0]], problem.transitions)
        assert np.array_equal(together[0][own], alone[0])
        assert together[1][row] == pytest.approx(alone[1][0])
        n_alone = nbest(problem.emissions[own], problem.lengths[own[0]], problem.transitions, n)
        assert np.array_equal(n_together[0][row, :, own[1]], n_alone[0][0])
        assert n_together[1][row] == pytest.approx(n_alone[1][0])


def test_groups_of_sentences_come_back_in_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(1, [3, 0, 5, 1, 3, 2], 3)
    arguments = (problem.emissions, problem.lengths, problem.transitions)
    whole = (*viterbi(*arguments), *nbest(*arguments, 4))
    monkeypatch.setattr("seqtag.decoding.chain._CELLS", 1)
    parts = (*viterbi(*arguments), *nbest(*arguments, 4))
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_free_transitions_take_each_tokens_best_tag() -> None:
    emissions = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    paths, scores = viterbi(emissions, [4, 2, 0], Transitions.free(5))
    assert paths[0].tolist() == emissions[0].argmax(axis=1).tolist()
    assert paths[1].tolist() == [*emissions[1, :2].argmax(axis=1), 0, 0]
    assert paths[2].tolist() == [0, 0, 0, 0]
    assert scores.dtype == np.float64
    assert scores == pytest.approx([emissions[0].max(1).sum(), emissions[1, :2].max(1).sum(), 0])


def test_a_penalty_of_1e4_is_paid_only_where_there_is_no_other_path() -> None:
    matrix = np.array([[-1e4, -1e4], [0.0, -1e4]])  # only 1 -> 0 is allowed
    transitions = Transitions(matrix, np.zeros(2), np.zeros(2))
    paths, scores = viterbi(np.array([[[9.0, 0], [0, 9], [9, 0]]] * 2), [2, 3], transitions)
    assert paths[0].tolist() == [1, 0, 0]
    assert scores[0] == 0.0
    assert paths[1].tolist() == [0, 1, 0]
    assert scores[1] == 27.0 - 1e4


def test_without_a_possible_path_the_score_is_minus_infinity() -> None:
    paths, scores = viterbi(np.zeros((2, 2, 2)), [2, 1], IMPOSSIBLE)
    assert paths.shape == (2, 2)
    assert scores.tolist() == [-np.inf, 0.0]


@pytest.mark.parametrize("transitions", [IMPOSSIBLE, Transitions.free(2)])
@pytest.mark.parametrize(("batch", "length"), [(0, 0), (0, 3), (2, 0), (2, 3)])
def test_sentences_without_tokens_have_one_path_of_score_zero(
    transitions: Transitions, batch: int, length: int
) -> None:
    emissions = np.full((batch, length, 2), np.nan)
    lengths = np.zeros(batch, dtype=np.int64)
    paths, scores = viterbi(emissions, lengths, transitions)
    assert np.array_equal(paths, np.zeros((batch, length)))
    assert scores.tolist() == [0.0] * batch
    all_paths, all_scores = nbest(emissions, lengths, transitions, 2)
    assert np.array_equal(all_paths, np.zeros((batch, 2, length)))
    assert all_scores.tolist() == [[0.0, -np.inf]] * batch


def test_n_best_wants_at_least_one() -> None:
    with pytest.raises(ValueError, match="n is 0: it must be at least 1"):
        nbest(np.zeros((1, 1, 2)), [1], Transitions.free(2), 0)


def test_memory_grows_with_length_times_tags_only() -> None:
    length, n_tags = 20_000, 13
    problem = make_problem(0, [length], n_tags)
    tracemalloc.start()
    try:
        viterbi(problem.emissions, problem.lengths, problem.transitions)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 8 * length * n_tags
