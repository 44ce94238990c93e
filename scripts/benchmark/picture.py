"""Accuracy against speed as a picture, drawn by matplotlib in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from scripts.benchmark import environments
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import HERE, ROOT, Places
from scripts.benchmark.plans import System
from scripts.benchmark.registry import SYSTEMS
from scripts.benchmark.tables import Results

IMAGES = ROOT / "docs" / "images"
CURVES = ("spacy", "flair", "fast", "default", "best")
LEFT_OUT = ("flair-architecture", "default-pipeline")
"""Have no points: a model that is there for flair's sake alone, and one that is there already."""


def content(found: Results) -> dict[str, Any]:
    """Return what the picture shows: points of accuracy and speed, and curves of training."""
    points = []
    for name, system in SYSTEMS.items():
        record = found.get(name, {})
        scores = record.get("training", {}).values()
        speeds = [
            pair["tokens_per_second"]["median"] for pair in record.get("tagging", {}).values()
        ]
        if not scores or not speeds or name in LEFT_OUT:
            continue
        accuracy = sum(run["scores"]["test"]["accuracy"] for run in scores) / len(scores)
        points.append(
            {
                "label": SYSTEMS[system.trained_as].title,
                "engine": _engine(system),
                "x": max(speeds),
                "y": round(100 * accuracy, 3),
                "own": system.is_own,
            }
        )
    curves = [
        {
            "label": SYSTEMS[name].title,
            "x": [point["seconds"] for point in runs[0]["curve"]],
            "y": [round(100 * point["score"], 3) for point in runs[0]["curve"]],
            "own": SYSTEMS[name].is_own,
        }
        for name in CURVES
        if (runs := list(found.get(name, {}).get("training", {}).values())) and "curve" in runs[0]
    ]
    return {"points": points, "curves": curves}


def _engine(system: System) -> str:
    """Return ``torch``, or of an exported model its precision."""
    is_exported = system.loading.get("engine") == "onnx"
    return str(system.loading["precision"]) if is_exported else "torch"


def draw(places: Places, found: Results) -> None:
    """Draw the picture for light and dark pages, if there is anything to be shown.

    Raises:
        BenchmarkError: It cannot be drawn.
    """
    shown = content(found)
    if not shown["points"] or not shown["curves"]:
        return
    python = environments.ensure("picture", places.environments)
    for theme in ("light", "dark"):
        target = IMAGES / f"benchmark-{theme}.png"
        command = [str(python), str(HERE / "draw.py"), theme, str(target)]
        if subprocess.run(command, input=json.dumps(shown), text=True, check=False).returncode:
            raise BenchmarkError("the picture cannot be drawn, see above")
