"""Checkpoints: what a run needs to go on, written whole or not at all.

``state.json`` is replaced in one step and names the file with the arrays that belongs to it, so
that at any moment the folder holds one complete checkpoint: the old one or the new one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load

from seqtag.errors import ModelError
from seqtag.io.files import os_data_error, write_whole
from seqtag.io.folders import make_folder
from seqtag.io.run_folder import write_json
from seqtag.io.tensors import write_tensors

_STATE = "state.json"


def save_checkpoint(
    folder: Path, arrays: Mapping[str, npt.NDArray[Any]], state: Mapping[str, Any]
) -> None:
    """Write a checkpoint and remove the one before.

    Args:
        folder: The checkpoint folder.
        arrays: Arrays by name.
        state: Plain values; ``state["total_steps"]`` tells checkpoints apart.

    Raises:
        DataError: A file cannot be written; the checkpoint before is still whole.
    """
    make_folder(folder)
    name = f"step-{state['total_steps']}.safetensors"
    with write_whole(folder / name, "wb") as file:
        write_tensors(file, arrays)
    write_json(folder / _STATE, {"arrays": name, "state": dict(state)})
    for other in folder.iterdir():
        if other.name not in (name, _STATE):
            other.unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]] | None:
    """Return a checkpoint's arrays and values; None where there is none.

    Raises:
        ModelError: The checkpoint is damaged.
    """
    path = folder / _STATE
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        name, state = content["arrays"], content["state"]
        if not re.fullmatch(r"step-\d+\.safetensors", name):
            raise ValueError(f"{name!r} is no checkpoint's name")
        if not isinstance(state, dict):
            raise TypeError(f"the state is {state!r}")
        path = folder / name
        return load(path.read_bytes()), state
    except OSError as error:
        raise ModelError(os_data_error(error, path, "read").message, path=path) from error
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"the checkpoint is damaged ({error}); start anew with --force", path=path
        ) from error
