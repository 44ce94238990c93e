"""seqtag as a translator, of sentences or of the letters of words to their phones."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seqtag
from scripts.benchmark.protocol import STARTED, Clock, SteppingWorker, Task, serve
from scripts.benchmark.systems.seqtag import Notes, configuration, files_of
from seqtag.api import train as training

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqtag.api.train import Progress

# What is no key of seqtag's configuration, beside what no system's worker takes for one.
_NO_KEYS = ("beam", "minutes")


class SeqtagTranslator:
    """See `scripts.benchmark.protocol.System`.

    Settings: any key of seqtag's configuration, ``cores``, a limit of the training in ``minutes``,
    0 for none, and for loading ``engine``, ``precision`` and ``beam``.
    """

    packages = ("seqtag", "torch", "tokenizers", "numpy")

    def __init__(self) -> None:
        self._translator: Any = None
        self._beam = 1
        self._progress: Iterator[Progress] | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train as ``seqtag train --task translate`` does, to the end or to the limit.

        The model is that of the epoch that was best on dev, at the limit also.
        """
        notes = TranslationNotes(clock, task["kind"])
        limit = 60 * settings["minutes"] or math.inf
        try:
            seqtag.train(
                output=output,
                force=True,
                started=STARTED,
                progress=notes,
                should_stop=lambda: clock.seconds() >= limit,
                **_settings(task, settings),
            )
        except training.Interrupted:
            notes.is_stopped = True
        return notes.facts()

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the model with the engine that the settings name."""
        self._beam = settings["beam"]
        self._translator = seqtag.load(
            model,
            threads=settings["cores"],
            engine=settings["engine"],
            precision=settings["precision"],
        )

    def predict(self, items: Sequence[str]) -> list[str]:
        """Translate texts by ``translate_many``."""
        return [found.text for found in self._translator.translate_many(items, beam=self._beam)]

    def predict_one(self, item: str) -> str:
        """Translate one text."""
        return str(self._translator.translate(item, beam=self._beam).text)

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the model's files without the weights of other engines."""
        return files_of(model, settings)

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a translator with the units of the whole training part, and the slice's batches.

        A run on all of train that is stopped at its first step gives the units; a second one begins
        with it and reads the slice.
        """
        from seqtag.training.loop import Trainer

        folder = Path(slice_file).parent / "seqtag-steps"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        # One pair to score on, since scoring is no part of a step.
        dev = _first_pair(task, folder / "dev")
        wanted = {**_settings(task, settings), "dev": dev}
        with contextlib.suppress(training.Interrupted):
            seqtag.train(output=folder / "run", should_stop=lambda: True, **wanted)
        keys = {**wanted, "train": source, "init": str(folder / "run")}
        config, start = training.resolve_run(None, keys)
        prepared = training.prepare_task(config, start)
        # The rate's course does not matter to the speed, and no pass must be the last one.
        endless = replace(prepared.config.training, epochs=10**6)
        self._progress = Trainer(prepared.objective, endless, config.seed).run()

    def train_slice(self) -> int:
        """Train once over the slice; return its target units, ends included."""
        assert self._progress is not None
        units = 0
        for progress in self._progress:
            units += progress.tokens
            if progress.record is not None:
                break
        return units


class TranslationNotes(Notes):
    """Notes BLEU or exact matches on dev, as fractions, and counts what was trained on.

    Attributes:
        is_stopped: Whether the limit ended the training.
    """

    def __init__(self, clock: Clock, kind: str) -> None:
        score, self._whole = ("bleu", 100.0) if kind == "pairs" else ("exact_match", 1.0)
        super().__init__(clock, score)
        self._units = 0
        self._steps = 0
        self._seconds = 0.0
        self.is_stopped = False

    def __call__(self, progress: Progress) -> None:
        """Look at a step's progress."""
        self._units += progress.tokens
        self._steps += 1
        noted = len(self._clock.curve)
        super().__call__(progress)
        for point in self._clock.curve[noted:]:
            point["score"] = round(point["score"] / self._whole, 5)
        self._seconds = self._clock.seconds() - self._began

    def facts(self) -> dict[str, Any]:
        """Return what was done."""
        return {
            "epochs": len(self._clock.curve),
            "steps": self._steps,
            "is_stopped": self.is_stopped,
            "target_tokens": self._units,
            "target_tokens_per_second": round(self._units / self._seconds, 1),
        }


def _settings(task: Task, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `seqtag.train` is told."""
    keys = configuration(task, {k: v for k, v in settings.items() if k not in _NO_KEYS})
    if task["kind"] == "pairs":
        keys["data.source"], keys["data.target"] = task["languages"]
    else:
        keys["data.header"] = "no"
    files = {part: task["sources"][part] for part in ("train", "dev")}
    return {"task": "translate", **files, **keys}


def _first_pair(task: Task, path: Path) -> str:
    """Write the first pair of dev; return the path as seqtag is given it."""
    source = task["sources"]["dev"]
    for ending in [f".{language}" for language in task["languages"]]:
        with Path(source + ending).open(encoding="utf-8", newline="\n") as lines:
            Path(str(path) + ending).write_text(next(lines), "utf-8")
    return str(path)


if __name__ == "__main__":
    serve(SteppingWorker(SeqtagTranslator()))
