from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from seqtag.layers import tables
from seqtag.layers.tables import BagTable, Table, distinct, read_rows


@given(st.lists(st.integers(0, 19), max_size=30))
def test_distinct_numbers_are_those_of_unique(numbers: list[int]) -> None:
    tensor = torch.tensor(numbers, dtype=torch.int64)
    rows, places = distinct(tensor, 20)
    expected, inverse = torch.unique(tensor, return_inverse=True)
    assert torch.equal(rows, expected)
    assert torch.equal(places, inverse)


def test_distinct_numbers_of_a_matrix_keep_its_shape() -> None:
    rows, places = distinct(torch.tensor([[7, 2], [2, 2]]), 9)
    assert rows.tolist() == [2, 7]
    assert places.tolist() == [[1, 0], [0, 0]]


def test_gradient_of_rows_holds_them_and_no_others() -> None:
    table = torch.randn(1000, 3, requires_grad=True)
    read_rows(table, torch.tensor([4, 17])).square().sum().backward()  # type: ignore[no-untyped-call]
    assert table.grad is not None
    assert table.grad.is_sparse
    assert table.grad._indices().tolist() == [[4, 17]]
    assert torch.equal(table.grad._values(), 2 * table.detach()[[4, 17]])


def test_gradient_of_rows_is_dense_where_torch_may_have_no_sparse_tensors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = torch.randn(2, 3)
    gradients = []
    for devices in (tables.SPARSE_DEVICES, ()):
        monkeypatch.setattr(tables, "SPARSE_DEVICES", devices)
        table = torch.randn(9, 3, requires_grad=True)
        (read_rows(table, torch.tensor([4, 7])) * weights).sum().backward()  # type: ignore[no-untyped-call]
        assert table.grad is not None
        assert table.grad.is_sparse == bool(devices)
        gradients.append(table.grad.to_dense())
    assert torch.equal(*gradients)


def test_gradient_on_another_device_is_dense() -> None:
    """As on one without storage, which stands for all that the tests have not."""
    table = torch.empty(9, 3, device="meta", requires_grad=True)
    rows = torch.zeros(2, dtype=torch.int64, device="meta")
    read_rows(table, rows).sum().backward()  # type: ignore[no-untyped-call]
    assert table.grad is not None
    assert not table.grad.is_sparse
    assert table.grad.shape == table.shape


def gradient_of(result: Tensor, table: nn.Embedding | nn.EmbeddingBag) -> Tensor:
    """Return the gradient of some function of a result, as a whole table."""
    weights = torch.linspace(-1, 1, result.numel()).reshape(result.shape)
    (result.sin() * weights).sum().backward()  # type: ignore[no-untyped-call]
    assert table.weight.grad is not None
    return table.weight.grad.to_dense() if table.weight.grad.is_sparse else table.weight.grad


@pytest.mark.parametrize("training", [False, True])
def test_table_is_an_embedding(training: bool) -> None:
    table, reference = Table(50, 4), nn.Embedding(50, 4)
    reference.load_state_dict(table.state_dict())
    table.train(training)
    numbers = torch.randint(50, (3, 7))
    assert torch.equal(table(numbers), reference(numbers))
    found = gradient_of(table(numbers), table)
    assert torch.allclose(found, gradient_of(reference(numbers), reference), atol=1e-6)
    assert table.weight.grad is not None
    assert table.weight.grad.is_sparse == training


@pytest.mark.parametrize("offsets", [[0, 3, 3, 19], [0, 0, 20, 20], [0]], ids=str)
@pytest.mark.parametrize("training", [False, True])
def test_bag_table_is_a_bag_of_embeddings(training: bool, offsets: list[int]) -> None:
    table, reference = BagTable(50, 4), nn.EmbeddingBag(50, 4, mode="sum")
    reference.load_state_dict(table.state_dict())
    table.train(training)
    numbers, starts = torch.randint(50, (20,)), torch.tensor(offsets)
    assert torch.allclose(table(numbers, starts), reference(numbers, starts), atol=1e-6)
    found = gradient_of(table(numbers, starts), table)
    assert torch.allclose(found, gradient_of(reference(numbers, starts), reference), atol=1e-6)
    assert table.weight.grad is not None
    assert table.weight.grad.is_sparse == training


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("bags", [0, 1, 3])
def test_bags_of_nothing_are_zero_and_have_no_gradient(training: bool, bags: int) -> None:
    table = BagTable(5, 2).train(training)
    sums = table(torch.zeros(0, dtype=torch.int64), torch.zeros(bags, dtype=torch.int64))
    assert torch.equal(sums, torch.zeros(bags, 2))
    assert not gradient_of(sums, table).any()


def test_frozen_table_reads_without_a_gradient() -> None:
    table = Table(5, 2)
    table.weight.requires_grad_(False)
    assert not table.train()(torch.tensor([1, 1])).requires_grad
