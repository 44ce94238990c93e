"""The training loop: it yields after every step, its caller shows, saves and stops.

All randomness of a step is drawn from a generator seeded by the run's seed and the step's number,
and the order of an epoch by the seed and the epoch's number. So a checkpoint needs no generator
state, and a resumed run repeats exactly what an uninterrupted one does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from seqtag.batching.batches import IntArray
from seqtag.config import TrainingConfig
from seqtag.errors import ModelError
from seqtag.training.optimization import (
    Average,
    clip_gradients,
    load_optimizers,
    make_optimizers,
    optimizer_tensors,
    trained_parameters,
)
from seqtag.training.precision import in_precision, make_scaler
from seqtag.training.schedules import learning_rate

_STEPS, _ORDER = 1, 2  # what a stream of random numbers is for


class Objective(Protocol):
    """What the loop needs of a task.

    Attributes:
        carried: What the next step goes on from besides the weights, by name, such as the states
            of a network that reads a text step by step; from the start of the same sizes and
            types. Empty for most tasks.
    """

    carried: dict[str, Tensor]

    @property
    def fingerprint(self) -> int:
        """A number that differs between different data."""

    @property
    def model(self) -> nn.Module:
        """The network that is trained."""

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's batches as indices of training sequences."""

    def rate_factor(self, indices: IntArray) -> float:
        """Return what a batch's learning rate is multiplied by; 1 for most tasks."""

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a batch's mean loss and its number of tokens."""

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores on the dev part.

        The model is in evaluation mode.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a training has come, after one step.

    Attributes:
        epoch: The epoch that the step belongs to, from 1.
        epochs: Epochs at most.
        step: The step within the epoch, from 1.
        steps: Steps of the epoch.
        total_steps: Steps of all epochs so far.
        tokens: Tokens of the step.
        loss: Mean loss of the epoch so far.
        learning_rate: Rate of the step by the schedule, whatever the batch's factor is.
        tokens_per_second: Training speed of the epoch so far.
        record: Behind an epoch's last step, its line of the history; to be read only.
        is_best: Whether the epoch that just ended has the best dev score so far.
        best_score: The best dev score so far, NaN before the first.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    total_steps: int
    tokens: int
    loss: float
    learning_rate: float
    tokens_per_second: float
    record: dict[str, Any] | None = None
    is_best: bool = False
    best_score: float


@dataclass(slots=True)
class TrainerState:
    """The loop's place and what it has seen; plain values, kept exactly by JSON.

    Attributes:
        fingerprint: Of the data.
        epoch: Epochs completed.
        step: Steps made in the epoch that has begun.
        total_steps: Steps made in all epochs.
        loss_sum: Of the tokens of the epoch that has begun.
        tokens: Tokens trained on in the epoch that has begun.
        seconds: Time that its steps took.
        best_score: The best dev score, None before the first.
        best_epoch: The epoch that it belongs to.
        waited: Epochs without a better dev score since the last one, or the last reduction.
        reductions: How often the rate was lowered for that.
        averaged_from: The step behind which asgd averages all weights alike; 0 before that.
        scaler: State of what scales the loss in fp16.
        finished: Whether training is over.
        history: A line an epoch.
    """

    fingerprint: int
    epoch: int = 0
    step: int = 0
    total_steps: int = 0
    loss_sum: float = 0.0
    tokens: int = 0
    seconds: float = 0.0
    best_score: float | None = None
    best_epoch: int = 0
    waited: int = 0
    reductions: int = 0
    averaged_from: int = 0
    scaler: dict[str, Any] = field(default_factory=dict)
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """Trains a model; see the module's docstring.

    Args:
        objective: The task.
        config: How to train; ``epochs`` is at least 1.
        seed: Of all random choices.

    Attributes:
        state: Where the loop is.
        best: Averaged parameters after the epoch with the best dev score; None before the first.
    """

    def __init__(self, objective: Objective, config: TrainingConfig, seed: int) -> None:
        self.objective = objective
        self.config = config
        self.seed = seed
        self.state = TrainerState(objective.fingerprint)
        self.best: dict[str, Tensor] | None = None
        self._optimizers = make_optimizers(objective.model, config)
        decay = 0.0 if config.optimizer == "asgd" else config.average
        self._average = Average(objective.model, decay)
        self._parameters = trained_parameters(objective.model)
        self._cuda_devices = {p.device for p in self._parameters.values() if p.is_cuda}
        self._device = next(iter(self._parameters.values())).device
        self._scaler = make_scaler(config, self._device)

    def run(self) -> Iterator[Progress]:
        """Train to the end, or to where the caller stops, yielding after every step.

        Raises:
            ModelError: What was restored has no place in this training, or training has diverged.
        """
        state, config = self.state, self.config
        while not state.finished:
            plan = self.objective.plan(np.random.default_rng([self.seed, _ORDER, state.epoch]))
            if state.step >= len(plan):
                raise ModelError("the checkpoint is damaged: its epoch has no such step")
            for position in range(state.step, len(plan)):
                began = time.perf_counter()
                steps = len(plan) * config.epochs
                rate = learning_rate(state.total_steps, steps, config, state.reductions)
                tokens = self._step(plan[position], rate)
                state.seconds += time.perf_counter() - began
                progress = self._progress(len(plan), tokens, rate)
                yield self._close_epoch(progress) if state.step == len(plan) else progress

    def _step(self, indices: IntArray, rate: float) -> int:
        """Make one optimizer step and return its number of tokens."""
        state, model = self.state, self.objective.model
        stream = np.random.SeedSequence([self.seed, _STEPS, state.total_steps])
        model.train()
        # The generators of torch are everybody's: the caller's go on as if nothing had happened.
        with (
            torch.random.fork_rng(devices=self._cuda_devices),
            in_precision(self.config, self._device),
        ):
            torch.manual_seed(int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1)))
            loss, tokens = self.objective.loss(indices)
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch has none
        for optimizer in self._optimizers:
            self._scaler.unscale_(optimizer)
        norm = clip_gradients(self._parameters.values(), self.config.clip_norm)
        # A scale too high for fp16 leaves a step out. The scaler would look at each optimizer's
        # gradients alone, but clipping has spread what is not finite to all of them. It lowers its
        # scale by what it found as it unscaled.
        if not self._scaler.is_enabled() or bool(norm.isfinite()):
            for optimizer in self._optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate * self.objective.rate_factor(indices)
                optimizer.step()
        self._scaler.update()
        state.step += 1
        state.total_steps += 1
        self._average.update(state.total_steps)
        state.loss_sum += loss.item() * tokens
        state.tokens += tokens
        return tokens

    def _progress(self, steps: int, tokens: int, rate: float) -> Progress:
        state = self.state
        return Progress(
            epoch=state.epoch + 1,
            epochs=self.config.epochs,
            step=state.step,
            steps=steps,
            total_steps=state.total_steps,
            tokens=tokens,
            loss=state.loss_sum / max(1, state.tokens),
            learning_rate=rate,
            tokens_per_second=state.tokens / state.seconds,
            best_score=math.nan if state.best_score is None else state.best_score,
        )

    def _close_epoch(self, progress: Progress) -> Progress:
        """Score the averaged weights on dev, keep them where they are the best, and move on."""
        state = self.state
        state.epoch += 1
        with self._average.applied():
            self.objective.model.eval()
            score, scores = self.objective.score()
        if math.isnan(score) and state.best_score is None:
            raise ModelError(
                "what was learnt says nothing of dev that is a number: training has diverged; set "
                "a lower training.learning_rate"
            )
        is_best = state.best_score is None or score > state.best_score
        if is_best:
            state.best_score, state.best_epoch = score, state.epoch
            self.best = {name: value.clone() for name, value in self._average.values.items()}
        assert state.best_score is not None
        record = {
            "epoch": state.epoch,
            "seconds": round(state.seconds, 3),
            "tokens_per_second": round(progress.tokens_per_second, 1),
            "train_loss": progress.loss,
            "learning_rate": progress.learning_rate,
            "dev": scores,
        }
        state.history.append(record)
        state.step, state.tokens, state.loss_sum, state.seconds = 0, 0, 0.0, 0.0
        # A score of 0 is no best one yet: on small corpora spans take some epochs to appear, and
        # what random weights score in the first ones says nothing.
        if state.best_score > 0:
            self._note_score(is_best=is_best)
        state.finished = state.finished or state.epoch >= self.config.epochs
        return replace(progress, record=record, is_best=is_best, best_score=state.best_score)

    def _note_score(self, *, is_best: bool) -> None:
        """Lower the rate, or stop, where the dev score has long not become better."""
        state, config = self.state, self.config
        is_late = 2 * state.epoch > config.epochs
        state.finished = is_late and state.epoch - state.best_epoch >= config.patience
        if config.schedule == "plateau":
            state.waited = 0 if is_best else state.waited + 1
            if state.waited >= config.plateau_patience:
                state.waited, state.reductions = 0, state.reductions + 1
        has_waited = state.epoch - state.best_epoch >= config.trigger
        if config.optimizer == "asgd" and has_waited and not state.averaged_from:
            # Non-monotonically triggered averaging (Merity et al. 2018, section 3).
            state.averaged_from = self._average.first = state.total_steps

    def load_best(self) -> None:
        """Give the model the best weights seen, or the averaged ones before the first score."""
        values = self._average.values if self.best is None else self.best
        for name, parameter in self._parameters.items():
            parameter.data.copy_(values[name])
        self.objective.model.eval()

    def checkpoint(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Return all that a resumed training needs: arrays by name, and plain values.

        The arrays share memory with the training and are valid until its next step.
        """
        tensors = {f"model.{name}": p.detach() for name, p in self._parameters.items()}
        tensors |= {f"average.{name}": value for name, value in self._average.values.items()}
        tensors |= {f"best.{name}": value for name, value in (self.best or {}).items()}
        tensors |= {f"carried.{name}": value for name, value in self.objective.carried.items()}
        tensors |= optimizer_tensors(self._optimizers, self._parameters)
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        return arrays, asdict(replace(self.state, scaler=self._scaler.state_dict()))

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]], state: Mapping[str, Any]) -> None:
        """Continue from what `checkpoint` returned.

        Raises:
            KeyError: The checkpoint belongs to another model.
            TypeError: The plain values are not those of a `TrainerState`.
            ValueError: An array has another shape than the parameter, or the data are others.
        """
        self.state = _check_state(TrainerState(**state))
        if self.state.fingerprint != self.objective.fingerprint:
            raise ValueError("it was taken on other data or by another version of seqtag")
        groups = ["model", "average"]
        groups += ["best"] if self.state.best_score is not None else []
        tensors: dict[str, dict[str, Tensor]] = {group: {} for group in groups}
        for name, parameter in self._parameters.items():
            for group, values in tensors.items():
                array = arrays[f"{group}.{name}"]
                if array.shape != tuple(parameter.shape):
                    raise ValueError(f"{name} is {array.shape}, not {tuple(parameter.shape)}")
                values[name] = torch.tensor(array).to(parameter)
            parameter.data.copy_(tensors["model"][name])
        if self.state.total_steps:
            load_optimizers(self._optimizers, self._parameters, arrays)
        self._scaler.load_state_dict(self.state.scaler)
        self._average.values.update(tensors["average"])
        self._average.first = self.state.averaged_from
        self.best = tensors.get("best")
        self.objective.carried = {
            name: _like(before, arrays[f"carried.{name}"], name)
            for name, before in self.objective.carried.items()
        }


def _like(tensor: Tensor, array: npt.NDArray[Any], name: str) -> Tensor:
    """Return an array that was read from a file as a tensor, if it can stand for another one.

    Raises:
        TypeError, ValueError: It is of another type or shape, or not finite.
    """
    found = torch.tensor(array, device=tensor.device)
    for value, wanted in ((found.dtype, tensor.dtype), (tuple(found.shape), tuple(tensor.shape))):
        if value != wanted:
            raise ValueError(f"{name} is {value}, not {wanted}")
    if not bool(found.isfinite().all()):
        raise ValueError(f"{name} holds values that are no numbers")
    return found


def _check_state(state: TrainerState) -> TrainerState:
    """Return a state that was read from a file, if its values can be what they should.

    Raises:
        TypeError: A value is of another type.
        ValueError: A number is negative.
    """
    for item in fields(state):
        value = getattr(state, item.name)
        wanted = {
            "int": int,
            "bool": bool,
            "list[dict[str, Any]]": list,
            "dict[str, Any]": dict,
        }.get(str(item.type), (int, float))
        if item.name == "best_score" and value is None:
            continue
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise TypeError(f"{item.name} is {value!r}")
        if isinstance(value, int) and value < 0 and item.name != "best_score":
            raise ValueError(f"{item.name} is {value!r}")
    if not all(isinstance(record, dict) for record in state.history):
        raise TypeError("the history is no list of records")
    return state
