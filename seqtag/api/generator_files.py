"""A generator's description to and from the plain values that a model folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.model_inputs import number, one_of, read_facts, text
from seqtag.api.unit_files import describe_units, read_units, unit_lists
from seqtag.config import (
    TASK_FORMATS,
    EncoderConfig,
    LanguageModelConfig,
    SamplingConfig,
    from_mapping,
    to_mapping,
)
from seqtag.io.run_folder import ModelFiles
from seqtag.text.spelling import spelling_from_json
from seqtag.training.spec import GeneratorSpec

_MAX_VECTOR_SIZE = 4096


def vocabularies(spec: GeneratorSpec) -> dict[str, Sequence[str]]:
    """Return the lists of strings that a model folder keeps in files of their own."""
    return unit_lists({"text": spec.units})


def describe(spec: GeneratorSpec) -> dict[str, Any]:
    """Return what `read` makes a generator of, but for the vocabularies."""
    return {
        "units": describe_units({"text": spec.units}),
        "vector_size": spec.vector_size,
        "cutoffs": list(spec.cutoffs),
        "spelling": spec.spelling.to_json(),
        "encoder": to_mapping(spec.encoder),
        "language_model": to_mapping(spec.language_model),
        "sampling": to_mapping(spec.sampling),
        "files": {"format": spec.format, "artefacts": spec.artefacts},
        "facts": dict(spec.facts),
    }


def check_counts(spec: GeneratorSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of units with the weights.

    Raises:
        ValueError: They differ.
    """
    name = "units.weight"
    rows = weights[name].shape[:1] if name in weights else "missing"
    if rows != (len(spec.units),):
        raise ValueError(f"weight {name} is {rows}, but there are {len(spec.units)} units")


def read(files: ModelFiles) -> GeneratorSpec:
    """Make a generator's description of the content of its folder.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    description = files.description
    text(description["seqtag_version"])
    data = description["files"]
    size = number(description["vector_size"])
    if not 0 < size <= _MAX_VECTOR_SIZE:
        raise ValueError(f"vectors have {size} numbers")
    units = read_units(files, "text")
    cutoffs = tuple(number(cutoff) for cutoff in description["cutoffs"])
    if sorted({*cutoffs, 0, len(units)}) != [0, *cutoffs, len(units)]:
        raise ValueError(f"the cutoffs of {len(units)} units are {list(cutoffs)}")
    return GeneratorSpec(
        units=units,
        vector_size=size,
        encoder=from_mapping(EncoderConfig, description["encoder"]),
        language_model=from_mapping(LanguageModelConfig, description["language_model"]),
        cutoffs=cutoffs,
        sampling=from_mapping(SamplingConfig, description["sampling"]),
        spelling=spelling_from_json(description["spelling"]),
        artefacts=one_of(data["artefacts"], ("keep", "undo")),
        format=one_of(data["format"], TASK_FORMATS["generate"]),
        facts=read_facts(description["facts"], ("lines",)),
    )
