from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

import seqtag
from seqtag.api.load import check_device
from seqtag.errors import ConfigError, ModelError


def test_run_and_its_model_are_the_same(ner_run: Path) -> None:
    words = ["Lake", "Ossel"]
    first = seqtag.load(ner_run).tag(words)
    second = seqtag.load(ner_run / "model").tag(words)
    third = seqtag.load(os.fspath(ner_run)).tag(words)
    assert first.scores == second.scores == third.scores


def test_after_loading_no_file_is_touched(ner: seqtag.Tagger, tmp_path: Path) -> None:
    ner.save(tmp_path / "model")
    tagger = seqtag.load(tmp_path / "model")
    for path in (tmp_path / "model").iterdir():
        path.write_bytes(b"")
        path.unlink()
    (tmp_path / "model").rmdir()
    assert tagger.tag(["Lake", "Ossel"]).scores == ner.tag(["Lake", "Ossel"]).scores


def test_model_needs_nothing_but_its_folder(
    ner_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("handed-on").symlink_to(ner_run / "model")
    assert seqtag.load("handed-on").tag(["a"]).tags


def test_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such run or model") as caught:
        seqtag.load(tmp_path / "nothing")
    assert caught.value.path == str(tmp_path / "nothing")


@pytest.mark.parametrize(
    "device", ["", "meta", "nonsense", "cpu:-1", "cuda:99", "hpu", "privateuseone", "vulkan", "CPU"]
)
def test_device_that_cannot_be_used_is_refused(ner_run: Path, device: str) -> None:
    with pytest.raises(ConfigError, match=f"device '{device}' cannot be used.*cpu always can"):
        seqtag.load(ner_run, device=device)


def test_cpu_can_be_used() -> None:
    check_device("cpu")


def test_loading_sets_threads_only_where_asked_to(ner_run: Path) -> None:
    before = torch.get_num_threads()
    try:
        seqtag.load(ner_run)
        assert torch.get_num_threads() == before
        seqtag.load(ner_run, threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_exported_model_runs_on_the_cpu_alone(ner_run: Path) -> None:
    with pytest.raises(ConfigError, match="device is 'cuda': engine onnx runs on cpu alone"):
        seqtag.load(ner_run, engine="onnx", device="cuda")


@pytest.mark.parametrize("engine", ["torch", "onnx"])
@pytest.mark.parametrize("threads", [0, -1])
def test_number_of_threads_below_one_is_refused(ner_run: Path, engine: str, threads: int) -> None:
    with pytest.raises(ConfigError, match=f"threads is {threads}: give 1 or more"):
        seqtag.load(ner_run, engine=engine, threads=threads)


def test_missing_torch_is_named(ner_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match="pip install torch, or take engine onnx"):
        seqtag.load(ner_run)
