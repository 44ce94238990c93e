from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.benchmark import protocol
from scripts.benchmark.protocol import Clock, Task
from scripts.benchmark.systems import seqtag_translator as worker


def task(kind: str) -> Task:
    return {
        "kind": kind,
        "train": "train.jsonl",
        "dev": "dev.jsonl",
        "sources": {"train": "data/train", "dev": "data/val", "test": "data/test2016"},
        "columns": "",
        "languages": ["en", "de"] if kind == "pairs" else [],
    }


def test_pairs_are_named_by_their_languages_and_words_have_no_header() -> None:
    settings = {"units.size": 6000, "cores": 2, "minutes": 30, "beam": 5, "engine": "torch"}
    found = worker._settings(task("pairs"), settings)
    shared = {"task": "translate", "train": "data/train", "dev": "data/val", "threads": 2}
    languages = {"data.source": "en", "data.target": "de"}
    assert found == {**shared, **languages, "units.size": 6000, "columns": ""}
    found = worker._settings(task("pronunciations"), settings)
    assert found == {**shared, "data.header": "no", "units.size": 6000, "columns": ""}


@pytest.mark.parametrize(("kind", "expected"), [("pairs", 0.25), ("pronunciations", 0.5)])
def test_scores_are_noted_as_fractions_and_target_units_counted(
    kind: str, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = protocol.STARTED + 10.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    clock = Clock()
    notes = worker.TranslationNotes(clock, kind)

    def step(number: int, record: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - stands for a `Progress`
        return SimpleNamespace(
            step=number, epoch=1, tokens=100, tokens_per_second=50.0, record=record
        )

    notes(step(1))
    now += 100.0  # in which dev was scored
    notes(step(2, {"seconds": 4.0, "dev": {"bleu": 25.0, "exact_match": 0.5}}))
    # The first step began two seconds before it was told of.
    assert clock.curve == [{"seconds": 12.0, "score": expected}]
    facts = notes.facts()
    assert facts["target_tokens"] == 200
    assert facts["target_tokens_per_second"] == pytest.approx(50.0)
    assert not facts["is_stopped"]
