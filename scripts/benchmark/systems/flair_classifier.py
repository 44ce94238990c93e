"""flair: one-hot word embeddings, read to the end by a recurrent network, and a linear layer, SGD.

Everything that is not named in the settings is flair's default. Texts are split at spaces, as the
corpus is tokenized.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import flair
from flair.data import Corpus
from flair.data import Sentence as FlairSentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import DocumentRNNEmbeddings, OneHotEmbeddings
from flair.models import TextClassifier
from flair.trainers import ModelTrainer

from scripts.benchmark.protocol import Clock, Task, Worker, read_sentences, serve

LABEL = "label"


class FlairClassifier:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``epochs``, ``batch_sentences``, ``learning_rate``, ``seed``, how often a word must
    occur to have a vector, ``word_min_count``, and the sizes ``word_size`` and ``hidden_size``.
    """

    packages = ("flair", "torch", "numpy")

    def __init__(self) -> None:
        self._classifier: TextClassifier | None = None
        self._batch_sentences = 32

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with flair's trainer and keep the model that is best on dev."""
        flair.set_seed(settings["seed"])
        random.seed(settings["seed"])
        corpus = Corpus(
            train=_dataset(task["train"]),
            dev=_dataset(task["dev"]),
            sample_missing_splits=False,
        )
        classifier = _make_classifier(corpus, settings)
        evaluate = classifier.evaluate

        def evaluate_off_the_clock(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - flair's
            with clock.paused():
                result = evaluate(*arguments, **options)
            clock.note(result.scores["accuracy"])
            return result

        classifier.evaluate = evaluate_off_the_clock
        ModelTrainer(classifier, corpus).train(
            output,
            learning_rate=settings["learning_rate"],
            mini_batch_size=settings["batch_sentences"],
            max_epochs=settings["epochs"],
            # Otherwise the vectors of dev's words are kept from the first epoch on, though they
            # are trained, and dev is scored ever more wrongly.
            embeddings_storage_mode="none",
        )
        return {"epochs": settings["epochs"]}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        self._classifier = TextClassifier.load(_model_file(model))
        self._batch_sentences = settings["batch_sentences"]

    def predict(self, items: Sequence[str]) -> list[str]:
        """Label texts in batches of as many as in training."""
        assert self._classifier is not None
        made = [_sentence(text) for text in items]
        self._classifier.predict(made, mini_batch_size=self._batch_sentences)
        return [sentence.get_label(LABEL).value for sentence in made]

    def predict_one(self, item: str) -> str:
        """Label one text."""
        return self.predict([item])[0]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the file of the best model."""
        del settings
        return [_model_file(model)]


def _model_file(model: Path) -> Path:
    """Return the best model, or the last one where none scored above 0 on dev."""
    best = model / "best-model.pt"
    return best if best.exists() else model / "final-model.pt"


def _make_classifier(corpus: Corpus, settings: Mapping[str, Any]) -> TextClassifier:
    words = OneHotEmbeddings.from_corpus(
        corpus, min_freq=settings["word_min_count"], embedding_length=settings["word_size"]
    )
    document = DocumentRNNEmbeddings([words], hidden_size=settings["hidden_size"])
    labels = corpus.make_label_dictionary(LABEL, add_unk=False)
    return TextClassifier(document, label_dictionary=labels, label_type=LABEL)


def _dataset(path: str) -> FlairDatapointDataset:
    sentences = []
    for line in read_sentences(path):
        sentence = _sentence(line["text"])
        sentence.add_label(LABEL, line["label"])
        sentences.append(sentence)
    return FlairDatapointDataset(sentences)


def _sentence(text: str) -> FlairSentence:
    return FlairSentence(text, use_tokenizer=False)


if __name__ == "__main__":
    serve(Worker(FlairClassifier()))
