from __future__ import annotations

import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.benchmark import protocol
from scripts.benchmark.corpora import count_units
from scripts.benchmark.generators import ADAPTIVE, FULL
from scripts.benchmark.protocol import Clock, Task, TextWorker
from scripts.benchmark.systems import seqtag_generator as worker

LINE = "the cat sat on the <unk> mat ."
SMALL = {
    **FULL.settings,
    **FULL.loading,
    "embedding.word_size": 8,
    "encoder.hidden_size": 8,
    "language_model.window": 5,
    "training.batch_tokens": 20,
    "training.epochs": 2,
    "minutes": 0,
    "words": 4,
    "seed": 1,
    "cores": 1,
}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "train.txt").write_text(f" = Cat = \n \n{LINE}\n" * 20 + "dog\n", "utf-8")
    (tmp_path / "dev.txt").write_text(f" \n {LINE} \n" * 3, "utf-8")
    return {
        "kind": "text",
        "train": "",
        "dev": "",
        "sources": {part: str(tmp_path / f"{part}.txt") for part in ("train", "dev")},
        "columns": "",
        "languages": [],
    }


def test_settings_are_keys_and_files(task: Task) -> None:
    settings = {"units.text": "char", "cores": 2, "minutes": 30, "words": 9, "engine": "torch"}
    assert worker._settings(task, settings) == {
        "task": "generate",
        **task["sources"],
        "threads": 2,
        "units.text": "char",
        "columns": "",
    }


def test_the_models_that_are_compared_differ_in_their_softmax_and_their_epochs() -> None:
    differing = {key for key in FULL.settings if FULL.settings[key] != ADAPTIVE.settings[key]}
    assert differing == {"language_model.softmax", "training.epochs"}
    assert FULL.settings.keys() == ADAPTIVE.settings.keys()


@pytest.mark.parametrize(("kind", "expected"), [("text", 150.0), ("characters", 1.5)])
def test_what_dev_costs_is_noted_and_units_counted(
    kind: str, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: protocol.STARTED + 10.0)
    clock = Clock()
    notes = worker.TextNotes(clock, kind)
    scores = {"perplexity": 150.0, "bits_per_char": 1.5 / math.log(2)}
    progress: Any = SimpleNamespace(
        step=1,
        epoch=1,
        tokens=100,
        tokens_per_second=50.0,
        record={"seconds": 2.0, "dev": scores},
    )
    notes(progress)
    assert clock.curve == [{"seconds": 10.0, "score": expected}]
    facts = notes.facts()
    assert (facts["units"], facts["epochs"], facts["is_stopped"]) == (100, 1, False)
    assert facts["units_per_second"] == pytest.approx(50.0, rel=0.01)


def test_a_text_is_scored_in_the_words_that_stand_in_it(task: Task, tmp_path: Path) -> None:
    system = worker.SeqtagGenerator()
    clock = Clock()
    facts = system.train(task, tmp_path / "run", SMALL, clock)
    assert facts["epochs"] == len(clock.curve) == 2
    assert facts["units"] == 2 * (20 * (4 + 1 + 9) + 2)
    system.load(tmp_path / "run", SMALL)
    source = task["sources"]["dev"]
    told = TextWorker(system).score_text(source)
    lines = Path(source).read_text("utf-8").splitlines()
    assert told["words"] == sum(count_units(line, "text") for line in lines) == 3 * (1 + 9)
    best = min(point["score"] for point in clock.curve)
    assert math.exp(told["nats"] / told["words"]) == pytest.approx(best, rel=1e-4)
    assert system.predict(["the cat", ""]) == [
        system.predict_one("the cat"),
        system.predict_one(""),
    ]
    assert "weights.safetensors" in {
        path.name for path in system.model_files(tmp_path / "run", SMALL)
    }


def test_limit_ends_training_and_the_model_is_kept(task: Task, tmp_path: Path) -> None:
    system = worker.SeqtagGenerator()
    facts = system.train(task, tmp_path / "run", {**SMALL, "minutes": 1e-9}, Clock())
    assert (facts["epochs"], facts["is_stopped"]) == (0, True)
    system.load(tmp_path / "run", SMALL)


def test_slices_are_trained_on_in_windows_of_one_length(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqtag.training import language_model
    from seqtag.training.language_model import LanguageModelObjective

    seen: list[list[int]] = []
    loss = LanguageModelObjective.loss

    def noted(objective: LanguageModelObjective, indices: Any) -> Any:  # noqa: ANN401 - passed on
        seen.append(indices.tolist())
        return loss(objective, indices)

    part = tmp_path / "slice.txt"
    part.write_text(f"{LINE}\n" * 7, "utf-8")
    system = worker.SeqtagGenerator()
    system.prepare_training(task, str(tmp_path / "slice.jsonl"), str(part), SMALL)
    monkeypatch.setattr(LanguageModelObjective, "loss", noted)

    def refuse(*_: object) -> None:
        pytest.fail("the slice is read once more")

    monkeypatch.setattr(language_model, "learn_beginnings", refuse)
    # 63 units in 4 lanes, of which the last one is a unit short.
    assert system.train_slice() == system.train_slice() == 63
    assert seen == [[0, 5], [5, 10], [10, 15], [15, 16]] * 2
