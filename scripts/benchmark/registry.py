"""The systems and corpora of the benchmark, and which of them are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.benchmark.environments import OWN
from scripts.benchmark.errors import BenchmarkError


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    """A corpus and what is learnt from it.

    Attributes:
        name: Its name in `seqtag corpora list`.
        title: What people call it.
        kind: ``words`` for a tag of each token, ``spans`` for tags of scheme BIO.
        suffix: Of its files.
        columns: The files' columns, in seqtag's words; empty for those it takes by itself.
        score: The main score.
    """

    name: str
    title: str
    kind: str
    suffix: str
    columns: str
    score: str


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
}


@dataclass(frozen=True, slots=True)
class System:
    """A tagger with its settings.

    Attributes:
        name: Its name on the command line and in file names.
        title: Its name in tables.
        worker: Module below ``scripts.benchmark.systems`` that runs it.
        environment: The environment that it runs in.
        settings: What its worker is told.
        quick: What its worker is told instead in the quick benchmark.
        loading: What its worker is told to load a model, beside the settings.
        model_of: The system whose training its model comes from; empty for its own.
        seeds: Those of a whole benchmark.
    """

    name: str
    title: str
    worker: str
    environment: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)
    loading: Mapping[str, Any] = field(default_factory=dict)
    model_of: str = ""
    seeds: tuple[int, ...] = (1,)

    @property
    def trained_as(self) -> str:
        """The system whose training its model comes from."""
        return self.model_of or self.name


TORCH = {"engine": "torch", "precision": "fp32"}


def _seqtag(
    name: str, title: str, settings: Mapping[str, Any], *, seeds: tuple[int, ...] = (1,)
) -> System:
    quick = {"training.epochs": 8}
    return System(name, title, "seqtag", OWN, settings, quick, TORCH, "", seeds)


def _exported(of: System, precision: str) -> System:
    """Return a system with the ONNX engine and another's model."""
    int8 = precision == "int8"
    return System(
        f"{of.name}-{'int8' if int8 else 'onnx'}",
        f"{of.title}, ONNX{' int8' if int8 else ''}",
        "seqtag",
        OWN,
        loading={"engine": "onnx", "precision": precision},
        model_of=of.name,
        seeds=of.seeds,
    )


FLAIR_SIZES = {
    "word_size": 100,
    "word_min_count": 3,
    "character_size": 25,
    "character_hidden_size": 50,
}

DEFAULT = _seqtag("default", "seqtag default", {"preset": "default"}, seeds=(1, 2, 3))
FAST = _seqtag("fast", "seqtag fast", {"preset": "fast"}, seeds=(1, 2, 3))
BEST = _seqtag("best", "seqtag best", {"preset": "best"}, seeds=(1, 2, 3))
COLUMNS = _seqtag(
    "default-columns",
    "seqtag default, three columns at once",
    {"preset": "default", "columns": "token=FORM,tag=UPOS+XPOS+FEATS"},
)
SHORT = _seqtag("default-short", "seqtag default, 2 epochs", {"training.epochs": 2})
FLAIR_ARCHITECTURE = _seqtag(
    "flair-architecture",
    "seqtag, flair's architecture",
    {
        **{f"embedding.{name}": size for name, size in FLAIR_SIZES.items()},
        "embedding.ngram_size": 0,
        "embedding.characters": "lstm",
        "encoder.hidden_size": 256,
        "encoder.num_layers": 1,
        "head.crf": True,
        "training.optimizer": "sgd",
        "training.auxiliary": "none",
        "training.epochs": 5,
        "training.batch_sentences": 32,
        "training.batch_tokens": 1_000_000,
        "columns": "token=FORM,tag=UPOS",
    },
)
SPACY = System(
    "spacy",
    "spaCy 3.8",
    "spacy",
    "spacy",
    settings={"steps": 4000, "tokens": "own"},
    quick={"steps": 200},
)
SPACY_TOKENS = System(
    "spacy-tokens",
    "spaCy 3.8, trained on the corpus's tokens",
    "spacy",
    "spacy",
    settings={"steps": 4000, "tokens": "corpus"},
    quick={"steps": 200},
)
FLAIR = System(
    "flair",
    "flair 0.15",
    "flair",
    "flair",
    settings={
        **FLAIR_SIZES,
        "hidden_size": 256,
        "batch_sentences": 32,
        "learning_rate": 0.1,
        "epochs": 5,
    },
    quick={"epochs": 3},
)

SYSTEMS: Mapping[str, System] = {
    system.name: system
    for system in (
        SPACY,
        SPACY_TOKENS,
        FLAIR,
        DEFAULT,
        _exported(DEFAULT, "fp32"),
        _exported(DEFAULT, "int8"),
        FAST,
        _exported(FAST, "int8"),
        BEST,
        _exported(BEST, "int8"),
        COLUMNS,
        SHORT,
        FLAIR_ARCHITECTURE,
    )
}

QUICK_SYSTEMS = ("spacy", "flair", "default", "default-int8", "flair-architecture")

TAGGING_PAIRS: tuple[tuple[str, str], ...] = (
    ("default-int8", "spacy"),
    ("default-onnx", "spacy"),
    ("default", "spacy"),
    ("fast-int8", "spacy"),
    ("fast", "spacy"),
    ("best-int8", "spacy"),
    ("best", "spacy"),
    ("default-int8", "flair"),
    ("flair-architecture", "flair"),
)
"""Whose tagging is measured in turn with whose."""

TRAINING_PAIRS: tuple[tuple[str, str], ...] = (
    ("flair-architecture", "flair"),
    ("default", "spacy"),
    ("fast", "spacy"),
)
"""Whose training steps are measured in turn with whose."""


def find_system(name: str) -> System:
    """Return a system by its name.

    Raises:
        BenchmarkError: There is none of this name.
    """
    if name not in SYSTEMS:
        raise BenchmarkError(f"there is no system {name!r}: give some of {', '.join(SYSTEMS)}")
    return SYSTEMS[name]


def find_corpus(name: str) -> CorpusPlan:
    """Return a corpus by its name.

    Raises:
        BenchmarkError: There is none of this name.
    """
    if name not in CORPORA:
        raise BenchmarkError(f"there is no corpus {name!r}: give one of {', '.join(CORPORA)}")
    return CORPORA[name]
