"""Opening a trained model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from seqtag.api.model_files import check_tag_counts, fingerprint, load_spec
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import (
    EXPORTS,
    export_command,
    find_model,
    has_weights,
    read_export,
    weights_digest,
)

ENGINES = ("torch", "onnx")
"""What can run a model's network."""

PRECISIONS = tuple(EXPORTS)
"""What a network can compute in."""


def load(
    path: str | os.PathLike[str],
    *,
    device: str = "cpu",
    threads: int | None = None,
    engine: str = "torch",
    precision: str = "fp32",
) -> Tagger:
    """Open a trained model.

    Args:
        path: A run's folder, a model's folder, or the folder of a run with several seeds, of
            which the one with the best dev score is opened.
        device: Torch device, such as ``cpu`` or ``cuda``; with engine onnx the CPU alone.
        threads: CPU threads. Torch uses them from now on in the whole process, and None leaves
            them as they are; with engine onnx they are this tagger's, one by default. Networks of
            this size gain little from more than one, and lose much where other programs want the
            same cores.
        engine: What runs the network: torch, or onnx for one that `seqtag.export` has written,
            which needs no torch.
        precision: What it computes in: fp32, or with engine onnx int8.

    Raises:
        ModelError: There is no model, its format version is unknown, a file is damaged, or it has
            not been exported.
        ConfigError: There is no such device, engine or precision, its library is missing, or
            ``threads`` is below 1.
    """
    _check_choices(Path(path), engine, precision)
    if threads is not None and threads < 1:
        raise ConfigError(f"threads is {threads}: give 1 or more")
    if engine == "onnx":
        return _load_exported(Path(path), device, threads, precision)
    try:
        import torch
    except ImportError as error:
        raise ConfigError(
            "engine torch needs the torch library, which is not installed: pip install torch, or "
            "take engine onnx"
        ) from error

    from seqtag.engines.torch import TorchEngine, load_weights
    from seqtag.training.tagging import build_model

    check_device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    spec, files = load_spec(Path(path))
    try:
        check_tag_counts(spec, files.weights)
        model = load_weights(lambda: build_model(spec), files.weights)
        return Tagger(spec, TorchEngine(model, device))
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            str(error).splitlines()[0], path=find_model(Path(path)) / "weights.safetensors"
        ) from error


def _check_choices(path: Path, engine: str, precision: str) -> None:
    if engine not in ENGINES:
        raise ConfigError(f"engine is {engine!r}: give one of {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise ConfigError(f"precision is {precision!r}: give one of {', '.join(PRECISIONS)}")
    if engine == "torch" and precision != "fp32":
        raise ConfigError(
            f"precision is {precision}, in which engine torch cannot compute: give engine onnx, "
            f"after {export_command(path, precision)}"
        )


def _load_exported(path: Path, device: str, threads: int | None, precision: str) -> Tagger:
    """Open a model that has been exported."""
    # Here, since whoever loads a model in torch has no use for it.
    from seqtag.engines.onnx import OnnxEngine

    if device != "cpu":
        raise ConfigError(f"device is {device!r}: engine onnx runs on cpu alone")
    spec, _ = load_spec(path, weights=False)
    folder = find_model(path)
    content = read_export(folder, precision)
    try:
        engine = OnnxEngine(content, threads=1 if threads is None else threads)
        _check_origin(engine.metadata, fingerprint(spec), folder)
        return Tagger(spec, engine)
    except ValueError as error:
        raise ModelError(
            f"{error}; export it again: {export_command(folder, precision)}",
            path=folder / EXPORTS[precision],
        ) from error


def _check_origin(metadata: Mapping[str, str], description: str, folder: Path) -> None:
    """Compare what an exported network was made from with what is there.

    Raises:
        ValueError: They differ.
    """
    if metadata.get("description") != description:
        raise ValueError("this was exported from a model with another description")
    if has_weights(folder) and metadata.get("weights") != weights_digest(folder):
        raise ValueError("this was exported from a model with other weights")


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
