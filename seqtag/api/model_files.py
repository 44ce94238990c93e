"""A tagger's description to and from the plain values that a model folder holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag import __version__
from seqtag.config import EmbeddingConfig, EncoderConfig, from_mapping, to_mapping
from seqtag.errors import ModelError, SeqtagError
from seqtag.io.columns import parse_columns
from seqtag.io.run_folder import (
    EXPORTS,
    ModelFiles,
    count_weights,
    export_sizes,
    find_model,
    load_model,
    save_model,
)
from seqtag.report.card import model_card
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.schemes import SCHEMES
from seqtag.text.tag_column import TagColumn
from seqtag.text.tokenization import Tokenizer
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import TaggerSpec

MAX_TAGS = 5000
"""Tags of a column; decoding needs a table of all pairs of them."""

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


def save_tagger(
    folder: Path,
    spec: TaggerSpec,
    weights: Mapping[str, npt.NDArray[np.floating]],
    exports: Mapping[str, bytes] | None = None,
) -> None:
    """Write a tagger's model folder.

    Args:
        folder: The folder.
        spec: The tagger.
        weights: Its network's weights; none for an exported network alone.
        exports: Exported networks by precision.

    Raises:
        SeqtagError: The folder holds something else or cannot be written.
    """
    files = ModelFiles(
        description=_describe(spec),
        vocabularies=_vocabularies(spec),
        weights=weights,
        exports=exports or {},
    )
    sizes = {EXPORTS[precision]: len(content) for precision, content in files.exports.items()}
    parameters = sum(array.size for array in weights.values())
    save_model(folder, files, _make_card(files, parameters, sizes))


def _vocabularies(spec: TaggerSpec) -> dict[str, Sequence[str]]:
    vocabularies: dict[str, Sequence[str]] = {"words": spec.words.items}
    if spec.rare_words:
        vocabularies["rare_words"] = sorted(spec.rare_words)
    if spec.characters is not None:
        vocabularies["characters"] = spec.characters.items
    if spec.ngrams is not None:
        vocabularies["ngrams"] = spec.ngrams.items
    if spec.vectors is not None:
        vocabularies["vectors"] = spec.vectors.items
    if spec.gazetteer is not None:
        vocabularies["gazetteer"] = spec.gazetteer.entries
    return vocabularies


def read_card(path: str | Path) -> str:
    """Return a model's card, made from its description, with the exported networks.

    Raises:
        ModelError: There is no model, or a file of it is damaged.
    """
    folder = find_model(path)
    spec, files = load_spec(path, weights=False)
    version = files.description["seqtag_version"]
    description = _describe(spec) | {"seqtag_version": version}
    files = replace(files, description=description)
    return _make_card(files, count_weights(folder), export_sizes(folder))


def _make_card(files: ModelFiles, parameters: int, exports: Mapping[str, int]) -> str:
    sizes = {name: len(items) for name, items in files.vocabularies.items()}
    return model_card(files.description, sizes, parameters=parameters, exports=exports)


def fingerprint(spec: TaggerSpec) -> str:
    """Return what tells all that a tagger's network must fit to from all others.

    Scores, names of files and the like may change without it. Nor does it change when a later
    version of this library has more keys or other defaults: exports would no longer be taken for
    their model's, and a folder without weights cannot be exported again. A new key that changes the
    network belongs here only where it has another value than the one that means no change.
    """
    description, vocabularies = _describe(spec), _vocabularies(spec)
    vocabularies.pop("rare_words", None)
    network = {name: description[name] for name in ("columns", "features", "vector_size")}
    for name, keys in NETWORK_KEYS.items():
        network[name] = {key: description[name][key] for key in keys}
    text = json.dumps([network, vocabularies], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_tag_counts(spec: TaggerSpec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of tags with the weights before a table of all their pairs is made.

    Raises:
        ValueError: They differ.
    """
    for number, column in enumerate(spec.columns):
        name = f"heads.{number}.projection.bias"
        shape = weights[name].shape if name in weights else "missing"
        if shape != (len(column.tags),):
            raise ValueError(f"weight {name} is {shape}, but there are {len(column.tags)} tags")


def load_spec(path: str | Path, *, weights: bool = True) -> tuple[TaggerSpec, ModelFiles]:
    """Read a model folder's description.

    Args:
        path: A run's or a model's folder.
        weights: Whether the weights are wanted, too.

    Returns:
        The tagger's description, and all that the folder holds.

    Raises:
        ModelError: There is no model, or a file of it is damaged.
    """
    files = load_model(path, weights=weights)
    try:
        return _read(files), files
    except (KeyError, TypeError, ValueError, AttributeError, SeqtagError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"the description is damaged: {reason}", path=find_model(path) / "model.json"
        ) from error


def _describe(spec: TaggerSpec) -> dict[str, Any]:
    return {
        "seqtag_version": __version__,
        "task": "tag",
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
        "features": [{"name": name, "values": v.items} for name, v in spec.features.items()],
        "vector_size": spec.vector_size,
        "embedding": to_mapping(spec.embedding),
        "encoder": to_mapping(spec.encoder),
        "tokenizer": {"kind": "spacy", "language": spec.language},
        "files": {
            "format": spec.format,
            "columns": spec.file_columns,
            "width": spec.file_width,
            "comment": spec.comment,
        },
        "facts": dict(spec.facts),
    }


def _read(files: ModelFiles) -> TaggerSpec:
    description, vocabularies = files.description, files.vocabularies
    if description["task"] != "tag":
        raise ValueError(f"task {description['task']!r} is unknown; install a newer seqtag")
    _text(description["seqtag_version"])
    _one_of(description["tokenizer"]["kind"], ("spacy",))
    data = description["files"]
    spec = TaggerSpec(
        embedding=from_mapping(EmbeddingConfig, description["embedding"]),
        encoder=from_mapping(EncoderConfig, description["encoder"]),
        words=Vocabulary(vocabularies["words"], has_unknown=True),
        rare_words=frozenset(vocabularies.get("rare_words", ())),
        characters=_optional(vocabularies.get("characters")),
        ngrams=_optional(vocabularies.get("ngrams"), has_unknown=False),
        vectors=_optional(vocabularies.get("vectors")),
        vector_size=_number(description.get("vector_size", 0)),
        features=_read_features(description.get("features", [])),
        gazetteer=_read_gazetteer(vocabularies.get("gazetteer"), description["embedding"]),
        columns=[_read_column(column) for column in description["columns"]],
        format=_one_of(data["format"], ("conll", "conllu")),
        file_columns=_text(data["columns"]),
        file_width=_number(data["width"]),
        comment=_text(data["comment"]),
        language=Tokenizer(_text(description["tokenizer"]["language"])).language,
        facts=_read_facts(description["facts"]),
    )
    if not spec.columns:
        raise ValueError("there is no tag column")
    if (spec.characters is None) != (spec.embedding.characters == "none"):
        raise ValueError("the characters are missing")
    if (spec.ngrams is None) != (spec.embedding.ngram_size == 0):
        raise ValueError("the n-grams, or the size of their vectors, are missing")
    if (spec.vectors is None) != (spec.vector_size == 0):
        raise ValueError("the words with pretrained vectors, or their size, are missing")
    named = parse_columns(spec.file_columns, "conllu" if spec.format == "conllu" else "conll")
    if named.tags != tuple(column.name for column in spec.columns):
        raise ValueError(f"columns {spec.file_columns} are not those of the tags")
    if named.features != tuple(spec.features):
        raise ValueError(f"columns {spec.file_columns} are not those of the features")
    return spec


def _optional(items: Sequence[str] | None, *, has_unknown: bool = True) -> Vocabulary | None:
    return None if items is None else Vocabulary(items, has_unknown=has_unknown)


def _read_features(items: Sequence[Mapping[str, Any]]) -> dict[str, Vocabulary]:
    features = {}
    for item in items:
        if not all(isinstance(value, str) for value in item["values"]):
            raise TypeError("the values of a feature are no list of strings")
        features[_text(item["name"])] = Vocabulary(item["values"], has_unknown=True)
    return features


def _read_gazetteer(
    entries: Sequence[str] | None, embedding: Mapping[str, Any]
) -> Gazetteer | None:
    if entries is None:
        return None
    return Gazetteer.from_entries(entries, ignore_case=not embedding["gazetteer_case"])


def _read_column(values: Mapping[str, Any]) -> TagColumn:
    schemes = (None, *SCHEMES)
    tags = values["tags"]
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) for tag in tags):
        raise TypeError("the tags are no list of strings")
    if len(tags) > MAX_TAGS:
        raise ValueError(f"there are {len(tags)} tags, more than {MAX_TAGS}")
    column = TagColumn(
        name=_text(values["name"]),
        tags=Vocabulary(tags, has_unknown=False),
        file_scheme=_one_of(values["file_scheme"], schemes),
        scheme=_one_of(values["scheme"], schemes),
        crf=values["crf"] is True,
    )
    if (column.scheme is None) != (column.file_scheme is None):
        raise ValueError("only one of two schemes is given")
    return column


def _read_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check that the facts are what the card tells: numbers, and scores by part of the data."""
    for name, value in values.items():
        for number in value.values() if isinstance(value, Mapping) else [value]:
            if number is not None and not (
                isinstance(number, int | float) and -1e15 < number < 1e15
            ):
                raise TypeError(f"{name} holds {number!r}, which is no score")
    for name in ("sentences", "tokens"):
        _number(values[name])
    for name in ("dev", "test"):
        if not isinstance(values.get(name, {}), Mapping):
            raise TypeError(f"the scores of {name} are {values[name]!r}")
    return dict(values)


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no number of things")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _one_of(value: Any, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as wide as the choices
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, choices))}")
    return value
