from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqtag.config import FORBIDDEN
from seqtag.decoding import Transitions as DecodingTransitions
from seqtag.decoding import forward_backward, viterbi
from seqtag.layers.crf import CRFHead, SoftmaxHead, Transitions
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


@settings(max_examples=150)
@given(cases)
def test_partition_is_that_of_all_paths_and_that_of_decoding(case: Case) -> None:
    problem = case.problem
    found = case.head.log_partition(case.emissions, case.lengths).tolist()
    expected = [problem.log_partition(row) for row in range(len(case.lengths))]
    assert found == pytest.approx(expected)
    trellis = forward_backward(problem.emissions, problem.lengths, problem.transitions)
    assert found == pytest.approx(trellis.log_partition.tolist())


@settings(max_examples=100)
@given(cases)
def test_score_is_the_sum_of_the_potentials_along_the_path(case: Case) -> None:
    found = case.head.score(case.emissions, case.tags, case.lengths).tolist()
    problem = case.problem
    expected = [problem.score(row, path) for row, path in enumerate(case.paths)]
    assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100)
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


def weighted_losses(
    problem: Problem, row: int, paths: list[tuple[int, ...]], weights: Tensor
) -> list[float]:
    """Return by enumeration the negative log-likelihood of tag sequences, each token weighted.

    A token's likelihood is that of its tag given the one behind it: the share that the paths with
    this tag and all that follows have of those with all that follows.
    """
    ends: dict[tuple[int, ...], float] = defaultdict(float)
    for probability, path in problem.probabilities(row):
        for n in range(len(path) + 1):
            ends[path[n:]] += probability
    return [
        -sum(
            float(weights[tag]) * math.log(ends[path[n:]] / ends[path[n + 1 :]])
            for n, tag in enumerate(path)
        )
        for path in paths
    ]


def valid_paths(case: Case, row: int) -> list[tuple[int, ...]]:
    """Return all tag sequences of a sentence that break no rule."""
    bans = case.head.transitions
    return [
        path
        for path in case.problem.paths(row)
        if not bans.forbidden_start[path[0]]
        and not bans.forbidden_end[path[-1]]
        and not any(bans.forbidden[a, b] for a, b in itertools.pairwise(path))
    ]


def draw_weights(n_tags: int, seed: int = 0) -> Tensor:
    """Return a weight from 0 to 4 for each tag."""
    generator = torch.Generator().manual_seed(seed)
    return 4 * torch.rand(n_tags, generator=generator, dtype=torch.float64)


mild_cases = st.builds(
    make_case,
    seed=st.integers(0, 2**31),
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    n_tags=st.integers(1, 4),
    scale=st.sampled_from([0.0, 1.0, 3.0]),
    forbidden=st.sampled_from([0.0, 0.3, 0.8]),
)


def with_valid_tags(case: Case) -> Case:
    """Replace each sentence's tags by some that break no rule."""
    tags = case.tags.clone()
    for row, path in enumerate(case.paths):
        valid = valid_paths(case, row)
        tags[row, : len(path)] = torch.tensor(valid[sum(path) % len(valid)])
    return Case(case.head, case.emissions, case.lengths, tags)


@settings(max_examples=100)
@given(mild_cases)
def test_weights_count_the_likelihood_of_each_token_given_the_next_tag(case: Case) -> None:
    case = with_valid_tags(case)
    weights = draw_weights(case.emissions.shape[2])
    found = case.head.loss(case.emissions, case.tags, case.lengths, weights=weights)
    problem = case.problem
    expected = sum(
        weighted_losses(problem, row, [path], weights)[0] for row, path in enumerate(case.paths)
    )
    assert found.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
@pytest.mark.parametrize("forbidden", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_weights_of_one_change_nothing(
    kind: type[SoftmaxHead], forbidden: float, seed: int
) -> None:
    """In the precision of training, and gradients as well."""
    case = make_case(seed, [1, 7, 30, 12], 9, scale=3.0, forbidden=forbidden)
    head = case.head.float()
    inputs = [head.matrix, head.start, head.end]
    if kind is SoftmaxHead:
        head, inputs = SoftmaxHead(3, case.head.transitions), []  # type: ignore[assignment]
    results = []
    for weights in (None, torch.ones(9)):
        emissions = case.emissions.float().requires_grad_()
        loss = head.loss(emissions, case.tags, case.lengths, weights=weights, smoothing=0.0)
        results.append((loss, *torch.autograd.grad(loss, [emissions, *inputs])))
    for plain, weighted in zip(*results, strict=True):
        assert torch.allclose(plain, weighted, rtol=1e-5, atol=1e-5)


@settings(max_examples=60)
@given(mild_cases, st.sampled_from([0.1, 0.7]), st.booleans())
def test_smoothed_loss_is_the_mean_over_valid_sequences_by_their_tokens_targets(
    case: Case, smoothing: float, weighted: bool
) -> None:
    case = with_valid_tags(case)
    n_tags = case.emissions.shape[2]
    weights = draw_weights(n_tags) if weighted else None
    own = torch.ones(n_tags) if weights is None else weights
    problem = case.problem
    expected = 0.0
    for row, path in enumerate(case.paths):
        paths = valid_paths(case, row)
        off, on = smoothing / n_tags, 1 - smoothing + smoothing / n_tags
        shares = [
            math.prod(on if a == b else off for a, b in zip(path, other, strict=True))
            for other in paths
        ]
        losses = weighted_losses(problem, row, paths, own)
        expected += float(np.average(losses, weights=shares))
    found = case.head.loss(
        case.emissions, case.tags, case.lengths, weights=weights, smoothing=smoothing
    )
    assert found.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_crf_without_transitions_weighs_and_smooths_as_softmax_does(
    weighted: bool, smoothing: float
) -> None:
    """And softmax as torch does, whose function it calls."""
    case = make_case(8, [1, 6, 3], 5)
    arguments = (case.emissions, case.tags, case.lengths)
    options = {"weights": draw_weights(5) if weighted else None, "smoothing": smoothing}
    crf = CRFHead(3, make_transitions(5)).double().loss(*arguments, **options)  # type: ignore[arg-type]
    softmax = SoftmaxHead(3, make_transitions(5)).loss(*arguments, **options)  # type: ignore[arg-type]
    assert crf.item() == pytest.approx(softmax.item())
    mask = torch.arange(case.tags.shape[1]) < case.lengths[:, None]
    expected = torch.nn.functional.cross_entropy(
        case.emissions[mask],
        case.tags[mask],
        weight=options["weights"],  # type: ignore[arg-type]
        label_smoothing=smoothing,
        reduction="sum",
    )
    assert softmax.item() == pytest.approx(expected.item())


@pytest.mark.parametrize(("weighted", "smoothing"), [(True, 0.0), (False, 0.3), (True, 0.3)])
@pytest.mark.parametrize("forbidden", [0.0, 0.5])
def test_gradients_with_weights_and_smoothing_are_those_of_finite_differences(
    weighted: bool, smoothing: float, forbidden: float
) -> None:
    case = with_valid_tags(make_case(5, [3, 1, 2], 3, forbidden=forbidden))
    head = case.head
    weights = draw_weights(3) if weighted else None
    inputs = (case.emissions.requires_grad_(), head.matrix, head.start, head.end)

    def loss(*_: Tensor) -> Tensor:  # the inputs are moved where they are
        return head.loss(
            case.emissions, case.tags, case.lengths, weights=weights, smoothing=smoothing
        )

    assert torch.autograd.gradcheck(loss, inputs, eps=1e-5, atol=1e-5)


@settings(max_examples=60)
@given(cases, st.integers(0, 100), st.sampled_from([0.0, 0.5]))
def test_loss_is_never_negative_however_it_is_weighted(
    case: Case, seed: int, smoothing: float
) -> None:
    case = with_valid_tags(case)
    weights = draw_weights(case.emissions.shape[2], seed)
    loss = case.head.loss(
        case.emissions, case.tags, case.lengths, weights=weights, smoothing=smoothing
    )
    assert loss.item() >= -1e-6


def test_smoothing_leaves_forbidden_moves_alone() -> None:
    case = with_valid_tags(make_case(2, [5], 4, forbidden=0.6))
    head = case.head
    head.loss(case.emissions, case.tags, case.lengths, smoothing=0.3).backward()  # type: ignore[no-untyped-call]
    bans = head.transitions
    for parameter, forbidden in (
        (head.matrix, bans.forbidden),
        (head.start, bans.forbidden_start),
        (head.end, bans.forbidden_end),
    ):
        assert parameter.grad is not None
        assert forbidden.any()
        assert not parameter.grad[forbidden < 0].any()
        assert parameter.grad[forbidden == 0].any()


def test_smoothed_loss_is_lowest_where_the_right_tags_have_their_share() -> None:
    """A network with free hands learns the smoothed target, and no certainty."""
    emissions = torch.zeros(1, 2, 2, requires_grad=True)
    head = CRFHead(3, make_transitions(2))
    optimizer = torch.optim.Adam([emissions, head.matrix], lr=0.1)
    tags, lengths = torch.tensor([[0, 1]]), torch.tensor([2])
    for _ in range(200):
        optimizer.zero_grad()
        head.loss(emissions, tags, lengths, smoothing=0.2).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    case = Case(head, emissions.detach(), lengths, tags)
    with torch.no_grad():
        probabilities = {path: p for p, path in case.problem.probabilities(0)}
    assert probabilities[0, 1] == pytest.approx(0.9 * 0.9, abs=1e-3)
    assert probabilities[1, 1] == pytest.approx(0.1 * 0.9, abs=1e-3)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
def test_heavier_label_is_recalled_more(kind: type[SoftmaxHead]) -> None:
    """One feature that says little: a rare tag is only found where missing it costs more."""
    generator = torch.Generator().manual_seed(0)
    tags = (torch.rand(60, 8, generator=generator) < 0.15).long()
    states = tags[:, :, None] + torch.randn(60, 8, 1, generator=generator)
    lengths = torch.full((60,), 8)
    found = []
    for weight in (1.0, 3.0, 10.0):
        torch.manual_seed(0)
        head = kind(1, make_transitions(2))
        optimizer = torch.optim.Adam(head.parameters(), lr=0.1)
        for _ in range(100):
            optimizer.zero_grad()
            loss = head.loss(head(states), tags, lengths, weights=torch.tensor([1.0, weight]))
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no annotation here
            optimizer.step()
        with torch.no_grad():
            potentials = DecodingTransitions(*(p.double().numpy() for p in head.potentials()))
            paths, _ = viterbi(head(states).double().numpy(), lengths.numpy(), potentials)
        found.append(float((paths[tags.numpy() == 1] == 1).mean()))
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_loss_of_emissions_in_half_precision_is_computed_in_full(
    kind: type[SoftmaxHead], dtype: torch.dtype
) -> None:
    """Also where products of matrices would be taken in half precision."""
    head = kind(3, make_transitions(9))
    case = make_case(3, [40, 7], 9)
    emissions = case.emissions.to(dtype)
    for options in ({}, {"weights": draw_weights(9).float(), "smoothing": 0.1}):
        expected = head.loss(emissions.float(), case.tags, case.lengths, **options)  # type: ignore[arg-type]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = head.loss(emissions, case.tags, case.lengths, **options)  # type: ignore[arg-type]
        assert found.dtype == torch.float32
        assert torch.equal(found, expected)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_loss_with_drawn_sequences_is_the_mean_of_their_losses(
    kind: type[SoftmaxHead], share: float
) -> None:
    case = make_case(2, [3, 1, 5], 4)
    head = case.head if kind is CRFHead else SoftmaxHead(3, case.head.transitions)
    generator = torch.Generator().manual_seed(3)
    drawn = torch.randint(4, (3, 6, case.tags.shape[1]), generator=generator)
    inputs = [case.emissions.clone().requires_grad_() for _ in range(2)]
    found = head.loss(inputs[0], case.tags, case.lengths, drawn=drawn, share=share)
    others = [head.loss(inputs[1], path, case.lengths) for path in drawn.unbind(1)]
    expected = (1 - share) * head.loss(inputs[1], case.tags, case.lengths)
    expected = expected + share * torch.stack(others).mean()
    assert found.item() == pytest.approx(expected.item())
    pairs = zip(
        *(torch.autograd.grad(*pair) for pair in ((found, inputs[0]), (expected, inputs[1]))),
        strict=True,
    )
    for gradient, other in pairs:
        assert torch.allclose(gradient, other, atol=1e-6)


@pytest.mark.parametrize("kind", [SoftmaxHead, CRFHead])
@pytest.mark.parametrize("given", ["weights", "smoothing"])
def test_drawn_sequences_with_weights_or_smoothing_are_refused(
    kind: type[SoftmaxHead], given: str
) -> None:
    head = kind(2, Transitions([[True] * 2] * 2, [True] * 2, [True] * 2))
    tags = torch.zeros(1, 3, dtype=torch.int64)
    chosen: dict[str, Any] = {"weights": torch.ones(2)} if given == "weights" else {given: 0.1}
    with pytest.raises(ValueError, match="neither weights nor smoothing"):
        head.loss(
            torch.zeros(1, 3, 2), tags, torch.tensor([3]), drawn=tags[:, None], share=0.5, **chosen
        )


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
