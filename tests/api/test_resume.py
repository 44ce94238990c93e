"""Stopping a run, and going on with it."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError, DataError, ModelError
from seqtag.io.checkpoint import load_checkpoint
from seqtag.training.loop import Progress
from tests.api.runs import SMALL, load_json, stop_after, train
from tests.helpers import TINY, assert_same_run, contents, files


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.0, "schedule": "onecycle"},
        {"schedule": "plateau", "plateau_patience": 1, "epochs": 4},
        {"mixed_precision": "bf16", "label_smoothing": 0.1, "class_weights": "balanced"},
    ],
)
def test_run_with_other_options_resumes_to_the_same_end_and_is_repeated(
    small: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Through the files of a checkpoint and of the configuration."""
    settings = {f"training.{key}": value for key, value in options.items()}
    train(small, tmp_path / "whole", **settings)
    with pytest.raises(Interrupted):
        train(small, tmp_path / "stopped", should_stop=stop_after(7), **settings)
    seqtag.train(output=tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")
    seqtag.train(tmp_path / "whole" / "config.toml", output=tmp_path / "again")
    assert_same_run(tmp_path / "whole", tmp_path / "again")


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 9])
def test_stopped_run_has_a_model_and_resumes_to_the_same_end(
    small: Path, tmp_path: Path, plain_run: Path, steps: int
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted) as caught:
        train(small, run, should_stop=stop_after(steps))
    assert caught.value.model == run / "model"
    assert seqtag.load(run).tag(["Lake"]).tags
    assert not (run / "metrics.json").exists()
    assert "saved before it was scored" in (run / "model" / "README.md").read_text("utf-8")
    train(small, run, resume=True)
    assert_same_run(run, plain_run)
    assert not (run / "checkpoint").exists()


def test_run_stopped_at_every_step_still_ends_the_same(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    for _ in range(100):
        try:
            train(small, tmp_path / "run", resume=True, should_stop=stop_after(1))
            break
        except Interrupted:
            continue
    assert_same_run(tmp_path / "run", plain_run)


def test_stop_at_the_last_step_is_no_stop(small: Path, tmp_path: Path, plain_run: Path) -> None:
    seen: list[Progress] = []
    train(small, progress=seen.append)
    train(small, tmp_path / "run", should_stop=stop_after(len(seen)))
    assert_same_run(tmp_path / "run", plain_run)


def test_stop_without_an_output_writes_nothing(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Interrupted, match="stopped after 0 epochs"):
        train(small, should_stop=stop_after(1))
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_change_nothing(small: Path, tmp_path: Path, plain_run: Path) -> None:
    train(small, tmp_path / "run", **{"training.checkpoint_seconds": 0})
    assert_same_run(tmp_path / "run", plain_run)


def test_resuming_a_complete_run_does_nothing(
    small: Path, tmp_path: Path, plain_run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Path(shutil.copytree(plain_run, tmp_path / "run"))
    caplog.set_level(logging.INFO, "seqtag")
    tagger = train(small, run, resume=True)
    assert contents(run) == contents(plain_run)
    assert "is complete, there is nothing to resume" in caplog.text
    assert tagger.tag(["Lake"]).scores == seqtag.load(plain_run).tag(["Lake"]).scores


@pytest.mark.parametrize("there", ["nothing", "empty", "killed", "begun"])
def test_resuming_where_nothing_is_starts_anew(
    small: Path, tmp_path: Path, plain_run: Path, there: str
) -> None:
    run = tmp_path / "run"
    if there != "nothing":
        run.mkdir()
    if there == "killed":
        (run / ".seqtag-0123456789abcdef.tmp").write_text("# The com")
    if there == "begun":
        shutil.copy(plain_run / "config.toml", run)
    train(small, run, resume=True)
    assert_same_run(run, plain_run)


def test_resuming_with_other_options_is_refused_by_key(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    run = Path(shutil.copytree(plain_run, tmp_path / "run"))
    for key, value in (
        ("training.epochs", 3),
        ("seed", 2),
        ("encoder.hidden_size", 9),
        ("data.dev", str(small / "test.conll")),
        ("data.columns", "token=1,tag=0"),
        ("head.scheme", "bioes"),
    ):
        with pytest.raises(ConfigError, match=rf"config\.toml: {key} was .* and is .* now"):
            seqtag.train(output=run, resume=True, **{**files(small, "conll"), **SMALL, key: value})
    assert contents(run) == contents(plain_run)


def test_resuming_takes_the_options_of_the_run(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    with pytest.raises(Interrupted):
        train(small, tmp_path / "run", should_stop=stop_after(3))
    with pytest.raises(Interrupted):
        seqtag.train(output=tmp_path / "run", resume=True, should_stop=stop_after(1))
    same: dict[str, Any] = {"encoder.hidden_size": 8}
    seqtag.train(output=tmp_path / "run", resume=True, **same)
    assert_same_run(tmp_path / "run", plain_run)


def test_resuming_with_other_data_is_refused(small: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(small, tmp_path / "data"))
    with pytest.raises(Interrupted):
        train(data, tmp_path / "run", should_stop=stop_after(2))
    train_file = data / "train.conll"
    content = train_file.read_text("utf-8")
    # Other words, other tags, and the same ones once more.
    longer = content + content.split("\n\n")[0] + "\n\n"
    for other in (
        content + "Entirely\tO\nnew\tO\n\n",
        content.replace("B-LOC", "B-PER", 1),
        longer,
    ):
        train_file.write_text(other, "utf-8")
        with pytest.raises(ModelError, match="checkpoint: the checkpoint does not fit this run"):
            train(data, tmp_path / "run", resume=True)


def test_damaged_checkpoint_is_refused(small: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(small, run, should_stop=stop_after(2))
    state = run / "checkpoint" / "state.json"
    content = load_json(state)
    for damaged in ("{", json.dumps({**content, "state": {"unknown": 1}}), json.dumps([])):
        state.write_text(damaged)
        with pytest.raises(ModelError, match="checkpoint"):
            train(small, run, resume=True)
    state.write_text(json.dumps(content))
    train(small, run, resume=True)


@pytest.mark.parametrize("room", [0, 2, 4, 5, 20, 46, 48, 50, 52, 54, 56])
def test_full_disk_loses_nothing_that_was_saved(
    small: Path, tmp_path: Path, plain_run: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Whichever file the disk has no more room for, the last of them being the metrics."""
    run = tmp_path / "run"
    calls = iter(range(10**6))

    def fsync(_: int) -> None:
        if next(calls) >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(DataError, match="the disk is full"):
            train(small, run, **{"training.checkpoint_seconds": 0})
    load_checkpoint(run / "checkpoint")
    train(small, run, resume=True, **{"training.checkpoint_seconds": 0})
    assert_same_run(run, plain_run)


# On a GPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "sgd", "learning_rate": 1.0, "schedule": "onecycle"},
        {"schedule": "plateau", "plateau_patience": 1, "mixed_precision": "bf16"},
        {"mixed_precision": "fp16", "label_smoothing": 0.1, "class_weights": "balanced"},
        {"mixed_precision": "fp16", "optimizer": "sgd", "learning_rate": 1.0},
    ],
)
@pytest.mark.parametrize("crf", [True, False])
def test_cuda_trains_and_resumes_and_the_cpu_tags_the_same(
    corpus: Path, tmp_path: Path, options: dict[str, Any], crf: bool
) -> None:
    """Sums on a GPU differ a little from one time to the next, and so may the end."""
    settings = {
        **{**files(corpus, "conll"), **TINY, "training.learning_rate": 0.02},
        **{"device": "cuda", "head.crf": crf, "embedding.characters": "cnn"},
        **{f"training.{key}": value for key, value in options.items()},
    }
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    tagger = seqtag.train(output=whole, **settings)
    with pytest.raises(Interrupted):
        seqtag.train(output=stopped, should_stop=stop_after(15), **settings)
    if options.get("mixed_precision") == "fp16":
        checkpoint = load_checkpoint(stopped / "checkpoint")
        assert checkpoint is not None
        assert checkpoint[1]["scaler"]["scale"] > 0
    resumed = seqtag.train(output=stopped, resume=True)
    assert resumed.tag(["Ada"]).tokens == ["Ada"]
    histories = []
    for run in (whole, stopped):
        lines = (run / "history.jsonl").read_text("utf-8").splitlines()
        histories.append([json.loads(line) for line in lines])
    first, second = histories
    assert [r["learning_rate"] for r in first[:2]] == [r["learning_rate"] for r in second[:2]]
    assert first[0]["train_loss"] == pytest.approx(second[0]["train_loss"], rel=1e-2)
    for history in histories:
        assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
    blocks = (corpus / "test.conll").read_text("utf-8").split("\n\n")
    sentences = [block.split()[::2] for block in blocks if block]
    on_cpu = seqtag.load(whole, device="cpu")
    same = total = 0
    for tokens in sentences:
        ours, theirs = tagger.tag(tokens), on_cpu.tag(tokens)
        assert ours.scores == pytest.approx(theirs.scores, abs=0.05)  # TF32 in cuDNN
        same += sum(a == b for a, b in zip(ours.tags, theirs.tags, strict=True))
        total += len(ours.tags)
    assert same >= 0.99 * total
