"""The classifiers that are compared, with their settings."""

from __future__ import annotations

from scripts.benchmark.environments import OWN
from scripts.benchmark.plans import TORCH, Pairs, System, TaskPlan, exported

SEEDS = (1, 2, 3)

SPACY_ENSEMBLE = System(
    "spacy-ensemble",
    "spaCy 3.8 textcat, ensemble",
    "spacy_classifier",
    "spacy",
    settings={"model": "ensemble", "steps": 20_000},
    quick={"steps": 400},
    seeds=SEEDS,
    task="classify",
)
SPACY_BOW = System(
    "spacy-bow",
    "spaCy 3.8 textcat, bag of words",
    "spacy_classifier",
    "spacy",
    settings={"model": "bow", "steps": 20_000},
    quick={"steps": 400},
    seeds=SEEDS,
    task="classify",
)
FLAIR_RNN = System(
    "flair-rnn",
    "flair 0.15, recurrent",
    "flair_classifier",
    "flair",
    settings={
        "word_size": 100,
        "word_min_count": 3,
        "hidden_size": 256,
        "batch_sentences": 32,
        "learning_rate": 0.1,
        "epochs": 30,
    },
    quick={"epochs": 2},
    seeds=SEEDS,
    task="classify",
)
REGRESSION = System(
    "regression",
    "logistic regression, chosen on dev",
    "sklearn",
    "sklearn",
    settings={"characters": ["char", "char_wb"], "C": [0.5, 1, 2, 4, 8, 16], "folds": 0},
    task="classify",
)
REGRESSION_FOLDS = System(
    "regression-folds",
    "logistic regression, chosen by cross-validation",
    "sklearn",
    "sklearn",
    settings={**REGRESSION.settings, "folds": 5},
    task="classify",
)
CLASSIFIER = System(
    "classifier",
    "seqtag default",
    "seqtag_classifier",
    OWN,
    settings={"preset": "default"},
    quick={"training.epochs": 3},
    loading=TORCH,
    seeds=SEEDS,
    task="classify",
)

CLASSIFYING_PAIRS: Pairs = (
    ("classifier-int8", "spacy-ensemble"),
    ("classifier-int8", "spacy-bow"),
    ("classifier-int8", "flair-rnn"),
    ("classifier-int8", "regression"),
    ("classifier-onnx", "spacy-bow"),
    ("classifier", "spacy-ensemble"),
    ("classifier", "spacy-bow"),
    ("classifier", "flair-rnn"),
)
"""Whose classifying is measured in turn with whose."""

CLASSIFYING = TaskPlan(
    "classify",
    systems=(
        REGRESSION,
        REGRESSION_FOLDS,
        SPACY_BOW,
        SPACY_ENSEMBLE,
        FLAIR_RNN,
        CLASSIFIER,
        exported(CLASSIFIER, "fp32"),
        exported(CLASSIFIER, "int8"),
    ),
    quick=("regression", "spacy-bow", "flair-rnn", "classifier", "classifier-int8"),
    unit="texts",
    prediction="classifying",
    size=4_000,
    quick_size=400,
    pairs={"classifying": CLASSIFYING_PAIRS},
)
