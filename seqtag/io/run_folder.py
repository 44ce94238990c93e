"""A run's folder: the model alone in ``model/``, and beside it what the run leaves behind.

Only safetensors, ONNX and JSON are written and read, so that a folder from anywhere can be opened
without running anything in it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt

from seqtag.errors import ConfigError, DataError, ModelError
from seqtag.io.files import is_temporary, os_data_error, write_whole
from seqtag.io.folders import discard, entries, make_folder, remove, remove_folder, replace_folder
from seqtag.io.given_files import DATA, place_examples, remove_examples
from seqtag.io.tensors import count_values, write_tensors
from seqtag.io.vectors import open_own
from seqtag.text.vector_lookup import VectorSource

FORMAT_VERSION = 3
"""Raised by one whenever older readers could not read what newer ones write."""

OLDEST_VERSION = 3
"""The oldest format version that is read; models of older ones hashed n-grams into buckets."""

CONFIG = "config.toml"
METRICS = "metrics.json"
HISTORY = "history.jsonl"
REPORT = "report.html"
MODEL = "model"
CHECKPOINT = "checkpoint"
TEACHERS = "teachers"

EXPORTS = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
"""The file of an exported network in a model folder, by its precision."""

_HEADER = "# The complete configuration of a seqtag run; `seqtag train` repeats it.\n"
_VERSIONS = range(OLDEST_VERSION, FORMAT_VERSION + 1)
_DESCRIPTION = "model.json"
_WEIGHTS = "weights.safetensors"
_VECTORS = "vectors.safetensors"
_CARD = "README.md"

# Folders on their way in or out, which a killed program leaves behind.
_PASSING = re.compile(r"\.(model|checkpoint|teachers|data|seed-[0-9]+)\.(partial|old)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFiles:
    """What a model folder holds.

    Attributes:
        description: Task, sizes, tags: plain values.
        vocabularies: Lists of strings by name.
        mapped: Word vectors in a file of their own; None for none.
        weights: Arrays by name; none in a folder that holds an exported network alone.
        exports: Exported networks, as the content of their files, by precision; for writing only.
    """

    description: Mapping[str, Any]
    vocabularies: Mapping[str, Sequence[str]]
    weights: Mapping[str, npt.NDArray[Any]]
    exports: Mapping[str, bytes] = field(default_factory=dict)
    mapped: VectorSource | None = None


def read_text(path: str | Path) -> str:
    """Return a UTF-8 file's content.

    Raises:
        DataError: The file cannot be read or is not UTF-8.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise os_data_error(error, path, "read") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; convert the file to UTF-8"
        raise DataError(message, path=path, line=line) from error


def begins_with(path: Path, text: str) -> bool:
    """Tell whether a file is empty or begins with a text.

    Raises:
        DataError: The file cannot be read.
    """
    wanted = text.encode("utf-8")
    try:
        with path.open("rb") as file:
            return file.read(len(wanted)) in (b"", wanted)
    except OSError as error:
        raise os_data_error(error, path, "read") from error


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file, whole or not at all.

    Raises:
        DataError: The file cannot be written.
    """
    with write_whole(path) as file:
        file.write(text)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file, whole or not at all.

    Raises:
        DataError: The file cannot be written.
    """
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def save_model(folder: Path, files: ModelFiles, card: str) -> None:
    """Write a model folder.

    The folder appears whole: it is filled beside its place and then renamed. An older model in
    its place stays there until then.

    Args:
        folder: The folder to write.
        files: The model.
        card: The model card, Markdown.

    Raises:
        DataError: A file cannot be written.
        ConfigError: ``folder`` is something else than a model, or it is a model with weights and
            the new one has none.
    """
    folder = Path(os.path.realpath(folder))
    if folder.exists() and not (folder / _DESCRIPTION).exists() and any(entries(folder)):
        raise ConfigError("this is no model folder and is not overwritten", path=folder)
    if not files.weights and has_weights(folder):
        raise ConfigError(
            "this model has weights, and an exported network alone, which has none, does not "
            "replace it: give another folder",
            path=folder,
        )
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        remove_folder(partial)
        make_folder(partial)
        for name, items in files.vocabularies.items():
            write_json(partial / f"{name}.json", list(items))
        if files.weights:
            with write_whole(partial / _WEIGHTS, "wb") as file:
                write_tensors(file, files.weights)
        if files.mapped is not None:
            with write_whole(partial / _VECTORS, "wb") as file:
                files.mapped.write(file)
        for precision, content in files.exports.items():
            with write_whole(partial / EXPORTS[precision], "wb") as file:
                file.write(content)
        write_text(partial / _CARD, card)
        description = {
            "format_version": FORMAT_VERSION,
            **files.description,
            "vocabularies": sorted(files.vocabularies),
        }
        write_json(partial / _DESCRIPTION, description)
        replace_folder(partial, folder)
    finally:
        remove_folder(partial)


def load_model(path: str | Path, *, weights: bool = True) -> ModelFiles:
    """Read a model folder, or that of a run, or that of the best run of several seeds.

    Args:
        path: The folder.
        weights: Whether the weights are wanted.

    Raises:
        ModelError: There is no model, its format version is unknown, or a file is damaged.
    """
    folder = find_model(path)
    description = _read_object(folder / _DESCRIPTION)
    version = description.get("format_version")
    if type(version) is not int or version not in _VERSIONS:
        newer = type(version) is int and version > FORMAT_VERSION
        advice = "install a newer seqtag" if newer else "train the model again"
        raise ModelError(
            f"format version {version!r} is unknown, this seqtag reads "
            f"{', '.join(map(str, _VERSIONS))}: {advice}",
            path=folder / _DESCRIPTION,
        )
    names = description.get("vocabularies")
    if not isinstance(names, list):
        raise ModelError("the list of vocabularies is missing", path=folder / _DESCRIPTION)
    vocabularies: dict[str, list[str]] = {}
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[a-z_]+", name) or name in vocabularies:
            raise ModelError(f"{name!r} is no vocabulary's name", path=folder / _DESCRIPTION)
        items = _read_json(folder / f"{name}.json")
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ModelError("this is not a list of strings", path=folder / f"{name}.json")
        vocabularies[name] = items
    return ModelFiles(
        description=description,
        vocabularies=vocabularies,
        weights=_read_arrays(folder / _WEIGHTS) if weights else {},
        mapped=_map_vectors(folder / _VECTORS) if description.get("mapped") else None,
    )


def _map_vectors(path: Path) -> VectorSource | None:
    if not path.exists():
        return None
    _check_regular(path)
    try:
        return open_own(path)
    except DataError as error:
        raise ModelError(error.message, path=path) from error


def has_weights(folder: Path) -> bool:
    """Tell whether a model folder holds the weights, and not an exported network alone."""
    return (folder / _WEIGHTS).exists()


def count_weights(folder: Path) -> int:
    """Return the number of a model folder's weights; 0 where it has none.

    Raises:
        ModelError: They cannot be read.
    """
    path = folder / _WEIGHTS
    if not has_weights(folder):
        return 0
    _check_regular(path)
    try:
        with path.open("rb") as file:
            return count_values(file)
    except OSError as error:
        raise ModelError(os_data_error(error, path, "read").message, path=path) from error
    except ValueError as error:
        raise ModelError(f"this is no safetensors file ({error})", path=path) from error


def weights_digest(folder: Path) -> str:
    """Return what tells a model folder's weights from all others; "" where it has none.

    Raises:
        ModelError: They cannot be read.
    """
    if not has_weights(folder):
        return ""
    return hashlib.sha256(_read_bytes(folder / _WEIGHTS)).hexdigest()


def export_sizes(folder: Path) -> dict[str, int]:
    """Return the exported networks in a model folder: the names of their files, and bytes."""
    paths = [folder / name for name in EXPORTS.values()]
    return {path.name: path.stat().st_size for path in paths if path.is_file()}


def write_export(folder: Path, precision: str, content: bytes) -> Path:
    """Put an exported network into a model folder, whole or not at all.

    Returns:
        Its file.

    Raises:
        DataError: The file cannot be written.
    """
    path = folder / EXPORTS[precision]
    try:
        with write_whole(path, "wb") as file:
            file.write(content)
    except DataError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise DataError(
                "cannot be written: the model's folder is read-only; copy it to a place that can "
                "be written, and export the copy",
                path=path,
            ) from error
        raise
    return path


def read_export(folder: Path, precision: str) -> bytes:
    """Return the content of an exported network's file.

    Raises:
        ModelError: There is none, or it cannot be read.
    """
    path = folder / EXPORTS[precision]
    if not path.exists():
        command = export_command(folder, precision)
        raise ModelError(f"there is no such file; make it: {command}", path=path)
    return _read_bytes(path)


def export_command(path: Path, precision: str) -> str:
    """Return the command that makes an exported network, for a run's or a model's folder."""
    option = " --int8" if precision == "int8" else ""
    if export_sizes(path) and not has_weights(path):
        return f"`seqtag export RUN{option}`, where RUN is the run that this was saved from"
    return f"`seqtag export {shlex.quote(str(path))}{option}`"


def find_model(path: str | Path) -> Path:
    """Return the model folder that a path stands for.

    Raises:
        ModelError: There is none.
    """
    path = Path(path)
    with contextlib.suppress(OSError):
        if (path / _DESCRIPTION).exists():
            return path
        if (path / MODEL / _DESCRIPTION).exists():
            return path / MODEL
        if (path / METRICS).exists():
            best = _read_object(path / METRICS).get("best")
            if isinstance(best, str) and re.fullmatch(r"seed-\d+", best):
                return find_model(path / best)
        if not path.exists():
            raise ModelError("there is no such run or model; check the path", path=path)
        if (path / CONFIG).exists():
            raise ModelError(
                "this run has no model yet: finish it with `seqtag train --resume`", path=path
            )
    raise ModelError("this is neither a run's nor a model's folder", path=path)


def find_run(path: str | Path) -> Path | None:
    """Return the folder of the run that made the model which a path stands for, if it is there.

    Raises:
        ModelError: There is no model.
    """
    folder = find_model(path).absolute().parent
    return folder if is_run(folder) else None


def _check_regular(path: Path) -> None:
    """Refuse a pipe, which would be waited for, and a device, which may have no end."""
    if path.exists() and not path.is_file():
        raise ModelError("this is no regular file; the model is damaged", path=path)


def _read_bytes(path: Path) -> bytes:
    try:
        _check_regular(path)
        return path.read_bytes()
    except OSError as error:
        raise ModelError(os_data_error(error, path, "read").message, path=path) from error


def _read_json(path: Path) -> Any:  # noqa: ANN401 - JSON holds values of many types
    try:
        value = json.loads(_read_bytes(path).decode("utf-8"))
        # JSON can name half a surrogate pair, which no text can be made of.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise ModelError(f"this is no JSON ({error}); the file is damaged", path=path) from error
    return value


def _read_object(path: Path) -> dict[str, Any]:
    value = _read_json(path)
    if not isinstance(value, dict):
        raise ModelError("this is not a JSON object; the file is damaged", path=path)
    return value


def _read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    if not path.exists() and (found := export_sizes(path.parent)):
        raise ModelError(
            f"there are no weights, only {' and '.join(found)}: engine onnx can run it, and all "
            "else (engine torch, export, init) takes the run that it was saved from",
            path=path,
        )
    # Late, so that exported models are read without the library.
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError as error:
        raise ConfigError(
            "the safetensors library, which reads weights, is not installed: "
            "pip install safetensors",
            path=path,
        ) from error

    try:
        return load(_read_bytes(path))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"this is no safetensors file ({error})", path=path) from error


def is_run(folder: Path) -> bool:
    """Tell whether a folder was made by a run and by nothing else."""
    try:
        return (folder / CONFIG).read_text(encoding="utf-8").startswith(_HEADER)
    except (OSError, ValueError):
        return False


def is_complete(folder: Path) -> bool:
    """Tell whether a folder holds a run that came to its end."""
    model = folder / MODEL / _DESCRIPTION
    return is_run(folder) and (folder / METRICS).exists() and model.exists()


def check_output(folder: Path, *, resume: bool, force: bool) -> None:
    """Refuse an output folder that must not be written.

    Raises:
        ConfigError: The folder holds a run and neither ``resume`` nor ``force`` is given, or
            holds something else.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError("this is a file; give a folder that does not exist yet", path=folder)
    if is_run(folder):
        if not (resume or force):
            raise ConfigError(
                "this run exists: continue it with --resume, replace it with --force, "
                "or give another folder",
                path=folder,
            )
    elif not all(_is_leftover(entry) for entry in entries(folder)):
        raise ConfigError("this folder holds no run and is not overwritten", path=folder)


def start_run(
    folder: Path,
    config: str,
    *,
    keep: bool,
    examples: Path | None = None,
    named: Collection[str] = (),
) -> None:
    """Make a run's folder with its configuration.

    Args:
        folder: As checked by `check_output`.
        config: The resolved configuration, TOML.
        keep: Whether to keep what an earlier start of the same run left.
        examples: The folder of `stage_examples` whose files the run is to have; it stays as it is.
        named: The files in the run's folder of examples that the configuration names.

    Raises:
        DataError: The folder cannot be written.
    """
    make_folder(folder)
    for entry in list(entries(folder)):
        if _is_leftover(entry) and entry != examples:
            remove(entry)
    if not keep:
        # The scores first, since they are what makes a run complete.
        for name in (METRICS, HISTORY, REPORT):
            remove(folder / name)
        for path in (
            *(folder / name for name in (MODEL, CHECKPOINT, TEACHERS)),
            *seed_runs(folder),
        ):
            discard(path)
        remove_examples(folder / DATA, named)
    if examples is not None:
        place_examples(examples, folder / DATA)
    write_text(folder / CONFIG, _HEADER + config)


def has_results(folder: Path) -> bool:
    """Tell whether a folder holds a model, or a beginning of one, and not only runs that do."""
    names = (MODEL, CHECKPOINT, TEACHERS, HISTORY)
    return is_run(folder) and any((folder / name).exists() for name in names)


def seed_runs(folder: Path) -> list[Path]:
    """Return the runs in the folder of a run with several seeds; none for any other folder.

    Raises:
        DataError: The folder cannot be read.
    """
    if not folder.exists():
        return []
    found = [entry for entry in entries(folder) if re.fullmatch(r"seed-[0-9]+", entry.name)]
    return sorted(entry for entry in found if is_run(entry))


def _is_leftover(path: Path) -> bool:
    """Tell whether a path is what a killed run was about to write or to remove."""
    return is_temporary(path.name) or _PASSING.fullmatch(path.name) is not None


def write_history(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write ``history.jsonl``, one line an epoch.

    Raises:
        DataError: The file cannot be written.
    """
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    write_text(folder / HISTORY, "".join(lines))


def read_metrics(folder: Path) -> dict[str, Any]:
    """Return a complete run's scores.

    Raises:
        ModelError: There are none, or the file is damaged.
    """
    return _read_object(folder / METRICS)


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of ``history.jsonl``; none where there is no such file.

    Raises:
        ModelError: The file is damaged.
    """
    path = folder / HISTORY
    if not path.exists():
        return []
    records = []
    for line in _read_bytes(path).splitlines():
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ModelError(
                f"a line is no JSON ({error}); the file is damaged", path=path
            ) from error
    if not all(isinstance(r, dict) and type(r.get("epoch")) is int for r in records):
        raise ModelError("a line tells no epoch; the file is damaged", path=path)
    return records
