from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqtag.decoding import Transitions as DecodingTransitions
from seqtag.decoding import forward_backward
from seqtag.layers.crf import FORBIDDEN, CRFHead, SoftmaxHead, Transitions
from tests.decoding.enumeration import Problem


def make_transitions(n_tags: int, forbidden: float = 0.0, seed: int = 0) -> Transitions:
    """Forbid a share of all moves, but none from or to the first tag."""
    rng = np.random.default_rng(seed)
    moves = rng.random((n_tags, n_tags)) >= forbidden
    start, end = rng.random((2, n_tags)) >= forbidden
    moves[0] = moves[:, 0] = start[0] = end[0] = True
    return Transitions(moves.tolist(), start.tolist(), end.tolist())


def make_head(n_tags: int, *, scale: float = 1.0, forbidden: float = 0.0, seed: int = 0) -> CRFHead:
    """Return a CRF with random potentials."""
    head = CRFHead(3, make_transitions(n_tags, forbidden, seed)).double()
    generator = torch.Generator().manual_seed(seed)
    for parameter in (head.matrix, head.start, head.end):
        parameter.data.normal_(std=scale, generator=generator)
    return head


@dataclass(frozen=True)
class Case:
    """A CRF, emissions (batch, length, tags) for sentences of mixed lengths, and some tags."""

    head: CRFHead
    emissions: Tensor
    lengths: Tensor
    tags: Tensor

    @property
    def problem(self) -> Problem:
        """The same for the slow way, and for decoding."""
        transitions = DecodingTransitions(*(p.detach().numpy() for p in self.head.potentials()))
        return Problem(self.emissions.numpy(), self.lengths.numpy(), transitions)

    @property
    def paths(self) -> list[tuple[int, ...]]:
        """The tags of each sentence, without padding."""
        rows = zip(self.tags.tolist(), self.lengths.tolist(), strict=True)
        return [tuple(tags[:length]) for tags, length in rows]


def make_case(
    seed: int, lengths: list[int], n_tags: int, *, scale: float = 1.0, forbidden: float = 0.0
) -> Case:
    """Make a random case; ``scale`` is the standard deviation of the potentials."""
    generator = torch.Generator().manual_seed(seed + 1)
    size = (len(lengths), max(lengths) + 2)
    emissions = torch.randn((*size, n_tags), generator=generator, dtype=torch.float64) * scale
    tags = torch.randint(n_tags, size, generator=generator)
    head = make_head(n_tags, scale=scale, forbidden=forbidden, seed=seed)
    return Case(head, emissions, torch.tensor(lengths), tags)


cases = st.builds(
    make_case,
    seed=st.integers(0, 2**31),
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    n_tags=st.integers(1, 4),
    scale=st.sampled_from([0.0, 1.0, 30.0, 1000.0]),
    forbidden=st.sampled_from([0.0, 0.3, 0.8]),
)


@settings(max_examples=150, deadline=None)
@given(cases)
def test_partition_is_that_of_all_paths_and_that_of_decoding(case: Case) -> None:
    problem = case.problem
    found = case.head.log_partition(case.emissions, case.lengths).tolist()
    expected = [problem.log_partition(row) for row in range(len(case.lengths))]
    assert found == pytest.approx(expected)
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    assert found == pytest.approx(trellis.log_partition.tolist())


@settings(max_examples=100, deadline=None)
@given(cases)
def test_score_is_the_sum_of_the_potentials_along_the_path(case: Case) -> None:
    found = case.head.score(case.emissions, case.tags, case.lengths).tolist()
    problem = case.problem
    expected = [problem.score(row, path) for row, path in enumerate(case.paths)]
    assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(cases)
def test_loss_is_the_negative_log_likelihood_in_all_paths_and_in_decoding(case: Case) -> None:
    problem = case.problem
    loss = case.head.loss(case.emissions, case.tags, case.lengths).item()
    by_enumeration = by_decoding = 0.0
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    for row, path in enumerate(case.paths):
        by_enumeration += problem.log_partition(row) - problem.score(row, path)
        by_decoding += float(trellis.log_partition[row]) - problem.score(row, path)
    assert loss == pytest.approx(by_enumeration, abs=1e-6)
    assert loss == pytest.approx(by_decoding, abs=1e-6)


@pytest.mark.parametrize("forbidden", [0.0, 0.5])
def test_partition_of_the_precision_of_training_is_near(forbidden: float) -> None:
    case = make_case(1, [1, 30, 60], 9, scale=3.0, forbidden=forbidden)
    expected = case.head.log_partition(case.emissions, case.lengths)
    found = case.head.float().log_partition(case.emissions.float(), case.lengths)
    assert torch.allclose(found.double(), expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_gradient_of_the_emissions_are_marginals_less_tags(scale: float) -> None:
    """The textbook's identity, at potentials both moderate and extreme."""
    case = make_case(3, [4, 1, 6], 4, scale=scale, forbidden=0.3)
    emissions = case.emissions.requires_grad_()
    case.head.loss(emissions, case.tags, case.lengths).backward()  # type: ignore[no-untyped-call]
    assert emissions.grad is not None
    with torch.no_grad():
        problem = Case(case.head, emissions.detach(), case.lengths, case.tags).problem
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    expected = trellis.marginals()
    for row, path in enumerate(case.paths):
        expected[row, np.arange(len(path)), list(path)] -= 1.0
    assert emissions.grad.numpy() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_gradients_are_those_of_finite_differences(scale: float) -> None:
    case = make_case(5, [3, 1, 2], 3, scale=scale)
    head = case.head
    inputs = (case.emissions.requires_grad_(), head.matrix, head.start, head.end)

    def loss(*_: Tensor) -> Tensor:  # the inputs are moved where they are
        return head.loss(case.emissions, case.tags, case.lengths)

    assert torch.autograd.gradcheck(loss, inputs, eps=1e-5, atol=1e-5)


def test_tag_that_only_an_improbable_one_leads_to_adds_nothing() -> None:
    """A sum too small for the number's type must not be taken for a larger one."""
    moves = Transitions([[True, False], [True, True]], [True, True], [True, True])
    head = CRFHead(3, moves)
    emissions = torch.tensor([[[0.0, -1000.0], [0.0, 200.0]]])
    assert head.log_partition(emissions, torch.tensor([2])).item() == pytest.approx(0.0, abs=1e-6)


def test_large_potentials_do_not_overflow() -> None:
    head = CRFHead(3, make_transitions(2))
    head.matrix.data.fill_(500.0)
    loss = head.loss(torch.zeros(1, 3, 2), torch.zeros(1, 3, dtype=torch.int64), torch.tensor([3]))
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
    assert loss.item() == pytest.approx(3 * np.log(2), rel=1e-4)
    assert head.matrix.grad is not None
    assert head.matrix.grad.isfinite().all()


def test_forbidden_moves_get_no_probability_and_no_gradient() -> None:
    case = make_case(2, [5], 4, forbidden=0.6)
    head = case.head
    problem = case.problem
    forbidden = [
        (problem.transitions.matrix, head.transitions.forbidden.numpy() < 0),
        (problem.transitions.start, head.transitions.forbidden_start.numpy() < 0),
        (problem.transitions.end, head.transitions.forbidden_end.numpy() < 0),
    ]
    assert all(mask.any() and (values[mask] < FORBIDDEN / 2).all() for values, mask in forbidden)
    for probability, path in problem.probabilities(0):
        moves = [(a, b) for a, b in itertools.pairwise(path) if forbidden[0][1][a, b]]
        if moves or forbidden[1][1][path[0]] or forbidden[2][1][path[-1]]:
            assert np.float32(probability) == 0.0
    head.log_partition(case.emissions, case.lengths).sum().backward()  # type: ignore[no-untyped-call]
    for parameter, (_, mask) in zip((head.matrix, head.start, head.end), forbidden, strict=True):
        assert parameter.grad is not None
        assert not parameter.grad[torch.from_numpy(mask)].any()
        assert parameter.grad[~torch.from_numpy(mask)].any()


def test_padding_changes_nothing() -> None:
    case = make_case(4, [2, 5, 1], 3)
    wild = case.emissions.clone()
    tags = case.tags.clone()
    for row, length in enumerate(case.lengths.tolist()):
        wild[row, length:] = 1e4
        tags[row, length:] = 0
    assert torch.equal(
        case.head.loss(wild, tags, case.lengths),
        case.head.loss(case.emissions, case.tags, case.lengths),
    )


def test_new_crf_is_a_softmax_where_all_is_allowed() -> None:
    head, softmax = CRFHead(3, make_transitions(4)), SoftmaxHead(3, make_transitions(4))
    case = make_case(6, [3, 5], 4)
    arguments = (case.emissions.float(), case.tags, case.lengths)
    assert head.loss(*arguments).item() == pytest.approx(softmax.loss(*arguments).item(), rel=1e-5)


def test_softmax_loss_is_the_negative_log_likelihood_of_each_token() -> None:
    case = make_case(7, [3, 1], 4)
    head = SoftmaxHead(3, make_transitions(4, 0.5))
    logs = torch.log_softmax(case.emissions, dim=2)
    expected = -sum(
        float(logs[row, index, tag])
        for row, path in enumerate(case.paths)
        for index, tag in enumerate(path)
    )
    found = head.loss(case.emissions, case.tags, case.lengths)
    assert found.item() == pytest.approx(expected)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
def test_forbidden_moves_are_no_weights(kind: type[SoftmaxHead]) -> None:
    """They follow from the tags, so that a model's file cannot contradict them."""
    head = kind(3, make_transitions(4, 0.5))
    assert not [name for name in head.state_dict() if "forbidden" in name]
    matrix, start, end = head.potentials()
    assert set(matrix.flatten().tolist()) == {FORBIDDEN, 0.0}
    assert start.shape == end.shape == (4,)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
def test_emissions_are_a_linear_map_of_the_states(kind: type[SoftmaxHead]) -> None:
    head = kind(3, make_transitions(4))
    states = torch.randn(2, 5, 3)
    expected = states @ head.projection.weight.T + head.projection.bias
    assert torch.allclose(head(states), expected)


def test_head_can_be_made_without_storage() -> None:
    with torch.device("meta"):
        head = CRFHead(3, make_transitions(4, 0.5))
    assert head.matrix.is_meta
    assert not head.transitions.forbidden.is_meta
