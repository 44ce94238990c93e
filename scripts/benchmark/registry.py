"""The corpora, tasks and systems of the benchmark by their names."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.benchmark.classifiers import CLASSIFYING
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.generators import GENERATING, SPELLING
from scripts.benchmark.plans import CorpusPlan, System, TaskPlan
from scripts.benchmark.taggers import TAGGING
from scripts.benchmark.translators import PRONOUNCING, TRANSLATING

CORPORA: Mapping[str, CorpusPlan] = {
    "ud-en-ewt": CorpusPlan(
        "ud-en-ewt",
        "UD English EWT, UPOS",
        "words",
        ".conllu",
        "token=FORM,tag=UPOS",
        "accuracy",
    ),
    "wnut17": CorpusPlan("wnut17", "WNUT17, entities", "spans", ".conll", "", "f1"),
    "sst2": CorpusPlan("sst2", "SST-2, sentiment", "labels", ".tsv", "", "accuracy"),
    "multi30k": CorpusPlan(
        "multi30k",
        "Multi30k, English to German",
        "pairs",
        "",
        "",
        "bleu",
        corpus="multi30k-en-de",
        languages=("en", "de"),
        stems={"dev": "val", "test": "test2016"},
    ),
    "cmudict": CorpusPlan(
        "cmudict",
        "CMUdict, pronunciations without stress",
        "pronunciations",
        ".dict",
        "",
        "word_error_rate",
    ),
    "wikitext-2": CorpusPlan(
        *("wikitext-2", "WikiText-2, words", "text", ".txt", "", "perplexity"),
        stems={"dev": "valid"},
    ),
    "tinyshakespeare": CorpusPlan(
        "tinyshakespeare",
        "Tiny Shakespeare, characters",
        "characters",
        ".txt",
        "",
        "nats_per_character",
        stems={"train": "input"},
    ),
}

TASKS: Mapping[str, TaskPlan] = {
    task.name: task
    for task in (TAGGING, CLASSIFYING, TRANSLATING, PRONOUNCING, GENERATING, SPELLING)
}

SYSTEMS: Mapping[str, System] = {
    system.name: system for task in TASKS.values() for system in task.systems
}


def find_system(name: str, corpus: CorpusPlan | None = None) -> System:
    """Return a system by its name.

    Args:
        name: The system.
        corpus: What it is to be run on; None if that is known to fit.

    Raises:
        BenchmarkError: There is none of this name, or it does something else.
    """
    fitting = [s.name for s in SYSTEMS.values() if corpus is None or s.task == corpus.task]
    if name not in fitting:
        place = "" if corpus is None else f" for {corpus.name}"
        raise BenchmarkError(
            f"there is no system {name!r}{place}: give some of {', '.join(fitting)}"
        )
    return SYSTEMS[name]


def find_corpus(name: str) -> CorpusPlan:
    """Return a corpus by its name.

    Raises:
        BenchmarkError: There is none of this name.
    """
    if name not in CORPORA:
        raise BenchmarkError(f"there is no corpus {name!r}: give one of {', '.join(CORPORA)}")
    return CORPORA[name]
