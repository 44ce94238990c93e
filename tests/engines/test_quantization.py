from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqtag.engines.quantization import (
    GUARD_MEMORY,
    PRODUCT_LEVELS,
    TABLE_LEVELS,
    Cell,
    guarded,
    quantize,
)

FloatArray = npt.NDArray[np.floating]


@given(
    arrays(np.float32, (3, 4), elements=st.floats(-100, 100, width=32)),
    st.sampled_from([PRODUCT_LEVELS, TABLE_LEVELS]),
)
def test_whole_numbers_stand_for_the_nearest(rows: FloatArray, levels: int) -> None:
    whole, steps = quantize(rows, levels)
    assert whole.dtype == np.int8
    assert np.abs(whole.astype(int)).max() <= levels
    assert (np.abs(whole * steps[:, None] - rows) <= 0.5001 * steps[:, None]).all()


def test_row_of_zeros_stays_zero() -> None:
    whole, steps = quantize(np.zeros((1, 3), dtype=np.float32), TABLE_LEVELS)
    assert not whole.any()
    assert np.isfinite(steps).all()


def test_products_fit_where_two_are_added_in_sixteen_bits() -> None:
    assert 2 * 255 * PRODUCT_LEVELS < 2**15


def run(cell: Cell, vectors: FloatArray, memory: FloatArray) -> FloatArray:
    """Compute an LSTM in double precision, step by step: (length, hidden)."""
    size = cell.recurrent.shape[1]
    hidden, states = np.zeros(size), []
    bias = cell.bias.astype(float).reshape(2, -1).sum(axis=0)
    peepholes = np.zeros(3 * size) if cell.peepholes is None else cell.peepholes
    p_i, p_o, p_f = peepholes.reshape(3, size)
    for vector in vectors:
        sums = (cell.inputs @ vector + cell.recurrent @ hidden + bias).reshape(4, size)
        i = 1 / (1 + np.exp(-(sums[0] + p_i * memory)))
        f = 1 / (1 + np.exp(-(sums[2] + p_f * memory)))
        memory = f * memory + i * np.tanh(sums[3])
        o = 1 / (1 + np.exp(-(sums[1] + p_o * memory)))
        hidden = o * np.tanh(memory)
        states.append(hidden)
    return np.array(states)


@pytest.mark.parametrize("has_peepholes", [False, True])
def test_guards_are_one_and_minus_one_and_change_nothing(has_peepholes: bool) -> None:
    generator = np.random.default_rng(1)
    cell = Cell(
        generator.normal(size=(12, 2)),
        generator.normal(size=(12, 3)),
        generator.normal(size=24),
        generator.normal(size=9) if has_peepholes else None,
    )
    vectors = generator.normal(size=(1000, 4))
    places = np.array([0, 3])
    wide = guarded(cell, places, 4)
    wanted = run(cell, vectors[:, places], np.zeros(3))
    found = run(wide, vectors, np.array([0.0, 0.0, 0.0, *GUARD_MEMORY]))
    np.testing.assert_allclose(found[:, :3], wanted, atol=1e-6)
    np.testing.assert_allclose(found[:, 3:], np.tile([1.0, -1.0], (1000, 1)), atol=1e-12)
