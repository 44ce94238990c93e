"""Training from teachers: the run's folder, interruptions and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.train import Interrupted
from tests.api.runs import stop_after
from tests.helpers import SAMPLES, TINY, assert_same_run, contents, first_sentences

SETTINGS = {**TINY, "training.epochs": 2, "distillation.teachers": 2, "distillation.sequences": 3}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for part, count in (("train", 20), ("dev", 8)):
        text = first_sentences(SAMPLES / "ner" / f"{part}.conll", count)
        (folder / f"{part}.conll").write_text(text, "utf-8")
    return folder


def train(corpus: Path, output: Path | None, **settings: Any) -> Any:  # noqa: ANN401
    given = {"train": corpus / "train.conll", "dev": corpus / "dev.conll", **SETTINGS, **settings}
    return seqtag.train(output=output, **given)


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was not interrupted."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    train(corpus, run)
    return run


def test_complete_run_keeps_one_model_and_no_teachers(whole: Path) -> None:
    assert {path.split("/")[0] for path in contents(whole)} == {
        *("config.toml", "history.jsonl", "metrics.json", "model", "report.html")
    }
    assert seqtag.load(whole).tag(["Lake"]).tags


def test_teachers_change_what_is_learnt_and_cost_no_size(corpus: Path, whole: Path) -> None:
    plain = train(corpus, None, **{"distillation.teachers": 0})
    sizes = [sum(w.size for w in t._engine.weights().values()) for t in (plain, seqtag.load(whole))]
    assert sizes[0] == sizes[1]
    tokens = ["Mr", "Harlan", "flew", "to", "Lake", "Ossel"]
    assert plain.tag(tokens).scores != seqtag.load(whole).tag(tokens).scores


def test_every_teacher_is_another_training(corpus: Path) -> None:
    epochs: list[float] = []
    train(corpus, None, progress=lambda p: epochs.append(p.loss) if p.record else None)
    assert len(epochs) == 3 * 2
    assert len(set(epochs)) == len(epochs)


def interrupted(corpus: Path, run: Path) -> Interrupted | None:
    """Go on with a run for a few steps; return None where it came to its end."""
    try:
        train(corpus, run, resume=True, should_stop=stop_after(2))
    except Interrupted as interruption:
        return interruption
    return None


def test_run_is_resumed_to_the_same_end_wherever_it_is_stopped(
    corpus: Path, whole: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    stops = 0
    while (interruption := interrupted(corpus, run)) is not None:
        assert interruption.model == run / "model"
        assert seqtag.load(run).tag(["Lake"]).tags
        assert not (run / "metrics.json").exists()
        stops += 1
    assert stops > 6
    assert_same_run(run, whole)
    assert not (run / "teachers").exists()


def test_force_begins_with_the_teachers(corpus: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(corpus, run, seed=2, should_stop=stop_after(12))
    train(corpus, run, force=True)
    assert_same_run(run, whole)


def test_damaged_teacher_is_refused(corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(corpus, run, should_stop=stop_after(12))
    (arrays,) = (run / "teachers" / "1" / "checkpoint").glob("*.safetensors")
    arrays.write_bytes(arrays.read_bytes()[:100])
    with pytest.raises(seqtag.ModelError, match="the checkpoint is damaged"):
        train(corpus, run, resume=True)


@pytest.mark.parametrize("count", [19, 20])
def test_teachers_of_other_data_are_refused(corpus: Path, tmp_path: Path, count: int) -> None:
    """Of other sizes, and of the same words and tags in another order."""
    run, data = tmp_path / "run", tmp_path / "train.conll"
    text = (corpus / "train.conll").read_text("utf-8")
    data.write_text(text, "utf-8")
    with pytest.raises(Interrupted):
        train(corpus, run, train=data, should_stop=stop_after(12))
    shutil.rmtree(run / "checkpoint")  # as if it had been stopped right behind the teachers
    sentences = text.strip().split("\n\n")
    data.write_text("\n\n".join(sentences[-2::-1] + sentences[count:]) + "\n", "utf-8")
    with pytest.raises(seqtag.ModelError, match="taken on other data"):
        train(corpus, run, train=data, resume=True)


def test_interruption_tells_of_the_teacher_that_it_came_in(corpus: Path, tmp_path: Path) -> None:
    for run in (tmp_path / "run", None):
        with pytest.raises(Interrupted) as caught:
            train(corpus, run, should_stop=stop_after(8))
        assert caught.value.teacher == "teacher 2 of 2"
        epochs = caught.value.epochs
        assert str(caught.value).startswith(f"stopped in teacher 2 of 2 after {epochs} epoch")


@pytest.mark.parametrize(
    ("key", "value"), [("class_weights", "balanced"), ("label_smoothing", 0.1)]
)
def test_targets_that_do_not_go_together_are_refused(
    corpus: Path, tmp_path: Path, key: str, value: object
) -> None:
    with pytest.raises(seqtag.ConfigError, match=f"training.{key} is set.*distillation.teachers=0"):
        train(corpus, tmp_path / "run", **{f"training.{key}": value})
    assert not (tmp_path / "run").exists()
