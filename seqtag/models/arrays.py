"""Models driven with NumPy arrays, for those who know no tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.models.classifier import ClassifierModel
from seqtag.models.tagger import TaggerModel


def to_tensors(arrays: Mapping[str, npt.NDArray[Any]], device: str) -> dict[str, Tensor]:
    """Return arrays as tensors on a device, by the same names."""
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


def run_model(
    model: TaggerModel | ClassifierModel, arrays: Mapping[str, npt.NDArray[Any]], device: str
) -> tuple[list[npt.NDArray[np.floating]], npt.NDArray[np.floating]]:
    """Run a model without keeping what a gradient would need.

    Args:
        model: In evaluation mode.
        arrays: The arguments of its ``forward`` by name.
        device: Where the model is.

    Returns:
        Each of its emissions (batch, length, ...), where rows at padding mean nothing; and the
        vectors (new, size) of the words that are described.
    """
    with torch.inference_mode():
        emissions, word_vectors = model(**to_tensors(arrays, device))
        return [scores.cpu().numpy() for scores in emissions], word_vectors.cpu().numpy()


def read_units(
    model: TaggerModel | ClassifierModel,
    number: int,
    direction: str,
    arrays: Mapping[str, npt.NDArray[Any]],
    device: str,
) -> npt.NDArray[np.float32]:
    """Return the states (tokens, hidden) of one of a model's language models at some tokens.

    Args:
        model: With language models.
        number: Which of them.
        direction: In which direction it reads.
        arrays: The other arguments of `seqtag.models.contexts.ContextEmbedding.read` by name.
        device: Where the model is.
    """
    assert model.contexts is not None
    with torch.inference_mode():
        states = model.contexts.read(number, direction, **to_tensors(arrays, device))
        found: npt.NDArray[np.float32] = states.float().cpu().numpy()
        return found


def project(
    model: TaggerModel | ClassifierModel, states: npt.NDArray[np.floating], device: str
) -> npt.NDArray[np.float32]:
    """Return the vectors (tokens, size) that a model makes of its language models' states."""
    assert model.contexts is not None
    with torch.inference_mode():
        given = torch.from_numpy(states.astype(np.float32)).to(device)
        found: npt.NDArray[np.float32] = model.contexts(given).cpu().numpy()
        return found


def potentials(model: TaggerModel) -> list[tuple[npt.NDArray[np.float64], ...]]:
    """Return each head's (tags, tags) transition, (tags,) start and (tags,) end potentials."""
    with torch.no_grad():
        return [
            tuple(tensor.cpu().double().numpy() for tensor in head.potentials())
            for head in model.heads_in_order()
        ]


def constants(model: ClassifierModel) -> dict[str, npt.NDArray[Any]]:
    """Return what is needed beside emissions: parameters of the output, and the linear path."""
    with torch.no_grad():
        output = model.head.output
        found: dict[str, Tensor] = {"output.bias": output.bias}
        if model.head.kind == "max":
            found["output.weight"] = output.weight
        if model.linear is not None:
            found |= {f"linear.{name}": value for name, value in model.linear.named_buffers()}
        return {name: value.cpu().numpy() for name, value in found.items()}
