"""Named sets of values for those who want speed or accuracy and not a list of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Preset: TypeAlias = Mapping[str, Mapping[str, Any]]

PRESETS: Mapping[str, Mapping[str, Preset]] = {
    "tag": {
        "fast": {
            "encoder": {"hidden_size": 128, "dropout": 0.4},
        },
        "default": {},
        "best": {
            "encoder": {"hidden_size": 384},
            "training": {"epochs_factor": 2.0},
        },
    },
    "classify": {
        "fast": {"encoder": {"hidden_size": 32}},
        "default": {},
        "best": {},
    },
    "translate": {
        "fast": {"encoder": {"hidden_size": 128}, "decoder": {"hidden_size": 256}},
        "default": {},
        "best": {"training": {"epochs_factor": 2.0}},
    },
    "generate": {
        "fast": {"embedding": {"word_size": 128}, "encoder": {"hidden_size": 256}},
        "default": {},
        "best": {"training": {"epochs_factor": 2.0}},
    },
}
"""For each task and preset the sections and keys that differ from the defaults."""

CHOICES: Mapping[str, Mapping[Any, Preset]] = {
    "task": {
        # What words say by themselves the linear path knows better; the encoder is for what they
        # say together, and would learn rare ones by heart.
        "classify": {
            "embedding": {"word_size": 20, "word_min_count": 40, "ngram_size": 0},
            "encoder": {"hidden_size": 50, "dropout": 0.4},
            "training": {"batch_tokens": 1000, "learning_rate": 0.002, "weight_decay": 0.05},
        },
        "translate": {
            "embedding": {"word_size": 256},
            "encoder": {"dropout": 0.3, "max_length": 200},
            "training": {
                "batch_tokens": 0,
                "learning_rate": 0.002,
                "label_smoothing": 0.1,
                "warmup": 0.05,
                # Steps of a decoder are products and little else.
                "mixed_precision": "auto",
                "average": 0.999,
            },
        },
        "generate": {
            "embedding": {"word_size": 256},
            "encoder": {
                "bidirectional": False,
                "hidden_size": 512,
                "num_layers": 2,
                "dropout": 0.3,
            },
            "units": {"min_count": 1},
            "training": {
                "batch_tokens": 0,
                "learning_rate": 0.003,
                "warmup": 0.05,
                "mixed_precision": "auto",
                "average": 0.999,
            },
        },
    },
    "linear.word_ngrams": {
        # Without such a path, a classifier's encoder has to know words.
        0: {
            "embedding": {"word_size": 100, "word_min_count": 1, "ngram_size": 100},
            "encoder": {"hidden_size": 100, "dropout": 0.5},
            "training": {
                "epochs": 6,
                "batch_tokens": 500,
                "learning_rate": 0.003,
                "weight_decay": 0.01,
            },
        },
    },
    # What is spelt has to be exact: half precision would cost mistakes. Of letters there are few,
    # which need small vectors and a deeper look at each other.
    "units.source": {
        "char": {
            "embedding": {"word_size": 128},
            "encoder": {"num_layers": 2},
            "training": {"mixed_precision": "none"},
        },
    },
    "units.target": {"char": {"training": {"mixed_precision": "none"}}},
    # Taggers and classifiers, which two directions are for, are given tokens.
    "language_model.direction": {"both": {"data": {"artefacts": "split"}}},
    "training.optimizer": {
        "sgd": {"training": {"learning_rate": 1.0, "weight_decay": 0.00001}},
        "asgd": {
            "training": {
                "learning_rate": 10.0,
                "momentum": 0.0,
                "weight_decay": 0.0000012,
                "schedule": "constant",
                "clip_norm": 0.25,
            },
        },
    },
    "training.schedule": {"onecycle": {"training": {"warmup": 0.3}}},
}
"""For the values of some keys other defaults of keys; the later ones go before the earlier."""
