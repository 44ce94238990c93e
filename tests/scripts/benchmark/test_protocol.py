from __future__ import annotations

import time
from pathlib import Path

import pytest

from scripts.benchmark import protocol
from scripts.benchmark.protocol import Clock, Worker, peak_memory_mb
from tests.scripts.benchmark.fake_system import Fake


def test_clock_leaves_out_what_is_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    now = protocol.STARTED + 2.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    clock = Clock()
    assert clock.seconds() == pytest.approx(2.0)
    with clock.paused():
        now += 10.0
    now += 1.0
    clock.note(0.5)
    clock.put(2.5)
    now += 1.0
    clock.note(0.75)
    assert clock.curve == [{"seconds": 3.0, "score": 0.5}, {"seconds": 3.5, "score": 0.75}]


def test_tagged_sentences_are_repeated_to_a_size(tmp_path: Path) -> None:
    source = tmp_path / "test.jsonl"
    source.write_text('{"tokens": ["a", "bc", "d"]}\n{"tokens": ["e"]}\n', "utf-8")
    worker = Worker(Fake())
    facts = worker.prepare_prediction(str(source), 9)
    assert (facts["items"], facts["amount"]) == (5, 11)
    timed = worker.time_prediction()
    assert timed["amount"] == 11
    assert timed["seconds"] > 0
    assert len(worker.time_latency([["a"], ["b"]], 5)) == 5


def test_a_text_counts_as_one(tmp_path: Path) -> None:
    source, target = tmp_path / "test.jsonl", tmp_path / "answers"
    source.write_text('{"text": "a b", "label": "1"}\n{"text": "c", "label": "1"}\n', "utf-8")
    worker = Worker(Fake())
    assert worker.prepare_prediction(str(source), 5)["amount"] == 5
    assert worker.time_prediction()["amount"] == 5
    worker.predict_file(str(source), str(target))
    assert target.read_text("utf-8").splitlines() == ['"1"', '"0"']
    assert len(worker.time_latency(["a b", "c"], 5)) == 5


def test_results_of_the_wrong_length_are_no_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "test.jsonl"
    source.write_text('{"tokens": ["a", "b"]}\n', "utf-8")
    monkeypatch.setattr(Fake, "predict", lambda self, items: [["1"] for _ in items])
    with pytest.raises(ValueError, match="1 tags for the 2 tokens"):
        Worker(Fake()).predict_file(str(source), str(tmp_path / "tags"))


def test_memory_is_the_highest_mark_of_this_program() -> None:
    before = peak_memory_mb()
    block = bytearray(60_000_000)
    block[::4096] = b"x" * len(block[::4096])
    assert peak_memory_mb() >= max(before, 60)
