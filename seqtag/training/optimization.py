"""Optimizers and averaged weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from seqtag.config import TrainingConfig

AVERAGE_EVERY = 4
"""Steps between two updates of the averaged weights: near neighbours add little to a mean."""


def make_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov & Hutter 2019) or SGD over a model's parameters.

    SGD has Nesterov's momentum (Sutskever et al. 2013). Weight matrices decay; embeddings, biases
    and transitions do not, since rows that a batch does not touch would fade.
    """
    tables = {
        id(module.weight)
        for module in model.modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }
    decayed: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in trained_parameters(model).items():
        is_matrix = parameter.dim() > 1 and "weight" in name and id(parameter) not in tables
        (decayed if is_matrix else others).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0
        )
    fused = _has_fused_adamw(next(model.parameters()).device.type)
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True if fused else None
    )


def _has_fused_adamw(device: str) -> bool:
    """Tell whether this torch updates all parameters in one kernel (on the CPU from 2.4)."""
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    return device == "cuda" or (device == "cpu" and version >= (2, 4))


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]
) -> dict[str, Tensor]:
    """Return all that an optimizer remembers, as ``optimizer.KEY.PARAMETER`` and a tensor."""
    return {
        f"optimizer.{key}.{name}": value
        for name, parameter in parameters.items()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer(
    optimizer: torch.optim.Optimizer,
    parameters: Mapping[str, nn.Parameter],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> None:
    """Give an optimizer back what `optimizer_tensors` returned.

    Raises:
        KeyError: An array is missing.
        ValueError: An array has another shape than its parameter.
    """
    # There are none after steps that were all left out, as the first ones often are in fp16.
    keys = {name.split(".")[1] for name in arrays if name.startswith("optimizer.")}
    names = {id(parameter): name for name, parameter in parameters.items()}
    content = optimizer.state_dict()
    in_order = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, parameter in enumerate(in_order):
        name = names[id(parameter)]
        values = {key: torch.tensor(arrays[f"optimizer.{key}.{name}"]) for key in keys}
        for key, value in values.items():
            if value.shape != (() if key == "step" else parameter.shape):
                raise ValueError(f"{key} of {name} is {tuple(value.shape)}")
        content["state"][number] = values
    optimizer.load_state_dict(content)


def trained_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return a model's parameters by name, without those that are frozen."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


class Average:
    """Exponential moving average of a model's parameters (Polyak & Juditsky 1992).

    Args:
        model: Whose parameters are averaged.
        decay: Weight of the past for one step; 0 makes the average the parameters themselves.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self._parameters = trained_parameters(model)
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
