from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.decoding.hypotheses import Trail, coverage_penalty, length_penalty, repeating


def test_penalties_by_hand() -> None:
    """Equation 14 of Wu et al. (2016), with numbers that can be checked in the head."""
    assert length_penalty(7, 1.0) == 2.0
    assert length_penalty(19, 0.5) == 2.0
    assert length_penalty(7, 0.0) == 1.0
    covered = np.array([[[0.5, 2.0, 0.25, 0.0], [1.0, 1.0, 1.0, 0.5]]])
    found = coverage_penalty(covered, np.array([3]), 2.0)
    assert found == pytest.approx(np.array([[2 * (np.log(0.5) + np.log(0.25)), 0.0]]))


def test_source_without_any_attention_keeps_scores_finite() -> None:
    found = coverage_penalty(np.zeros((1, 1, 2)), np.array([2]), 1.0)
    assert found == pytest.approx(2 * np.log(1e-10))


@given(
    st.integers(1, 4),
    st.integers(0, 8).flatmap(
        lambda length: st.lists(
            st.lists(st.integers(4, 6), min_size=length, max_size=length), min_size=4, max_size=4
        )
    ),
)
def test_units_that_would_repeat_an_n_gram(n: int, histories: list[list[int]]) -> None:
    history = np.array(histories, dtype=np.int64).reshape(2, 2, -1)
    found = set(zip(*(part.tolist() for part in repeating(history, n)), strict=True))
    expected = set()
    for place, units in enumerate(histories):
        known = {tuple(units[begin : begin + n]) for begin in range(len(units) - n + 1)}
        for number in (4, 5, 6):
            if tuple([*units, number][-n:]) in known and len(units) >= n - 1:
                expected.add((place // 2, place % 2, number))
    assert found == expected


def test_hypotheses_share_their_beginnings() -> None:
    """Source 1 goes on alone; its two hypotheses come from one, which was row 1."""
    trail = Trail(2)

    def weights(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.array(values, dtype=np.float32).reshape(-1, 2, 1)

    none = np.zeros((2, 1), dtype=np.int64)
    first = np.array([0.1, 0.2], dtype=np.float32).reshape(2, 1, 1)
    trail.add(np.array([0, 1]), none, none, first)
    origins = np.array([[0, 0], [0, 0]])
    trail.add(np.array([0, 1]), origins, np.array([[4, 5], [6, 7]]), weights(0.3, 0.4, 0.5, 0.6))
    trail.add(np.array([1]), np.array([[1, 1]]), np.array([[8, 9]]), weights(0.7, 0.8))
    numbers, attention = trail.trace(np.array([1, 0, 1]), np.array([2, 1, 2]), np.array([1, 0, 0]))
    assert numbers.tolist() == [[7, 9], [4, 0], [7, 8]]
    assert attention[:, :, 0] == pytest.approx(
        np.array([[0.2, 0.6, 0.8], [0.1, 0.3, 0.0], [0.2, 0.6, 0.7]])
    )
