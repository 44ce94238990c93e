"""Exporting a trained model's network, to be run without torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag import __version__
from seqtag.api.model_files import check_counts, fingerprint, load_spec
from seqtag.batching import Batch
from seqtag.config import FORBIDDEN
from seqtag.decoding import Transitions
from seqtag.decoding.linear import MOST_EVIDENCE
from seqtag.engines.onnx import OnnxEngine
from seqtag.engines.onnx_tasks import build_classifier_graph, build_graph
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import find_model, weights_digest, write_export
from seqtag.text.tag_column import TagColumn
from seqtag.training.spec import ClassifierSpec, GeneratorSpec, TaggerSpec, TranslatorSpec

SAMPLE_WORDS = 20_000
"""Words, the most frequent ones, by whose vectors the bounds of whole numbers are found."""

Weights = Mapping[str, npt.NDArray[np.floating]]


def export(path: str | os.PathLike[str], *, format: str = "onnx", int8: bool = False) -> Path:
    """Write a model's network into its folder, to be run by `seqtag.load(path, engine="onnx")`.

    Args:
        path: A run's folder, a model's folder, or that of a run with several seeds, of which the
            one with the best dev score is taken.
        format: Format of the file; onnx.
        int8: Whether the network computes in whole numbers of eight bits, which is faster and takes
            a quarter of the space, and whose answers are nearly the same.

    Returns:
        The file that was written.

    Raises:
        ConfigError: The format is unknown, a library is missing, or the network cannot be exported
            in this way.
        ModelError: There is no model, or a file of it is damaged.
        DataError: The file cannot be written.
    """
    if format != "onnx":
        raise ConfigError(f"format {format!r} is unknown: give onnx")
    spec, files = load_spec(Path(path))
    folder = find_model(Path(path))
    if isinstance(spec, TranslatorSpec | GeneratorSpec):
        kind = "translators" if isinstance(spec, TranslatorSpec) else "generators"
        raise ConfigError(f"{kind} cannot be exported: they are run in torch", path=folder)
    if spec.language_models:
        raise ConfigError(
            "this model reads the states of a language model, and cannot be exported: it is run in "
            "torch",
            path=folder,
        )
    try:
        check_counts(spec, files.weights)
        content = export_network(
            spec, files.weights, int8=int8, metadata={"weights": weights_digest(folder)}
        )
    except (KeyError, IndexError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"these are not the weights that the model's description asks for ({reason})",
            path=folder / "weights.safetensors",
        ) from error
    return write_export(folder, "int8" if int8 else "fp32", content)


def export_network(
    spec: TaggerSpec | ClassifierSpec,
    weights: Weights,
    *,
    int8: bool,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Return the content of an ONNX file that computes what a model's network does.

    Args:
        spec: The model.
        weights: Its network's weights by name.
        int8: Whether it computes in whole numbers.
        metadata: What to write into the file besides.

    Raises:
        ConfigError: A library is missing, or the network cannot be exported in this way.
        KeyError: A weight is missing.
        ValueError: A weight is no number, or not of the shape that the model's sizes ask for.
    """
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise ValueError(f"weight {name} holds values that are no numbers")
    if spec.ngrams is not None:
        shape = weights["embedding.ngrams.weight"].shape
        if shape[:1] != (spec.num_ngrams,):  # with more rows, padding would be one of them
            raise ValueError(
                f"weight embedding.ngrams.weight is {shape}, but there are {spec.num_ngrams} rows"
            )
    facts = {
        "seqtag_version": __version__,
        "precision": "int8" if int8 else "fp32",
        "description": fingerprint(spec),
        **(metadata or {}),
    }

    def build(weights: Weights, bounds: npt.NDArray[np.floating] | None) -> bytes:
        rows = len(weights.get("embedding.ngrams.weight", ()))
        return _build(spec, weights, bounds, {"ngram_rows": str(rows), **facts})

    if not int8:
        content = build(weights, None)
        OnnxEngine(content)  # which refuses sizes that do not fit
        return content
    # All tables in floating-point numbers may be more than a file can hold.
    few, sample = _needed_rows(weights, _sample(spec))
    engine = OnnxEngine(build(few, None))
    return build(weights, _bounds(engine.describe(sample), weights))


def _build(
    spec: TaggerSpec | ClassifierSpec,
    weights: Weights,
    bounds: npt.NDArray[np.floating] | None,
    metadata: Mapping[str, str],
) -> bytes:
    """Return the graph of a model of any task."""
    facts: dict[str, Any] = {"bounds": bounds, "metadata": metadata}
    facts["mapped"] = 0 if spec.mapped is None else spec.mapped.size
    if isinstance(spec, TaggerSpec):
        transitions = [
            _transitions(column, weights, f"heads.{number}")
            for number, column in enumerate(spec.columns)
        ]
        parts = (spec.embedding, spec.encoder, weights, transitions)
        return build_graph(*parts, **facts)
    return build_classifier_graph(*(spec.embedding, spec.encoder, spec.pooling, weights), **facts)


def _transitions(column: TagColumn, weights: Weights, prefix: str) -> Transitions:
    """Return a head's potentials, as `seqtag.layers.crf` computes them."""
    names = ("matrix", "start", "end")
    parts = [np.where(allowed, 0.0, FORBIDDEN) for allowed in map(np.array, column.allowed())]
    if column.crf:
        learnt = [weights[f"{prefix}.{name}"] for name in names]
        parts = [(a.astype(np.float32) + b) for a, b in zip(parts, learnt, strict=True)]
    return Transitions(*parts)


def _sample(spec: TaggerSpec | ClassifierSpec) -> Batch:
    """Return a batch whose new words are those that a model knows best."""
    table = spec.featurizer().table
    words = [*spec.words.items, *sorted(spec.rare_words)]
    rows = table.rows(words[:SAMPLE_WORDS])
    none = np.zeros((1, 1, 0), dtype=np.int64)
    one = np.ones((1, 1), dtype=np.int64)
    return Batch(
        lengths=one[0],
        types=one,
        features=none,
        dense=np.zeros((1, 1, 0), dtype=np.float32),
        known=np.zeros((0, 0), dtype=np.float32),
        **table.describe(rows.astype(np.int64)),
    )


def _needed_rows(weights: Weights, batch: Batch) -> tuple[Weights, Batch]:
    """Return weights whose tables hold the rows that a batch names, and the batch naming these.

    Raises:
        IndexError: The batch names a row that a table lacks.
    """
    few = dict(weights)
    named: dict[str, Any] = {}
    for name in ("words", "ngrams", "vectors"):
        table = weights.get(f"embedding.{name}.weight")
        if table is not None:
            # The first row is kept in any case, since no table may be empty.
            numbers = np.append(np.int64(0), getattr(batch, name))
            rows, places = np.unique(numbers, return_inverse=True)
            few[f"embedding.{name}.weight"], named[name] = table[rows], places[1:]
    return few, replace(batch, **named)


def _bounds(words: npt.NDArray[np.floating], weights: Weights) -> npt.NDArray[np.floating]:
    """Return the largest absolute value of each number of a token's vector."""
    parts = [np.abs(words).max(axis=0, initial=0.0)]
    number = 0
    while (name := f"embedding.features.{number}.weight") in weights:
        parts.append(np.abs(weights[name]).max(axis=0))
        number += 1
    if "linear.bias" in weights:
        parts.append(np.full(len(weights["linear.bias"]), MOST_EVIDENCE))
    bounds = np.concatenate(parts)
    # What is always zero may have any bound.
    return np.where(bounds > 0.0, bounds, 1.0).astype(np.float32)
