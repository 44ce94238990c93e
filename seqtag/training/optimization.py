"""Optimizer, learning-rate schedule and averaged weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from seqtag.config import TrainingConfig

AVERAGE_EVERY = 4
"""Steps between two updates of the averaged weights: near neighbours add little to a mean."""


def make_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """Return AdamW (Loshchilov & Hutter 2019) over a model's parameters.

    Weight matrices decay; embeddings, biases and transitions do not, since rows that a batch
    does not touch would fade.
    """
    tables = {
        id(module.weight)
        for module in model.modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }
    decayed: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() > 1 and "weight" in name and id(parameter) not in tables
        (decayed if is_matrix else others).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    fused = _has_fused_adamw(next(model.parameters()).device.type)
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True if fused else None
    )


def _has_fused_adamw(device: str) -> bool:
    """Tell whether this torch updates all parameters in one kernel (on the CPU from 2.4)."""
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    return device == "cuda" or (device == "cpu" and version >= (2, 4))


def learning_rate(step: int, steps: int, config: TrainingConfig) -> float:
    """Return the rate of a step: a linear rise, then a linear fall, to a hundredth at the lowest.

    Args:
        step: Number of the step, from 0.
        steps: Steps in the whole training.
        config: Holds the highest rate and the share of steps in which it rises.
    """
    rise = max(1, round(steps * config.warmup))
    if step < rise:
        return config.learning_rate * (step + 1) / rise
    left = max(0.0, (steps - step) / max(1, steps - rise))
    return config.learning_rate * max(0.01, left)


class Average:
    """Exponential moving average of a model's parameters (Polyak & Juditsky 1992).

    Args:
        model: Whose parameters are averaged.
        decay: Weight of the past for one step; 0 makes the average the parameters themselves.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self._parameters = dict(model.named_parameters())
        self.values = {name: p.detach().clone() for name, p in self._parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the parameters after a step, counted from 1."""
        # The first steps all count, lest a very short training ends with its random start.
        if step % AVERAGE_EVERY and step > AVERAGE_EVERY and self.decay:
            return
        updates = step // AVERAGE_EVERY
        # A short memory at first, so that the random start is soon forgotten.
        decay = min(self.decay**AVERAGE_EVERY, updates / (updates + 10.0))
        for name, value in self.values.items():
            value.lerp_(self._parameters[name], 1.0 - decay)

    @contextmanager
    @torch.no_grad()
    def applied(self) -> Iterator[None]:
        """Lend the model the averaged parameters."""
        kept = {name: p.detach().clone() for name, p in self._parameters.items()}
        try:
            self._copy(self.values)
            yield
        finally:
            self._copy(kept)

    def _copy(self, values: dict[str, Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.data.copy_(values[name])
