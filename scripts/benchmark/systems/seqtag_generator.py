"""seqtag as a language model, of words, of subwords or of characters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seqtag
from scripts.benchmark.protocol import Clock, Task, TextWorker, serve
from scripts.benchmark.systems.seqtag import (
    CountingNotes,
    configuration,
    files_of,
    train_within,
)
from seqtag.api.plain_text import read_text_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqtag.api.train import Progress

# What is no key of seqtag's configuration, beside what no system's worker takes for one.
_NO_KEYS = ("words", "minutes")


class SeqtagGenerator:
    """See `scripts.benchmark.protocol.TextSystem`; given a text it answers with what goes on.

    Settings: any key of seqtag's configuration, ``cores``, a limit of the training in ``minutes``,
    0 for none, and for loading ``engine``, ``precision`` and how many ``words``, or other units,
    are written.
    """

    packages = ("seqtag", "torch", "tokenizers", "numpy")

    def __init__(self) -> None:
        self._generator: Any = None
        self._words = 0
        self._progress: Iterator[Progress] | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train as ``seqtag train --task generate`` does, to the end or to the limit.

        The model is that of the epoch that was best on dev, at the limit also.
        """
        notes = TextNotes(clock, task["kind"])
        train_within(settings["minutes"], output, notes, _settings(task, settings))
        return notes.facts()

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the model with the engine that the settings name."""
        self._words = settings["words"]
        self._generator = seqtag.load(
            model,
            threads=settings["cores"],
            engine=settings["engine"],
            precision=settings["precision"],
        )

    def score_text(self, source: str) -> dict[str, float]:
        """Return what a file costs the model, however many units it is read in."""
        scores = self._generator.score(read_text_file(source))
        return {
            "nats": math.log(scores["perplexity"]) * scores["tokens"],
            "words": scores["tokens"],
            "characters": scores["characters"],
        }

    def predict(self, items: Sequence[str]) -> list[str]:
        """Continue texts by ``generate_many``."""
        written: list[str] = self._generator.generate_many(items, max_tokens=self._words, seed=1)
        return written

    def predict_one(self, item: str) -> str:
        """Continue one text."""
        return str(self._generator.generate(item, max_tokens=self._words, seed=1))

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the model's files without the weights of other engines."""
        return files_of(model, settings)

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a model with the units of the whole training part, and the slice's windows."""
        import numpy as np

        from scripts.benchmark.systems.training import endless, prepare_slice
        from seqtag.batching.stream import plan_windows

        dev = Path(slice_file).parent / "one-line.txt"
        dev.write_text(_first_text(task["sources"]["dev"]), "utf-8")
        keys = {**_settings(task, settings), "dev": str(dev)}
        prepared = prepare_slice(Path(slice_file).parent / "seqtag-steps", keys, source)
        objective = prepared.objective
        # Windows of one length, as others train on, where seqtag would vary it.
        steps = int(objective.plan(np.random.default_rng())[-1][1])
        windows = plan_windows(steps, prepared.config.language_model.window)
        objective.plan = lambda shuffle: windows
        # Nor is how texts begin part of a step, which would be to read the slice once more.
        objective.learn_beginnings = lambda: None
        self._progress = endless(prepared)

    def train_slice(self) -> int:
        """Train once over the slice; return its units, ends of lines included."""
        from scripts.benchmark.systems.training import finish_epoch

        assert self._progress is not None
        return finish_epoch(self._progress)


class TextNotes(CountingNotes):
    """Notes the perplexity of a word on dev, or the nats of a character, and counts units."""

    unit = "units"

    def __init__(self, clock: Clock, kind: str) -> None:
        if kind == "text":
            super().__init__(clock, "perplexity")
        else:
            super().__init__(clock, "bits_per_char", math.log(2.0))


def _settings(task: Task, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `seqtag.train` is told."""
    keys = configuration(task, {k: v for k, v in settings.items() if k not in _NO_KEYS})
    files = {part: task["sources"][part] for part in ("train", "dev")}
    return {"task": "generate", **files, **keys}


def _first_text(path: str) -> str:
    """Return the first line of a file that is not blank: scoring is no part of a step."""
    with Path(path).open(encoding="utf-8", newline="\n") as lines:
        return next(line for line in lines if line.strip())


if __name__ == "__main__":
    serve(TextWorker(SeqtagGenerator()))
