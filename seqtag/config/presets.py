"""Named sets of values for those who want speed or accuracy and not a list of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Preset: TypeAlias = Mapping[str, Mapping[str, Any]]

# What words say by themselves the linear path knows better; the encoder is for what they say
# together, and would learn rare ones by heart.
_CLASSIFY: Preset = {
    "embedding": {"word_size": 20, "word_min_count": 40, "ngram_size": 0},
    "encoder": {"hidden_size": 50, "dropout": 0.4},
    "training": {
        "batch_tokens": 1000,
        "learning_rate": 0.002,
        "weight_decay": 0.05,
    },
}

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
        "fast": {**_CLASSIFY, "encoder": {"hidden_size": 32, "dropout": 0.4}},
        "default": _CLASSIFY,
        "best": _CLASSIFY,
    },
}
"""For each task and preset the sections and keys that differ from the dataclasses' defaults."""

ENCODER_ALONE: Preset = {
    "embedding": {"word_size": 100, "word_min_count": 1, "ngram_size": 100},
    "encoder": {"hidden_size": 100, "dropout": 0.5},
    "training": {"epochs": 6, "batch_tokens": 500, "learning_rate": 0.003, "weight_decay": 0.01},
}
"""What a classifier without a linear path has in place of the values of its preset."""

CHOICES: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]] = {
    ("training", "optimizer"): {"sgd": {"learning_rate": 1.0, "weight_decay": 0.00001}},
    ("training", "schedule"): {"onecycle": {"warmup": 0.3}},
}
"""For the values of some keys other defaults of keys in the same section."""
