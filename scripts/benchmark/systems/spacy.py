"""spaCy: tok2vec with a morphologizer (or an entity recognizer), as its own quickstart has it.

The configuration is that of ``spacy init config --pipeline morphologizer --optimize efficiency``,
the training spaCy's own loop. As ``spacy convert`` writes a treebank, spaCy trains on the tokens
that its own tokenizer finds in the text of a sentence; where it is not told which tokens have a
space behind them, it trains on those of the corpus.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.cli.init_config import init_config
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus, Example
from spacy.training.converters.conllu_to_docs import conllu_to_docs
from spacy.training.initialize import init_nlp
from spacy.training.loop import create_train_batches, train
from spacy.util import registry
from spacy.vocab import Vocab

from scripts.benchmark.protocol import (
    Clock,
    Sentence,
    SteppingWorker,
    Task,
    read_sentences,
    serve,
)

COMPONENTS = {"words": "morphologizer", "spans": "ner"}


class Spacy:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``steps`` of training, ``seed``, and whether a treebank's ``tokens`` are those of the
    ``corpus`` or spaCy's ``own`` in training. In tagging they are always those of the corpus.
    """

    packages = ("spacy", "thinc", "numpy")

    def __init__(self) -> None:
        self._nlp = spacy.blank("en")
        self._kind = "words"
        self._slice: Iterator[int] = iter(())

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with spaCy's loop and keep the best model."""
        self._nlp = nlp = _initialized(task, output, settings)
        self._kind = task["kind"]
        evaluate = nlp.evaluate
        dev = read_sentences(task["dev"])

        def evaluate_off_the_clock(examples: Sequence[Example]) -> dict[str, Any]:
            with clock.paused():
                scores = evaluate(examples)
                # spaCy scores the tokens that its tokenizer has in common with the corpus.
                score = scores["ents_f"] if self._kind == "spans" else self._accuracy(dev)
            clock.note(score)
            return scores

        nlp.evaluate = evaluate_off_the_clock  # type: ignore[method-assign, assignment]  # called so alone
        train(nlp, output, stdout=sys.stderr, stderr=sys.stderr)
        return {"steps": settings["steps"]}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        self._nlp = spacy.load(model / "model-best")
        del settings
        self._kind = "spans" if "ner" in self._nlp.pipe_names else "words"

    def predict(self, items: Sequence[Sequence[str]]) -> list[list[str]]:
        """Tag sentences by ``pipe``, given as documents of their tokens."""
        vocab = self._nlp.vocab
        docs = (Doc(vocab, words=list(tokens)) for tokens in items)
        return [self._tags(doc) for doc in self._nlp.pipe(docs)]

    def _accuracy(self, sentences: Sequence[Sentence]) -> float:
        tagged = self.predict([sentence["tokens"] for sentence in sentences])
        right = [
            given == wanted
            for tags, sentence in zip(tagged, sentences, strict=True)
            for given, wanted in zip(tags, sentence["tags"], strict=True)
        ]
        return sum(right) / len(right)

    def predict_one(self, item: Sequence[str]) -> list[str]:
        """Tag one sentence."""
        return self._tags(self._nlp(Doc(self._nlp.vocab, words=list(item))))

    def _tags(self, doc: Doc) -> list[str]:
        if self._kind == "words":
            return [token.pos_ for token in doc]
        kinds = [(token.ent_iob_, token.ent_type_) for token in doc]
        return [f"{iob}-{label}" if label else "O" for iob, label in kinds]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the files of the best model."""
        del settings
        return [path for path in (model / "model-best").rglob("*") if path.is_file()]

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a pipeline and the batches of the slice."""
        output = Path(slice_file).parent / "spacy-slice"
        nlp = _initialized(task, output, settings)
        _write_docs(slice_file, source, output / "slice.spacy", task["kind"], settings)
        self._slice = _passes(nlp, output / "slice.spacy")

    def train_slice(self) -> int:
        """Train once over the slice."""
        return next(self._slice)


def _passes(nlp: Language, path: Path) -> Iterator[int]:
    """Train over a file again and again, yielding its number of tokens after each pass."""
    settings = registry.resolve(nlp.config.interpolate()["training"])
    optimizer, dropout = settings["optimizer"], settings["dropout"]
    examples = list(Corpus(path)(nlp))
    while True:
        batches = create_train_batches(nlp, lambda _: examples, settings["batcher"], 1)
        for _, batch in batches:
            nlp.update(batch, drop=dropout, sgd=False)  # type: ignore[arg-type]  # as spaCy itself
            for _, component in nlp.pipeline:
                component.finish_update(optimizer)  # type: ignore[attr-defined]  # all can be trained
            optimizer.step_schedules()
        yield sum(len(example) for example in examples)


def _initialized(task: Task, output: Path, settings: Mapping[str, Any]) -> Language:
    """Return a pipeline ready to be trained, its corpus written as spaCy reads it."""
    random.seed(settings["seed"])
    output.mkdir(parents=True, exist_ok=True)
    for part in ("train", "dev"):
        source = task["sources"][part]
        given = task["train"] if part == "train" else task["dev"]
        _write_docs(given, source, output / f"{part}.spacy", task["kind"], settings)
    config = init_config(lang="en", pipeline=[COMPONENTS[task["kind"]]], optimize="efficiency")
    config["paths"]["train"] = str(output / "train.spacy")
    config["paths"]["dev"] = str(output / "dev.spacy")
    config["training"]["max_steps"] = settings["steps"]
    config["training"]["seed"] = config["system"]["seed"] = settings["seed"]
    return init_nlp(config)


def _write_docs(
    given: str, source: str, target: Path, kind: str, settings: Mapping[str, Any]
) -> None:
    """Write sentences as spaCy reads them, a document a sentence."""
    if kind == "words" and settings["tokens"] == "own":
        text = Path(source).read_text("utf-8")
        docs = list(conllu_to_docs(text, no_print=True))  # type: ignore[no-untyped-call]  # spaCy's
    else:
        vocab = Vocab()
        docs = [_annotated(vocab, sentence, kind) for sentence in read_sentences(given)]
    DocBin(docs=docs, store_user_data=True).to_disk(target)


def _annotated(vocab: Vocab, sentence: Sentence, kind: str) -> Doc:
    """Return a sentence as a document with its annotation."""
    words, tags = sentence["tokens"], sentence["tags"]
    if kind == "spans":
        return Doc(vocab, words=words, ents=tags)
    feats = ["" if value == "_" else value for value in sentence["feats"]]
    return Doc(vocab, words=words, pos=tags, morphs=feats)


if __name__ == "__main__":
    serve(SteppingWorker(Spacy()))
