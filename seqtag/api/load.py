"""Opening a trained model."""

from __future__ import annotations

import os
from pathlib import Path

from seqtag.api.model_files import load_spec
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import find_model


def load(path: str | os.PathLike[str], *, device: str = "cpu") -> Tagger:
    """Open a trained model.

    Args:
        path: A run's folder, a model's folder, or the folder of a run with several seeds, of
            which the one with the best dev score is opened.
        device: Torch device, such as ``cpu`` or ``cuda``.

    Raises:
        ModelError: There is no model, its format version is unknown, or a file is damaged.
        ConfigError: There is no such device.
    """
    from seqtag.engines.torch import TorchEngine, load_weights
    from seqtag.training.tagging import build_model

    check_device(device)
    spec, files = load_spec(Path(path))
    try:
        model = load_weights(lambda: build_model(spec), files.weights)
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            str(error).splitlines()[0], path=find_model(Path(path)) / "weights.safetensors"
        ) from error
    return Tagger(spec, TorchEngine(model, device))


def check_device(device: str) -> None:
    """Refuse a device that torch does not have.

    Raises:
        ConfigError: There is no such device.
    """
    import torch

    try:
        torch.empty(0, device=torch.device(device))
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(
            f"device {device!r} cannot be used ({str(error).splitlines()[0]}); cpu always can"
        ) from error
