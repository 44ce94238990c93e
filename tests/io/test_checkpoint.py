from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from seqtag.errors import DataError, ModelError
from seqtag.io.checkpoint import load_checkpoint, save_checkpoint


def arrays(step: int) -> dict[str, npt.NDArray[Any]]:
    return {
        "model.weight": np.full((2, 3), step, dtype=np.float32),
        "optimizer.step": np.array(step, dtype=np.float32),
        "empty": np.zeros((0, 3), dtype=np.float32),
    }


def state(step: int) -> dict[str, Any]:
    return {"total_steps": step, "loss_sum": 0.1 + 0.2, "best_score": None, "history": [{"a": 1}]}


def loaded(folder: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    checkpoint = load_checkpoint(folder)
    assert checkpoint is not None
    return checkpoint


def assert_holds(folder: Path, step: int) -> None:
    found, values = loaded(folder)
    assert values == state(step)
    assert found.keys() == arrays(step).keys()
    for name, array in arrays(step).items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert np.array_equal(found[name], array)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "checkpoint", arrays(3), state(3))
    return tmp_path / "checkpoint"


def test_checkpoint_comes_back_exactly(folder: Path) -> None:
    assert_holds(folder, 3)


def test_arrays_that_are_not_contiguous_come_back(tmp_path: Path) -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    save_checkpoint(tmp_path, {"turned": turned}, state(1))
    assert np.array_equal(loaded(tmp_path)[0]["turned"], turned)


def test_there_may_be_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "nothing") is None
    assert load_checkpoint(tmp_path) is None


def test_newer_checkpoint_replaces_the_older_one(folder: Path) -> None:
    save_checkpoint(folder, arrays(7), state(7))
    assert_holds(folder, 7)
    assert sorted(path.name for path in folder.iterdir()) == ["state.json", "step-7.safetensors"]


def test_checkpoint_of_the_same_step_may_be_written_again(folder: Path) -> None:
    save_checkpoint(folder, arrays(3), state(3))
    assert_holds(folder, 3)


@pytest.mark.parametrize("number", range(4))
def test_full_disk_leaves_the_older_checkpoint_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    calls = iter(range(100))

    def fsync(_: int) -> None:
        if next(calls) >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        if number < 3:  # the last call only brings the folder's entry to the disk
            with pytest.raises(DataError, match="the disk is full"):
                save_checkpoint(folder, arrays(7), state(7))
            assert_holds(folder, 3)
    save_checkpoint(folder, arrays(9), state(9))
    assert_holds(folder, 9)
    assert len(list(folder.iterdir())) == 2


def test_kill_between_arrays_and_state_leaves_the_older_checkpoint(folder: Path) -> None:
    (folder / "step-7.safetensors").write_bytes(b"half of the ar")
    (folder / ".seqtag-0123456789abcdef.tmp").write_bytes(b"{")
    assert_holds(folder, 3)
    save_checkpoint(folder, arrays(7), state(7))
    assert_holds(folder, 7)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"arrays": "step-3.safetensors"}',
        b'{"arrays": "../secret.safetensors", "state": {}}',
        b'{"arrays": "step-3.safetensors\\n", "state": {}}',
        b'{"arrays": "step-4.safetensors", "state": {}}',
        b'{"arrays": 3, "state": {}}',
        b'{"arrays": null, "state": {}}',
        b'{"arrays": "step-3.safetensors", "state": []}',
        b'{"arrays": "step-3.safetensors", "state": null}',
    ],
)
def test_damaged_state_is_refused(folder: Path, content: bytes) -> None:
    (folder / "state.json").write_bytes(content)
    with pytest.raises(ModelError):
        load_checkpoint(folder)


def test_damaged_arrays_are_refused_with_advice(folder: Path) -> None:
    path = folder / "step-3.safetensors"
    for length in (0, 7, 8, 50, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(ModelError, match="is damaged.*--force"):
            load_checkpoint(folder)


def test_state_is_plain_json(folder: Path) -> None:
    content = json.loads((folder / "state.json").read_text("utf-8"))
    assert content == {"arrays": "step-3.safetensors", "state": state(3)}
