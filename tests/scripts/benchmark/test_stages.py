"""The way of a system through the benchmark, with a worker that stands for all."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.benchmark import cli, corpora, machine, registry, results, stages
from scripts.benchmark.client import Client
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places
from scripts.benchmark.plans import CorpusPlan, System, TaskPlan
from tests.helpers import SAMPLES

TAGGED = CorpusPlan("tiny", "tiny", "words", ".conllu", "tag=UPOS", "accuracy")
LABELLED = CorpusPlan("texts", "texts", "labels", ".tsv", "", "accuracy")
PAIRS_OF_TEXTS = CorpusPlan(
    *("pairs", "pairs", "pairs", "", "", "bleu"),
    languages=("en", "de"),
    stems={"dev": "val", "test": "test2016"},
)
SPOKEN = CorpusPlan("words", "words", "pronunciations", ".dict", "", "word_error_rate")
PROSE = CorpusPlan("prose", "prose", "text", ".txt", "", "perplexity", stems={"dev": "valid"})
LETTERS = CorpusPlan(
    *("letters", "letters", "characters", ".txt", "", "nats_per_character"),
    stems={"train": "input"},
)
FIRST = System("first", "First", "fake", "none", {"epochs": 2}, {"epochs": 1}, seeds=(1, 2))
SECOND = System("second", "Second", "fake", "none")
PAIRS = (("first", "second"),)
TASKS = {
    "tag": TaskPlan(
        *("tag", (FIRST, SECOND), ("first",), "tokens", "tagging", 9_000, 800),
        {"training-speed": PAIRS, "tagging": PAIRS},
    ),
    "classify": TaskPlan(
        *("classify", (FIRST, SECOND), ("first",), "texts", "classifying", 900, 80),
        {"classifying": PAIRS},
    ),
    "translate": TaskPlan(
        *("translate", (FIRST, SECOND), ("first",), "sentences", "translating", 30, 20),
        {"training-speed": PAIRS, "translating": PAIRS},
        quick_calls=3,
    ),
    "pronounce": TaskPlan("pronounce", (FIRST,), ("first",), "words", "", 0, 0, {}),
    "generate": TaskPlan(
        *("generate", (FIRST, SECOND), ("first",), "words", "", 0, 0), {"training-speed": PAIRS}
    ),
    "spell": TaskPlan("spell", (FIRST,), ("first",), "characters", "", 0, 0, {}),
}


@pytest.fixture
def started() -> list[str]:
    """The systems whose workers were started, in order."""
    return []


@pytest.fixture
def start(started: list[str]) -> stages.StartWorker:
    """What starts the worker that stands for all."""

    def start(system: System, variables: Mapping[str, str]) -> Client:
        started.append(system.name)
        module = "tests.scripts.benchmark.fake_system"
        return Client(system.name, [sys.executable, "-m", module], variables)

    return start


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Places beside the sample corpora."""
    for plan, sample in ((TAGGED, "pos"), (LABELLED, "sentiment")):
        (tmp_path / plan.name).mkdir()
        for part in corpora.PARTS:
            text = (SAMPLES / sample / f"{part}{plan.suffix}").read_text("utf-8")
            (tmp_path / plan.name / f"{part}{plan.suffix}").write_text(text, "utf-8")
    (tmp_path / "pairs").mkdir()
    for stem, count in (("train", 40), ("val", 4), ("test2016", 6)):
        # Python would take the first side's last character for the end of a line.
        sides = {"en": "eins zwei drei vier fünf sechs sieben acht\u2028", "de": "0"}
        for language, text in sides.items():
            lines = f"{text}\n" * count
            (tmp_path / "pairs" / f"{stem}.{language}").write_text(lines, "utf-8")
    (tmp_path / "words").mkdir()
    words = "".join(f"{'ab'[n % 2] * n} AA1\n{'ab'[n % 2] * n}(2) 0\n" for n in range(1, 101))
    (tmp_path / "words" / "words.dict").write_text(words, "utf-8")
    (tmp_path / "prose").mkdir()
    for stem, count in (("train", 400), ("valid", 4), ("test", 6)):
        # No line ends but where a new one begins.
        lines = (
            " = Title = \n \n"
            + " eins zwei\u2028drei @-@ <unk> sechs\x85sieben acht neun \n" * count
        )
        (tmp_path / "prose" / f"{stem}.txt").write_text(lines, "utf-8")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "input.txt").write_text("abcd\n\nefgh  ij\n" * 20 + "klm", "utf-8")
    monkeypatch.setenv("SEQTAG_CORPORA", str(tmp_path))
    monkeypatch.setattr(stages, "LATENCY_TOKENS", 8)
    monkeypatch.setattr(stages, "TASKS", TASKS)
    monkeypatch.setattr(registry, "SYSTEMS", {"first": FIRST, "second": SECOND})
    return Places(tmp_path / "work", tmp_path / "results", is_quick=True)


@pytest.fixture
def bench(places: Places, start: stages.StartWorker) -> stages.Bench:
    return stages.Bench(places, corpora.prepare(TAGGED, places), [0], 3, start)


def record(bench: stages.Bench, system: str) -> dict[str, Any]:
    return results.read(bench.places, "tiny", system)


def test_stages_keep_what_they_measure(bench: stages.Bench) -> None:
    cli.run_stages(bench, [FIRST, SECOND], bench.task.stages)
    first, second = record(bench, "first"), record(bench, "second")
    training = first["training"]["1"]
    assert training["settings"] == {"cores": 1, "seed": 1, "epochs": 1}
    assert training["curve"][0]["score"] == 0.25
    assert training["model_mb"] == 0.0
    assert set(training["scores"]) == {"dev", "test"}
    assert training["scores"]["test"]["accuracy"] == 0.0
    assert training["peak_memory_mb"] > 1
    tagging = first["tagging"]["second"]
    assert tagging["tokens"] >= 800
    assert len(tagging["tokens_per_second"]["values"]) == 3
    assert len(tagging["latency_ms"]["p99"]["values"]) == 3
    assert "limit" not in tagging
    other = second["tagging"]["first"]
    assert other["ratio"]["values"] == pytest.approx(
        [1 / ratio for ratio in tagging["ratio"]["values"]], rel=1e-3
    )
    assert first["training-speed"]["second"]["ratio"]["low"] > 0
    where = tagging["provenance"]
    assert where["command"].startswith("python scripts/benchmark run first second --stage tagging")
    assert where["versions"]["second"]["python"] == sys.version.split()[0]
    assert where["machine"]["cpu"]


def test_texts_are_labelled_scored_and_timed(
    places: Places, start: stages.StartWorker, started: list[str]
) -> None:
    """The worker calls a text by its spaces, which anyone can count."""
    bench = stages.Bench(places, corpora.prepare(LABELLED, places), [0], 2, start)
    cli.run_stages(bench, [FIRST, SECOND], bench.task.stages)
    assert started == ["first", "first"] + ["second", "second"] + ["first", "second"]
    found = results.read(places, "texts", "first")
    assert set(found) == {"training", "classifying"}
    rows = (SAMPLES / "sentiment" / "test.tsv").read_text("utf-8").splitlines()
    pairs = [row.split("\t") for row in rows][: corpora.QUICK_SENTENCES["test"]]
    right = sum(str(text.count(" ") % 2) == label for text, label in pairs)
    scores = found["training"]["1"]["scores"]["test"]
    assert scores["accuracy"] == pytest.approx(right / len(pairs), abs=1e-5)
    classifying = found["classifying"]["second"]
    assert classifying["texts"] == 80
    assert len(classifying["texts_per_second"]["values"]) == 2
    assert classifying["first_texts_per_second"] > 0
    assert classifying["latency_ms"]["p50"]["low"] >= 0
    assert "--stage classifying --corpus texts" in classifying["provenance"]["command"]


def test_texts_are_translated_scored_and_timed(places: Places, start: stages.StartWorker) -> None:
    """The worker answers each text by the number of its spaces: odd, where 0 would be right."""
    bench = stages.Bench(places, corpora.prepare(PAIRS_OF_TEXTS, places), [0], 2, start)
    assert bench.corpus.task()["languages"] == ["en", "de"]
    source = Path(bench.corpus.sources["slice"] + ".en").read_text("utf-8")
    assert source.count("\n") == 40
    cli.run_stages(bench, [FIRST, SECOND], bench.task.stages)
    found = results.read(places, "pairs", "first")
    training = found["training"]["1"]
    assert training["scores"]["test"] == {"bleu": 0.0, "chrf": 0.0}
    assert "case:mixed|eff:no|tok:13a" in training["signature"]
    assert found["training-speed"]["second"]["tokens_per_second"]["low"] > 0
    translating = found["translating"]["second"]
    assert translating["sentences"] == 20
    assert translating["scores"]["test"]["bleu"] == 0.0
    assert translating["latency_ms"]["calls"] == 3


def test_words_are_pronounced_and_any_pronunciation_counts(
    places: Places, start: stages.StartWorker
) -> None:
    """The worker answers each word with 0, which is the second pronunciation of all."""
    bench = stages.Bench(places, corpora.prepare(SPOKEN, places), [0], 2, start)
    train = Path(bench.corpus.sources["train"]).read_text("utf-8").splitlines()
    assert len(train) == 180
    assert [line.split("\t")[1] for line in train[:2]] == ["AA", "0"]
    cli.run_stages(bench, [FIRST], bench.task.stages)
    scores = results.read(places, "words", "first")["training"]["1"]["scores"]["test"]
    assert scores == {"word_error_rate": 0.0, "phone_error_rate": 0.0}


def test_texts_are_trained_on_and_scored_whole(places: Places, start: stages.StartWorker) -> None:
    """Every word and every end of a line costs one bit."""
    bench = stages.Bench(places, corpora.prepare(PROSE, places), [0], 2, start)
    cli.run_stages(bench, [FIRST, SECOND], bench.task.stages)
    found = results.read(places, "prose", "first")
    assert set(found) == {"training", "training-speed"}
    scores = found["training"]["1"]["scores"]
    assert scores == {"dev": {"perplexity": 2.0}, "test": {"perplexity": 2.0}}
    assert found["training-speed"]["second"]["ratio"]["low"] > 0
    assert bench.corpus.units("dev") == (3 + 1) + (0 + 1) + 4 * (9 + 1)


def test_slices_of_texts_are_their_beginnings(places: Places) -> None:
    corpus = corpora.prepare(PROSE, places)
    train = Path(corpus.sources["train"]).read_bytes()
    part = Path(corpus.sources["slice"]).read_bytes()
    assert train.startswith(part)
    assert part.endswith(b"\n")
    assert corpus.units("slice") == 4 + 1 + 349 * 10
    assert len((corpus.folder / "slice.jsonl").read_text("utf-8").split("\n")) == 2 + 349 + 1


def test_a_text_of_characters_is_cut_in_its_order(
    places: Places, start: stages.StartWorker, tmp_path: Path
) -> None:
    whole = (tmp_path / "letters" / "input.txt").read_text("utf-8")
    full = Places(places.work, places.results)
    corpus = corpora.prepare(LETTERS, full)
    parts = [Path(corpus.sources[part]).read_text("utf-8") for part in corpora.PARTS]
    assert "".join(parts) == whole
    assert [len(part) for part in parts] == [272, 15, 16]
    assert corpus.units("test") == 16 + 1  # an end for every line, whether it is there or not
    bench = stages.Bench(full, corpus, [0], 2, start)
    cli.run_stages(bench, [FIRST], bench.task.stages, seeds=[1])
    scores = results.read(full, "letters", "first")["training"]["1"]["scores"]
    words = len(parts[2].split()) + parts[2].count("\n") + 1
    expected = math.log(2) * words / 17
    assert scores["test"]["nats_per_character"] == pytest.approx(expected, abs=1e-5)


def test_limit_of_a_training_is_the_systems_or_the_given_one(
    places: Places, start: stages.StartWorker
) -> None:
    limited = System("third", "Third", "fake", "none", task="translate", minutes=30)
    corpus = corpora.prepare(PAIRS_OF_TEXTS, places)
    bench = stages.Bench(places, corpus, [0], 2, start)
    assert bench.settings(limited)["minutes"] == 30
    assert "minutes" not in bench.settings(FIRST)
    shorter = stages.Bench(places, corpus, [0], 2, start, 0.5)
    assert shorter.settings(limited)["minutes"] == 0.5
    assert "--minutes 0.5 --refresh" in shorter.command("training", limited)
    assert "--minutes" not in shorter.command("translating", limited)


def test_single_texts_are_of_one_length(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    twenty, longer = " ".join("a" * 20), " ".join("b" * 25)
    path.write_text(f'{{"text": "{twenty}"}}\n{{"text": "{longer}"}}\n', "utf-8")
    assert stages.latency_items(str(path)) == [twenty]
    path.write_text(f'{{"text": "{longer}"}}\n{{"text": "a"}}\n', "utf-8")
    assert stages.latency_items(str(path)) == [" ".join("b" * 20)]


def test_what_is_known_is_not_measured_again(bench: stages.Bench, started: list[str]) -> None:
    cli.run_stages(bench, [FIRST], ["training"])
    assert started == ["first"] * 2  # one to train, one to load and tag
    cli.run_stages(bench, [FIRST, SECOND], ["training"])
    assert started == ["first"] * 2 + ["second"] * 2
    cli.run_stages(bench, [FIRST], ["training"], seeds=[2])
    assert sorted(record(bench, "first")["training"]) == ["1", "2"]
    assert started == ["first"] * 2 + ["second"] * 2 + ["first"] * 2
    cli.run_stages(bench, [SECOND], ["training"], refresh=True)
    assert started[-3:] == ["first", "second", "second"]


def test_a_pair_is_measured_again_where_one_half_is_missing(
    bench: stages.Bench, started: list[str]
) -> None:
    cli.run_stages(bench, [FIRST, SECOND], ["training", "training-speed"])
    before = len(started)
    cli.run_stages(bench, [FIRST], ["training-speed"])
    assert len(started) == before
    bench.places.result("tiny", "second").unlink()
    cli.run_stages(bench, [FIRST], ["training-speed"])
    assert started[before:] == ["first", "second"]


def test_workers_fail_with_what_went_wrong(bench: stages.Bench) -> None:
    with pytest.raises(BenchmarkError, match="first has no model: python scripts/benchmark run"):
        stages.measure_prediction(bench, FIRST, SECOND)
    with bench.worker(FIRST) as client, pytest.raises(BenchmarkError, match="AssertionError"):
        client.call("load", model="nowhere", settings={})


def test_a_worker_that_ends_is_told(bench: stages.Bench) -> None:
    client = Client("broken", [sys.executable, "-c", "raise SystemExit(3)"], {})
    with client, pytest.raises(BenchmarkError, match="broken ended while asked .* status 3"):
        client.call("versions")
    assert bench.repeats == 3


def test_two_benchmarks_never_run_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "work" / "lock"
    with (
        machine.alone(lock),
        pytest.raises(BenchmarkError, match="another benchmark is running"),
        machine.alone(lock),
    ):
        pass
    with machine.alone(lock):
        pass


def test_sentences_are_those_of_the_corpus(bench: stages.Bench) -> None:
    lines = (bench.corpus.folder / "train.jsonl").read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    rows = [
        line.split("\t")
        for line in (SAMPLES / "pos" / "train.conllu")
        .read_text("utf-8")
        .split("\n\n")[0]
        .splitlines()
        if not line.startswith("#")
    ]
    rows = [row for row in rows if row[0].isdecimal()]
    assert first["tokens"] == [row[1] for row in rows]
    assert first["tags"] == [row[3] for row in rows]
    assert len((bench.corpus.folder / "slice.jsonl").read_text("utf-8").splitlines()) <= len(lines)
