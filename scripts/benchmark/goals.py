"""What the benchmark is to show, and whether it does."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.benchmark.registry import SYSTEMS
from scripts.benchmark.summary import mean_and_deviation
from scripts.benchmark.tables import NOTHING, Results, table, time_to

SEEDS = 3
MOST_TRAINING_SECONDS = 600
MOST_CLASSIFIER_SECONDS = 300
MOST_TRANSLATOR_SECONDS = 3600
MOST_PRONUNCIATION_SECONDS = 2700
MOST_SPELLING_SECONDS = 1200
LONG_MINUTES = 90
"""In which a language model is to become as good as it can."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and what it should be.

    Attributes:
        text: What is measured.
        wanted: What it should be; None where it is only told.
        sign: ``>=``, ``<=`` or ``>``.
        measured: What it is; None where it has not been measured.
        unit: Behind the figures.
        decimals: Digits of the figures behind the point.
    """

    text: str
    wanted: float | None
    sign: str
    measured: float | None
    unit: str = ""
    decimals: int = 2

    @property
    def is_met(self) -> bool | None:
        """Whether the figure is as it should be."""
        if self.measured is None or self.wanted is None:
            return None
        compare = {">=": operator.ge, "<=": operator.le, ">": operator.gt}[self.sign]
        return bool(compare(round(self.measured, self.decimals), self.wanted))


def goals(found: Results) -> Iterator[Goal]:
    """Yield all goals with what was measured."""

    def ratio(name: str, stage: str, partner: str) -> float | None:
        return _get(found, name, stage, partner, "ratio", "median")

    def step(name: str, partner: str) -> float | None:
        return _get(
            *(found, name, "training-speed", partner, "limit", "plain", "time_ratio", "median")
        )

    yield Goal(
        "training, flair's architecture: times flair's tokens/s",
        10,
        ">=",
        ratio("flair-architecture", "training-speed", "flair"),
    )
    for name, partner in (("flair-architecture", "flair"), ("default", "spacy")):
        text = f"training step, {name}: times its bare matrix products (`torch.mm`)"
        yield Goal(text, 2, "<=", step(name, partner))
    for name, partner, wanted in (
        ("default-int8", "spacy", 2.0),
        ("default-int8", "flair", 20.0),
        ("default", "spacy", 1.0),
        ("fast-int8", "spacy", 4.0),
    ):
        text = f"tagging, {name}: times {partner}'s tokens/s"
        yield Goal(text, wanted, ">=", ratio(name, "tagging", partner))
    yield Goal(
        "tagging in a spaCy pipeline, default: times its own tokens/s outside",
        0.8,
        ">=",
        ratio("default-pipeline", "tagging", "default"),
    )
    for peer in ("spacy", "spacy-tokens"):
        for name, sign, gain in (("default-int8", ">=", 1.5), ("fast-int8", ">", 0.0)):
            own, other = _test(found, name), _test(found, peer)
            better = None if own is None or other is None else own - other
            text = f"test accuracy, {name}: above that of {peer} by"
            yield Goal(text, gain, sign, better, " points")
    latency = _get(found, "default-int8", "tagging", "spacy", "latency_ms", "p50", "median")
    yield Goal("one sentence of 20 tokens, default-int8: p50", 1, "<=", latency, " ms")
    for name, wanted in (("default", 95.7), ("best", 96.0)):
        yield Goal(
            f"test accuracy, {name}, mean of {SEEDS} seeds",
            wanted,
            ">=",
            _test(found, name, seeds=SEEDS),
        )
    yield Goal(
        "training, default: longest of all seeds",
        MOST_TRAINING_SECONDS,
        "<=",
        max((run["seconds_in_all"] for run in _runs(found, "default")), default=None),
        " s",
        0,
    )
    torch, int8 = _test(found, "default"), _test(found, "default-int8")
    lost = None if torch is None or int8 is None else torch - int8
    yield Goal("test accuracy that int8 loses, default", 0.1, "<=", lost, " points")
    yield Goal(
        "time to spaCy's final dev accuracy, default: share of spaCy's training time",
        0.333,
        "<=",
        _time_share(found),
        "",
        3,
    )
    yield Goal(
        "a whole training as accurate on test as spaCy's, default-short: share of its time",
        0.333,
        "<=",
        _short_share(found),
        "",
        3,
    )
    memory = _get(found, "growth", "memory", "default", "peak_memory_mb")
    yield Goal("tagging 1 GB of CoNLL-U: peak memory", 1000, "<=", memory, " MB", 0)
    for name in ("default-int8", "default"):
        grown = _get(found, "growth", "tagging", name, "ratio")
        text = f"time a token at 10 million tokens, {name}: times that at 100 thousand"
        yield Goal(text, 1.1, "<=", grown, "", 3)


def label_goals(found: Results) -> Iterator[Goal]:
    """Yield the goals of classification with what was measured."""
    own = _test(found, "classifier", seeds=SEEDS)
    yield Goal(f"test accuracy, classifier, mean of {SEEDS} seeds", 84.0, ">=", own)
    for peer, sign, gain in (
        ("regression", ">=", 0.5),
        ("regression-folds", ">=", 0.5),
        ("spacy-bow", ">", 0.0),
        ("spacy-ensemble", ">", 0.0),
        ("flair-rnn", ">", 0.0),
    ):
        other = _test(found, peer)
        better = None if own is None or other is None else own - other
        yield Goal(
            f"test accuracy, classifier: above that of {peer} by", gain, sign, better, " points"
        )
    yield Goal(
        "training, classifier: longest of all seeds",
        MOST_CLASSIFIER_SECONDS,
        "<=",
        max((run["seconds_in_all"] for run in _runs(found, "classifier")), default=None),
        " s",
        0,
    )
    torch, int8 = _test(found, "classifier"), _test(found, "classifier-int8")
    lost = None if torch is None or int8 is None else torch - int8
    yield Goal("test accuracy that int8 loses, classifier", 0.1, "<=", lost, " points")
    for name in ("classifier-int8", "classifier"):
        for peer in ("spacy-bow", "spacy-ensemble", "flair-rnn"):
            ratio = _get(found, name, "classifying", peer, "ratio", "median")
            yield Goal(f"classifying, {name}: times {peer}'s texts/s", 1.0, ">", ratio)


def translation_goals(found: Results, spoken: Results) -> Iterator[Goal]:
    """Yield the goals of translation with what was measured.

    Args:
        found: What is known on Multi30k.
        spoken: What is known on CMUdict.
    """

    def longest(results: Results, name: str) -> float | None:
        return max((run["seconds_in_all"] for run in _runs(results, name)), default=None)

    def ratio(stage: str, name: str = "translator-joeynmt") -> float | None:
        return _get(found, name, stage, "joeynmt", "ratio", "median")

    pair = ("translator-joeynmt", "joeynmt")
    own, other = (_test(found, name, score="bleu") for name in pair)
    yield Goal("test BLEU, translator", 35.0, ">=", _test(found, "translator", score="bleu"))
    yield Goal(
        *("training, translator: longest of all seeds", MOST_TRANSLATOR_SECONDS, "<="),
        longest(found, "translator"),
        " s",
        0,
    )
    yield Goal(
        "training, JoeyNMT's sizes: times JoeyNMT's target tokens/s",
        3.0,
        ">=",
        ratio("training-speed"),
    )
    yield Goal(
        *("translating, JoeyNMT's sizes: times JoeyNMT's sentences/s", 5.0, ">="),
        ratio("translating"),
    )
    yield Goal(
        "translating, translator: times JoeyNMT's sentences/s",
        1.0,
        ">",
        ratio("translating", "translator"),
    )
    yield Goal(
        "test BLEU in the same time, JoeyNMT's sizes: above that of JoeyNMT by",
        0.0,
        ">",
        None if own is None or other is None or not _same_limit(found, *pair) else own - other,
        " points",
    )
    name = "translator-pronunciation"
    yield Goal(
        "wrong pronunciations, translator-pronunciation",
        28.0,
        "<=",
        _test(spoken, name, score="word_error_rate"),
        " %",
    )
    yield Goal(
        *(f"training, {name}: longest of all seeds", MOST_PRONUNCIATION_SECONDS, "<="),
        longest(spoken, name),
        " s",
        0,
    )


def text_goals(found: Results, characters: Results) -> Iterator[Goal]:
    """Yield the goals of language models with what was measured.

    Args:
        found: What is known on WikiText-2.
        characters: What is known on Tiny Shakespeare.
    """
    for name, wanted in (("generator-full", 1.2), ("generator-adaptive", 3.0)):
        ratio = _get(found, name, "training-speed", "plain-lm", "ratio", "median")
        yield Goal(f"training, {name}: times plain-lm's tokens/s", wanted, ">=", ratio)
    pair = ("generator-adaptive", "plain-lm")
    own, other = (_cost(found, name, "test", "perplexity") for name in pair)
    yield Goal(
        "test perplexity in the same time, generator-adaptive: times that of plain-lm",
        1.0,
        "<=",
        own / other if own and other and _same_limit(found, *pair) else None,
        "",
        3,
    )
    name = "generator-characters"
    yield Goal(
        f"dev, {name}",
        1.5,
        "<=",
        _cost(characters, name, "dev", "nats_per_character"),
        " nats a character",
        3,
    )
    yield Goal(
        f"training, {name}: longest of all seeds",
        MOST_SPELLING_SECONDS,
        "<=",
        max((run["seconds_in_all"] for run in _runs(characters, name)), default=None),
        " s",
        0,
    )
    yield Goal(
        f"test perplexity, the seqtag model that is best on dev after {LONG_MINUTES} minutes",
        None,
        "<=",
        _best_perplexity(found, LONG_MINUTES),
        "",
        1,
    )


def _best_perplexity(found: Results, minutes: float) -> float | None:
    """Return the test perplexity of seqtag's training that is best on dev of all that fit a time.

    A limit ends a training behind a step, so that what is limited takes a little longer.
    """
    scores = [
        run["scores"]
        for name, system in SYSTEMS.items()
        for run in _runs(found, name)
        if system.is_own
        and min(run["seconds"] / 60, run["settings"]["minutes"] or math.inf) <= minutes
    ]
    best = min(scores, key=lambda score: score["dev"]["perplexity"], default=None)
    return None if best is None else float(best["test"]["perplexity"])


def _same_limit(found: Results, *names: str) -> bool:
    """Tell whether systems were given the same time."""
    return len({run["settings"]["minutes"] for name in names for run in _runs(found, name)}) == 1


def goals_table(listed: Iterable[Goal]) -> str:
    """Return what is wanted and what was measured."""
    rows = []
    for goal in listed:
        figure = f"{{:.{goal.decimals}f}}{goal.unit}"
        shown = NOTHING if goal.measured is None else figure.format(goal.measured)
        sign = {">=": "at least", "<=": "at most", ">": "more than"}[goal.sign]
        verdict = {True: "yes", False: "**no**", None: "–"}[goal.is_met]
        wanted = "–" if goal.wanted is None else f"{sign} {goal.wanted:g}{goal.unit}"
        rows.append([goal.text, wanted, shown, verdict])
    return table(["figure", "wanted", "measured", "met"], rows)


def _runs(found: Results, name: str) -> list[dict[str, Any]]:
    return list(found.get(name, {}).get("training", {}).values())


def _test(found: Results, name: str, seeds: int = 1, *, score: str = "accuracy") -> float | None:
    """Return the mean of a test score in percent, None with fewer seeds than are asked for."""
    scores = [100 * run["scores"]["test"][score] for run in _runs(found, name)]
    return mean_and_deviation(scores)[0] if len(scores) >= seeds else None


def _cost(found: Results, name: str, part: str, score: str) -> float | None:
    """Return the mean of what a text costs, None where that is not known."""
    costs = [run["scores"][part][score] for run in _runs(found, name)]
    return mean_and_deviation(costs)[0] if costs else None


def _time_share(found: Results) -> float | None:
    """Return seqtag's time to the peer's best dev score as a share of the peer's training."""
    peer, own = _runs(found, "spacy"), _runs(found, "default")
    if not peer or not own:
        return None
    level = max(point["score"] for point in peer[0]["curve"])
    reached = time_to(own[0]["curve"], level)
    return None if reached is None else reached / peer[0]["seconds"]


def _short_share(found: Results) -> float | None:
    """Return the share of the peer's time that a short training took, if it is as accurate."""
    peer, own = _runs(found, "spacy"), _runs(found, "default-short")
    if not peer or not own:
        return None
    score: Callable[[dict[str, Any]], float] = lambda run: run["scores"]["test"]["accuracy"]  # noqa: E731 - used twice here
    if score(own[0]) < score(peer[0]):
        return None
    return float(own[0]["seconds"] / peer[0]["seconds"])


def _get(found: Results, *path: str) -> float | None:
    """Return a value by its path, None where there is none."""
    value: Any = found
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return float(value)
