"""Translators' networks, gone through step by step: arrays in, arrays out."""

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
from seqtag.models.translator import TranslatorModel

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
            logs = _ensemble(scores)
            end = logs[:, :, self._end].clone()
            logs[:, :, self._never] = -torch.inf
            if banned is not None:
                places = [torch.from_numpy(part).to(self._device) for part in banned]
                logs[places[0], places[1], places[2]] = -torch.inf
            best, chosen = _highest(logs, min(count, logs.shape[2]))
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


def _highest(logs: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the highest values of each row and where they are, among equals the first."""
    if count == 1:
        best, chosen = logs.max(dim=2, keepdim=True)
        return best, chosen
    # One more, to see whether it is as high as the last one.
    best, chosen = _top(logs, min(count + 1, logs.shape[2]))
    # Of equal ones topk takes any and in any order; where that shows, a stable sort decides.
    tied = (best[:, :, 1:] == best[:, :, :-1]).any(dim=2)
    best, chosen = best[:, :, :count], chosen[:, :, :count]
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
    whole = logs.shape[2] // BLOCK * BLOCK
    if whole <= 2 * count * BLOCK:
        best, chosen = logs.topk(count, dim=2)
        return best, chosen
    maxima = logs[:, :, :whole].unflatten(2, (-1, BLOCK)).amax(dim=3)
    blocks = maxima.topk(count, dim=2).indices
    within = torch.arange(BLOCK, device=logs.device)
    places = (blocks[:, :, :, None] * BLOCK + within).flatten(2)
    rest = torch.arange(whole, logs.shape[2], device=logs.device)
    places = torch.cat([places, rest.expand(*places.shape[:2], -1)], dim=2)
    best, chosen = logs.gather(2, places).topk(count, dim=2)
    return best, places.gather(2, chosen)


def _ensemble(scores: Sequence[Tensor]) -> Tensor:
    """Return log-probabilities: those of a network, or of the mean of some."""
    each = [logits.log_softmax(dim=2) for logits in scores]
    if len(each) == 1:
        return each[0]
    return torch.logsumexp(torch.stack(each), dim=0) - float(np.log(len(each)))


def _mean(values: Sequence[Tensor]) -> Tensor:
    return values[0] if len(values) == 1 else torch.stack(list(values)).mean(dim=0)
