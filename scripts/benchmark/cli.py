"""The benchmark's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

from scripts.benchmark import corpora, document, growth, machine, results, stages
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places, standard_places
from scripts.benchmark.plans import System
from scripts.benchmark.registry import CORPORA, SYSTEMS, TASKS, find_corpus, find_system
from seqtag.errors import SeqtagError

STAGES = tuple(dict.fromkeys(stage for task in TASKS.values() for stage in task.stages))
REPEATS, QUICK_REPEATS = 7, 3


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; return the exit status."""
    options = _parser().parse_args(arguments)
    places = standard_places(is_quick=options.quick)
    try:
        if options.action == "report":
            document.write_all(places)
            return 0
        if options.action == "list":
            return _list(places, options.corpus)
        cores = options.cores or machine.available_cores()[:1]
        machine.pin(cores)
        with machine.alone(places.lock):
            if options.action == "growth":
                growth.run(places, options.what, cores, refresh=options.refresh)
            else:
                _run(places, options, cores)
    except (BenchmarkError, SeqtagError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--quick", action="store_true", help="a small slice, in minutes")
    shared.add_argument("--corpus", default="ud-en-ewt", help=f"one of {', '.join(CORPORA)}")
    shared.add_argument("--cores", type=_numbers, help="such as 0 or 0,1; by default the first")
    shared.add_argument("--refresh", action="store_true", help="measure again what is known")
    parser = argparse.ArgumentParser(prog="python scripts/benchmark", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", parents=[shared], help="train and measure systems")
    run.add_argument(
        "systems",
        nargs="*",
        metavar="SYSTEM",
        help=f"by default all of the corpus's task: {', '.join(SYSTEMS)}",
    )
    run.add_argument("--stage", choices=STAGES, action="append", help="by default all")
    run.add_argument("--seeds", type=_numbers, help="of the training; by default the system's")
    run.add_argument("--repeats", type=int, help=f"of each pair; by default {REPEATS}")
    run.add_argument("--minutes", type=float, help="limit of a training, 0 for none")
    grow = actions.add_parser("growth", parents=[shared], help="time and memory by size")
    grow.add_argument("what", nargs="*", choices=[[], *growth.MEASURES], help="by default all")
    actions.add_parser("list", parents=[shared], help="tell what has been measured")
    actions.add_parser("report", parents=[shared], help="write docs/benchmarks.md and pictures")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _run(places: Places, options: argparse.Namespace, cores: Sequence[int]) -> None:
    """Train and measure what is not known yet."""
    plan = find_corpus(options.corpus)
    task = TASKS[plan.task]
    names = options.systems or (task.quick if places.is_quick else [s.name for s in task.systems])
    chosen = [find_system(name, plan) for name in names]
    wanted = options.stage or task.stages
    repeats = options.repeats or (QUICK_REPEATS if places.is_quick else REPEATS)
    start = stages.start_worker(places)
    if options.minutes is not None and "training" in wanted:
        endless = [system.name for system in chosen if system.minutes is None]
        if endless:
            raise BenchmarkError(f"--minutes: the training of {endless[0]} knows no limit")
    corpus = corpora.prepare(plan, places)
    bench = stages.Bench(places, corpus, cores, repeats, start, options.minutes)
    run_stages(bench, chosen, wanted, seeds=options.seeds, refresh=options.refresh)
    document.print_tables(places, plan)


def run_stages(
    bench: stages.Bench,
    chosen: Sequence[System],
    wanted: Iterable[str],
    *,
    seeds: Sequence[int] | None = None,
    refresh: bool = False,
) -> None:
    """Train and measure some systems, leaving out what is known unless it is to be refreshed.

    Pairs are measured of which one system is chosen, or, where several are, both of them.
    """
    names = {system.name for system in chosen}
    if "training" in wanted:
        for system in chosen:
            for seed in seeds or (system.seeds if not bench.places.is_quick else (1,)):
                if refresh or not bench.has(system, "training", str(seed)):
                    _tell(f"training {system.name}, seed {seed}")
                    action = stages.rescore if system.model_of else stages.train
                    action(bench, system, seed)
    for stage, pairs in bench.task.pairs.items():
        is_training = stage != bench.task.prediction
        measure = stages.measure_training if is_training else stages.measure_prediction
        for first, second in pairs if stage in wanted else ():
            both = {first, second}
            if not (both <= names if len(names) > 1 else both & names):
                continue
            a, b = find_system(first), find_system(second)
            if refresh or not (bench.has(a, stage, second) and bench.has(b, stage, first)):
                _tell(f"{stage} of {first} and {second}")
                measure(bench, a, b)


def _tell(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


def _list(places: Places, corpus: str) -> int:
    """Print what has been measured of each system."""
    for name in SYSTEMS:
        found = results.read(places, corpus, name)
        parts = [
            f"{stage}: {', '.join(sorted(found[stage]))}" for stage in STAGES if stage in found
        ]
        print(f"{name:20} {'; '.join(parts) or 'nothing yet'}")
    return 0
