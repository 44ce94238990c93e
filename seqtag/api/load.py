"""Opening a trained model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seqtag.api.model_files import load_spec
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import find_model
from seqtag.training.spec import TaggerSpec


def load(
    path: str | os.PathLike[str], *, device: str = "cpu", threads: int | None = None
) -> Tagger:
    """Open a trained model.

    Args:
        path: A run's folder, a model's folder, or the folder of a run with several seeds, of
            which the one with the best dev score is opened.
        device: Torch device, such as ``cpu`` or ``cuda``.
        threads: CPU threads that torch uses from now on, in the whole process; None leaves them
            as they are. Networks of this size gain little from more than one, and lose much
            where other programs want the same cores.

    Raises:
        ModelError: There is no model, its format version is unknown, or a file is damaged.
        ConfigError: There is no such device.
    """
    import torch

    from seqtag.engines.torch import TorchEngine, load_weights
    from seqtag.training.tagging import build_model

    check_device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    spec, files = load_spec(Path(path))
    try:
        _check_tag_counts(spec, files.weights)
        model = load_weights(lambda: build_model(spec), files.weights)
        return Tagger(spec, TorchEngine(model, device))
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            str(error).splitlines()[0], path=find_model(Path(path)) / "weights.safetensors"
        ) from error


def _check_tag_counts(spec: TaggerSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of tags with the weights before a table of all their pairs is made.

    Raises:
        ValueError: They differ.
    """
    for number, column in enumerate(spec.columns):
        name = f"heads.{number}.projection.bias"
        shape = weights[name].shape if name in weights else "missing"
        if shape != (len(column.tags),):
            raise ValueError(f"weight {name} is {shape}, but there are {len(column.tags)} tags")


def check_device(device: str) -> None:
    """Refuse a device that torch does not have.

    Raises:
        ConfigError: There is no such device.
    """
    import torch

    try:
        # There and back, since tensors on device "meta" have no content.
        torch.empty(1, device=torch.device(device)).cpu()
    except (RuntimeError, AssertionError, ImportError) as error:
        raise ConfigError(
            f"device {device!r} cannot be used ({str(error).splitlines()[0]}); cpu always can"
        ) from error
