"""seqtag as a component of a spaCy pipeline, which sets what a tagger predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from scripts.benchmark.protocol import Clock, Task, Worker, serve
from scripts.benchmark.systems.seqtag import files_of

SENTENCES = 7
"""Of a document; the documents of EWT's test part have 6.6."""


class Pipeline:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``cores``, and for loading ``engine`` and ``precision``.
    """

    packages = ("seqtag", "spacy", "torch", "onnxruntime", "numpy")

    def __init__(self) -> None:
        self.nlp: Language | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Refuse: models are those of seqtag itself."""
        raise NotImplementedError("a pipeline takes a model that seqtag has trained")

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the model in a pipeline that has nothing else."""
        config = {
            "model": str(model),
            "tokens": "pipeline",
            "threads": settings["cores"],
            "engine": settings["engine"],
            "precision": settings["precision"],
        }
        self.nlp = spacy.blank("en")
        self.nlp.add_pipe("seqtag", config=config)

    def documents(self, items: Sequence[Sequence[str]]) -> list[Doc]:
        """Return sentences as documents whose tokens and sentences are given."""
        assert self.nlp is not None
        vocab = self.nlp.vocab
        docs = []
        for start in range(0, len(items), SENTENCES):
            sentences = items[start : start + SENTENCES]
            starts: list[bool | int | None] = [
                number == 0 for tokens in sentences for number in range(len(tokens))
            ]
            docs.append(Doc(vocab, list(chain.from_iterable(sentences)), sent_starts=starts))
        return docs

    def predict(self, items: Sequence[Sequence[str]]) -> list[list[str]]:
        """Tag sentences in documents by ``nlp.pipe``."""
        assert self.nlp is not None
        tags = (token.pos_ for doc in self.nlp.pipe(self.documents(items)) for token in doc)
        return [[next(tags) for _ in tokens] for tokens in items]

    def predict_one(self, item: Sequence[str]) -> list[str]:
        """Tag a document of one sentence."""
        assert self.nlp is not None
        (doc,) = self.documents([item])
        return [token.pos_ for token in self.nlp(doc)]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the model's files without the weights of other engines."""
        return files_of(model, settings)


class PipelineWorker(Worker):
    """Times what the component does, and not the making of documents, which is spaCy's.

    Args:
        system: The pipeline.
    """

    def __init__(self, system: Pipeline) -> None:
        super().__init__(system)
        self._pipeline = system

    def time_prediction(self) -> dict[str, float]:
        """Tag documents of the items that `prepare_prediction` kept."""
        assert self._pipeline.nlp is not None
        docs = self._pipeline.documents(self._items)
        tagged = self._pipeline.nlp.pipe(docs)
        return self._timed(lambda: sum(map(len, tagged)))


if __name__ == "__main__":
    serve(PipelineWorker(Pipeline()))
