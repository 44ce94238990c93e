from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from seqtag.batching.batches import IntArray
from seqtag.config import TrainingConfig
from seqtag.errors import ModelError
from seqtag.layers.tables import Table
from seqtag.training.loop import Progress, Trainer
from seqtag.training.optimization import AVERAGE_EVERY
from seqtag.training.schedules import LOWEST

CONFIG = TrainingConfig(epochs=3, learning_rate=0.05, average=0.9, patience=10, clip_norm=0.5)
STEPS = 4  # of an epoch

Checkpoint: TypeAlias = tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]


class Toy:
    """A regression whose batches are shuffled and whose network drops at random."""

    def __init__(self, scores: Sequence[float] = ()) -> None:
        generator = torch.Generator().manual_seed(0)
        self.model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 1))
        for parameter in self.model.parameters():
            parameter.data.normal_(generator=generator)
        self.inputs = torch.randn(11, 4, generator=generator)
        self.targets = self.inputs.sum(dim=1, keepdim=True)
        self.scores = list(scores)
        self.fingerprint = 7
        self.carried: dict[str, Tensor] = {}
        self.batches: list[list[int]] = []
        self.scored: list[Tensor] = []

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        return np.array_split(shuffle.permutation(11), STEPS)

    def rate_factor(self, indices: IntArray) -> float:
        del indices
        return 1.0

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        assert self.model.training
        self.batches.append(indices.tolist())
        errors = self.model(self.inputs[indices]) - self.targets[indices]
        return errors.square().mean(), len(indices)

    def score(self) -> tuple[float, dict[str, Any]]:
        assert not self.model.training
        self.scored.append(weights(self))
        with torch.no_grad():
            error = float((self.model(self.inputs) - self.targets).square().mean())
        score = self.scores[len(self.scored) - 1] if self.scores else -error
        return score, {"error": error}


def weights(toy: Toy) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in toy.model.parameters()])


def make_trainer(toy: Toy, seed: int = 1, **settings: Any) -> Trainer:  # noqa: ANN401 - of many types
    return Trainer(toy, replace(CONFIG, **settings), seed)


def timeless(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    timed = ("seconds", "tokens_per_second")
    return [{k: v for k, v in record.items() if k not in timed} for record in history]


def saved(trainer: Trainer) -> Checkpoint:
    """Return a checkpoint as it comes back from files."""
    arrays, state = trainer.checkpoint()
    return {name: array.copy() for name, array in arrays.items()}, json.loads(json.dumps(state))


def advance(trainer: Trainer, steps: int) -> list[Progress]:
    run = trainer.run()
    return [next(run) for _ in range(steps)]


def test_diverged_training_is_told_and_a_good_epoch_is_kept() -> None:
    with pytest.raises(ModelError, match="training has diverged; set a lower training.learning"):
        list(make_trainer(Toy(scores=[math.nan] * 3)).run())
    trainer = make_trainer(Toy(scores=[1.0, math.nan, math.nan]))
    list(trainer.run())
    assert (trainer.state.best_epoch, trainer.state.best_score) == (1, 1.0)


def test_asgd_averages_once_dev_gets_no_better() -> None:
    settings: dict[str, Any] = {"optimizer": "asgd", "momentum": 0.0, "trigger": 2, "epochs": 8}
    trainer = make_trainer(Toy(scores=[1, 2, 3, 3, 3, 3, 3, 3]), schedule="constant", **settings)
    toy = trainer.objective
    assert isinstance(toy, Toy)
    passed: list[Tensor] = []
    for progress in trainer.run():
        passed.append(weights(toy))
        if progress.record is not None and progress.epoch <= 5:
            # What was scored are the weights themselves.
            assert torch.equal(toy.scored[-1], passed[-1])
    # The third epoch was the best, and two later that is certain.
    assert trainer.state.averaged_from == 5 * STEPS
    every = passed[5 * STEPS :][AVERAGE_EVERY - 1 :: AVERAGE_EVERY]
    assert torch.allclose(toy.scored[-1], torch.stack(every).mean(dim=0), atol=1e-6)


@pytest.mark.parametrize("stop", range(3 * STEPS + 1))
def test_resumed_training_is_the_uninterrupted_one(stop: int) -> None:
    """From a checkpoint before the first step, behind any other, and behind the very last."""
    whole = make_trainer(Toy())
    list(whole.run())
    first = make_trainer(Toy())
    advance(first, stop)
    arrays, state = saved(first)
    second = make_trainer(Toy())
    second.restore(arrays, state)
    assert len(list(second.run())) == 3 * STEPS - stop
    assert timeless(second.state.history) == timeless(whole.state.history)
    assert second.state.best_score == whole.state.best_score
    left, right = whole.checkpoint()[0], second.checkpoint()[0]
    assert left.keys() == right.keys()
    assert all(np.array_equal(left[name], right[name]) for name in left)
    for trainer in (whole, second):
        trainer.load_best()
    assert isinstance(whole.objective, Toy)
    assert isinstance(second.objective, Toy)
    assert torch.equal(weights(whole.objective), weights(second.objective))


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "asgd"])
@pytest.mark.parametrize("schedule", ["linear", "onecycle", "plateau", "constant"])
@pytest.mark.parametrize("mixed_precision", ["none", "bf16", "fp16"])
def test_every_way_to_train_learns_and_resumes_exactly(
    optimizer: str, schedule: str, mixed_precision: str
) -> None:
    """From the middle of an epoch and from between two, behind a reduction of the rate."""
    chosen: dict[str, Any] = {
        "optimizer": optimizer,
        "schedule": schedule,
        "mixed_precision": mixed_precision,
        "plateau_patience": 1,
        "warmup": 0.3,
        "epochs": 6,
    }
    scores = [0.2, 0.1, 0.3, 0.2, 0.4, 0.1]
    whole = make_trainer(Toy(scores), **chosen)
    steps = list(whole.run())
    rates = [p.learning_rate for p in steps if p.record is not None]
    fall = {"plateau": [0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125], "constant": [0.05] * 6}
    assert rates[1:] == pytest.approx(fall.get(schedule, rates)[1:])
    history = whole.state.history
    assert history[-1]["dev"]["error"] < history[0]["dev"]["error"]
    for stop in (4 * STEPS, 4 * STEPS + 2):
        first = make_trainer(Toy(scores), **chosen)
        advance(first, stop)
        second = make_trainer(Toy(scores[4:]), **chosen)
        second.restore(*saved(first))
        list(second.run())
        assert timeless(second.state.history) == timeless(history)
        assert second.state.reductions == whole.state.reductions == 3 * (schedule == "plateau")
        left, right = whole.checkpoint()[0], second.checkpoint()[0]
        assert left.keys() == right.keys()
        assert all(np.array_equal(left[name], right[name]) for name in left)


def test_every_option_makes_another_training() -> None:
    results = []
    options: list[dict[str, Any]] = [
        {},
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.0},
        {"schedule": "onecycle"},
        {"schedule": "constant"},
        {"mixed_precision": "bf16"},
    ]
    for chosen in options:
        toy = Toy()
        list(make_trainer(toy, **chosen).run())
        results.append(weights(toy))
    assert all(not torch.equal(a, b) for a, b in itertools.combinations(results, 2))


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "asgd"])
def test_steps_left_out_in_fp16_are_resumed_from(optimizer: str) -> None:
    """The first scale is too high for this loss: steps are left out until it has come down."""

    class Steep(Toy):
        def loss(self, indices: IntArray) -> tuple[Tensor, int]:
            loss, tokens = super().loss(indices)
            return loss * 2**3, tokens

    chosen: dict[str, Any] = {"mixed_precision": "fp16", "optimizer": optimizer, "epochs": 6}
    start = weights(Steep())
    whole = make_trainer(Steep(), **chosen)
    list(whole.run())
    for stop in (1, 2, 20):
        toy = Steep()
        first = make_trainer(toy, **chosen)
        advance(first, stop)
        assert torch.equal(weights(toy), start) == (stop < 20)
        arrays, state = saved(first)
        if stop < 20:
            assert state["scaler"]["scale"] == 2.0 ** (16 - stop)
        second = make_trainer(Steep(), **chosen)
        second.restore(arrays, state)
        list(second.run())
        left, right = whole.checkpoint(), second.checkpoint()
        assert left[1]["scaler"] == right[1]["scaler"]
        assert all(np.array_equal(left[0][name], right[0][name]) for name in left[0])


class Mixed:
    """A table, whose optimizer is one of its own, and a matrix; one gradient can be spoilt."""

    def __init__(self, spoilt: str, value: float) -> None:
        torch.manual_seed(0)
        self.model = nn.ModuleDict({"table": Table(3, 2), "matrix": nn.Linear(2, 1)})
        self.fingerprint = 7
        self.carried: dict[str, Tensor] = {}
        self.value: float | None = value
        weight = self.model[spoilt].weight
        assert isinstance(weight, Tensor)
        weight.register_hook(self._spoil)  # type: ignore[no-untyped-call]  # torch has none

    def _spoil(self, gradient: Tensor) -> Tensor:
        return gradient if self.value is None else gradient * self.value

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        del shuffle
        return [np.array([0, 2])] * STEPS

    def rate_factor(self, indices: IntArray) -> float:
        del indices
        return 1.0

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        vectors = self.model["table"](torch.from_numpy(indices))
        # Small enough that nothing else is too large for 16 bits.
        return self.model["matrix"](vectors).float().square().mean() / 1024, len(indices)

    def score(self) -> tuple[float, dict[str, Any]]:
        return 0.0, {}


@pytest.mark.parametrize("spoilt", ["table", "matrix"])
@pytest.mark.parametrize("value", [torch.inf, torch.nan])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "asgd"])
def test_step_that_fp16_spoils_is_left_out_by_all_optimizers(
    spoilt: str, value: float, optimizer: str
) -> None:
    objective = Mixed(spoilt, value)
    chosen: dict[str, Any] = {"mixed_precision": "fp16", "optimizer": optimizer}
    trainer = Trainer(objective, replace(CONFIG, **chosen), 1)
    before = {name: p.detach().clone() for name, p in objective.model.named_parameters()}
    run = trainer.run()
    next(run)
    parameters = dict(objective.model.named_parameters())
    assert all(torch.equal(p, before[name]) for name, p in parameters.items())
    assert trainer.checkpoint()[1]["scaler"]["scale"] == 2.0**15
    objective.value = None
    next(run)
    assert all(not torch.equal(p, before[name]) for name, p in parameters.items())
    assert all(p.isfinite().all() for p in parameters.values())
    assert trainer.checkpoint()[1]["scaler"]["scale"] == 2.0**15


def test_weights_and_scores_are_in_full_precision_where_the_network_is_not() -> None:
    class Watched(Toy):
        def loss(self, indices: IntArray) -> tuple[Tensor, int]:
            kinds.add(self.model(self.inputs).dtype)
            return super().loss(indices)

        def score(self) -> tuple[float, dict[str, Any]]:
            assert self.model(self.inputs).dtype == torch.float32
            return super().score()

    kinds: set[torch.dtype] = set()
    trainer = make_trainer(Watched(), mixed_precision="bf16")
    list(trainer.run())
    assert kinds == {torch.bfloat16}
    arrays, _ = trainer.checkpoint()
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@given(
    scores=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    factor=st.sampled_from([0.1, 0.5]),
)
@settings(max_examples=25)
def test_plateau_lowers_the_rate_where_torch_does(
    scores: list[int], patience: int, factor: float
) -> None:
    """Torch counts the epochs that it forgives, we those after which the rate falls."""
    epochs = len(scores)
    config: dict[str, Any] = {"schedule": "plateau", "warmup": 0.0, "epochs": epochs}
    trainer = make_trainer(
        Toy(scores), **config, patience=100, plateau_patience=patience, plateau_factor=factor
    )
    found = [p.learning_rate for p in trainer.run() if p.record is not None]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.05)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "max", factor, patience - 1, threshold=0.0, min_lr=0.05 * LOWEST
    )
    expected = []
    for score in scores:
        expected.append(optimizer.param_groups[0]["lr"])
        reference.step(score)
    assert found == pytest.approx(expected)


def test_plateau_does_not_lower_the_rate_before_dev_has_any_score() -> None:
    trainer = make_trainer(
        Toy([0.0, 0.0, 0.0, 0.4, 0.3]), epochs=5, schedule="plateau", plateau_patience=1
    )
    list(trainer.run())
    assert trainer.state.reductions == 1


def test_training_resumed_after_every_step_is_the_uninterrupted_one() -> None:
    whole, toy = make_trainer(Toy()), Toy()
    list(whole.run())
    trainer = make_trainer(toy)
    while not trainer.state.finished:
        advance(trainer, 1)
        checkpoint = saved(trainer)
        toy = Toy()
        trainer = make_trainer(toy)
        trainer.restore(*checkpoint)
    assert isinstance(whole.objective, Toy)
    assert torch.equal(weights(toy), weights(whole.objective))
    assert timeless(trainer.state.history) == timeless(whole.state.history)


def test_checkpoint_that_was_restored_stays_as_it_is() -> None:
    first = make_trainer(Toy())
    advance(first, 5)
    arrays, state = saved(first)
    kept = {name: array.copy() for name, array in arrays.items()}
    second = make_trainer(Toy())
    second.restore(arrays, state)
    list(second.run())
    assert all(np.array_equal(arrays[name], kept[name]) for name in kept)
    assert state["total_steps"] == 5


def test_seed_decides_order_and_noise() -> None:
    toys = [Toy(), Toy(), Toy()]
    for toy, seed in zip(toys, (1, 1, 2), strict=True):
        list(make_trainer(toy, seed).run())
    assert toys[0].batches == toys[1].batches != toys[2].batches
    assert torch.equal(weights(toys[0]), weights(toys[1]))
    assert not torch.equal(weights(toys[0]), weights(toys[2]))


def test_every_epoch_has_another_order_of_all_sequences() -> None:
    toy = Toy()
    list(make_trainer(toy).run())
    epochs = [toy.batches[i : i + STEPS] for i in range(0, 3 * STEPS, STEPS)]
    assert all(sorted(i for b in epoch for i in b) == list(range(11)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_random_numbers_of_the_caller_are_neither_used_nor_disturbed() -> None:
    quiet, toy = Toy(), Toy()
    list(make_trainer(quiet).run())
    torch.manual_seed(5)
    expected = torch.rand(3 * STEPS)
    torch.manual_seed(5)
    drawn = [torch.rand(1) for _ in make_trainer(toy).run()]
    assert torch.equal(torch.cat(drawn), expected)
    assert torch.equal(weights(toy), weights(quiet))


def test_loss_falls_and_score_rises() -> None:
    trainer = make_trainer(Toy(), epochs=40, patience=40)
    list(trainer.run())
    history = trainer.state.history
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["dev"]["error"] < history[0]["dev"]["error"] / 2


def test_progress_tells_where_training_is() -> None:
    steps = list(make_trainer(Toy()).run())
    assert [(p.epoch, p.step) for p in steps] == [(e, s) for e in (1, 2, 3) for s in (1, 2, 3, 4)]
    assert {(p.epochs, p.steps) for p in steps} == {(3, 4)}
    assert [p.tokens for p in steps[:STEPS]] == [3, 3, 3, 2]
    assert all(p.tokens_per_second > 0 for p in steps)
    assert all((p.record is not None) == (p.step == STEPS) for p in steps)
    assert math.isnan(steps[0].best_score)
    assert [p.total_steps for p in steps] == list(range(1, 3 * STEPS + 1))
    assert steps[0].learning_rate > steps[-1].learning_rate > 0


def test_loss_told_is_the_mean_of_the_epochs_tokens() -> None:
    class Scripted(Toy):
        def loss(self, indices: IntArray) -> tuple[Tensor, int]:
            loss, tokens = super().loss(indices)
            return loss * 0 + len(self.batches), tokens

    steps = advance(make_trainer(Scripted()), STEPS + 1)
    assert [p.loss for p in steps] == pytest.approx(
        [1, (3 + 6) / 6, (3 + 6 + 9) / 9, (3 + 6 + 9 + 8) / 11, 5]
    )


def test_line_of_the_history_tells_of_its_epoch() -> None:
    trainer = make_trainer(Toy())
    records = [p.record for p in trainer.run() if p.record is not None]
    assert records == trainer.state.history
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert list(records[0]) == [
        *("epoch", "seconds", "tokens_per_second", "train_loss", "learning_rate", "dev")
    ]
    assert json.loads(json.dumps(records)) == records
    assert records[-1]["learning_rate"] < records[0]["learning_rate"]


def test_training_stops_when_dev_has_long_not_improved() -> None:
    trainer = make_trainer(Toy([0.5, 0.7, 0.6, 0.7, 0.1, 0.9]), epochs=6, patience=3)
    steps = list(trainer.run())
    assert [p.is_best for p in steps if p.record is not None] == [True, True, False, False, False]
    assert (trainer.state.epoch, trainer.state.best_epoch) == (5, 2)
    assert trainer.state.finished
    assert not list(trainer.run())


def test_training_does_not_stop_before_dev_has_any_score() -> None:
    """On a small corpus it takes a while until a first span is found."""
    trainer = make_trainer(Toy([0.0, 0.0, 0.0, 0.4, 0.3, 0.2, 0.1]), epochs=7, patience=2)
    list(trainer.run())
    assert (trainer.state.epoch, trainer.state.best_epoch) == (6, 4)


def test_training_does_not_stop_in_its_first_half() -> None:
    """What almost random weights score at first is no reason to stop."""
    trainer = make_trainer(Toy([0.2, *([0.1] * 9)]), epochs=10, patience=1)
    list(trainer.run())
    assert (trainer.state.epoch, trainer.state.best_epoch) == (6, 1)


def test_score_of_zero_is_better_than_none() -> None:
    trainer = make_trainer(Toy([0.0, 0.0, 0.0]))
    list(trainer.run())
    assert (trainer.state.best_score, trainer.state.best_epoch) == (0.0, 1)


def test_best_weights_are_kept_and_they_are_averaged_ones() -> None:
    toy = Toy([0.1, 0.9, 0.3])
    trainer = make_trainer(toy)
    own = [weights(toy) for progress in trainer.run() if progress.record is not None]
    trainer.load_best()
    assert torch.equal(weights(toy), toy.scored[1])
    assert not torch.equal(toy.scored[1], own[1])
    assert not torch.equal(weights(toy), toy.scored[2])
    assert not toy.model.training


def test_scoring_does_not_change_the_weights_that_are_trained() -> None:
    toy = Toy()
    trainer = make_trainer(toy)
    advance(trainer, STEPS)
    trained = weights(toy)
    assert not torch.equal(toy.scored[0], trained)
    arrays, _ = trainer.checkpoint()
    found = np.concatenate([arrays[f"model.{n}"].ravel() for n, _ in toy.model.named_parameters()])
    assert np.array_equal(found, trained.numpy())


def test_before_the_first_score_the_averaged_weights_are_the_best() -> None:
    toy = Toy()
    trainer = make_trainer(toy)
    start = weights(toy)
    advance(trainer, 2)
    trained = weights(toy)
    trainer.load_best()
    assert not torch.equal(trained, start)
    assert torch.equal(weights(toy), trained)  # the average has not begun to remember


def test_gradient_is_clipped() -> None:
    toy = Toy()
    for _ in make_trainer(toy, clip_norm=0.01).run():
        gradients = [p.grad for p in toy.model.parameters() if p.grad is not None]
        assert torch.cat([g.flatten() for g in gradients]).norm().item() <= 0.0101


@pytest.fixture
def checkpoint() -> Checkpoint:
    trainer = make_trainer(Toy())
    advance(trainer, STEPS)
    return saved(trainer)


def test_checkpoint_of_another_model_is_refused(checkpoint: Checkpoint) -> None:
    arrays, state = checkpoint
    for name in arrays:
        less = {key: array for key, array in arrays.items() if key != name}
        with pytest.raises(KeyError, match=name.rpartition(".")[2]):
            make_trainer(Toy()).restore(less, state)


def test_checkpoint_with_an_array_of_another_size_is_refused(checkpoint: Checkpoint) -> None:
    arrays, state = checkpoint
    for name, array in arrays.items():
        with pytest.raises(ValueError, match="(weight|bias) is"):
            make_trainer(Toy()).restore({**arrays, name: array[None]}, state)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3), dtype=np.float64), "state is torch.float64, not torch.float32"),
        (np.zeros((3, 2), dtype=np.float32), r"state is \(3, 2\), not \(2, 3\)"),
        (np.full((2, 3), np.nan, dtype=np.float32), "state holds values that are no numbers"),
        (np.array([["a", "b", "c"]] * 2), "numpy.str_"),
    ],
)
def test_checkpoint_with_other_states_to_go_on_from_is_refused(
    array: npt.NDArray[Any], message: str
) -> None:
    toy = Toy()
    toy.carried = {"state": torch.ones(2, 3)}
    arrays, state = saved(make_trainer(toy))
    trainer = make_trainer(toy)
    trainer.restore(arrays, state)
    assert torch.equal(toy.carried["state"], torch.ones(2, 3))
    with pytest.raises((TypeError, ValueError), match=message):
        trainer.restore({**arrays, "carried.state": array}, state)
    del arrays["carried.state"]
    with pytest.raises(KeyError, match="carried.state"):
        trainer.restore(arrays, state)


def test_checkpoint_of_other_data_is_refused(checkpoint: Checkpoint) -> None:
    toy = Toy()
    toy.fingerprint = 8
    with pytest.raises(ValueError, match="data"):
        make_trainer(toy).restore(*checkpoint)


def test_checkpoint_behind_the_end_of_its_epoch_is_refused(checkpoint: Checkpoint) -> None:
    """Without the check, training would look for that step for ever."""
    arrays, state = checkpoint
    trainer = make_trainer(Toy())
    trainer.restore(arrays, {**state, "step": STEPS})
    with pytest.raises(ModelError, match="damaged"):
        next(trainer.run())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("step", "a"), ("step", -1), ("epoch", True), ("history", [1]), ("loss_sum", None)),
        *(("reductions", -1), ("waited", 0.5), ("scaler", [])),
    ],
)
def test_checkpoint_with_impossible_values_is_refused(
    checkpoint: Checkpoint, name: str, value: object
) -> None:
    arrays, state = checkpoint
    with pytest.raises((TypeError, ValueError), match=name):
        make_trainer(Toy()).restore(arrays, {**state, name: value})


def test_checkpoint_with_other_values_is_refused(checkpoint: Checkpoint) -> None:
    arrays, state = checkpoint
    with pytest.raises(TypeError, match="speed"):
        make_trainer(Toy()).restore(arrays, {**state, "speed": 1})
