from __future__ import annotations

import numpy as np
import pytest

from seqtag.decoding import Transitions, forward_backward, marginals, nbest, viterbi
from seqtag.decoding.chain import check_batch, group_by_length


def test_free_transitions_are_zeros_and_say_so() -> None:
    transitions = Transitions.free(3)
    assert transitions.is_free
    assert transitions.n_tags == 3
    assert transitions.matrix.shape == (3, 3)


@pytest.mark.parametrize("changed", ["matrix", "start", "end"])
def test_one_potential_is_enough_not_to_be_free(changed: str) -> None:
    parts = {"matrix": np.zeros((2, 2)), "start": np.zeros(2), "end": np.zeros(2)}
    parts[changed].flat[1] = -np.inf
    assert not Transitions(**parts).is_free


@pytest.mark.parametrize(
    ("matrix", "start", "end"), [((2, 3), 2, 2), ((2, 2), 3, 2), ((2, 2), 2, 3), ((0, 0), 0, 0)]
)
def test_transitions_of_other_shapes_are_refused(
    matrix: tuple[int, int], start: int, end: int
) -> None:
    with pytest.raises(ValueError, match=r"must be \(tags, tags\), \(tags,\) and \(tags,\)"):
        Transitions(np.zeros(matrix), np.zeros(start), np.zeros(end))


@pytest.mark.parametrize(
    ("shape", "lengths", "message"),
    [
        ((2, 5), [5, 5], r"emissions have shape \(2, 5\): it must be \(batch, length, 3\)"),
        ((2, 5, 4), [5, 5], r"emissions have shape \(2, 5, 4\)"),
        ((2, 5, 3), [5], r"lengths have shape \(1,\): it must be \(2,\)"),
        ((2, 5, 3), [5, 6], "lengths go from 5 to 6: they must be between 0 and 5"),
        ((2, 5, 3), [5, -1], "lengths go from -1 to 5"),
    ],
)
@pytest.mark.parametrize("free", [True, False])
def test_arrays_that_do_not_fit_are_refused_everywhere(
    shape: tuple[int, ...], lengths: list[int], message: str, free: bool
) -> None:
    transitions = Transitions(np.zeros((3, 3)), np.zeros(3), np.full(3, 0.0 if free else 1.0))
    emissions = np.zeros(shape)
    with pytest.raises(ValueError, match=message):
        viterbi(emissions, lengths, transitions)
    with pytest.raises(ValueError, match=message):
        nbest(emissions, lengths, transitions, 2)
    with pytest.raises(ValueError, match=message):
        marginals(emissions, lengths, transitions)
    with pytest.raises(ValueError, match=message):
        forward_backward(emissions, lengths, transitions)


def test_groups_hold_every_sentence_with_tokens_once_longest_first() -> None:
    emissions, lengths = check_batch(np.zeros((6, 9, 2)), [3, 0, 9, 3, 1, 4], 2)
    (steps,) = group_by_length(emissions, lengths, 4)
    assert steps.rows.tolist() == [2, 5, 0, 3, 4]
    assert steps.lengths.tolist() == [9, 4, 3, 3, 1]
    assert steps.running == [5, 4, 4, 2, 1, 1, 1, 1, 1]
    assert steps.emissions.shape == (9, 5, 2)


def test_groups_of_many_tags_are_small() -> None:
    emissions, lengths = check_batch(np.zeros((5, 2, 1)), [1, 1, 2, 2, 1], 1)
    groups = list(group_by_length(emissions, lengths, 1 << 19))
    assert [steps.rows.tolist() for steps in groups] == [[2, 3], [0, 1], [4]]
    assert [len(steps.emissions) for steps in groups] == [2, 1, 1]
