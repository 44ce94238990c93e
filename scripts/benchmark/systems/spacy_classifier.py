"""spaCy: ``textcat`` with classes that exclude each other, trained by spaCy's own loop.

The configuration is that of ``spacy init config --pipeline textcat --optimize efficiency``, which
has a model of bags of words; the ensemble is the one that the component has where none is named.
Texts are split by spaCy's tokenizer, in training and in use.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.cli.init_config import init_config
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train

from scripts.benchmark.protocol import Clock, Task, Worker, read_sentences, serve

COMPONENT = "textcat"


class SpacyClassifier:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``model``, ``ensemble`` or ``bow``; the most ``steps`` of training, which ends before
    where dev has gained nothing in spaCy's 1,600 steps of patience; and ``seed``.
    """

    packages = ("spacy", "thinc", "numpy")

    def __init__(self) -> None:
        self._nlp = spacy.blank("en")

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with spaCy's loop and keep the best model."""
        self._nlp = nlp = _initialized(task, output, settings)
        evaluate = nlp.evaluate
        dev = read_sentences(task["dev"])
        texts, wanted = [line["text"] for line in dev], [line["label"] for line in dev]

        def evaluate_off_the_clock(examples: Sequence[Example]) -> dict[str, Any]:
            with clock.paused():
                scores = evaluate(examples)
                right = map(str.__eq__, self.predict(texts), wanted)
                accuracy = sum(right) / len(wanted)
            clock.note(accuracy)
            return scores

        nlp.evaluate = evaluate_off_the_clock  # type: ignore[method-assign, assignment]  # called so alone
        train(nlp, output, stdout=sys.stderr, stderr=sys.stderr)
        return {"evaluations": len(clock.curve)}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        del settings
        self._nlp = spacy.load(model / "model-best")

    def predict(self, items: Sequence[str]) -> list[str]:
        """Label texts by ``pipe``."""
        return [_label(doc) for doc in self._nlp.pipe(items)]

    def predict_one(self, item: str) -> str:
        """Label one text."""
        return _label(self._nlp(item))

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the files of the best model."""
        del settings
        return [path for path in (model / "model-best").rglob("*") if path.is_file()]


def _label(doc: Doc) -> str:
    """Return the likeliest label."""
    return max(doc.cats, key=doc.cats.__getitem__)


def _initialized(task: Task, output: Path, settings: Mapping[str, Any]) -> Language:
    """Return a pipeline ready to be trained, its corpus written as spaCy reads it."""
    random.seed(settings["seed"])
    output.mkdir(parents=True, exist_ok=True)
    _write_docs(task["train"], output / "train.spacy")
    _write_docs(task["dev"], output / "dev.spacy")
    config = init_config(lang="en", pipeline=[COMPONENT], optimize="efficiency")
    if settings["model"] == "ensemble":
        del config["components"][COMPONENT]["model"]
    config["paths"]["train"] = str(output / "train.spacy")
    config["paths"]["dev"] = str(output / "dev.spacy")
    config["training"]["max_steps"] = settings["steps"]
    config["training"]["seed"] = config["system"]["seed"] = settings["seed"]
    return init_nlp(config)


def _write_docs(given: str, target: Path) -> None:
    """Write texts as spaCy reads them, each with 1 for its label and 0 for all others."""
    lines = read_sentences(given)
    labels = sorted({line["label"] for line in lines})
    nlp = spacy.blank("en")
    docs = []
    for line in lines:
        doc = nlp.make_doc(line["text"])
        doc.cats = {label: float(label == line["label"]) for label in labels}
        docs.append(doc)
    DocBin(docs=docs).to_disk(target)


if __name__ == "__main__":
    serve(Worker(SpacyClassifier()))
