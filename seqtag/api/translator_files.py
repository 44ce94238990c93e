"""A translator's description to and from the plain values that a model folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.model_inputs import MAX_VECTOR_SIZE, check_count, number, one_of, read_facts, text
from seqtag.api.unit_files import describe_units, read_units, unit_lists
from seqtag.config import (
    TASK_FORMATS,
    DecoderConfig,
    EncoderConfig,
    SearchConfig,
    from_mapping,
    to_mapping,
)
from seqtag.io.run_folder import ModelFiles
from seqtag.text.unit_base import Units
from seqtag.training.spec import TranslatorSpec


def vocabularies(spec: TranslatorSpec) -> dict[str, Sequence[str]]:
    """Return the lists of strings that a model folder keeps in files of their own."""
    return unit_lists(_sides(spec))


def describe(spec: TranslatorSpec) -> dict[str, Any]:
    """Return what `read` makes a translator of, but for the vocabularies."""
    return {
        "units": describe_units(_sides(spec)),
        "vector_size": spec.vector_size,
        "source_lengths": {"usual": spec.usual_length, "longest": spec.longest_length},
        "encoder": to_mapping(spec.encoder),
        "decoder": to_mapping(spec.decoder),
        "search": to_mapping(spec.search),
        "files": {
            "format": spec.format,
            "source": spec.source,
            "target": spec.target,
            "header": spec.header,
        },
        "facts": dict(spec.facts),
    }


def check_counts(spec: TranslatorSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of units with the weights.

    Raises:
        ValueError: They differ.
    """
    check_count(weights, "output_bias", len(spec.target_units), "units")


def read(files: ModelFiles) -> TranslatorSpec:
    """Make a translator's description of the content of its folder.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    description = files.description
    text(description["seqtag_version"])
    data, units = description["files"], description["units"]
    if "joint" in units:
        source = target = read_units(units, files.vocabularies, "joint")
    else:
        source, target = (
            read_units(units, files.vocabularies, side) for side in ("source", "target")
        )
    size = number(description["vector_size"])
    if not 0 < size <= MAX_VECTOR_SIZE:
        raise ValueError(f"vectors have {size} numbers")
    return TranslatorSpec(
        source_units=source,
        target_units=target,
        vector_size=size,
        encoder=from_mapping(EncoderConfig, description["encoder"]),
        decoder=from_mapping(DecoderConfig, description["decoder"]),
        search=from_mapping(SearchConfig, description["search"]),
        source=text(data["source"]),
        target=text(data["target"]),
        format=one_of(data["format"], TASK_FORMATS["translate"]),
        header=one_of(data["header"], ("auto", "yes", "no")),
        usual_length=number(description["source_lengths"]["usual"]),
        longest_length=number(description["source_lengths"]["longest"]),
        facts=read_facts(description["facts"], ("pairs",)),
    )


def _sides(spec: TranslatorSpec) -> dict[str, Units]:
    return {"joint": spec.source_units} if spec.joint else spec.sides
