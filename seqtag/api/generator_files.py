"""A generator's description to and from the plain values that a model folder holds."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.model_inputs import (
    describe_reader,
    number,
    one_of,
    read_reader,
    text,
)
from seqtag.api.unit_files import unit_lists
from seqtag.config import (
    TASK_FORMATS,
    SamplingConfig,
    from_mapping,
    to_mapping,
)
from seqtag.io.run_folder import ModelFiles
from seqtag.text.cleaning import Artefacts
from seqtag.text.spelling import spelling_from_json
from seqtag.text.tokenization import KINDS, Tokenizer
from seqtag.training.spec import GeneratorSpec


def vocabularies(spec: GeneratorSpec) -> dict[str, Sequence[str]]:
    """Return the lists of strings that a model folder keeps in files of their own."""
    return unit_lists({"text": spec.units})


def describe(spec: GeneratorSpec) -> dict[str, Any]:
    """Return what `read` makes a generator of, but for the vocabularies."""
    return {
        **describe_reader(spec, "text"),
        "cutoffs": list(spec.cutoffs),
        "spelling": spec.spelling.to_json(),
        "sampling": to_mapping(spec.sampling),
        "tokenizer": {"kind": spec.tokenizer, "language": spec.language},
        "files": {"format": spec.format, "artefacts": spec.artefacts},
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
    reader = read_reader(description, files.vocabularies, "text")
    units = reader.units
    cutoffs = tuple(number(cutoff) for cutoff in description["cutoffs"])
    if sorted({*cutoffs, 0, len(units)}) != [0, *cutoffs, len(units)]:
        raise ValueError(f"the cutoffs of {len(units)} units are {list(cutoffs)}")
    return GeneratorSpec(
        **reader.reader_fields(),
        cutoffs=cutoffs,
        sampling=from_mapping(SamplingConfig, description["sampling"]),
        spelling=spelling_from_json(description["spelling"]),
        artefacts=one_of(data["artefacts"], typing.get_args(Artefacts)),
        tokenizer=one_of(description["tokenizer"]["kind"], KINDS),
        language=Tokenizer(text(description["tokenizer"]["language"])).language,
        format=one_of(data["format"], TASK_FORMATS["generate"]),
    )
