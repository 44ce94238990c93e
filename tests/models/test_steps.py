from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from seqtag.batching.pairs import source_batch
from seqtag.config import GONE, SearchConfig
from seqtag.decoding import search
from seqtag.models import steps
from seqtag.models.steps import Stepper
from tests.translators import make_spec, next_log_probabilities, random_model

SOURCES = [[4, 5, 6, 7], [8, 4], [9]]
SPECIAL = (0, 2, 3)  # padding, start and end


def make_stepper(*seeds: int, **decoder: Any) -> Stepper:  # noqa: ANN401 - as `make_spec`
    models = [random_model(make_spec(**decoder), seed) for seed in seeds]
    return Stepper(models, "cpu", end=3, never=(0, 2))


def advance(stepper: Stepper, states: Any, tokens: Sequence[Sequence[int]], count: int = 3) -> Any:  # noqa: ANN401 - arrays and states
    return stepper.advance(states, np.array(tokens), count=count, banned=None)


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "peephole"])
def test_candidates_are_the_best_of_the_whole_vocabulary(cell: str, input_feeding: bool) -> None:
    decoder: dict[str, Any] = {"cell": cell, "input_feeding": input_feeding}
    stepper = make_stepper(0, **decoder)
    model = random_model(make_spec(**decoder), 0)
    states = stepper.begin(*source_batch(SOURCES))
    written: list[list[int]] = [[], [], []]
    tokens = [[2], [2], [2]]
    for _ in range(3):
        numbers, scores, end, attention, states = advance(stepper, states, tokens)
        for row, source in enumerate(SOURCES):
            wanted = next_log_probabilities(model, source, written[row])
            assert end[row, 0] == pytest.approx(wanted[3], abs=1e-5)
            allowed = [n for n in np.argsort(-wanted).tolist() if n not in SPECIAL]
            assert numbers[row, 0].tolist() == allowed[:3]
            assert scores[row, 0] == pytest.approx(wanted[allowed[:3]], abs=1e-5)
            assert attention[row, 0].sum() == pytest.approx(1.0, abs=1e-5)
            assert (attention[row, 0, len(source) + 1 :] == 0).all()
            # The second best, so that not every row is told what it would have said itself.
            written[row].append(int(numbers[row, 0, 1]))
        tokens = [row[-1:] for row in written]


def test_selected_hypotheses_go_on_as_if_they_were_alone() -> None:
    """Each source has other hypotheses, in another order, some twice, and one source is gone."""
    stepper, model = make_stepper(0), random_model(make_spec(), 0)
    states = stepper.begin(*source_batch(SOURCES))
    *_, states = advance(stepper, states, [[2], [2], [2]])
    states = stepper.select(states, np.arange(3), np.zeros((3, 2), dtype=np.int64))
    *_, states = advance(stepper, states, [[4, 5], [6, 7], [8, 9]])
    states = stepper.select(states, np.array([0, 2]), np.array([[1, 0, 1], [1, 1, 0]]))
    last = [[4, 5, 6], [7, 8, 9]]
    numbers, scores, _, _, _ = advance(stepper, states, last, count=1)
    for row, (source, before) in enumerate([(SOURCES[0], [5, 4, 5]), (SOURCES[2], [9, 9, 8])]):
        for beam in range(3):
            wanted = next_log_probabilities(model, source, [before[beam], last[row][beam]])
            wanted[list(SPECIAL)] = -np.inf
            assert numbers[row, beam, 0] == wanted.argmax()
            assert scores[row, beam, 0] == pytest.approx(wanted.max(), abs=1e-5)


def test_hypotheses_that_are_gone_are_left_out() -> None:
    stepper, model = make_stepper(0), random_model(make_spec(), 0)
    states = stepper.begin(*source_batch(SOURCES))
    *_, states = advance(stepper, states, [[2], [2], [2]])
    states = stepper.select(states, np.arange(3), np.array([[0, 0], [0, GONE], [GONE, 0]]))
    assert len(states.states[0].layers[0][0]) == 4
    *_, end, _, states = advance(stepper, states, [[4, 5], [6, 7], [8, 9]])
    assert np.isfinite(end).tolist() == [[True, True], [True, False], [False, True]]
    # Some go on, one is gone, and another source with it.
    states = stepper.select(states, np.array([0, 2]), np.array([[1, 0, GONE], [1, 1, GONE]]))
    last = [[4, 5, 6], [7, 8, 9]]
    banned = (np.array([0, 1, 1]), np.array([1, 0, 2]), np.array([7, 8, 9]))
    numbers, scores, end, _, _ = stepper.advance(states, np.array(last), count=1, banned=banned)
    for row, (source, before) in enumerate([(SOURCES[0], [5, 4]), (SOURCES[2], [9, 9])]):
        for beam in range(2):
            wanted = next_log_probabilities(model, source, [before[beam], last[row][beam]])
            assert end[row, beam] == pytest.approx(wanted[3], abs=1e-5)
            wanted[list(SPECIAL)] = -np.inf
            wanted[[n for s, b, n in zip(*banned, strict=True) if (s, b) == (row, beam)]] = -np.inf
            assert numbers[row, beam, 0] == wanted.argmax()
            assert scores[row, beam, 0] == pytest.approx(wanted.max(), abs=1e-5)
        assert scores[row, 2, 0] == end[row, 2] == -np.inf


@pytest.mark.parametrize("size", [5, 63, 64, 65, 400, 1000])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("levels", [3, 10**6])
def test_the_highest_are_found_as_by_sorting(size: int, count: int, levels: int) -> None:
    """Few levels make many equals, of which the first ones count."""
    logs = torch.from_numpy(np.random.default_rng(size).integers(levels, size=(20, size)) * 1.0)
    best, chosen = steps._highest(logs.clone(), min(count, size))
    ordered = logs.sort(dim=1, descending=True, stable=True)
    assert torch.equal(best, ordered.values[:, :count])
    assert torch.equal(chosen, ordered.indices[:, :count])


def test_banned_units_are_no_candidates_and_keep_their_share() -> None:
    stepper = make_stepper(0)
    read = source_batch(SOURCES[:2])
    free, plain, *_ = advance(stepper, stepper.begin(*read), [[2], [2]], count=2)
    banned = (np.array([1]), np.array([0]), free[1, 0, :1])
    numbers, scores, *_ = stepper.advance(
        stepper.begin(*read), np.array([[2], [2]]), count=2, banned=banned
    )
    assert (numbers[0] == free[0]).all()
    assert numbers[1, 0, 0] == free[1, 0, 1]
    assert scores[1, 0, 0] == plain[1, 0, 1]


def test_probability_of_an_ensemble_is_the_mean_of_its_networks() -> None:
    seeds = (0, 1, 2)
    stepper = make_stepper(*seeds)
    states = stepper.begin(*source_batch(SOURCES))
    numbers, scores, end, attention, states = advance(stepper, states, [[2]] * 3, count=5)
    numbers, scores, end, attention, states = advance(stepper, states, [[4]] * 3, count=5)
    looked = []
    for seed in seeds:
        alone = make_stepper(seed)
        own = alone.begin(*source_batch(SOURCES))
        *_, own = advance(alone, own, [[2]] * 3)
        looked.append(advance(alone, own, [[4]] * 3)[3])
    for row, source in enumerate(SOURCES):
        each = [
            torch.from_numpy(next_log_probabilities(random_model(make_spec(), seed), source, [4]))
            for seed in seeds
        ]
        wanted = torch.stack(each).exp().mean(dim=0).log().numpy()
        assert end[row, 0] == pytest.approx(wanted[3], abs=1e-5)
        assert scores[row, 0] == pytest.approx(wanted[numbers[row, 0]], abs=1e-5)
        wanted[list(SPECIAL)] = -np.inf
        assert numbers[row, 0].tolist() == np.argsort(-wanted)[:5].tolist()
    assert attention == pytest.approx(np.mean(looked, axis=0), abs=1e-6)


def test_network_twice_is_the_network_once() -> None:
    settings = SearchConfig(beam=3)
    read, lengths = source_batch(SOURCES)
    once, twice = (
        search(stepper, stepper.begin(read, lengths), lengths, settings, start=2)
        for stepper in (make_stepper(4), make_stepper(4, 4))
    )
    for (first,), (second,) in zip(once, twice, strict=True):
        assert first.numbers == second.numbers
        assert first.log_probability == pytest.approx(second.log_probability, abs=1e-4)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("networks", [1, 2])
def test_among_equals_lower_numbers_come_first(count: int, networks: int) -> None:
    model = random_model(make_spec(), 0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.output_bias[6] = 1.0
    stepper = Stepper([model] * networks, "cpu", end=3, never=(0, 2))
    numbers, *_ = advance(stepper, stepper.begin(*source_batch(SOURCES)), [[2]] * 3, count=count)
    assert (numbers == [6, 1, 4, 5][:count]).all()


def test_more_candidates_than_there_are_units_are_all() -> None:
    stepper = make_stepper(0)
    size = len(make_spec().target_units)
    states = stepper.begin(*source_batch(SOURCES))
    numbers, scores, end, *_ = advance(stepper, states, [[2]] * 3, count=100)
    assert (np.sort(numbers[:, 0]) == np.arange(size)).all()
    possible = np.where(np.isin(numbers, SPECIAL), -np.inf, scores)
    assert (possible == scores).all()
    never = [next_log_probabilities(random_model(make_spec(), 0), s, [])[[0, 2]] for s in SOURCES]
    total = np.exp(scores[:, 0]).sum(axis=1) + np.exp(end[:, 0]) + np.exp(never).sum(axis=1)
    assert total == pytest.approx(np.ones(3), abs=1e-5)
