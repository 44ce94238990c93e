"""seqtag as a translator, of sentences or of the letters of words to their phones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seqtag
from scripts.benchmark.protocol import Clock, SteppingWorker, Task, serve
from scripts.benchmark.systems.seqtag import (
    CountingNotes,
    configuration,
    files_of,
    train_within,
)

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
        train_within(settings["minutes"], output, notes, _settings(task, settings))
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
        """Make a translator with the units of the whole training part, and the slice's batches."""
        from scripts.benchmark.systems.training import endless, prepare_slice

        # One pair to score on, since scoring is no part of a step.
        dev = _first_pair(task, Path(slice_file).parent / "one-pair")
        keys = {**_settings(task, settings), "dev": dev}
        folder = Path(slice_file).parent / "seqtag-steps"
        self._progress = endless(prepare_slice(folder, keys, source))

    def train_slice(self) -> int:
        """Train once over the slice; return its target units, ends included."""
        from scripts.benchmark.systems.training import finish_epoch

        assert self._progress is not None
        return finish_epoch(self._progress)


class TranslationNotes(CountingNotes):
    """Notes BLEU or exact matches on dev, as fractions, and counts the target's units."""

    unit = "target_tokens"

    def __init__(self, clock: Clock, kind: str) -> None:
        if kind == "pairs":
            super().__init__(clock, "bleu", 0.01)
        else:
            super().__init__(clock, "exact_match")


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
