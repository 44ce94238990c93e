"""Networks that write, gone through step by step: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.layers.cross_attention import Memory
from seqtag.layers.decoder import DecoderState
from seqtag.layers.stack import State, select
from seqtag.models.generator import GeneratorModel
from seqtag.models.translator import TranslatorModel

Places: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]
_Numbers: TypeAlias = npt.NDArray[np.int64]
_Array: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class StepStates:
    """Where each network is, for a number of hypotheses for each source.

    Attributes:
        memories: The sources as each network sees them.
        states: Each network's state, of rows (sources * hypotheses).
        count: Hypotheses for each source.
    """

    memories: Sequence[Memory]
    states: Sequence[DecoderState]
    count: int


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
        return StepStates([memory for memory, _ in read], [state for _, state in read], 1)

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
        with torch.inference_mode():
            numbers = torch.from_numpy(tokens).to(self._device)
            after, scores, weights = [], [], []
            for model, memory, state in zip(
                self._models, states.memories, states.states, strict=True
            ):
                logits, looked, state = model.step(numbers, memory, state)
                after.append(state)
                scores.append(logits)
                weights.append(looked)
            attention = _mean(weights)
            if len(scores) == 1:
                (logits,) = scores
                norm = torch.logsumexp(logits, dim=2, keepdim=True)
            else:
                logits, norm = _ensemble(scores), torch.zeros((), device=self._device)
            end = (logits[:, :, self._end :][:, :, :1] - norm)[:, :, 0]
            logits[:, :, self._never] = -torch.inf
            if banned is not None:
                places = [torch.from_numpy(part).to(self._device) for part in banned]
                logits[places[0], places[1], places[2]] = -torch.inf
            best, chosen = _highest(logits, min(count, logits.shape[2]))
            best = best - norm
        return (
            chosen.cpu().numpy(),
            best.cpu().numpy(),
            end.cpu().numpy(),
            attention.cpu().numpy(),
            StepStates(states.memories, after, states.count),
        )

    def select(self, states: StepStates, sources: _Numbers, rows: _Numbers) -> StepStates:
        """Keep some sources and, of each, some hypotheses; see `seqtag.decoding.Network`."""
        with torch.inference_mode():
            flat = torch.from_numpy((sources[:, None] * states.count + rows).ravel())
            flat = flat.to(self._device)
            memories = states.memories
            if len(sources) < len(memories[0].mask):
                kept = torch.from_numpy(sources).to(self._device)
                memories = [memory.select(kept) for memory in memories]
            chosen = [state.select(flat) for state in states.states]
        return StepStates(memories, chosen, rows.shape[1])


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


def _highest(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the highest values of each row and where they are, among equals the first."""
    if count == 1:
        best, chosen = logits.max(dim=2, keepdim=True)
        return best, chosen
    best, chosen = logits.topk(count, dim=2)
    # Of equal ones topk takes any and in any order; where that shows, a stable sort decides.
    tied = (best[:, :, 1:] == best[:, :, :-1]).any(dim=2)
    tied |= (logits >= best[:, :, -1:]).sum(dim=2) > count
    if bool(tied.any()):
        ordered = logits[tied].sort(dim=1, descending=True, stable=True)
        best[tied] = ordered.values[:, :count]
        chosen[tied] = ordered.indices[:, :count]
    return best, chosen


def _ensemble(scores: Sequence[Tensor]) -> Tensor:
    """Return the logarithm of the mean of some networks' probabilities."""
    each = torch.stack([logits.log_softmax(dim=2) for logits in scores])
    return torch.logsumexp(each, dim=0) - float(np.log(len(scores)))


def _mean(values: Sequence[Tensor]) -> Tensor:
    return values[0] if len(values) == 1 else torch.stack(list(values)).mean(dim=0)
