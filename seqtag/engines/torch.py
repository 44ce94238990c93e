"""Runs a model in torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from seqtag.batching import Batch
from seqtag.batching.batches import FloatArray
from seqtag.batching.contexts import UnitBatch
from seqtag.batching.emissions import Emissions
from seqtag.batching.pairs import END, NEVER_WRITTEN
from seqtag.decoding import Transitions
from seqtag.models.arrays import constants, potentials, project, read_units, run_model
from seqtag.models.classifier import ClassifierModel
from seqtag.models.generator import FORWARD, GeneratorModel
from seqtag.models.steps import Stepper, UnitStepper
from seqtag.models.tagger import TaggerModel
from seqtag.models.translator import TranslatorModel

NetworkT = TypeVar("NetworkT", bound=nn.Module)


class TorchEngine:
    """A network, run in torch; threads may share it.

    Args:
        model: The network; it is moved to the device and put into evaluation mode.
        device: Torch device.
    """

    def __init__(self, model: TaggerModel | ClassifierModel, device: str = "cpu") -> None:
        self._model = model.to(device).eval()
        self._device = device
        self.word_vector_size = model.embedding.word_vector_size
        self.contexts = None if model.contexts is None else TorchContexts(self._model, device)
        self.transitions: list[Transitions] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}
        if isinstance(model, TaggerModel):
            self.transitions = [Transitions(*head) for head in potentials(model)]
        else:
            self.constants = constants(model)

    def __call__(self, batch: Batch) -> tuple[Emissions, FloatArray]:
        """Return emissions (batch, length, ...) and new words' vectors (new, size)."""
        return run_model(self._model, batch.arrays(), self._device)

    def forked(self) -> Self:
        """Return an engine for a process that was forked from the one where this one was made."""
        torch.set_num_threads(1)
        return type(self)(self._model, self._device)

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return the network's weights by name."""
        return {name: value.cpu().numpy() for name, value in self._model.state_dict().items()}

    def exports(self) -> dict[str, bytes]:
        """Return no exported network."""
        return {}


class TorchContexts:
    """The language models of a network, run in torch; threads may share them.

    Args:
        model: The network, in evaluation mode on the device.
        device: Torch device.
    """

    def __init__(self, model: TaggerModel | ClassifierModel, device: str) -> None:
        self._model = model
        self._device = device

    def read_units(self, batch: UnitBatch) -> FloatArray:
        """Return the states (tokens, hidden) of a language model."""
        arguments = (batch.model, batch.direction, batch.arrays())
        return read_units(self._model, *arguments, self._device)

    def project(self, states: FloatArray) -> FloatArray:
        """Return the vectors (tokens, size) made of states (tokens, states)."""
        return project(self._model, states, self._device)


class TorchStepEngine(Stepper):
    """Translators' networks, run in torch step by step; threads may share it.

    Their weights must not change any more, since what is computed of them is kept.

    Args:
        models: The network, or the networks of an ensemble; they are moved to the device and put
            into evaluation mode.
        device: Torch device.
    """

    def __init__(self, models: Sequence[TranslatorModel], device: str = "cpu") -> None:
        self.models = [model.to(device).eval() for model in models]
        self.device = device
        super().__init__(self.models, device, end=END, never=NEVER_WRITTEN)

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return the weights of the first network by name."""
        state = self.models[0].state_dict()
        return {name: value.cpu().numpy() for name, value in state.items()}


class TorchUnitEngine(UnitStepper):
    """A language model, run in torch; threads may share it.

    Args:
        model: The network; it is moved to the device and put into evaluation mode.
        device: Torch device.
    """

    def __init__(self, model: GeneratorModel, device: str = "cpu") -> None:
        self.model = model.to(device).eval()
        self.device = device
        directions = self.model.directions
        super().__init__(self.model, device, FORWARD if FORWARD in directions else directions[0])

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return the network's weights by name."""
        return {name: value.cpu().numpy() for name, value in self.model.state_dict().items()}


def load_weights(
    build: Callable[[], NetworkT], weights: Mapping[str, npt.NDArray[np.floating]]
) -> NetworkT:
    """Make a model and give it weights.

    The model is first made without storage, so that sizes which do not fit the weights are found
    before anything is allocated for them.

    Args:
        build: Makes the model.
        weights: Arrays by name.

    Raises:
        ValueError: A weight is missing, of no use, of another shape or type than the model's, or
            not finite.
    """
    with torch.device("meta"), _Unfilled():
        model = build()
    state = model.state_dict()
    wanted = {name: tuple(value.shape) for name, value in state.items()}
    given = {name: array.shape for name, array in weights.items()}
    if wanted != given:
        name = next(n for n in sorted({*wanted, *given}) if wanted.get(n) != given.get(n))
        raise ValueError(
            f"weight {name} is {given.get(name, 'missing')}, but the model's description asks "
            f"for {wanted.get(name, 'none')}"
        )
    for name, array in weights.items():
        kind = np.int64 if state[name].dtype == torch.int64 else np.float32
        if array.dtype != kind:
            raise ValueError(f"weight {name} is of type {array.dtype}, not {kind.__name__}")
        if not np.isfinite(array).all():
            raise ValueError(f"weight {name} holds values that are no numbers")
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    model.load_state_dict(tensors, assign=True)
    return model


class _Unfilled(TorchFunctionMode):
    """Leaves out the random filling of new weights, which are about to be replaced.

    Without storage there is nothing to fill; and for tensors without storage torch would load a
    compiler first, which takes longer than all the rest of loading.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Call a torch function, unless it fills a tensor with random numbers."""
        kwargs = kwargs or {}
        if func in (torch.Tensor.normal_, torch.Tensor.uniform_, torch.nn.init.normal_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)
