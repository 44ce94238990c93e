"""The measurements: one full training for accuracy, repeated pairs for speed."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benchmark import environments, machine, results
from scripts.benchmark.client import Client
from scripts.benchmark.corpora import Corpus
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places
from scripts.benchmark.plans import TEXT_UNITS, System, TaskPlan
from scripts.benchmark.protocol import given, read_sentences
from scripts.benchmark.registry import TASKS
from scripts.benchmark.scoring import read_answers, score, signature, text_scores
from scripts.benchmark.summary import percentile, ratios, summarize

LATENCY_TOKENS = 20

KERNELS = ("plain", "fastest")
"""Of the limit; see `scripts.benchmark.limit`."""

StartWorker = Callable[[System, Mapping[str, str]], Client]


@dataclass(frozen=True, slots=True)
class Bench:
    """What all stages need.

    Attributes:
        places: Where things are kept.
        corpus: What is trained on and answered.
        cores: Those that are used.
        repeats: How often each of a pair is measured.
        start: Starts a system's worker; another one in tests.
        minutes: Limit of a training, instead of the system's own.
    """

    places: Places
    corpus: Corpus
    cores: Sequence[int]
    repeats: int
    start: StartWorker
    minutes: float | None = None

    @contextlib.contextmanager
    def worker(self, system: System) -> Iterator[Client]:
        """Return a context in which a system's worker lives."""
        with self.start(system, machine.worker_variables(self.cores)) as client:
            yield client

    @property
    def task(self) -> TaskPlan:
        """What is measured of the corpus's task."""
        return TASKS[self.corpus.plan.task]

    def settings(self, system: System, seed: int = 1) -> dict[str, Any]:
        """Return what a system's worker is told."""
        quick = system.quick if self.places.is_quick else {}
        own = {**system.settings, **quick, **system.loading}
        if system.minutes is not None:
            own["minutes"] = system.minutes if self.minutes is None else self.minutes
        return {"cores": len(self.cores), "seed": seed, **own}

    def model(self, system: System, seed: int = 1) -> Path:
        """Return the folder of a system's model."""
        return self.places.model(self.corpus.plan.name, system.trained_as, seed)

    def has(self, system: System, stage: str, key: str) -> bool:
        """Tell whether a stage has been measured."""
        return results.has(self.places, self.corpus.plan.name, system.name, stage, key)

    def put(self, system: System, stage: str, key: str, record: Mapping[str, Any]) -> None:
        """Keep a stage's record."""
        results.put(self.places, self.corpus.plan.name, system.name, stage, key, record)

    def command(self, stage: str, *systems: System) -> str:
        """Return what measures a record again."""
        parts = ["python scripts/benchmark run", *(s.name for s in systems), f"--stage {stage}"]
        if self.corpus.plan.name != "ud-en-ewt":
            parts.append(f"--corpus {self.corpus.plan.name}")
        if len(self.cores) > 1:
            parts.append(f"--cores {','.join(map(str, self.cores))}")
        if stage == "training" and self.minutes is not None:
            parts.append(f"--minutes {self.minutes:g}")
        return " ".join([*parts, "--refresh"])


def start_worker(places: Places) -> StartWorker:
    """Return what starts workers in their environments."""

    def start(system: System, variables: Mapping[str, str]) -> Client:
        python = environments.ensure(system.environment, places.environments)
        cache = {"FLAIR_CACHE_ROOT": str(places.work / "flair")}
        module = f"scripts.benchmark.systems.{system.worker}"
        return Client(system.name, [str(python), "-m", module], {**variables, **cache})

    return start


def train(bench: Bench, system: System, seed: int) -> None:
    """Train a system, score it on dev and test, and keep the model.

    Raises:
        BenchmarkError: The worker failed.
    """
    output = bench.model(system, seed)
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    settings = bench.settings(system, seed)
    with bench.worker(system) as client:
        versions = client.call("versions")
        where = machine.provenance(
            bench.cores, {system.name: versions}, bench.command("training", system)
        )
        facts = client.call(
            "train", task=bench.corpus.task(), output=str(output), settings=settings
        )
    record = {**facts, "settings": settings, "scores": {}, "provenance": where}
    with bench.worker(system) as client:
        record["model_mb"] = client.call("load", model=str(output), settings=settings)
        _add_scores(bench, system, client, output, record)
    bench.put(system, "training", str(seed), record)


def rescore(bench: Bench, system: System, seed: int) -> None:
    """Score a model that another system's training left, such as with another engine.

    Raises:
        BenchmarkError: The worker failed, or there is no such model.
    """
    output = bench.model(system, seed)
    settings = bench.settings(system, seed)
    export(bench, system, seed)
    with bench.worker(system) as client:
        record: dict[str, Any] = {
            "settings": settings,
            "scores": {},
            "model_mb": client.call("load", model=str(output), settings=settings),
            "provenance": machine.provenance(
                bench.cores,
                {system.name: client.call("versions")},
                bench.command("training", system),
            ),
        }
        _add_scores(bench, system, client, output, record)
    bench.put(system, "training", str(seed), record)


def _add_scores(
    bench: Bench, system: System, client: Client, output: Path, record: dict[str, Any]
) -> None:
    """Score a loaded model on dev and test, and in all tag columns where it has several."""
    for part in ("dev", "test"):
        record["scores"][part] = _score(bench, client, output, part)
    if told := signature(bench.corpus.plan.kind):
        record["signature"] = told
    if system.worker == "seqtag":
        columns = client.call("score_columns", source=bench.corpus.sources["test"])
        if columns:
            record["columns"] = columns


def _score(bench: Bench, client: Client, output: Path, part: str) -> dict[str, float]:
    kind = bench.corpus.plan.kind
    if kind in TEXT_UNITS:
        told = client.call("score_text", source=bench.corpus.sources[part])
        return text_scores(told, bench.corpus.units(part), kind)
    source = bench.corpus.sentences(part)
    target = output / f"{part}.answers"
    client.call("predict_file", source=source, target=str(target))
    train_part = read_sentences(bench.corpus.sentences("train"))
    known = {token for sentence in train_part for token in sentence.get("tokens", [])}
    return score(read_sentences(source), read_answers(target), kind, known)


def export(bench: Bench, system: System, seed: int) -> None:
    """Export a seqtag model, where a system wants it in ONNX and it is not there yet.

    Raises:
        BenchmarkError: There is no model, or it cannot be exported.
    """
    if system.loading.get("engine") != "onnx":
        return
    run = bench.model(system, seed)
    int8 = system.loading["precision"] == "int8"
    target = run / "model" / ("model.int8.onnx" if int8 else "model.onnx")
    weights = run / "model" / "weights.safetensors"
    if target.exists() and target.stat().st_mtime >= weights.stat().st_mtime:
        return
    command = [sys.executable, "-m", "seqtag", "export", str(run), "--format", "onnx"]
    command += ["--int8"] if int8 else []
    variables = machine.worker_variables(bench.cores)
    if subprocess.run(command, env=variables, stdout=sys.stderr, check=False).returncode:
        raise BenchmarkError(f"{system.name}: {' '.join(command[1:])} failed, see above")


def measure_prediction(bench: Bench, first: System, second: System) -> None:
    """Measure two trained systems at their task in turn, and keep it with both.

    Raises:
        BenchmarkError: A model is missing, or a worker failed.
    """
    quick, plan = bench.places.is_quick, bench.task
    size = plan.quick_size if quick else plan.size
    calls = plan.quick_calls if quick else plan.calls
    test = bench.corpus.sentences("test")
    items = latency_items(test)
    pair = (first, second)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(bench.worker(system)) for system in pair]
        records: list[dict[str, Any]] = []
        for system, client in zip(pair, clients, strict=True):
            model, settings = bench.model(system), bench.settings(system)
            if not model.exists():
                raise BenchmarkError(
                    f"{system.name} has no model: python scripts/benchmark run "
                    f"{system.trained_as} --stage training"
                )
            export(bench, system, 1)
            model_mb = client.call("load", model=str(model), settings=settings)
            facts = client.call("prepare_prediction", source=test, size=size)
            # A pass to warm up; that of translators is scored, since a search can be fast and bad.
            scores = {}
            if bench.corpus.plan.kind == "pairs":
                scores = {"scores": {"test": _score(bench, client, model, "test")}}
            else:
                client.call("time_prediction")
            client.call("time_latency", items=items, count=min(20, calls))
            # Before the limit's matrices are made, which are no part of the system.
            memory = client.call("peak_memory_mb")
            records.append(
                {
                    **scores,
                    "model_mb": model_mb,
                    "peak_memory_mb": memory,
                    plan.unit: facts["amount"],
                    f"first_{plan.unit}_per_second": facts["first_rate"],
                }
            )
        where = _provenance(bench, plan.prediction, pair, clients)
        limits = _prepare_limits(pair, clients, training=False)
        _measure(bench, pair, clients, records, plan.prediction, limits)
        times: list[list[list[float]]] = [[], []]
        for _ in range(bench.repeats):
            for client, measured in zip(clients, times, strict=True):
                measured.append(client.call("time_latency", items=items, count=calls))
    for record, measured in zip(records, times, strict=True):
        record["latency_ms"] = {
            "tokens": LATENCY_TOKENS,
            "calls": calls,
            "p50": summarize([percentile(m, 0.5) for m in measured]),
            "p99": summarize([percentile(m, 0.99) for m in measured]),
        }
    _keep(bench, plan.prediction, pair, records, where)


def measure_training(bench: Bench, first: System, second: System) -> None:
    """Measure the training steps of two systems in turn, and keep it with both.

    Raises:
        BenchmarkError: A worker failed.
    """
    pair = (first, second)
    task = bench.corpus.task()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(bench.worker(system)) for system in pair]
        for system, client in zip(pair, clients, strict=True):
            client.call(
                "prepare_training",
                task=task,
                slice_file=bench.corpus.sentences("slice"),
                source=bench.corpus.sources["slice"],
                settings=bench.settings(system),
            )
        records = [{"peak_memory_mb": client.call("peak_memory_mb")} for client in clients]
        where = _provenance(bench, "training-speed", pair, clients)
        limits = _prepare_limits(pair, clients, training=True)
        _measure(bench, pair, clients, records, "training-speed", limits)
    _keep(bench, "training-speed", pair, records, where)


def _provenance(
    bench: Bench, stage: str, pair: Sequence[System], clients: Sequence[Client]
) -> dict[str, Any]:
    versions = {
        system.name: client.call("versions") for system, client in zip(pair, clients, strict=True)
    }
    return machine.provenance(bench.cores, versions, bench.command(stage, *pair))


def _prepare_limits(
    pair: Sequence[System], clients: Sequence[Client], *, training: bool
) -> list[dict[str, Any] | None]:
    """Get the bare products of each seqtag model ready."""
    return [
        client.call("prepare_limit", training=training) if system.worker == "seqtag" else None
        for system, client in zip(pair, clients, strict=True)
    ]


def _measure(
    bench: Bench,
    pair: Sequence[System],
    clients: Sequence[Client],
    records: Sequence[dict[str, Any]],
    stage: str,
    limits: Sequence[Mapping[str, Any] | None],
) -> None:
    """Let the systems, and the limits of those that have one, run in turn; note their speeds."""
    unit = bench.task.unit_of(stage)
    call = "time_prediction" if stage == bench.task.prediction else "time_training"
    speeds: list[list[float]] = [[] for _ in pair]
    bounds: list[dict[str, list[float]]] = [{kernel: [] for kernel in KERNELS} for _ in pair]
    for repeat in range(bench.repeats):
        for number, client in enumerate(clients):
            speeds[number].append(_rate(client.call(call)))
            if limits[number] is not None:
                for kernel, values in bounds[number].items():
                    values.append(_rate(client.call("time_limit", kernel=kernel)))
        told = ", ".join(f"{s.name} {v[-1]:,.0f}" for s, v in zip(pair, speeds, strict=True))
        print(f"{call} {repeat + 1} of {bench.repeats}: {told} {unit}/s", file=sys.stderr)
    for number, record in enumerate(records):
        record[f"{unit}_per_second"] = summarize(speeds[number])
        record["ratio"] = ratios(speeds[number], speeds[1 - number])
        facts = limits[number]
        if facts is not None:
            record["limit"] = dict(facts)
            for kernel, values in bounds[number].items():
                record["limit"][kernel] = {
                    f"{unit}_per_second": summarize(values),
                    "time_ratio": ratios(values, speeds[number]),
                }


def _rate(timed: Mapping[str, float]) -> float:
    return timed["amount"] / timed["seconds"]


def _keep(
    bench: Bench,
    stage: str,
    pair: Sequence[System],
    records: Sequence[dict[str, Any]],
    where: Mapping[str, Any],
) -> None:
    for number, (system, record) in enumerate(zip(pair, records, strict=True)):
        partner = pair[1 - number]
        kept = {**record, "settings": bench.settings(system), "provenance": where}
        bench.put(system, stage, partner.name, kept)


def latency_items(path: str) -> list[list[str]] | list[str]:
    """Return a file's sentences or texts of `LATENCY_TOKENS` tokens, else cut ones.

    The tokens of a text are what stands between its spaces.
    """
    items = [given(sentence) for sentence in read_sentences(path)]
    are_texts = any(isinstance(item, str) for item in items)
    split = [item.split(" ") if isinstance(item, str) else item for item in items]
    fitting = [tokens for tokens in split if len(tokens) == LATENCY_TOKENS]
    longer = [t[:LATENCY_TOKENS] for t in split if len(t) > LATENCY_TOKENS]
    if not fitting and not longer:
        raise BenchmarkError(f"{path} has no sentence of {LATENCY_TOKENS} tokens")
    chosen = fitting or longer
    return [" ".join(tokens) for tokens in chosen] if are_texts else chosen
