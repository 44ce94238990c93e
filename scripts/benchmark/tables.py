"""The tables of ``docs/benchmarks.md``, from what the stages kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from scripts.benchmark.plans import TEXT_UNITS, CorpusPlan
from scripts.benchmark.registry import SYSTEMS, TASKS
from scripts.benchmark.summary import mean_and_deviation

Results: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What is known of each system, by its name; growth is among them."""

NOTHING = "Not measured yet."
THRESHOLDS = {
    "words": (0.90, 0.92, 0.93, 0.94, 0.945, 0.95, 0.955),
    "spans": (0.05, 0.1, 0.15, 0.2),
    "labels": (0.72, 0.75, 0.78, 0.80, 0.81, 0.82, 0.83),
    "pairs": (0.10, 0.20, 0.25, 0.30, 0.32, 0.34, 0.35, 0.36),
    "pronunciations": (0.50, 0.60, 0.65, 0.68, 0.70, 0.72),
    "text": (500, 300, 200, 170, 150, 140, 130, 120, 110, 100, 90),
    "characters": (2.0, 1.8, 1.7, 1.6, 1.55, 1.5, 1.45),
}
"""Scores on dev, of pronunciations the share of right ones, of texts what is to be fallen below."""
FURTHER = {
    "words": [("accuracy_unseen", "test, words not in train")],
    "labels": [("macro_f1", "test macro F1")],
    "pairs": [("chrf", "test chrF")],
    "pronunciations": [("phone_error_rate", "test phone error rate")],
}
"""Scores on test beside the main one, and what they are called."""

NAMES = {
    "bleu": "BLEU",
    "word_error_rate": "word error rate",
    "nats_per_character": "nats a character",
}
"""What main scores are called where that is not their name."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, the first column to the left and all others to the right."""
    body = [" | ".join(row) for row in rows]
    if not body:
        return NOTHING
    rule = " | ".join(["---", *["---:"] * (len(header) - 1)])
    return "\n".join(f"| {line} |" for line in [" | ".join(header), rule, *body])


def accuracy_table(found: Results, plan: CorpusPlan) -> str:
    """Return the scores of full trainings and what these took."""
    rows = []
    shown = _costs if plan.kind in TEXT_UNITS else _scores
    for name, runs in _trainings(found):
        own = "seconds" in runs[0]
        cells = [_title(name)]
        for part, score in (("dev", plan.score), ("test", plan.score)):
            cells.append(shown([run["scores"][part][score] for run in runs]))
        for score, _ in FURTHER.get(plan.kind, []):
            cells.append(_scores([run["scores"]["test"][score] for run in runs]))
        cells.append(
            _range([run["seconds_in_all"] for run in runs], seconds) if own else "as above"
        )
        cells.append(_range([run["peak_memory_mb"] for run in runs], whole) if own else "as above")
        rows.append([*cells, f"{runs[0]['model_mb']:.1f}"])
    further = [title for _, title in FURTHER.get(plan.kind, [])]
    score = NAMES.get(plan.score, plan.score)
    header = ["system", f"dev {score}", f"test {score}", *further]
    return table([*header, "training", "peak MB", "model MB"], rows)


def columns_table(found: Results) -> str:
    """Return the scores of each tag column, of the systems that tell them."""
    rows = []
    for name, runs in _trainings(found):
        told = [run["columns"] for run in runs if "columns" in run]
        if told and len(told[0]) > 1:
            rows.append(
                [
                    _title(name),
                    *(_scores([scores[column] for scores in told]) for column in told[0]),
                ]
            )
    return table(["system", "UPOS", "XPOS", "FEATS"], rows)


def speed_table(found: Results, stage: str, task: str = "tag") -> str:
    """Return the speeds of a stage's pairs, and the limits beside them where some are known."""
    unit = TASKS[task].unit_of(stage)
    rate = f"{unit}_per_second"
    kernels = ("plain", "fastest") if task == "tag" else ()
    shown = f"target {unit}" if task == "translate" and stage == "training-speed" else unit
    is_scored = task == "translate" and stage == TASKS[task].prediction
    rows = []
    for name, partner, record in _pairs(found, stage):
        limit = record.get("limit", {})
        rows.append(
            [
                _title(name),
                _spread(record[rate], whole),
                _title(partner),
                _spread(found[partner][stage][name][rate], whole),
                _spread(record["ratio"], times),
                *(_bound(limit, kernel) for kernel in kernels),
                *(_bleu(r) for r in (record, found[partner][stage][name]) if is_scored),
            ]
        )
    header = ["system", f"{shown}/s", "in turn with", f"its {shown}/s", "ratio"]
    limits = ["limit, `torch.mm`", "limit, fastest kernels"] if kernels else []
    scores = ["BLEU", "its BLEU"] if is_scored else []
    return table([*header, *limits, *scores], rows)


def _bleu(record: Mapping[str, Any]) -> str:
    return f"{100 * record['scores']['test']['bleu']:.2f}"


def _bound(limit: Mapping[str, Any], kernel: str) -> str:
    if kernel not in limit:
        return "–"
    record = limit[kernel]
    rate, ratio = record["tokens_per_second"]["median"], record["time_ratio"]["median"]
    return f"{whole(rate)} (takes {ratio:.2f} times as long)"


def latency_table(found: Results, task: str = "tag") -> str:
    """Return how long one sentence or text takes, and what a program that predicts holds."""
    plan = TASKS[task]
    rows = []
    for name, partner, record in _pairs(found, plan.prediction, both=True):
        latency = record["latency_ms"]
        rows.append(
            [
                _title(name),
                _title(partner),
                _spread(latency["p50"], milliseconds),
                _spread(latency["p99"], milliseconds),
                whole(record[f"first_{plan.unit}_per_second"]),
                whole(record["peak_memory_mb"]),
                f"{record['model_mb']:.1f}",
            ]
        )
    header = ["system", "in turn with", "p50 ms", "p99 ms", f"first pass, {plan.unit}/s"]
    return table([*header, "peak MB", "model MB"], rows)


def time_table(found: Results, plan: CorpusPlan) -> str:
    """Return the seconds until each score on dev was reached first."""
    curves = {name: runs[0]["curve"] for name, runs in _trainings(found) if "curve" in runs[0]}
    if not curves:
        return NOTHING
    is_cost = plan.kind in TEXT_UNITS
    levels = THRESHOLDS[plan.kind]
    if is_cost:  # those that someone has come to
        best = min(point["score"] for curve in curves.values() for point in curve)
        levels = tuple(level for level in levels if level >= best) or levels[:1]
    rows = [
        [_title(name), *(_reached(curve, level, is_cost=is_cost) for level in levels)]
        for name, curve in curves.items()
    ]
    scale = 1 if is_cost else 100
    return table(["system", *(f"{scale * level:g}" for level in levels)], rows)


def _reached(curve: Sequence[Mapping[str, float]], level: float, *, is_cost: bool) -> str:
    found = time_to(curve, level, is_cost=is_cost)
    return "–" if found is None else seconds(found)


def time_to(
    curve: Sequence[Mapping[str, float]], level: float, *, is_cost: bool = False
) -> float | None:
    """Return the seconds at which a score was first reached, None if it never was.

    Args:
        curve: The scores.
        level: The score that is to be reached.
        is_cost: Whether less is better.
    """
    sign = -1 if is_cost else 1
    reached = (point["seconds"] for point in curve if sign * point["score"] >= sign * level)
    return next(reached, None)


def growth_table(found: Results) -> str:
    """Return time and memory by the amount of text."""
    known = found.get("growth", {})
    rows = []
    for name, record in known.get("tagging", {}).items():
        few, many = record["few_tokens"], record["many_tokens"]
        rows.append(
            [
                f"tagging, {_title(name)}",
                f"{whole(few)} tokens: {_spread(record['few_us_per_token'], micro)}",
                f"{whole(many)} tokens: {micro(record['many_us_per_token'])}",
                f"{record['ratio']:.3f}",
                f"{whole(record['peak_memory_mb_few'])} and {whole(record['peak_memory_mb_many'])}",
            ]
        )
    trained = sorted(known.get("training", {}).items(), key=lambda item: int(item[0]))
    for size, record in trained:
        first = trained[0][1]["us_per_token"]["median"]
        rows.append(
            [
                "training, seqtag default",
                f"{whole(int(size))} tokens: {_spread(record['us_per_token'], micro)}",
                f"{seconds(record['seconds_before'])} before the first step",
                f"{record['us_per_token']['median'] / first:.3f}",
                whole(record["peak_memory_mb"]),
            ]
        )
    for name, record in known.get("memory", {}).items():
        rows.append(
            [
                f"`seqtag tag`, {_title(name)}",
                f"a file of {record['file_bytes'] / 1e9:.2f} GB, {whole(record['tokens'])} tokens",
                f"{micro(1e6 / record['tokens_per_second'])} of processor time",
                "–",
                whole(record["peak_memory_mb"]),
            ]
        )
    return table(["what", "time a token", "and", "ratio", "peak MB"], rows)


def provenance_table(found: Results) -> str:
    """Return for each record the command that makes it, and when and on what it was made."""
    rows: dict[str, list[str]] = {}
    for record in _records(found):
        where = record["provenance"]
        versions = sorted(
            {
                f"{package} {version}"
                for packages in where["versions"].values()
                for package, version in packages.items()
            }
        )
        machine = where["machine"]
        rows.setdefault(
            where["command"],
            [
                f"`{where['command']}`",
                where["date"],
                where["commit"] + (" and changes" if where["changed"] else ""),
                f"{machine['cpu']}, {where['cores']} of {machine['cores']} cores",
                f"{where['load_before']:g}",
                ", ".join(versions),
            ],
        )
    header = ["command", "date", "commit", "machine", "load before", "versions"]
    return table(header, (rows[command] for command in sorted(rows)))


def _records(found: Results) -> Iterator[Mapping[str, Any]]:
    for stages in found.values():
        for stage in stages.values():
            yield from stage.values()


def _trainings(found: Results) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each system's trainings, by their seeds."""
    for name in SYSTEMS:
        runs = found.get(name, {}).get("training", {})
        if runs:
            yield name, [runs[seed] for seed in sorted(runs, key=int)]


def _pairs(
    found: Results, stage: str, *, both: bool = False
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield a stage's pairs from seqtag's end, of two of its own from the first; or from both."""
    for name, system in SYSTEMS.items():
        listed = TASKS[system.task].pairs.get(stage, ())
        for partner, record in sorted(found.get(name, {}).get(stage, {}).items()):
            if both or (system.is_own and (partner, name) not in listed):
                yield name, partner, record


def _title(name: str) -> str:
    return SYSTEMS[name].title if name in SYSTEMS else name


def _scores(values: Sequence[float]) -> str:
    mean, deviation = mean_and_deviation([100 * value for value in values])
    if len(values) == 1:
        return f"{mean:.2f}"
    return f"{mean:.2f} ± {deviation:.2f} ({len(values)} seeds)"


def _costs(values: Sequence[float]) -> str:
    mean, deviation = mean_and_deviation(values)
    # Digits behind the point count for more in nats than in perplexities.
    digits = 3 if mean < 10 else 1
    if len(values) == 1:
        return f"{mean:,.{digits}f}"
    return f"{mean:,.{digits}f} ± {deviation:.{digits}f} ({len(values)} seeds)"


def _range(values: Sequence[float], show: Callable[[float], str]) -> str:
    low, high = show(min(values)), show(max(values))
    return low if low == high else f"{low} to {high}"


def _spread(summary: Mapping[str, Any], show: Callable[[float], str]) -> str:
    low, high = show(summary["low"]), show(summary["high"])
    return f"**{show(summary['median'])}** ({low} to {high})"


def whole(value: float) -> str:
    """Return a number without decimals, its thousands apart."""
    return f"{value:,.0f}"


def times(value: float) -> str:
    """Return a ratio."""
    return f"{value:.2f}"


def seconds(value: float) -> str:
    """Return a time in seconds."""
    return f"{value:,.0f} s" if value >= 10 else f"{value:.1f} s"


def milliseconds(value: float) -> str:
    """Return a time in milliseconds, without the unit."""
    return f"{value:.2f}"


def micro(value: float) -> str:
    """Return a time in microseconds."""
    return f"{value:.1f} µs"
