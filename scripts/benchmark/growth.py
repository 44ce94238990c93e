"""How time and memory grow with the amount of text: per token they should not."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark import corpora, machine, results, stages
from scripts.benchmark.corpora import Corpus, parse, read_blocks
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places
from scripts.benchmark.registry import find_corpus, find_system
from scripts.benchmark.summary import summarize

CORPUS = "ud-en-ewt"
RECORD = "growth"
"""The file of these results beside those of the systems."""

TAGGED = {"default-int8": (100_000, 10_000_000), "default": (100_000, 10_000_000)}
QUICK_TAGGED = {"default": (2_000, 20_000)}
FILE_BYTES, QUICK_FILE_BYTES = 1_000_000_000, 3_000_000
TRAINED = (10_000, 100_000, 1_000_000, 10_000_000)
QUICK_TRAINED = (1_000, 10_000)
STEPS, QUICK_STEPS = 200, 20
REPEATS = 5


def run(places: Places, wanted: Sequence[str], cores: Sequence[int], *, refresh: bool) -> None:
    """Measure what is wanted and not known yet."""
    corpus = corpora.prepare(find_corpus(CORPUS), places)
    bench = stages.Bench(places, corpus, cores, REPEATS, stages.start_worker(places))
    for what in wanted or MEASURES:
        for key, record in MEASURES[what](bench, refresh):
            results.put(places, CORPUS, RECORD, what, key, record)
            print(f"{what} {key}: {_shown(record)}", file=sys.stderr)


def _tagging(bench: stages.Bench, refresh: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tag a short stream several times, a long one, and the short one again."""
    for name, (few, many) in (QUICK_TAGGED if bench.places.is_quick else TAGGED).items():
        system = find_system(name)
        if not refresh and results.has(bench.places, CORPUS, RECORD, "tagging", name):
            continue
        model = _model(bench, name)
        stages.export(bench, system, 1)
        source = bench.corpus.sentences("train")
        with bench.worker(system) as client:
            client.call("load", model=str(model), settings=bench.settings(system))
            client.call("time_stream", source=source, tokens=few)
            small_memory = client.call("peak_memory_mb")
            short = [client.call("time_stream", source=source, tokens=few) for _ in range(REPEATS)]
            long = client.call("time_stream", source=source, tokens=many)
            short += [client.call("time_stream", source=source, tokens=few) for _ in range(REPEATS)]
            record = {
                "few_tokens": few,
                "many_tokens": many,
                "few_us_per_token": summarize([_microseconds(timed) for timed in short]),
                "many_us_per_token": round(_microseconds(long), 3),
                "tenths_us_per_token": long["tenths_us_per_token"],
                "peak_memory_mb_few": small_memory,
                "peak_memory_mb_many": client.call("peak_memory_mb"),
                "provenance": _provenance(bench, "tagging", name, client.call("versions")),
            }
        few_time = record["few_us_per_token"]["median"]
        record["ratio"] = round(record["many_us_per_token"] / few_time, 3)
        yield name, record


def _memory(bench: stages.Bench, refresh: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tag a large file on the command line and look at the most memory that it took."""
    if not refresh and results.has(bench.places, CORPUS, RECORD, "memory", "default"):
        return
    size = QUICK_FILE_BYTES if bench.places.is_quick else FILE_BYTES
    path = bench.corpus.folder / "large.conllu"
    tokens = _write_repeated(bench.corpus, path, size_in_bytes=size)
    command = [sys.executable, "-m", "seqtag", "tag", str(_model(bench, "default")), str(path)]
    variables = machine.worker_variables(bench.cores)
    where = _provenance(bench, "memory", "default", {})
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchmarkError(f"seqtag tag ended with status {process.returncode}, see above")
    seconds = usage.ru_utime + usage.ru_stime
    yield (
        "default",
        {
            "file_bytes": path.stat().st_size,
            "tokens": tokens,
            "peak_memory_mb": round(usage.ru_maxrss * 1024 / 1e6, 1),
            "cpu_seconds": round(seconds, 1),
            "tokens_per_second": round(tokens / seconds, 1),
            "provenance": where,
        },
    )
    path.unlink()


def _training(bench: stages.Bench, refresh: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Train some hundred steps on corpora of many sizes in turn."""
    sizes = QUICK_TRAINED if bench.places.is_quick else TRAINED
    if not refresh and all(
        results.has(bench.places, CORPUS, RECORD, "training", str(size)) for size in sizes
    ):
        return
    system = find_system("default")
    steps = QUICK_STEPS if bench.places.is_quick else STEPS
    settings = bench.settings(system)
    with contextlib.ExitStack() as stack:
        clients = {}
        prepared = {}
        for size in sizes:
            path = bench.corpus.folder / f"train-{size}.conllu"
            _write_repeated(bench.corpus, path, tokens=size)
            task = bench.corpus.task()
            task["sources"] = {**task["sources"], "train": str(path)}
            clients[size] = stack.enter_context(bench.worker(system))
            prepared[size] = clients[size].call(
                "prepare_steps", task=task, settings=settings, steps=steps
            )
            path.unlink()
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(REPEATS):
            for size, client in clients.items():
                times[size].append(_microseconds(client.call("time_steps", steps=steps)))
        for size, client in clients.items():
            yield (
                str(size),
                {
                    **prepared[size],
                    "steps": steps,
                    "us_per_token": summarize(times[size]),
                    "peak_memory_mb": client.call("peak_memory_mb"),
                    "provenance": _provenance(
                        bench, "training", "default", client.call("versions")
                    ),
                },
            )


MEASURES = {"tagging": _tagging, "memory": _memory, "training": _training}


def _model(bench: stages.Bench, name: str) -> Path:
    model = bench.model(find_system(name))
    if not model.exists():
        raise BenchmarkError(
            f"there is no model: python scripts/benchmark run {find_system(name).trained_as} "
            "--stage training"
        )
    return model


def _microseconds(timed: dict[str, float]) -> float:
    return 1e6 * timed["seconds"] / timed["amount"]


def _write_repeated(corpus: Corpus, path: Path, *, size_in_bytes: int = 0, tokens: int = 0) -> int:
    """Write the training part again and again, up to a size; return the number of tokens."""
    blocks = list(read_blocks(Path(corpus.sources["train"]), corpus.plan))
    counts = [len(parse(block, corpus.plan.kind)["tokens"]) for block in blocks]
    written = size = 0
    with path.open("w", encoding="utf-8") as file:
        while True:
            for block, count in zip(blocks, counts, strict=True):
                if (size_in_bytes and size >= size_in_bytes) or (tokens and written >= tokens):
                    return written
                file.write(f"{block}\n")
                size += len(block.encode()) + 1
                written += count


def _provenance(
    bench: stages.Bench, what: str, name: str, versions: dict[str, str]
) -> dict[str, Any]:
    command = f"python scripts/benchmark growth {what} --refresh"
    return machine.provenance(bench.cores, {name: versions}, command)


def _shown(record: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in record.items() if isinstance(value, int | float)
    )
