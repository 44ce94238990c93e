from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from seqtag.decoding import Transitions, marginals, sample
from tests.decoding.enumeration import Problem, make_problem, problems


def draw(problem: Problem, count: int, seed: int = 0) -> npt.NDArray[np.int64]:
    random = np.random.default_rng(seed)
    return sample(problem.emissions, problem.lengths, problem.transitions, count, random)


@settings(max_examples=60)
@given(problems())
def test_only_possible_sequences_are_drawn(problem: Problem) -> None:
    paths = draw(problem, 3)
    assert paths.shape == (len(problem.lengths), 3, problem.emissions.shape[1])
    for row, length in enumerate(problem.lengths):
        probable = {path for p, path in problem.probabilities(row) if p > 0}
        assert not paths[row, :, length:].any()
        if probable:
            assert {tuple(path[:length].tolist()) for path in paths[row]} <= probable


@pytest.mark.parametrize("free", [False, True])
def test_sequences_come_as_often_as_their_probability_says(free: bool) -> None:
    problem = make_problem(5, [3, 1, 4], 3, forbidden=0.2, free=free)
    count = 4000
    drawn = draw(problem, count)
    for row, length in enumerate(problem.lengths):
        counts = Counter(tuple(path[:length].tolist()) for path in drawn[row])
        for probability, path in problem.probabilities(row):
            deviation = np.sqrt(probability * (1 - probability) / count)
            assert counts[path] / count == pytest.approx(probability, abs=5 * deviation + 1e-9)


def test_each_of_a_few_sequences_by_itself_has_the_right_distribution() -> None:
    problem = make_problem(7, [3], 2)
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(3)]
    tries = 3000
    for seed in range(tries):
        for own, path in zip(counts, draw(problem, 3, seed)[0], strict=True):
            own[tuple(path[:3].tolist())] += 1
    for own in counts:
        for probability, path in problem.probabilities(0):
            assert own[path] / tries == pytest.approx(probability, abs=0.05)


def test_tags_of_independent_tokens_are_shared_out_evenly() -> None:
    rng = np.random.default_rng(0)
    emissions, lengths = rng.normal(size=(5, 6, 4)), np.full(5, 6)
    transitions = Transitions.free(4)
    paths = sample(emissions, lengths, transitions, 10, rng)
    shares = (paths[..., None] == np.arange(4)).mean(axis=1)
    assert np.abs(shares - marginals(emissions, lengths, transitions)).max() < 0.2
    again = sample(emissions, lengths, transitions, 1000, rng)
    shares = (again[..., None] == np.arange(4)).mean(axis=1)
    assert np.abs(shares - marginals(emissions, lengths, transitions)).max() < 0.002


def test_same_seed_draws_the_same() -> None:
    problem = make_problem(1, [4, 2], 3)
    assert np.array_equal(draw(problem, 5, 3), draw(problem, 5, 3))
    assert not np.array_equal(draw(problem, 50, 3), draw(problem, 50, 4))


def test_count_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="count is 0"):
        draw(make_problem(1, [2], 2), 0)
