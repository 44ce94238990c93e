"""Networks that write, gone through step by step: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.config import GONE
from seqtag.layers.cross_attention import Memory
from seqtag.layers.decoder import DecoderState
from seqtag.layers.decoder_steps import Rows
from seqtag.layers.stack import State, select
from seqtag.models.generator import GeneratorModel
from seqtag.models.translator import TranslatorModel, TranslatorSteps

Places: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]
_Numbers: TypeAlias = npt.NDArray[np.int64]
_Array: TypeAlias = npt.NDArray[np.floating]

BLOCK = 64
"""Neighbours of which only the highest is compared with others at first."""


@dataclass(frozen=True, slots=True)
class StepStates:
    """Where each network is, for a number of hypotheses for each source.

    Attributes:
        memories: The sources as each network sees them.
        states: Each network's state, of the rows.
        rows: Which hypotheses these are.
    """

    memories: Sequence[Memory]
    states: Sequence[DecoderState]
    rows: Rows


class Stepper:
    """One or more networks of the same units, as `seqtag.decoding.search` asks for them.

    Several are an ensemble: the probability of a unit is the mean of theirs, and so is the
    attention.

    Args:
        models: The networks, in evaluation mode on the device.
        device: Torch device.
        end: Number of the unit that ends.
        never: Numbers that are never written.
    """

    def __init__(
        self, models: Sequence[TranslatorModel], device: str, *, end: int, never: Sequence[int]
    ) -> None:
        self._models = models
        self._device = device
        self._end = end
        self._never = [*never, end]

    @cached_property
    def _steps(self) -> list[TranslatorSteps]:
        """What goes step by step, made when the first text is written."""
        with torch.inference_mode():
            return [model.steps() for model in self._models]

    def begin(self, sources: _Numbers, lengths: _Numbers) -> StepStates:
        """Read sources.

        Args:
            sources: (sources, length) numbers of units, the end among them, then padding.
            lengths: (sources,) how many there are.

        Returns:
            The states before the first step, one hypothesis for each source.
        """
        with torch.inference_mode():
            numbers = torch.from_numpy(sources).to(self._device)
            counts = torch.from_numpy(lengths).to(self._device)
            read = [model.read(numbers, counts) for model in self._models]
        rows = Rows(len(sources), 1)
        return StepStates([memory for memory, _ in read], [state for _, state in read], rows)

    def advance(
        self, states: StepStates, tokens: _Numbers, *, count: int, banned: Places | None
    ) -> tuple[_Numbers, _Array, _Array, npt.NDArray[np.float32], StepStates]:
        """Read a unit with each hypothesis, and tell what may follow.

        Args:
            states: The states of all hypotheses.
            tokens: (sources, hypotheses) the units to be read.
            count: How many candidates are wanted for each.
            banned: Source, row and number of what must not be a candidate.

        Returns:
            The parts of `seqtag.decoding.Candidates`.
        """
        rows = states.rows
        with torch.inference_mode():
            numbers = torch.from_numpy(tokens).to(self._device).flatten()
            if rows.places is not None:
                numbers = numbers.index_select(0, rows.places)
            after, scores, weights = [], [], []
            for network, memory, state in zip(
                self._steps, states.memories, states.states, strict=True
            ):
                logits, looked, state = network.step(numbers, memory, state, rows)
                after.append(state)
                scores.append(logits)
                weights.append(looked)
            attention = _mean(weights)
            logs = _ensemble(scores)
            end = logs[:, self._end].clone()
            logs[:, self._never] = -torch.inf
            if banned is not None:
                row, number = self._compact(banned, rows)
                logs[row, number] = -torch.inf
            best, chosen = _highest(logs, min(count, logs.shape[1]))
            numbers = rows.spread(chosen)
            best, end = (rows.spread(part, -torch.inf) for part in (best, end[:, None]))
        return (
            numbers.cpu().numpy(),
            best.cpu().numpy(),
            end[:, :, 0].cpu().numpy(),
            attention.cpu().numpy(),
            StepStates(states.memories, after, rows),
        )

    def select(self, states: StepStates, sources: _Numbers, rows: _Numbers) -> StepStates:
        """Keep some sources and, of each, some hypotheses; see `seqtag.decoding.Network`."""
        with torch.inference_mode():
            old, width = states.rows, rows.shape[1]
            flat = (sources[:, None] * old.count + rows).ravel()
            running = (rows != GONE).ravel()
            places = None
            if not running.all():
                flat = flat[running]
                places = torch.from_numpy(np.flatnonzero(running)).to(self._device)
            if old.places is not None:
                flat = np.searchsorted(old.places.cpu().numpy(), flat)
            memories = states.memories
            if len(sources) < len(memories[0].mask):
                kept = torch.from_numpy(sources).to(self._device)
                memories = [memory.select(kept) for memory in memories]
            wanted = torch.from_numpy(flat).to(self._device)
            chosen = [state.select(wanted) for state in states.states]
        return StepStates(memories, chosen, Rows(len(sources), width, places))

    def _compact(self, banned: Places, rows: Rows) -> tuple[Tensor, Tensor]:
        """Return row and number of what is banned, of hypotheses that are there."""
        source, row, number = banned
        flat = source * rows.count + row
        if rows.places is not None:
            places = rows.places.cpu().numpy()
            is_there = np.isin(flat, places)
            flat, number = np.searchsorted(places, flat[is_there]), number[is_there]
        return torch.from_numpy(flat).to(self._device), torch.from_numpy(number).to(self._device)


class UnitStepper:
    """A language model, as `seqtag.decoding.generation` asks for it.

    Args:
        model: The network, in evaluation mode on the device.
        device: Torch device.
        direction: Which way it reads.
    """

    def __init__(self, model: GeneratorModel, device: str, direction: str) -> None:
        self._model = model
        self._device = device
        self._direction = direction

    def begin(self, texts: Sequence[_Numbers]) -> State:
        """Return the states behind some texts, each read by itself from its beginning.

        Args:
            texts: The numbers of each text's units; of an empty one the state is the first.
        """
        read = []
        with torch.inference_mode():
            for numbers in texts:
                state = self._model.begin(self._direction, 1)
                if len(numbers):
                    inputs = torch.from_numpy(numbers[None]).to(self._device)
                    _, _, state = self._model.read(self._direction, inputs, state)
                read.append(state)
        return tuple(
            tuple(torch.cat(parts) for parts in zip(*layers, strict=True))
            for layers in zip(*read, strict=True)
        )

    def advance(self, states: State, tokens: _Numbers) -> tuple[npt.NDArray[np.float64], State]:
        """Read a unit with each row, and tell what may follow.

        Args:
            states: The states of all rows.
            tokens: (rows,) the units to be read.

        Returns:
            (rows, units) log-probabilities of what comes next, and the states behind the units.
        """
        with torch.inference_mode():
            numbers = torch.from_numpy(tokens).to(self._device)
            logs, _, states = self._model.step(self._direction, numbers, states)
        return logs.double().cpu().numpy(), states

    def select(self, states: State, rows: _Numbers) -> State:
        """Return the states of some rows (rows,), in their order, perhaps repeated."""
        with torch.inference_mode():
            return select(states, torch.from_numpy(rows).to(self._device))


def _highest(logs: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the highest values of each row and where they are, among equals the first."""
    if count == 1:
        best, chosen = logs.max(dim=1, keepdim=True)
        return best, chosen
    # One more, to see whether it is as high as the last one.
    best, chosen = _top(logs, min(count + 1, logs.shape[1]))
    # Of equal ones topk takes any and in any order; where that shows, a stable sort decides.
    tied = (best[:, 1:] == best[:, :-1]).any(dim=1)
    best, chosen = best[:, :count], chosen[:, :count]
    if bool(tied.any()):
        ordered = logs[tied].sort(dim=1, descending=True, stable=True)
        best[tied] = ordered.values[:, :count]
        chosen[tied] = ordered.indices[:, :count]
    return best, chosen


def _top(logs: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return some of the highest values of each row, highest first, and where they are.

    They are looked for in the blocks of a row that have the highest maxima, which are quick to
    find, and behind its last whole block.
    """
    whole = logs.shape[1] // BLOCK * BLOCK
    if whole <= 2 * count * BLOCK:
        best, chosen = logs.topk(count, dim=1)
        return best, chosen
    maxima = logs[:, :whole].view(len(logs), -1, BLOCK).amax(dim=2)
    blocks = maxima.topk(count, dim=1).indices
    within = torch.arange(BLOCK, device=logs.device)
    places = (blocks[:, :, None] * BLOCK + within).flatten(1)
    rest = torch.arange(whole, logs.shape[1], device=logs.device)
    places = torch.cat([places, rest.expand(len(places), -1)], dim=1)
    best, chosen = logs.gather(1, places).topk(count, dim=1)
    return best, places.gather(1, chosen)


def _ensemble(scores: Sequence[Tensor]) -> Tensor:
    """Make log-probabilities of logits: of a network, or of the mean of some."""
    logs = list(scores)
    for place, logits in enumerate(logs):
        # On a CPU in its own place: new memory takes longer to be had than to be filled.
        where = logits if logits.device.type == "cpu" else None
        logs[place] = torch.log_softmax(logits, dim=1, out=where)
    if len(logs) == 1:
        return logs[0]
    return torch.logsumexp(torch.stack(logs), dim=0) - float(np.log(len(logs)))


def _mean(values: Sequence[Tensor]) -> Tensor:
    return values[0] if len(values) == 1 else torch.stack(list(values)).mean(dim=0)
