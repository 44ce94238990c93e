from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from seqtag.layers.reversal import reversal, turn_around

sizes = st.lists(st.integers(0, 9), min_size=1, max_size=5)


@given(sizes, st.integers(0, 3))
def test_sequences_are_reversed_and_padding_is_left_in_place(
    lengths: list[int], padding: int
) -> None:
    size = max(lengths) + padding
    order = reversal(torch.tensor(lengths), size)
    values = torch.arange(len(lengths) * size)
    assert torch.equal(values[order][order], values)
    for row, length in enumerate(lengths):
        own = (order[row * size : (row + 1) * size] - row * size).tolist()
        assert own == [*reversed(range(length)), *range(length, size)]


@given(sizes, st.integers(0, 3))
def test_batch_turned_twice_is_as_it_was(lengths: list[int], padding: int) -> None:
    size = max(lengths) + padding
    order = reversal(torch.tensor(lengths), size)
    values = torch.randn(len(lengths), size, 2)
    turned = turn_around(values, order)
    for row, length in enumerate(lengths):
        assert torch.equal(turned[row, :length], values[row, :length].flip(0))
        assert torch.equal(turned[row, length:], values[row, length:])
    assert torch.equal(turn_around(turned, order), values)


def test_gradient_is_that_of_a_gather() -> None:
    lengths = torch.tensor([3, 1, 5])
    values = torch.randn(3, 5, 2, dtype=torch.float64, requires_grad=True)
    order = reversal(lengths, 5)
    assert torch.autograd.gradcheck(lambda x: turn_around(x, order), values)
