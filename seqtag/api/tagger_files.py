"""A tagger's description to and from the plain values that a model folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.model_inputs import (
    check_count,
    describe_inputs,
    network_inputs,
    number,
    one_of,
    read_inputs,
    text,
)
from seqtag.api.model_inputs import vocabularies as vocabularies  # those of all that read tokens
from seqtag.io.columns import parse_columns
from seqtag.io.run_folder import ModelFiles
from seqtag.text.schemes import SCHEMES
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import TaggerSpec

MAX_TAGS = 5000
"""Tags of a column; decoding needs a table of all pairs of them."""


def describe(spec: TaggerSpec) -> dict[str, Any]:
    """Return what `read` makes a tagger of, but for the vocabularies."""
    inputs = describe_inputs(spec)
    facts = inputs.pop("facts")
    return {
        "columns": [
            {
                "name": column.name,
                "file_scheme": column.file_scheme,
                "scheme": column.scheme,
                "crf": column.crf,
                "tags": column.tags.items,
            }
            for column in spec.columns
        ],
        **inputs,
        "tokenizer": {"kind": "spacy", "language": spec.language},
        "files": {
            "format": spec.format,
            "columns": spec.file_columns,
            "width": spec.file_width,
            "comment": spec.comment,
        },
        "facts": facts,
    }


def network_part(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return that part of a description by which taggers' networks differ."""
    return {"columns": description["columns"], **network_inputs(description)}


def check_counts(spec: TaggerSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of tags with the weights before a table of all their pairs is made.

    Raises:
        ValueError: They differ.
    """
    for place, column in enumerate(spec.columns):
        check_count(weights, f"heads.{place}.projection.bias", len(column.tags), "tags")


def read(files: ModelFiles) -> TaggerSpec:
    """Make a tagger's description of the content of its folder.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    description = files.description
    one_of(description["tokenizer"]["kind"], ("spacy",))
    data = description["files"]
    inputs = read_inputs(
        files,
        counted=("sentences", "tokens"),
        format=one_of(data["format"], ("conll", "conllu")),
    )
    spec = TaggerSpec(
        **inputs.fields(),
        columns=[_read_column(column) for column in description["columns"]],
        file_width=number(data["width"]),
        comment=text(data["comment"]),
    )
    if not spec.columns:
        raise ValueError("there is no tag column")
    named = parse_columns(spec.file_columns, "conllu" if spec.format == "conllu" else "conll")
    if named.tags != tuple(column.name for column in spec.columns):
        raise ValueError(f"columns {spec.file_columns} are not those of the tags")
    if named.features != tuple(spec.features):
        raise ValueError(f"columns {spec.file_columns} are not those of the features")
    return spec


def _read_column(values: Mapping[str, Any]) -> TagColumn:
    schemes = (None, *SCHEMES)
    tags = values["tags"]
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) for tag in tags):
        raise TypeError("the tags are no list of strings")
    if len(tags) > MAX_TAGS:
        raise ValueError(f"there are {len(tags)} tags, more than {MAX_TAGS}")
    column = TagColumn(
        name=text(values["name"]),
        tags=Vocabulary(tags, has_unknown=False),
        file_scheme=one_of(values["file_scheme"], schemes),
        scheme=one_of(values["scheme"], schemes),
        crf=values["crf"] is True,
    )
    if (column.scheme is None) != (column.file_scheme is None):
        raise ValueError("only one of two schemes is given")
    return column
