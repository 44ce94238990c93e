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
        "fast": {},
        "default": {},
        "best": {},
    },
}
"""For each task and preset the sections and keys that differ from the dataclasses' defaults."""

CHOICES: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]] = {
    ("training", "optimizer"): {"sgd": {"learning_rate": 1.0, "weight_decay": 0.00001}},
    ("training", "schedule"): {"onecycle": {"warmup": 0.3}},
}
"""For the values of some keys other defaults of keys in the same section."""
