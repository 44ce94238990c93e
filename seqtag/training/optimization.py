"""Optimizers and averaged weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from seqtag.config import TrainingConfig

AVERAGE_EVERY = 4
"""Steps between two updates of the averaged weights: near neighbours add little to a mean."""

AVERAGE_TABLES_EVERY = 16
"""The same for tables: reading one whole takes as long as much of a step, if it is large."""

_BETAS = (0.9, 0.99)  # of AdamW: how long means of gradients and of their squares last
_EPSILON = 1e-8
_EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)


def make_optimizers(model: nn.Module, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """Return what updates a model's parameters: one optimizer for tables, one for all else.

    All else is AdamW (Loshchilov & Hutter 2019) or SGD with Nesterov's momentum (Sutskever et al.
    2013); weight matrices decay, biases, transitions and small embeddings do not. Of a large
    table a batch touches few rows, and only these are updated, by `RowOptimizer`.
    """
    parameters = trained_parameters(model)
    tables = _tables(model)
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, _EMBEDDINGS)}
    groups: dict[str, list[Tensor]] = {"tables": [], "decayed": [], "others": []}
    for name, parameter in parameters.items():
        if id(parameter) in tables:
            groups["tables"].append(parameter)
        elif id(parameter) not in embeddings and parameter.dim() > 1 and "weight" in name:
            groups["decayed"].append(parameter)
        else:
            groups["others"].append(parameter)
    optimizers: list[torch.optim.Optimizer] = []
    if groups["tables"]:
        is_sgd = config.optimizer != "adamw"
        optimizers.append(
            RowOptimizer(
                groups["tables"],
                lr=config.learning_rate,
                gain=1.0 / (1.0 - config.momentum) if is_sgd else 1.0,
                decay=None if is_sgd else _BETAS[1],
            )
        )
    decays = {"decayed": config.weight_decay, "others": 0.0}
    dense = [{"params": groups[n], "weight_decay": d} for n, d in decays.items() if groups[n]]
    if dense:
        optimizers.append(_make_dense(dense, config, next(iter(parameters.values())).device.type))
    return optimizers


def _tables(model: nn.Module) -> set[int]:
    """Return which parameters are tables of which a batch touches few rows."""
    modules = (m for m in model.modules() if isinstance(m, _EMBEDDINGS))
    return {id(m.weight) for m in modules if getattr(m, "has_sparse_gradient", False)}


def _make_dense(
    groups: Sequence[dict[str, Any]], config: TrainingConfig, device: str
) -> torch.optim.Optimizer:
    fused = True if _has_fused(device) else None
    if config.optimizer != "adamw":
        return torch.optim.SGD(
            groups,
            lr=config.learning_rate,
            momentum=config.momentum,
            nesterov=config.momentum > 0,
            fused=fused,
        )
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=_BETAS, fused=fused)


def _has_fused(device: str) -> bool:
    """Tell whether this torch updates all parameters in one kernel (on the CPU from 2.4)."""
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    return device == "cuda" or (device == "cpu" and version >= (2, 4))


class RowOptimizer(torch.optim.Optimizer):
    """Updates the rows of tables that a batch touched, and leaves all others as they are.

    Momentum would move a row long after the batch that it was in; here it is moved at once as far
    as momentum would have moved it in the end. For SGD that is the rate divided by (1 - momentum),
    the ``gain``. For Adam it is the gradient divided by the root of the running mean of its square
    without correction: a row that is touched once, whose mean holds only (1 - b) of that square,
    moves by 1 / sqrt(1 - b) rates, and so it does when Adam's two means fade behind it; a row that
    every batch touches moves by one rate a step. The mean is one number a row, and fades with the
    steps that passed since the row was last touched, as it would have in Adam.

    Args:
        parameters: The tables, each (rows, size).
        lr: The learning rate.
        gain: What the rate is multiplied by.
        decay: What is left after a step of the mean of squares; None for SGD, which has none.
    """

    def __init__(
        self, parameters: Sequence[Tensor], *, lr: float, gain: float, decay: float | None
    ) -> None:
        super().__init__(parameters, {"lr": lr, "gain": gain, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # torch allows a loss
        """Update the rows that have a gradient."""
        for group in self.param_groups:
            rate = group["lr"] * group["gain"]
            for table in group["params"]:
                if group["decay"] is not None:
                    self._count(table)
                if table.grad is None:
                    continue
                rows, gradient = _rows_of(table.grad)
                if group["decay"] is not None:
                    gradient = self._scaled(table, rows, gradient, group["decay"])
                table.index_add_(0, rows, gradient, alpha=-rate)

    def _count(self, table: Tensor) -> None:
        """Count a step, whether it touches the table or not."""
        state = self.state[table]
        if not state:
            state["step"] = torch.zeros((), device=table.device)
            state["touched"] = table.new_zeros(len(table))
            state["square"] = table.new_zeros(len(table))
        state["step"] += 1

    def _scaled(self, table: Tensor, rows: Tensor, gradient: Tensor, decay: float) -> Tensor:
        """Return a gradient (rows, size) divided by the roots of its rows' mean squares."""
        state = self.state[table]
        left = decay ** (state["step"] - state["touched"][rows])
        square = left * state["square"][rows] + (1.0 - decay) * gradient.square().mean(dim=1)
        state["touched"][rows] = state["step"]
        state["square"][rows] = square
        scaled: Tensor = gradient / (square.sqrt() + _EPSILON)[:, None]
        return scaled


def _rows_of(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distinct rows (rows,) that a gradient is for, and it itself (rows, size)."""
    if not gradient.is_sparse:
        return torch.arange(len(gradient), device=gradient.device), gradient
    if not _has_distinct_rows(gradient):
        gradient = gradient.coalesce()
    return gradient._indices()[0], gradient._values()


def _has_distinct_rows(gradient: Tensor) -> bool:
    """Tell whether a sparse gradient gives each row once, in rising order.

    Autograd forgets that a table's gradient does from the start, and torch would sort and add its
    rows up once more.
    """
    rows = gradient._indices()[0]
    return bool(gradient.is_coalesced()) or bool((rows[1:] > rows[:-1]).all())


def clip_gradients(parameters: Iterable[Tensor], highest: float) -> Tensor:
    """Scale gradients so that the norm of all together is no higher than a bound.

    As `torch.nn.utils.clip_grad_norm_`, for sparse gradients too, of which one with rows that are
    given twice is replaced by one of their sums.

    Returns:
        () the norm before, which is not finite where any gradient is not.
    """
    values = []
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is None:
            continue
        if gradient.is_sparse:
            if not _has_distinct_rows(gradient):
                parameter.grad = gradient = gradient.coalesce()
            gradient = gradient._values()
        values.append(gradient)
    norms = torch.stack([torch.linalg.vector_norm(value) for value in values])
    norm: Tensor = torch.linalg.vector_norm(norms)
    scale = (highest / (norm + 1e-6)).clamp(max=1.0)
    for value in values:
        value.mul_(scale)
    return norm


def optimizer_tensors(
    optimizers: Iterable[torch.optim.Optimizer], parameters: Mapping[str, nn.Parameter]
) -> dict[str, Tensor]:
    """Return all that optimizers remember, as ``optimizer.KEY.PARAMETER`` and a tensor."""
    return {
        f"optimizer.{key}.{name}": value
        for optimizer in optimizers
        for name, parameter in parameters.items()
        for key, value in optimizer.state.get(parameter, {}).items()
        if value is not None
    }


def load_optimizers(
    optimizers: Iterable[torch.optim.Optimizer],
    parameters: Mapping[str, nn.Parameter],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> None:
    """Give optimizers back what `optimizer_tensors` returned.

    Raises:
        KeyError: An array is missing.
        ValueError: An array has another shape than its parameter.
    """
    names = {id(parameter): name for name, parameter in parameters.items()}
    for optimizer in optimizers:
        content = optimizer.state_dict()
        in_order = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        own = {names[id(parameter)] for parameter in in_order}
        # There are none after steps that were all left out, as the first ones often are in fp16.
        keys = {
            key
            for _, key, name in (n.split(".", 2) for n in arrays if n.startswith("optimizer."))
            if name in own
        }
        for number, parameter in enumerate(in_order):
            name = names[id(parameter)]
            values = {key: torch.tensor(arrays[f"optimizer.{key}.{name}"]) for key in keys}
            for key, value in values.items():
                rows = parameter.shape[:1]
                wanted = {"step": torch.Size(), "square": rows, "touched": rows}
                if value.shape != wanted.get(key, parameter.shape):
                    raise ValueError(f"{key} of {name} is {tuple(value.shape)}")
            content["state"][number] = values
        optimizer.load_state_dict(content)


def trained_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return a model's parameters by name, without those that are frozen."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


class Average:
    """Average of a model's parameters (Polyak & Juditsky 1992): an exponential moving one.

    Args:
        model: Whose parameters are averaged.
        decay: Weight of the past for one step; 0 makes the average the parameters themselves.

    Attributes:
        values: The averaged parameters by name.
        first: The step behind which all steps count alike in the average; 0 for none.
    """

    first: int

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.first = 0
        self._parameters = trained_parameters(model)
        tables = _tables(model)
        self._every = {
            name: AVERAGE_TABLES_EVERY if id(p) in tables else AVERAGE_EVERY
            for name, p in self._parameters.items()
        }
        self.values = {name: p.detach().clone() for name, p in self._parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the parameters after a step, counted from 1."""
        for name, value in self.values.items():
            every = self._every[name]
            if self.first:
                if step % every == 0:
                    count = step // every - self.first // every
                    value.lerp_(self._parameters[name], 1.0 / max(1, count))
                continue
            # The first steps all count, lest a very short training ends with its random start.
            if step % every and step > every and self.decay:
                continue
            updates = step // every
            # A short memory at first, so that the random start is soon forgotten.
            decay = min(self.decay**every, updates / (updates + 40.0 / every))
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
