from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqtag.layers import adaptive, output
from seqtag.layers.adaptive import AdaptiveOutput, default_cutoffs

UNITS, SIZE = 11, 4
CUTOFFS = [(5,), (4, 6), (1, 2, 10), (10,)]


def make_layer(
    cutoffs: Sequence[int] = (4, 6), dtype: torch.dtype = torch.float64
) -> tuple[AdaptiveOutput, Tensor]:
    """Return a layer with biases, and a table of vectors."""
    torch.manual_seed(0)
    layer = AdaptiveOutput(UNITS, SIZE, cutoffs).to(dtype)
    for bias in (layer.bias, layer.cluster_bias):
        torch.nn.init.normal_(bias)
    return layer, torch.randn(UNITS, SIZE, dtype=dtype).requires_grad_()


def make_states(steps: int = 23, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Return states, and targets of which every unit is one where there are enough."""
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(steps, SIZE, generator=generator, dtype=dtype).requires_grad_()
    order = torch.randperm(steps, generator=generator)
    return states, (torch.arange(steps) % UNITS)[order]


def by_hand(layer: AdaptiveOutput, states: Tensor, weight: Tensor) -> Tensor:
    """The probabilities of the docstring, a step and a unit after the other."""
    first, *_ = borders = [*layer.cutoffs, UNITS]
    rows = []
    for state in states:
        scores = (weight @ state + layer.bias).exp()
        gates = (layer.clusters @ state + layer.cluster_bias).exp()
        whole = scores[:first].sum() + gates.sum()
        found = [score / whole for score in scores[:first]]
        for gate, (low, high) in zip(gates, itertools.pairwise(borders), strict=True):
            inside = scores[low:high].sum()
            found += [gate / whole * score / inside for score in scores[low:high]]
        rows.append(torch.stack(found))
    return torch.stack(rows)


def inputs_of(layer: AdaptiveOutput, states: Tensor, weight: Tensor) -> list[Tensor]:
    return [states, weight, layer.bias, layer.clusters, layer.cluster_bias]


@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_probabilities_are_those_of_the_equations(cutoffs: Sequence[int]) -> None:
    layer, weight = make_layer(cutoffs)
    states, _ = make_states()
    found = layer.log_probabilities(states, weight)
    torch.testing.assert_close(found.exp(), by_hand(layer, states, weight))
    torch.testing.assert_close(found.exp().sum(dim=1), torch.ones(23, dtype=torch.float64))


@pytest.mark.parametrize("rows", [3, 512])
@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_loss_and_gradients_are_those_of_the_probabilities(
    cutoffs: Sequence[int], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ROWS", rows)
    layer, weight = make_layer(cutoffs)
    states, targets = make_states()
    loss, nll = layer.loss(states, weight, targets)
    logs = by_hand(layer, states, weight).log()
    expected = functional.nll_loss(logs, targets)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(nll, expected.detach())
    assert not nll.requires_grad
    found = torch.autograd.grad(3 * loss, inputs_of(layer, states, weight))
    theirs = torch.autograd.grad(3 * expected, inputs_of(layer, states, weight))
    for mine, other in zip(found, theirs, strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_gradients_are_those_of_finite_differences(cutoffs: Sequence[int]) -> None:
    layer, weight = make_layer(cutoffs)
    states, targets = make_states()

    def run(*_: Tensor) -> Tensor:
        return layer.loss(states, weight, targets)[0]

    assert torch.autograd.gradcheck(run, inputs_of(layer, states, weight))


@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_surprises_are_the_targets_log_probabilities(cutoffs: Sequence[int]) -> None:
    layer, weight = make_layer(cutoffs)
    states, targets = make_states()
    found = layer.surprises(states, weight, targets)
    assert not found.requires_grad
    expected = -layer.log_probabilities(states, weight).gather(1, targets[:, None])[:, 0]
    torch.testing.assert_close(found, expected.detach())
    torch.testing.assert_close(found.mean(), layer.loss(states, weight, targets)[1])


@pytest.mark.parametrize("kept", [range(4), range(4, 6), [10]])
def test_where_nothing_is_written_nothing_is_learnt(kept: Sequence[int]) -> None:
    """Units of clusters in which no target stands get no gradient, and nothing breaks."""
    layer, weight = make_layer((4, 6))
    states, _ = make_states(len(kept))
    targets = torch.tensor(list(kept))
    loss, _ = layer.loss(states, weight, targets)
    expected = functional.nll_loss(by_hand(layer, states, weight).log(), targets)
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, weight)
    for low, high in [(4, 6), (6, 11)]:
        is_there = any(low <= target < high for target in kept)
        assert bool(gradient[low:high].any()) == is_there


def test_gradients_of_a_table_that_units_are_read_by_too_add_up() -> None:
    layer, weight = make_layer()
    _, targets = make_states(6)
    reads = torch.tensor([3, 0, 10, 3, 7, 5])
    loss, _ = layer.loss(weight[reads].tanh(), weight, targets)
    expected = functional.nll_loss(by_hand(layer, weight[reads].tanh(), weight).log(), targets)
    (mine,), (other,) = (torch.autograd.grad(each, weight) for each in (loss, expected))
    torch.testing.assert_close(mine, other)


def test_a_gradient_that_is_asked_for_twice_is_the_same_and_adds_up() -> None:
    layer, weight = make_layer()
    states, targets = make_states()
    loss, _ = layer.loss(states, weight, targets)
    first = torch.autograd.grad(loss, weight, retain_graph=True)[0].clone()
    loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]  # torch's
    loss.backward()  # type: ignore[no-untyped-call]  # torch's
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 2 * first)


def test_no_steps_cost_nothing() -> None:
    layer, weight = make_layer()
    states, targets = make_states(0)
    loss, nll = layer.loss(states, weight, targets)
    assert loss == nll == 0
    assert not torch.autograd.grad(loss, weight)[0].any()


def test_half_precision_is_near_the_full_one() -> None:
    layer, weight = make_layer(dtype=torch.float32)
    states, targets = make_states(600, dtype=torch.float32)
    inputs = inputs_of(layer, states, weight)
    loss, _ = layer.loss(states, weight, targets)
    exact = torch.autograd.grad(loss, inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        narrow, _ = layer.loss(states.to(torch.bfloat16), weight, targets)
        surprises = layer.surprises(states.to(torch.bfloat16), weight, targets)
        logs = layer.log_probabilities(states, weight)
    assert {each.dtype for each in (narrow, surprises, logs)} == {torch.float32}
    torch.testing.assert_close(narrow, loss, rtol=0.01, atol=0.01)
    torch.testing.assert_close(surprises.mean(), narrow.detach(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(logs.exp().sum(dim=1), torch.ones(600), rtol=0.01, atol=0.01)
    for mine, other in zip(torch.autograd.grad(narrow, inputs), exact, strict=True):
        assert mine.dtype == torch.float32
        assert (mine - other).norm() < 0.02 * other.norm()


@pytest.mark.parametrize("cutoffs", [(), (0, 4), (4, 4), (6, 4), (4, 11), (12,)])
def test_cutoffs_have_to_rise_below_the_number_of_units(cutoffs: Sequence[int]) -> None:
    with pytest.raises(ValueError, match="do not rise between 0 and 11 units"):
        AdaptiveOutput(UNITS, SIZE, cutoffs)


def cost(cutoffs: Sequence[int], units: int) -> float:
    """As the docstring of `default_cutoffs` has it."""
    total = float(cutoffs[0])
    for low, high in itertools.pairwise([*cutoffs, units]):
        share = math.log(high / low) / math.log(units)
        total += adaptive.CLUSTER_COST + share * (high - low)
    return total


@pytest.mark.parametrize("units", [2_000, 33_278])
def test_default_cutoffs_are_the_cheapest(units: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptive, "HEAD", 200)
    monkeypatch.setattr(adaptive, "ELSEWHERE_COST", 0)
    monkeypatch.setattr(adaptive, "WORTH", 1.0)
    grid = [*range(200, 1000, 100), *range(1000, 10_000, 1000), *range(10_000, 100_000, 10_000)]
    grid = [place for place in grid if place < units]
    found = default_cutoffs(units)
    best = cost(found, units)
    for count in range(1, adaptive.CLUSTERS + 1):
        assert best <= min(cost(each, units) for each in itertools.combinations(grid, count))
    assert all(cutoff == float(f"{cutoff:.1e}") for cutoff in found)


@pytest.mark.parametrize("units", [0, 1, 4, 2_000, 2_001, 2_300, 6_000])
def test_a_small_vocabulary_has_a_full_softmax(units: int) -> None:
    assert default_cutoffs(units) == []


@pytest.mark.parametrize("units", [12_000, 33_278, 50_000, 267_735])
def test_a_large_vocabulary_is_parted_so_that_a_layer_can_be_made(units: int) -> None:
    cutoffs = default_cutoffs(units)
    assert 1 <= len(cutoffs) <= adaptive.CLUSTERS
    assert cutoffs[0] >= adaptive.HEAD
    assert AdaptiveOutput(units, 1, cutoffs).cutoffs == tuple(cutoffs)
