"""A model's description to and from the plain values that a model folder holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag import __version__
from seqtag.api import classifier_files, generator_files, tagger_files, translator_files
from seqtag.errors import ModelError, SeqtagError
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
from seqtag.training.spec import (
    ClassifierSpec,
    GeneratorSpec,
    ModelSpec,
    TaggerSpec,
    TranslatorSpec,
)

Spec: TypeAlias = TaggerSpec | ClassifierSpec | TranslatorSpec | GeneratorSpec


class _TaskFiles(Protocol):
    """What is particular to the folders of a task's models: one of the modules below."""

    def describe(self, spec: Any) -> dict[str, Any]:  # noqa: ANN401 - the task's own description
        """Return what `read` makes a description of, but for the vocabularies."""

    def vocabularies(self, spec: Any) -> Mapping[str, Sequence[str]]:  # noqa: ANN401 - as above
        """Return the lists of strings that have files of their own."""

    def check_counts(
        self,
        spec: Any,  # noqa: ANN401 - as above
        weights: Mapping[str, npt.NDArray[np.floating]],
    ) -> None:
        """Compare the numbers of what is predicted with the weights."""

    def read(self, files: ModelFiles) -> Spec:
        """Make a description of the content of a folder."""


_FILES: Mapping[str, _TaskFiles] = {
    "tag": tagger_files,
    "classify": classifier_files,
    "translate": translator_files,
    "generate": generator_files,
}


def save_files(
    folder: Path,
    spec: Spec,
    weights: Mapping[str, npt.NDArray[np.floating]],
    exports: Mapping[str, bytes] | None = None,
) -> None:
    """Write a model's folder.

    Args:
        folder: The folder.
        spec: The model.
        weights: Its network's weights; none for an exported network alone.
        exports: Exported networks by precision.

    Raises:
        SeqtagError: The folder holds something else or cannot be written.
    """
    files = ModelFiles(
        description=_describe(spec),
        vocabularies=_FILES[spec.task].vocabularies(spec),
        weights=weights,
        exports=exports or {},
        mapped=spec.mapped.source if isinstance(spec, ModelSpec) and spec.mapped else None,
    )
    sizes = {EXPORTS[precision]: len(content) for precision, content in files.exports.items()}
    parameters = sum(array.size for array in weights.values())
    save_model(folder, files, _make_card(files, parameters, sizes))


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


def fingerprint(spec: TaggerSpec | ClassifierSpec) -> str:
    """Return what tells all that a model's network must fit to from all others.

    Scores, names of files and the like may change without it. Nor does it change when a later
    version of this library has more keys or other defaults: exports would no longer be taken for
    their model's, and a folder without weights cannot be exported again. A new key that changes the
    network belongs here only where it has another value than the one that means no change.
    """
    description, lists = _describe(spec), dict(_FILES[spec.task].vocabularies(spec))
    lists.pop("rare_words", None)
    part = tagger_files if isinstance(spec, TaggerSpec) else classifier_files
    text = json.dumps([part.network_part(description), lists], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_counts(spec: Spec, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Compare the numbers of tags or labels with the weights.

    Raises:
        ValueError: They differ.
    """
    _FILES[spec.task].check_counts(spec, weights)


def load_spec(path: str | Path, *, weights: bool = True) -> tuple[Spec, ModelFiles]:
    """Read a model folder's description.

    Args:
        path: A run's or a model's folder.
        weights: Whether the weights are wanted, too.

    Returns:
        The model's description, and all that the folder holds.

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


def _describe(spec: Spec) -> dict[str, Any]:
    about = {"seqtag_version": __version__, "task": spec.task}
    return {**about, **_FILES[spec.task].describe(spec)}


def _read(files: ModelFiles) -> Spec:
    task = files.description["task"]
    if task not in _FILES:
        raise ValueError(f"task {task!r} is unknown; install a newer seqtag")
    return _FILES[task].read(files)
