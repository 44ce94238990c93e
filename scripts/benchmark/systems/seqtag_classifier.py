"""seqtag as a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import seqtag
from scripts.benchmark.protocol import STARTED, Clock, Task, Worker, serve
from scripts.benchmark.systems.seqtag import Notes, configuration, files_of


class SeqtagClassifier:
    """See `scripts.benchmark.protocol.System`.

    Settings: any key of seqtag's configuration, ``cores``, and for loading ``engine`` and
    ``precision``.
    """

    packages = ("seqtag", "torch", "onnxruntime", "numpy")

    def __init__(self) -> None:
        self._classifier: seqtag.Classifier | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train as ``seqtag train --task classify`` does."""
        sources = task["sources"]
        seqtag.train(
            task="classify",
            train=sources["train"],
            dev=sources["dev"],
            output=output,
            force=True,
            started=STARTED,
            progress=Notes(clock, "accuracy"),
            **configuration(task, settings),
        )
        return {"epochs": len(clock.curve)}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the model with the engine that the settings name."""
        self._classifier = seqtag.load(
            model,
            threads=settings["cores"],
            engine=settings["engine"],
            precision=settings["precision"],
        )

    def predict(self, items: Sequence[str]) -> list[str]:
        """Label texts by ``classify_many``."""
        assert self._classifier is not None
        return [found.label for found in self._classifier.classify_many(items)]

    def predict_one(self, item: str) -> str:
        """Label one text."""
        assert self._classifier is not None
        return self._classifier.classify(item).label

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the model's files without the weights of other engines."""
        return files_of(model, settings)


if __name__ == "__main__":
    serve(Worker(SeqtagClassifier()))
