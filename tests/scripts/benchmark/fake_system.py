"""A worker that needs no peer: it learns nothing.

It calls every word by its length, and every text by whether its number of spaces is odd. In
training it counts tokens, of translations and of lines of a text their words and their ends. Every
word of a text, and every end of a line, costs it one bit.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark.protocol import Clock, Sentence, Task, TextWorker, read_sentences, serve


class Fake:
    """See `scripts.benchmark.protocol.TextSystem`."""

    packages = ("numpy",)

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        output.mkdir(parents=True)
        (output / "model").write_text("x" * 1000, "utf-8")
        print("libraries print what they like")
        with clock.paused():
            clock.note(0.25)
        return {"seen": len(read_sentences(task["train"])), "seed": settings["seed"]}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        del settings
        assert (model / "model").exists()

    def predict(self, items: Sequence[Any]) -> list[Any]:
        return [self.predict_one(item) for item in items]

    def predict_one(self, item: Any) -> Any:  # noqa: ANN401 - tokens or a text
        if isinstance(item, str):
            return str(item.count(" ") % 2)
        return [str(len(token)) for token in item]

    def score_text(self, source: str) -> dict[str, float]:
        lines = Path(source).read_text("utf-8").removesuffix("\n").split("\n")
        words = sum(len(line.split()) + 1 for line in lines)
        characters = sum(len(line) + 1 for line in lines)
        return {"nats": words * math.log(2), "words": words, "characters": characters}

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        del settings
        return [model / "model"]

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        del task, source, settings
        self.tokens = sum(map(size, read_sentences(slice_file)))

    def train_slice(self) -> int:
        print("an epoch", file=sys.stderr)
        return self.tokens


def size(sentence: Sentence) -> int:
    if "right" in sentence:
        return len(sentence["right"][0].split()) + 1
    if "text" in sentence:
        return len(sentence["text"].split()) + 1
    return len(sentence["tokens"])


if __name__ == "__main__":
    serve(TextWorker(Fake()))
