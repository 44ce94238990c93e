"""flair: one-hot word embeddings and a character LSTM, one BiLSTM and a CRF, SGD.

Everything that is not named in the settings is flair's default. Its list of common characters has
to be fetched, so the characters are those of the training part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import flair
import torch
from flair.data import Corpus, Dictionary
from flair.data import Sentence as FlairSentence
from flair.datasets import DataLoader, FlairDatapointDataset
from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer
from flair.training_utils import store_embeddings

from scripts.benchmark.protocol import (
    Clock,
    Sentence,
    SteppingWorker,
    Task,
    read_sentences,
    serve,
)

LABEL = "tag"


class Flair:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``epochs``, ``batch_sentences``, ``learning_rate``, ``seed``, how often a word must
    occur to have a vector, ``word_min_count``, and the sizes ``word_size``, ``character_size``,
    ``character_hidden_size`` (both directions) and ``hidden_size`` (one direction).
    """

    packages = ("flair", "torch", "numpy")

    def __init__(self) -> None:
        self._tagger: SequenceTagger | None = None
        self._batch_sentences = 32
        self._slice: Iterator[int] = iter(())

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with flair's trainer and keep the model that is best on dev."""
        _seed(settings)
        corpus = Corpus(
            train=_dataset(task["train"], task["kind"]),
            dev=_dataset(task["dev"], task["kind"]),
            sample_missing_splits=False,
        )
        tagger = _make_tagger(corpus, settings)
        evaluate = tagger.evaluate

        def evaluate_off_the_clock(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - flair's
            with clock.paused():
                result = evaluate(*arguments, **options)
            clock.note(result.main_score)
            return result

        tagger.evaluate = evaluate_off_the_clock
        ModelTrainer(tagger, corpus).train(
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
        """Open the best model.

        flair orders the parts of a token's vector by the names of the embeddings, and one-hot
        embeddings lose the number in front of theirs when they are saved: without it, the parts
        would change places.
        """
        self._tagger = SequenceTagger.load(_model_file(model))
        for number, embedding in enumerate(self._tagger.embeddings.embeddings):
            if not embedding.name.startswith(f"{number}-"):
                embedding.name = f"{number}-{embedding.name}"
        self._batch_sentences = settings["batch_sentences"]

    def predict(self, items: Sequence[Sequence[str]]) -> list[list[str]]:
        """Tag sentences in batches of as many as in training."""
        made = [FlairSentence(list(tokens)) for tokens in items]
        assert self._tagger is not None
        self._tagger.predict(
            made,
            mini_batch_size=self._batch_sentences,
            label_name=LABEL,
            force_token_predictions=True,
        )
        return [[token.get_label(LABEL).value for token in sentence] for sentence in made]

    def predict_one(self, item: Sequence[str]) -> list[str]:
        """Tag one sentence."""
        return self.predict([item])[0]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the file of the best model."""
        del settings
        return [_model_file(model)]

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a tagger for the whole training part and the batches of the slice."""
        del source
        _seed(settings)
        whole = Corpus(
            train=_dataset(task["train"], task["kind"]),
            dev=_dataset(slice_file, task["kind"]),
            sample_missing_splits=False,
        )
        tagger = _make_tagger(whole, settings)
        self._slice = _passes(tagger, _dataset(slice_file, task["kind"]), settings)

    def train_slice(self) -> int:
        """Train once over the slice."""
        return next(self._slice)


def _model_file(model: Path) -> Path:
    """Return the best model, or the last one where none scored above 0 on dev."""
    best = model / "best-model.pt"
    return best if best.exists() else model / "final-model.pt"


def _passes(
    tagger: SequenceTagger, sentences: FlairDatapointDataset, settings: Mapping[str, Any]
) -> Iterator[int]:
    """Make the steps of flair's trainer, without its logs; yield the tokens of each pass."""
    optimizer = torch.optim.SGD(tagger.parameters(), lr=settings["learning_rate"])
    while True:
        tagger.train()
        tokens = 0
        for batch in DataLoader(sentences, batch_size=settings["batch_sentences"], shuffle=True):
            tagger.zero_grad()
            loss, _ = tagger.forward_loss(batch)
            loss.backward()
            store_embeddings(batch, "none")
            torch.nn.utils.clip_grad_norm_(tagger.parameters(), 5.0)
            optimizer.step()
            tokens += sum(len(sentence) for sentence in batch)
        yield tokens


def _seed(settings: Mapping[str, Any]) -> None:
    flair.set_seed(settings["seed"])
    random.seed(settings["seed"])


def _make_tagger(corpus: Corpus, settings: Mapping[str, Any]) -> SequenceTagger:
    characters = Dictionary()
    for sentence in corpus.train:
        for character in sentence.text:
            characters.add_item(character)
    words = OneHotEmbeddings.from_corpus(
        corpus, min_freq=settings["word_min_count"], embedding_length=settings["word_size"]
    )
    spelling = CharacterEmbeddings(
        characters,
        char_embedding_dim=settings["character_size"],
        hidden_size_char=settings["character_hidden_size"] // 2,
    )
    return SequenceTagger(
        StackedEmbeddings([words, spelling]),
        corpus.make_label_dictionary(LABEL, add_unk=False),
        LABEL,
        hidden_size=settings["hidden_size"],
        use_crf=True,
    )


def _dataset(path: str, kind: str) -> FlairDatapointDataset:
    return FlairDatapointDataset([_annotated(s, kind) for s in read_sentences(path)])


def _annotated(given: Sentence, kind: str) -> FlairSentence:
    """Return a sentence with its labels: one a token, or one a span."""
    sentence = FlairSentence(given["tokens"])
    if kind == "words":
        for token, tag in zip(sentence, given["tags"], strict=True):
            token.add_label(LABEL, tag)
        return sentence
    start = 0
    tags = [*given["tags"], "O"]
    for place, tag in enumerate(tags):
        if place and not tag.startswith("I-"):
            if tags[start] != "O":
                span = sentence[start:place]
                span.add_label(LABEL, tags[start][2:])
            start = place
    return sentence


if __name__ == "__main__":
    serve(SteppingWorker(Flair()))
