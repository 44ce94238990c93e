"""The partition function of a chain, compared with enumeration and finite differences."""

from __future__ import annotations

from typing import TypeAlias
from unittest import mock

import pytest
import torch
from torch import Tensor

from seqtag.config import FORBIDDEN
from seqtag.decoding import Transitions as DecodingTransitions
from seqtag.layers import chain
from seqtag.layers.chain import log_partition
from seqtag.layers.crf import CRFHead, Transitions
from tests.decoding.enumeration import Problem

Potentials: TypeAlias = tuple[Tensor, Tensor, Tensor]

LENGTHS = [4, 1, 3, 2]


def make_potentials(n_tags: int, *, scale: float = 1.0, forbidden: bool = False) -> Potentials:
    """Return random potentials; where some are forbidden, the first tag is free in all."""
    generator = torch.Generator().manual_seed(n_tags)
    matrix, start, end = (
        torch.randn(shape, generator=generator, dtype=torch.float64) * scale
        for shape in ((n_tags, n_tags), (n_tags,), (n_tags,))
    )
    if forbidden:
        matrix[1:, -1] += FORBIDDEN
        start[-1] += FORBIDDEN
    return matrix, start, end


def make_emissions(lengths: list[int], n_tags: int, scale: float = 1.0) -> Tensor:
    """Return random emissions with two positions of padding behind the longest sentence."""
    generator = torch.Generator().manual_seed(7)
    size = (len(lengths), max(lengths) + 2, n_tags)
    return torch.randn(size, generator=generator, dtype=torch.float64) * scale


def enumerated(emissions: Tensor, lengths: list[int], potentials: Potentials) -> list[float]:
    """Return the logarithms of the sums over all tag sequences, one by one."""
    transitions = DecodingTransitions(*(p.numpy() for p in potentials))
    problem = Problem(emissions.numpy(), torch.tensor(lengths).numpy(), transitions)
    return [problem.log_partition(row) for row in range(len(lengths))]


@pytest.mark.parametrize("n_tags", [1, 2, 4])
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_partition_is_the_sum_over_all_sequences(
    n_tags: int, scale: float, forbidden: bool, dtype: torch.dtype
) -> None:
    potentials = make_potentials(n_tags, scale=scale, forbidden=forbidden and n_tags > 1)
    emissions = make_emissions(LENGTHS, n_tags, scale)
    found = log_partition(
        emissions.to(dtype), torch.tensor(LENGTHS), *(p.to(dtype) for p in potentials)
    )
    assert found is not None
    assert found.dtype == dtype
    expected = enumerated(emissions, LENGTHS, potentials)
    precision = 1e-12 if dtype == torch.float64 else 1e-5
    assert found.tolist() == pytest.approx(expected, rel=precision, abs=precision)


def test_recursion_in_single_precision_is_near() -> None:
    """As on devices that have no double one."""
    potentials = make_potentials(4)
    emissions = make_emissions(LENGTHS, 4)
    found = in_single(emissions, torch.tensor(LENGTHS), potentials)
    expected = enumerated(emissions, LENGTHS, potentials)
    assert found.tolist() == pytest.approx(expected, rel=1e-5, abs=1e-5)


def in_single(emissions: Tensor, lengths: Tensor, potentials: Potentials) -> Tensor:
    """Run the recursion in single precision, which `log_partition` avoids on the CPU."""
    values = (tensor.float() for tensor in (emissions, *potentials))
    result: Tensor = chain._LogPartition.apply(lengths, *values)  # type: ignore[no-untyped-call]  # torch's
    return result


def test_sentences_of_one_token_have_no_moves() -> None:
    matrix, start, end = make_potentials(3)
    emissions = make_emissions([1, 1], 3)[:, :1]
    matrix.requires_grad_(True)
    found = log_partition(emissions, torch.tensor([1, 1]), matrix, start, end)
    assert found is not None
    assert torch.allclose(found, (emissions[:, 0] + start + end).logsumexp(dim=1))
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert matrix.grad is not None
    assert not matrix.grad.any()


@pytest.mark.parametrize("forbidden", [False, True])
def test_gradients_are_those_of_finite_differences(forbidden: bool) -> None:
    values = [make_emissions(LENGTHS, 3), *make_potentials(3, forbidden=forbidden)]
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)

    def weighted(emissions: Tensor, matrix: Tensor, start: Tensor, end: Tensor) -> Tensor:
        sums = log_partition(emissions, torch.tensor(LENGTHS), matrix, start, end)
        assert sums is not None
        return sums * weights

    assert torch.autograd.gradcheck(weighted, [value.requires_grad_(True) for value in values])


def gradients(
    emissions: Tensor, lengths: Tensor, potentials: Potentials, *, single: bool = False
) -> list[Tensor]:
    """Return the partitions, and the gradients of their sum by emissions and potentials."""
    values = [tensor.clone().requires_grad_(True) for tensor in (emissions, *potentials)]
    run = in_single if single else lambda e, n, p: log_partition(e, n, *p)
    sums = run(values[0], lengths, (values[1], values[2], values[3]))
    assert sums is not None
    return [sums.detach(), *torch.autograd.grad(sums.sum(), values)]


@pytest.mark.parametrize(("single", "lowest"), [(False, -2000.0), (True, -200.0), (True, 200.0)])
def test_padding_changes_nothing_and_gets_no_gradient(single: bool, lowest: float) -> None:
    """Finite as its emissions are, all that leads on there may be lost to underflow."""
    lengths = torch.tensor([2, 5, 1])
    potentials = make_potentials(3, forbidden=True)
    potentials[0][:, -1] += FORBIDDEN  # so that only the other tags lead on
    emissions = make_emissions(lengths.tolist(), 3)[:, :5]
    padding = torch.arange(5) >= lengths[:, None]
    quiet = emissions.masked_fill(padding[:, :, None], 0.0)
    loud = quiet + padding[:, :, None] * torch.tensor([lowest, lowest, 0.0])
    found = gradients(loud, lengths, potentials, single=single)
    expected = gradients(quiet, lengths, potentials, single=single)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.isfinite().all()
        assert torch.allclose(ours, theirs)
    assert not found[1][padding].any()


def test_partition_that_scaled_products_would_lose_is_left_to_the_head() -> None:
    """Then the head sums in logarithms, and its result and gradients are right all the same."""
    n_tags, lengths = 2, torch.tensor([3, 2])
    head = CRFHead(3, Transitions([[True, False], [True, True]], [True] * 2, [True] * 2)).double()
    # The first tag is certain and forbids the second one, which is nearly certain behind it.
    emissions = torch.tensor([[[0.0, -2e4], [-2e4, 0.0], [0.0, 0.0]]] * 2, dtype=torch.float64)
    potentials = head.potentials()
    assert log_partition(emissions, lengths, *potentials) is None
    with mock.patch.object(head, "_beginnings", wraps=head._beginnings) as fallback:
        found = head.log_partition(emissions, lengths)
    assert fallback.called
    detached = [p.detach() for p in potentials]
    expected = enumerated(emissions, lengths.tolist(), (detached[0], detached[1], detached[2]))
    assert found.tolist() == pytest.approx(expected, rel=1e-12)
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert head.matrix.grad is not None
    assert head.matrix.grad.shape == (n_tags, n_tags)
    assert head.matrix.grad.isfinite().all()
    assert head.matrix.grad.sum().item() == pytest.approx(int((lengths - 1).sum()))
