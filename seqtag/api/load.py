"""Opening a trained model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from seqtag.api.classifier import Classifier
from seqtag.api.generator import Generator
from seqtag.api.model_files import Spec, check_counts, fingerprint, load_spec
from seqtag.api.tagger import Tagger
from seqtag.api.translator import Translator
from seqtag.engines import Engine
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import (
    EXPORTS,
    export_command,
    find_model,
    has_weights,
    read_export,
    weights_digest,
)
from seqtag.training.spec import ClassifierSpec, GeneratorSpec, TaggerSpec, TranslatorSpec

M = TypeVar("M", Tagger, Classifier, Translator, Generator)

ENGINES = ("torch", "onnx")
"""What can run a model's network."""

PRECISIONS = tuple(EXPORTS)
"""What a network can compute in."""

DOES = {
    "tag": "tags tokens",
    "classify": "labels texts",
    "translate": "translates texts",
    "generate": "tells what comes next",
}
"""What models of each task do, for messages."""


def load(
    path: str | os.PathLike[str],
    *,
    device: str = "cpu",
    threads: int | None = None,
    engine: str = "torch",
    precision: str = "fp32",
) -> Any:  # noqa: ANN401 - the caller knows which of them it is, and type checkers cannot
    """Open a trained model: a `Tagger`, `Classifier`, `Translator` or `Generator`, by its task.

    Args:
        path: A run's folder, a model's folder, or the folder of a run with several seeds, of
            which the one with the best dev score is opened.
        device: Torch device, such as ``cpu`` or ``cuda``; with engine onnx the CPU alone.
        threads: CPU threads. Torch uses them from now on in the whole process, and None leaves
            them as they are; with engine onnx they are this model's, one by default. Networks of
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

    from seqtag.engines.torch import TorchEngine, TorchStepEngine, TorchUnitEngine, load_weights

    check_device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    spec, files = load_spec(Path(path))
    try:
        check_counts(spec, files.weights)
        model = load_weights(lambda: build_network(spec), files.weights)
        if isinstance(spec, TranslatorSpec):
            return Translator(spec, TorchStepEngine([model], device))
        if isinstance(spec, GeneratorSpec):
            return Generator(spec, TorchUnitEngine(model, device))
        return make_model(spec, TorchEngine(model, device))
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            str(error).splitlines()[0], path=find_model(Path(path)) / "weights.safetensors"
        ) from error


def load_tagger(path: str | os.PathLike[str], **options: Any) -> Tagger:  # noqa: ANN401 - as `load`
    """Open a trained tagger; as `load`.

    Raises:
        ConfigError: The model is for another task.
    """
    return _load_as(Tagger, "tags no tokens", path, options)


def load_classifier(path: str | os.PathLike[str], **options: Any) -> Classifier:  # noqa: ANN401 - as `load`
    """Open a trained classifier; as `load`.

    Raises:
        ConfigError: The model is for another task.
    """
    return _load_as(Classifier, "labels no texts", path, options)


def load_translator(path: str | os.PathLike[str], **options: Any) -> Translator:  # noqa: ANN401 - as `load`
    """Open a trained translator; as `load`.

    Raises:
        ConfigError: The model is for another task.
    """
    return _load_as(Translator, "translates no texts", path, options)


def load_generator(path: str | os.PathLike[str], **options: Any) -> Generator:  # noqa: ANN401 - as `load`
    """Open a trained generator; as `load`.

    Raises:
        ConfigError: The model is for another task.
    """
    return _load_as(Generator, "does not tell what comes next", path, options)


def _load_as(
    wanted: type[M], otherwise: str, path: str | os.PathLike[str], options: Mapping[str, Any]
) -> M:
    model = load(path, **options)
    if not isinstance(model, wanted):
        raise ConfigError(f"this model {DOES[model.spec.task]} and {otherwise}", path=path)
    return model


def make_model(spec: TaggerSpec | ClassifierSpec, engine: Engine) -> Tagger | Classifier:
    """Return what a network is used by."""
    return Tagger(spec, engine) if isinstance(spec, TaggerSpec) else Classifier(spec, engine)


def build_network(spec: Spec) -> Any:  # noqa: ANN401 - a network, whose type is training's affair
    """Return a model's network with fresh weights."""
    from seqtag.training import classification, language_model, tagging, translation

    builders: Mapping[str, Callable[[Any], Any]] = {
        "tag": tagging.build_model,
        "classify": classification.build_model,
        "translate": translation.build_model,
        "generate": language_model.build_model,
    }
    return builders[spec.task](spec)


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


def _load_exported(
    path: Path, device: str, threads: int | None, precision: str
) -> Tagger | Classifier:
    """Open a model that has been exported."""
    # Here, since whoever loads a model in torch has no use for it.
    from seqtag.engines.onnx import OnnxEngine

    if device != "cpu":
        raise ConfigError(f"device is {device!r}: engine onnx runs on cpu alone")
    spec, _ = load_spec(path, weights=False)
    folder = find_model(path)
    if isinstance(spec, TranslatorSpec | GeneratorSpec):
        kind = "translators" if isinstance(spec, TranslatorSpec) else "generators"
        raise ConfigError(f"{kind} are run in torch alone: leave engine out", path=folder)
    content = read_export(folder, precision)
    try:
        engine = OnnxEngine(content, threads=1 if threads is None else threads)
        _check_origin(engine.metadata, fingerprint(spec), folder)
        return make_model(spec, engine)
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
