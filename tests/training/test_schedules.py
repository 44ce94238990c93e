from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
import torch

from seqtag.config import TrainingConfig
from seqtag.training.schedules import LOWEST, learning_rate

SCHEDULES: list[Literal["linear", "onecycle", "plateau", "constant"]] = [
    *("linear", "onecycle", "plateau", "constant")
]


def rates(steps: int, warmup: float, top: float = 2.0, **settings: Any) -> list[float]:  # noqa: ANN401 - of many types
    config = TrainingConfig(learning_rate=top, warmup=warmup, **settings)
    return [learning_rate(step, steps, config) for step in range(steps)]


def test_linear_rate_rises_to_the_top_and_falls() -> None:
    assert rates(10, 0.4) == pytest.approx(
        [0.5, 1.0, 1.5, 2.0, 2.0, 2 * 5 / 6, 2 * 4 / 6, 1.0, 2 * 2 / 6, 2 / 6]
    )


@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_rate_rises_to_the_top_falls_at_most_once_and_is_never_zero(
    steps: int,
    warmup: float,
    schedule: Any,  # noqa: ANN401 - one of the schedules
) -> None:
    found = rates(steps, warmup, schedule=schedule)
    top = found.index(max(found))
    assert max(found) == pytest.approx(2.0, rel=1e-2)
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert min(found) > 0


def test_linear_rate_is_never_lower_than_a_hundredth_once_it_falls() -> None:
    config = TrainingConfig(learning_rate=2.0, warmup=0.1)
    assert rates(1000, 0.1)[-1] == pytest.approx(0.02)
    assert learning_rate(5000, 1000, config) == pytest.approx(0.02)  # epochs vary in length


@pytest.mark.parametrize("steps", [7, 40, 1000])
@pytest.mark.parametrize("warmup", [0.2, 0.3, 0.55, 1.0])
def test_one_cycle_is_that_of_torch(steps: int, warmup: float) -> None:
    """In its default form: half a cosine up and one down."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=2.0, total_steps=steps, pct_start=warmup, cycle_momentum=False
    )
    expected = []
    for step in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    assert rates(steps, warmup, schedule="onecycle") == pytest.approx(expected)


@pytest.mark.parametrize("warmup", [0.0, 0.3, 1.0])
def test_one_cycle_that_takes_longer_than_was_said_stays_at_its_end(warmup: float) -> None:
    config = TrainingConfig(learning_rate=2.0, warmup=warmup, schedule="onecycle")
    late = [learning_rate(step, 100, config) for step in (100, 101, 10**6)]
    assert late == pytest.approx([2 / 25e4] * 3)


@pytest.mark.parametrize("schedule", ["plateau", "constant"])
def test_rate_without_a_fall_stays_at_the_top(schedule: Any) -> None:  # noqa: ANN401 - a schedule
    assert rates(10, 0.2, schedule=schedule) == [1.0, *([2.0] * 9)]


def test_plateau_lowers_the_rate_at_any_step_down_to_a_hundredth() -> None:
    config = TrainingConfig(learning_rate=2.0, warmup=0.2, schedule="plateau", plateau_factor=0.5)
    plain = [learning_rate(step, 10, config) for step in range(10)]
    for reductions in range(12):
        found = [learning_rate(step, 10, config, reductions) for step in range(10)]
        share = max(LOWEST, 0.5**reductions)
        assert found == pytest.approx([rate * share for rate in plain])


def test_rate_is_in_proportion_to_the_highest() -> None:
    for schedule in SCHEDULES:
        one, two = (
            TrainingConfig(learning_rate=rate, schedule=schedule, warmup=0.3) for rate in (0.5, 1.0)
        )
        pairs = [(learning_rate(s, 50, one), learning_rate(s, 50, two)) for s in range(60)]
        assert all(2 * a == pytest.approx(b) for a, b in pairs)
        assert learning_rate(3, 50, replace(one, learning_rate=0.0)) == 0.0
