from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.layers.cells import CELLS
from seqtag.layers.stack import RecurrentStack, State, detach, select


def make_stack(
    cell: str = "lstm",
    num_layers: int = 2,
    dtype: torch.dtype = torch.float64,
    **values: Any,  # noqa: ANN401 - keys
) -> RecurrentStack:
    torch.manual_seed(0)
    settings = {"dropout": 0.0, "variational": True, "weight_dropout": 0.0} | values
    stack = RecurrentStack(cell, 3, 4, num_layers, **settings).to(dtype)
    for parameter in stack.parameters():  # peepholes and biases too, which begin at zero
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return stack


def make_vectors(rows: int = 3, steps: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(rows, steps, 3, generator=generator, dtype=torch.float64)


def make_state(stack: RecurrentStack, rows: int = 3) -> State:
    generator = torch.Generator().manual_seed(3)
    return tuple(
        tuple(torch.randn(part.shape, generator=generator, dtype=part.dtype) for part in layer)
        for layer in stack.begin(rows)
    )


def flat(state: State) -> list[Tensor]:
    return [part for layer in state for part in layer]


def assert_same(state: State, other: State) -> None:
    for mine, theirs in zip(flat(state), flat(other), strict=True):
        torch.testing.assert_close(mine, theirs)


def mixed(states: Tensor, state: State) -> Tensor:
    """Something that all that is returned has a part in, each in another one."""
    total = states.square().sum()
    for number, part in enumerate(flat(state), 1):
        total = total + (number * part).sin().sum()
    return total


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 2, 3])
def test_layers_read_the_states_of_the_one_below(cell: str, num_layers: int) -> None:
    stack = make_stack(cell, num_layers)
    vectors, state = make_vectors(), make_state(stack)
    states, after = stack(vectors, state)
    expected = vectors
    for layer, before, last in zip(stack.cells, state, after, strict=True):
        parts = tuple(part[None] for part in before)
        expected, end = layer(expected, parts if len(parts) > 1 else parts[0])
        ends = end if len(parts) > 1 else (end,)
        for part, other in zip(last, ends, strict=True):
            torch.testing.assert_close(part, other[0])
    torch.testing.assert_close(states, expected)
    assert states.shape == (3, 5, stack.output_size)


@pytest.mark.parametrize("cell", CELLS)
def test_it_begins_with_zeros(cell: str) -> None:
    stack = make_stack(cell)
    state = stack.begin(3)
    assert len(state) == 2
    assert {part.shape for part in flat(state)} == {(3, 4)}
    assert {part.dtype for part in flat(state)} == {torch.float64}
    assert not any(part.any() for part in flat(state))
    first = stack.cells[0]
    torch.testing.assert_close(
        stack(make_vectors(), state)[0], stack.cells[1](first(make_vectors())[0])[0]
    )


@pytest.mark.parametrize("cell", CELLS)
def test_it_begins_with_the_state_that_it_is_given(cell: str) -> None:
    stack = make_stack(cell)
    stack.beginning.copy_(torch.randn(stack.beginning.shape))
    for layer, parts in zip(stack.beginning, stack.begin(3), strict=True):
        for number, part in enumerate(parts):
            assert torch.equal(part, layer[number].expand(3, 4))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_two_windows_with_a_carried_state_are_one(cell: str, training: bool) -> None:
    """States and, as long as nothing is detached, gradients."""
    stack = make_stack(cell).train(training)
    vectors = make_vectors().requires_grad_()
    start = make_state(stack)
    inputs = [vectors, *(part.requires_grad_() for part in flat(start)), *stack.parameters()]
    whole, end = stack(vectors, start)
    first, between = stack(vectors[:, :2], start)
    second, last = stack(vectors[:, 2:], between)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    assert_same(last, end)
    expected = torch.autograd.grad(mixed(whole, end), inputs)
    found = torch.autograd.grad(mixed(torch.cat([first, second], dim=1), last), inputs)
    for mine, other in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_the_whole(cell: str, num_layers: int) -> None:
    stack = make_stack(cell, num_layers, dropout=0.5, weight_dropout=0.5).eval()
    vectors, state = make_vectors(), make_state(stack)
    whole, end = stack(vectors, state)
    for step in range(vectors.shape[1]):
        found, state = stack.step(vectors[:, step], state)
        torch.testing.assert_close(found, whole[:, step])
    assert_same(state, end)


@pytest.mark.parametrize("weight_dropout", [0.0, 0.4])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_finite_differences(cell: str, weight_dropout: float) -> None:
    """With weights left out too, always the same ones."""
    stack = make_stack(cell, weight_dropout=weight_dropout)
    vectors, state = make_vectors(2, 3).requires_grad_(), make_state(stack, 2)
    inputs = [vectors, *(part.requires_grad_() for part in flat(state))]

    def run(*_: Tensor) -> tuple[Tensor, ...]:
        torch.manual_seed(1)
        states, after = stack(vectors, state)
        return states, *flat(after)

    # The check moves the numbers of the tensors that it is given, the stack's weights among them.
    assert torch.autograd.gradcheck(run, (*inputs, *stack.parameters()), fast_mode=True)


@pytest.mark.parametrize("cell", CELLS)
def test_weight_dropout_reads_with_some_weights_left_out(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States and gradients are those of cells whose U has been masked by hand."""
    masks: list[Tensor] = []
    real = functional.dropout

    def dropout(weight: Tensor, probability: float) -> Tensor:
        masks.append(real(torch.ones_like(weight), probability))
        return weight * masks[-1]

    monkeypatch.setattr(functional, "dropout", dropout)
    stack = make_stack(cell, weight_dropout=0.5)
    vectors, state = make_vectors(), make_state(stack)
    found, after = stack(vectors, state)
    ours = torch.autograd.grad(mixed(found, after), list(stack.parameters()))
    monkeypatch.undo()

    other = make_stack(cell)
    for layer, mask in zip(other.cells, masks, strict=True):
        assert isinstance(layer.weight_hh_l0, nn.Parameter)
        layer.weight_hh_l0.data.mul_(mask)
    expected, end = other(vectors, state)
    torch.testing.assert_close(found, expected)
    assert_same(after, end)
    theirs = torch.autograd.grad(mixed(expected, end), list(other.parameters()))
    names = [name for name, _ in stack.named_parameters()]
    for name, mine, their in zip(names, ours, theirs, strict=True):
        number, _, weight = name.removeprefix("cells.").partition(".")
        mask = masks[int(number)] if weight == "weight_hh_l0" else torch.ones(())
        torch.testing.assert_close(mine, their * mask)
    assert len(masks) == 2
    assert all({0.0, 2.0} == set(mask.flatten().tolist()) for mask in masks)


@pytest.mark.parametrize("cell", CELLS)
def test_every_pass_leaves_out_other_weights_and_none_outside_of_training(cell: str) -> None:
    stack = make_stack(cell, weight_dropout=0.5)
    vectors, state = make_vectors(), make_state(stack)
    weights = copy.deepcopy(stack.state_dict())
    first, second = (stack(vectors, state)[0] for _ in range(2))
    assert not torch.allclose(first, second)
    plain, _ = make_stack(cell)(vectors, state)
    torch.testing.assert_close(stack.eval()(vectors, state)[0], plain)
    assert all(torch.equal(weights[name], value) for name, value in stack.state_dict().items())


@pytest.mark.parametrize("cell", CELLS)
def test_a_stack_that_was_trained_can_be_copied_and_moved(cell: str) -> None:
    """The weights of the last pass, some of them left out, are not what stays."""
    stack = make_stack(cell, weight_dropout=0.5)
    vectors, state = make_vectors(), make_state(stack)
    stack(vectors, state)[0].sum().backward()
    expected, _ = make_stack(cell)(vectors, state)
    copied = copy.deepcopy(stack).eval()
    torch.testing.assert_close(copied(vectors, state)[0], expected)
    for parameter in stack.parameters():
        parameter.data.mul_(2)
    torch.testing.assert_close(copied(vectors, state)[0], expected)
    narrow = copied.float()
    found, _ = narrow(vectors.float(), tuple(tuple(p.float() for p in layer) for layer in state))
    torch.testing.assert_close(found, expected.float())


def test_dropout_stands_between_layers_alone() -> None:
    vectors = make_vectors()
    alone = make_stack(num_layers=1, dropout=0.5)
    torch.testing.assert_close(
        alone(vectors, alone.begin(3))[0], make_stack(num_layers=1)(vectors, alone.begin(3))[0]
    )
    stack = make_stack(num_layers=2, dropout=0.5)
    seen: list[Tensor] = []
    stack.cells[1].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    states, _ = stack(vectors, stack.begin(3))
    (dropped,) = (given == 0 for given in seen)
    assert dropped.any()
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not (states == 0).any()


def test_dropout_that_is_not_variational_drops_others_at_every_step() -> None:
    stack = make_stack(dropout=0.5, variational=False)
    seen: list[Tensor] = []
    stack.cells[1].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    stack(make_vectors(steps=30), stack.begin(3))
    (dropped,) = (given == 0 for given in seen)
    assert 0.4 < dropped.double().mean() < 0.6
    assert not torch.equal(dropped, dropped[:, :1].expand_as(dropped))


@pytest.mark.parametrize("weight_dropout", [0.0, 0.3])
@pytest.mark.parametrize("cell", CELLS)
def test_bf16_trains_and_carries_states_in_full_precision(cell: str, weight_dropout: float) -> None:
    stack = make_stack(cell, dtype=torch.float32, weight_dropout=weight_dropout)
    vectors = make_vectors().float()
    torch.manual_seed(4)
    first, between = stack(vectors, stack.begin(3))
    second, _ = stack(vectors, between)
    torch.manual_seed(4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, carried = stack(vectors, stack.begin(3))
        further, _ = stack(vectors, carried)
    assert {part.dtype for part in flat(carried)} == {torch.float32}
    torch.testing.assert_close(found.float(), first, atol=0.05, rtol=0.05)
    torch.testing.assert_close(further.float(), second, atol=0.05, rtol=0.05)
    further.float().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in stack.parameters())


def test_no_gradient_goes_through_a_detached_state() -> None:
    stack = make_stack()
    vectors = make_vectors().requires_grad_()
    _, state = stack(vectors, stack.begin(3))
    assert all(part.requires_grad for part in flat(state))
    cut = detach(state)
    assert_same(cut, state)
    assert not any(part.requires_grad for part in flat(cut))


def test_states_of_rows_are_selected() -> None:
    stack = make_stack()
    state = make_state(stack)
    rows = torch.tensor([2, 2, 0])
    chosen = select(state, rows)
    assert_same(chosen, tuple(tuple(part[rows] for part in layer) for layer in state))
