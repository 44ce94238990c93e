"""The taggers that are compared, with their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.benchmark.environments import OWN
from scripts.benchmark.plans import TORCH, Pairs, System, TaskPlan, exported


def _seqtag(
    name: str, title: str, settings: Mapping[str, Any], *, seeds: tuple[int, ...] = (1,)
) -> System:
    quick = {"training.epochs": 8}
    return System(name, title, "seqtag", OWN, settings, quick, TORCH, "", seeds)


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
PIPELINE = System(
    "default-pipeline",
    "seqtag default in a spaCy pipeline",
    "seqtag_pipeline",
    OWN,
    loading=TORCH,
    model_of=DEFAULT.name,
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

TRAINING_PAIRS: Pairs = (
    ("flair-architecture", "flair"),
    ("default", "spacy"),
    ("fast", "spacy"),
)
"""Whose training steps are measured in turn with whose."""

TAGGING_PAIRS: Pairs = (
    ("default-int8", "spacy"),
    ("default-onnx", "spacy"),
    ("default", "spacy"),
    ("fast-int8", "spacy"),
    ("fast", "spacy"),
    ("best-int8", "spacy"),
    ("best", "spacy"),
    ("default-int8", "flair"),
    ("flair-architecture", "flair"),
    ("default-pipeline", "default"),
)
"""Whose tagging is measured in turn with whose."""

TAGGING = TaskPlan(
    "tag",
    systems=(
        SPACY,
        SPACY_TOKENS,
        FLAIR,
        DEFAULT,
        exported(DEFAULT, "fp32"),
        exported(DEFAULT, "int8"),
        FAST,
        exported(FAST, "int8"),
        BEST,
        exported(BEST, "int8"),
        COLUMNS,
        SHORT,
        PIPELINE,
        FLAIR_ARCHITECTURE,
    ),
    quick=("spacy", "flair", "default", "default-int8", "flair-architecture"),
    unit="tokens",
    prediction="tagging",
    size=100_000,
    quick_size=8_000,
    pairs={"training-speed": TRAINING_PAIRS, "tagging": TAGGING_PAIRS},
)
