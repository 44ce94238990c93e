"""What models of all tasks read, to and from the plain values that a model folder holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.unit_files import describe_units, read_units, unit_lists
from seqtag.config import (
    EmbeddingConfig,
    EncoderConfig,
    LanguageModelConfig,
    from_mapping,
    to_mapping,
)
from seqtag.io.run_folder import ModelFiles
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.tokenization import Tokenizer
from seqtag.text.unit_base import Units
from seqtag.text.vector_lookup import MappedVectors, VectorSource
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import ModelSpec, ReaderSpec

ROLES = ("language_model", "second_language_model")
"""What the units of the language models of a tagger or classifier are called in its folder."""

MAX_VECTOR_SIZE = 4096

NETWORK_KEYS = {
    "embedding": (
        "word_size",
        "ngram_size",
        "characters",
        "character_size",
        "character_hidden_size",
        "feature_size",
        "gazetteer_size",
        "gazetteer_case",
    ),
    "encoder": (
        "cell",
        "bidirectional",
        "hidden_size",
        "num_layers",
        "attention",
        "attention_heads",
    ),
}
"""Keys of the configuration by which networks differ in what they read or compute."""


def vocabularies(spec: ModelSpec) -> dict[str, Sequence[str]]:
    """Return the lists of strings that a model folder keeps in files of their own."""
    found: dict[str, Sequence[str]] = {"words": spec.words.items}
    if spec.rare_words:
        found["rare_words"] = sorted(spec.rare_words)
    if spec.characters is not None:
        found["characters"] = spec.characters.items
    if spec.ngrams is not None:
        found["ngrams"] = spec.ngrams.items
    if spec.vectors is not None:
        found["vectors"] = spec.vectors.items
    if spec.gazetteer is not None:
        found["gazetteer"] = spec.gazetteer.entries
    return found | unit_lists(_units_by_role(spec))


def describe_inputs(spec: ModelSpec) -> dict[str, Any]:
    """Return what `read_inputs` makes a model's inputs of, but for the vocabularies."""
    mapped = spec.mapped
    return {
        "features": [{"name": name, "values": v.items} for name, v in spec.features.items()],
        "vector_size": spec.vector_size,
        "mapped": None if mapped is None else {"size": mapped.size, "scale": mapped.scale},
        "embedding": to_mapping(spec.embedding),
        "encoder": to_mapping(spec.encoder),
        "language_models": [
            describe_reader(model, role)
            for model, role in zip(spec.language_models, ROLES, strict=False)
        ],
        "facts": dict(spec.facts),
    }


def _units_by_role(spec: ModelSpec) -> dict[str, Units]:
    models = zip(ROLES, spec.language_models, strict=False)
    return {role: model.units for role, model in models}


def describe_reader(spec: ReaderSpec, role: str) -> dict[str, Any]:
    """Return what `read_reader` makes of it again, but for the lists of its units.

    Args:
        spec: How a language model reads.
        role: What its units are called in the model's folder.
    """
    return {
        "units": describe_units({role: spec.units}),
        "vector_size": spec.vector_size,
        "encoder": to_mapping(spec.encoder),
        "language_model": to_mapping(spec.language_model),
        "facts": dict(spec.facts),
    }


def read_reader(
    values: Mapping[str, Any], lists: Mapping[str, Sequence[str]], role: str
) -> ReaderSpec:
    """Return how a language model reads.

    Args:
        values: What `describe_reader` returned.
        lists: The folder's lists of strings.
        role: As for `describe_reader`.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    size = number(values["vector_size"])
    if not 0 < size <= MAX_VECTOR_SIZE:
        raise ValueError(f"vectors have {size} numbers")
    return ReaderSpec(
        units=read_units(values["units"], lists, role),
        vector_size=size,
        encoder=from_mapping(EncoderConfig, values["encoder"]),
        language_model=from_mapping(LanguageModelConfig, values["language_model"]),
        facts=read_facts(values["facts"], ("lines",)),
    )


def network_inputs(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return that part of a description by which networks differ in what they read or compute."""
    network = {name: description[name] for name in ("features", "vector_size")}
    for name, keys in NETWORK_KEYS.items():
        network[name] = {key: description[name][key] for key in keys}
    if description["mapped"] is not None:
        network["mapped"] = description["mapped"]
    if description["language_models"]:
        size = description["embedding"]["language_model_size"]
        network["language_models"] = [size, *description["language_models"]]
    return network


def read_inputs(files: ModelFiles, *, counted: tuple[str, ...], format: str) -> ModelSpec:
    """Make what a model reads of the content of its folder.

    Args:
        files: The folder's content.
        counted: Which facts are numbers of things that must be there.
        format: Format of the files that it was trained on.

    Raises:
        KeyError: Something is missing.
        TypeError, ValueError: Something is not what it should be.
    """
    description, lists = files.description, files.vocabularies
    text(description["seqtag_version"])
    spec = ModelSpec(
        embedding=from_mapping(EmbeddingConfig, description["embedding"]),
        encoder=from_mapping(EncoderConfig, description["encoder"]),
        words=Vocabulary(lists["words"], has_unknown=True),
        rare_words=frozenset(lists.get("rare_words", ())),
        characters=_optional(lists.get("characters")),
        ngrams=_optional(lists.get("ngrams"), has_unknown=False),
        vectors=_optional(lists.get("vectors")),
        vector_size=number(description.get("vector_size", 0)),
        mapped=_read_mapped(description.get("mapped"), files.mapped),
        features=_read_features(description.get("features", [])),
        gazetteer=_read_gazetteer(lists.get("gazetteer"), description["embedding"]),
        language_models=_read_readers(description.get("language_models", []), lists),
        format=format,
        file_columns=text(description["files"]["columns"]),
        language=Tokenizer(text(description["tokenizer"]["language"])).language,
        facts=read_facts(description["facts"], counted),
    )
    if (spec.characters is None) != (spec.embedding.characters == "none"):
        raise ValueError("the characters are missing")
    if (spec.ngrams is None) != (spec.embedding.ngram_size == 0):
        raise ValueError("the n-grams, or the size of their vectors, are missing")
    if (spec.vectors is None) != (spec.vector_size == 0):
        raise ValueError("the words with pretrained vectors, or their size, are missing")
    return spec


def _read_mapped(
    values: Mapping[str, Any] | None, source: VectorSource | None
) -> MappedVectors | None:
    if values is None:
        return None
    if source is None or source.size != number(values["size"]):
        raise ValueError("the file of word vectors, or their size, is missing")
    scale = values["scale"]
    if not isinstance(scale, float) or not math.isfinite(scale):
        raise TypeError(f"the scale of word vectors is {scale!r}")
    return MappedVectors(source, scale)


def _optional(items: Sequence[str] | None, *, has_unknown: bool = True) -> Vocabulary | None:
    return None if items is None else Vocabulary(items, has_unknown=has_unknown)


def _read_features(items: Sequence[Mapping[str, Any]]) -> dict[str, Vocabulary]:
    features = {}
    for item in items:
        if not all(isinstance(value, str) for value in item["values"]):
            raise TypeError("the values of a feature are no list of strings")
        features[text(item["name"])] = Vocabulary(item["values"], has_unknown=True)
    return features


def _read_readers(
    values: Sequence[Mapping[str, Any]], lists: Mapping[str, Sequence[str]]
) -> list[ReaderSpec]:
    if len(values) > len(ROLES):
        raise ValueError(f"there are {len(values)} language models, more than {len(ROLES)}")
    return [read_reader(each, lists, role) for each, role in zip(values, ROLES, strict=False)]


def _read_gazetteer(
    entries: Sequence[str] | None, embedding: Mapping[str, Any]
) -> Gazetteer | None:
    if entries is None:
        return None
    return Gazetteer.from_entries(entries, ignore_case=not embedding["gazetteer_case"])


def _is_told(value: float) -> bool:
    """Tell whether a number can be told: no count of things is as long as a perplexity may be."""
    return math.isfinite(value) if isinstance(value, float) else -(10**15) < value < 10**15


def read_facts(values: Mapping[str, Any], counted: tuple[str, ...]) -> dict[str, Any]:
    """Check that the facts are what the card tells: numbers, and scores by part of the data.

    Raises:
        KeyError: A fact that is a number of things is missing.
        TypeError: A fact is something else.
    """
    for name, value in values.items():
        for fact in value.values() if isinstance(value, Mapping) else [value]:
            if fact is not None and not (isinstance(fact, int | float) and _is_told(fact)):
                raise TypeError(f"{name} holds {fact!r}, which is no score")
    for name in counted:
        number(values[name])
    for name in ("dev", "test"):
        if not isinstance(values.get(name, {}), Mapping):
            raise TypeError(f"the scores of {name} are {values[name]!r}")
    return dict(values)


def check_count(
    weights: Mapping[str, npt.NDArray[np.floating]], name: str, count: int, things: str
) -> None:
    """Compare a number of things with the weight that has a number for each.

    Raises:
        ValueError: They differ.
    """
    shape = weights[name].shape if name in weights else "missing"
    if shape != (count,):
        raise ValueError(f"weight {name} is {shape}, but there are {count} {things}")


def number(value: object) -> int:
    """Return a number of things.

    Raises:
        TypeError: The value is none.
    """
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no number of things")
    return value


def text(value: object) -> str:
    """Return a text.

    Raises:
        TypeError: The value is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def one_of(value: Any, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as wide as the choices
    """Return one of some values.

    Raises:
        ValueError: The value is none of them.
    """
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, choices))}")
    return value
