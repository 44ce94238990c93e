"""A classifier's description to and from the plain values that a model folder holds."""

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
)
from seqtag.api.model_inputs import vocabularies as vocabularies  # those of all that read tokens
from seqtag.config import TASK_FORMATS, LinearConfig, PoolingConfig, from_mapping, to_mapping
from seqtag.io.run_folder import ModelFiles
from seqtag.text.tokenization import KINDS
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import ClassifierSpec

MAX_NGRAMS = 2**27
"""N-grams of a linear path; a description that names more is damaged."""

NETWORK_KEYS = {
    "pooling": ("kind", "heads", "size"),
    "linear": ("word_ngrams", "character_ngrams", "ngrams"),
}
"""Keys beside those of all models by which classifiers' networks differ."""

MAX_LABELS = 5000
"""Labels of a classifier; a column with more holds something else."""


def describe(spec: ClassifierSpec) -> dict[str, Any]:
    """Return what `read` makes a classifier of, but for the vocabularies."""
    inputs = describe_inputs(spec)
    facts = inputs.pop("facts")
    return {
        "labels": spec.labels.items,
        "label_counts": list(spec.label_counts),
        "pooling": to_mapping(spec.pooling),
        "linear": {**to_mapping(spec.linear), "ngrams": list(spec.ngrams_counted)},
        **inputs,
        "tokenizer": {"kind": spec.tokenizer, "language": spec.language},
        "files": {"format": spec.format, "columns": spec.file_columns, "header": spec.header},
        "facts": facts,
    }


def network_part(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return that part of a description by which classifiers' networks differ."""
    network = {"labels": description["labels"]}
    for name, keys in NETWORK_KEYS.items():
        network[name] = {key: description[name][key] for key in keys}
    return network | network_inputs(description)


def check_counts(spec: ClassifierSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the number of labels with the weights.

    Raises:
        ValueError: They differ.
    """
    check_count(weights, "head.output.bias", len(spec.labels), "labels")


def read(files: ModelFiles) -> ClassifierSpec:
    """Make a classifier's description of the content of its folder.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    description = files.description
    data, labels = description["files"], description["labels"]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise TypeError("the labels are no list of strings")
    if not 1 < len(labels) <= MAX_LABELS:
        raise ValueError(f"there are {len(labels)} labels")
    inputs = read_inputs(
        files,
        counted=("texts", "tokens"),
        format=one_of(data["format"], TASK_FORMATS["classify"]),
    )
    counts = [number(count) for count in description["label_counts"]]
    if len(counts) != len(labels) or not sum(counts):
        raise ValueError("there is not one count for each label")
    linear = dict(description["linear"])
    words, characters = map(number, linear.pop("ngrams"))
    if words + characters > MAX_NGRAMS or (linear["word_ngrams"] > 0) != (words > 0):
        raise ValueError(f"there are {words} and {characters} n-grams of a linear path")
    return ClassifierSpec(
        **inputs.fields(),
        labels=Vocabulary(labels, has_unknown=False),
        label_counts=counts,
        pooling=from_mapping(PoolingConfig, description["pooling"]),
        linear=from_mapping(LinearConfig, linear),
        ngrams_counted=(words, characters),
        header=one_of(data["header"], ("auto", "yes", "no")),
        tokenizer=one_of(description["tokenizer"]["kind"], KINDS),
    )
