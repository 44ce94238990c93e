"""scikit-learn: a logistic regression on n-grams of words and characters, weighted by tf-idf.

Words are what stands between spaces, and count alone and in pairs; characters count by three to
five, either over the whole text or within words, padded (``char_wb``). Which of the two, and how
strongly weights are bounded, is what is best on dev, or on average on folds of the training part
that are held out in turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import joblib  # type: ignore[import-untyped]
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline  # type: ignore[import-untyped]

from scripts.benchmark.protocol import Clock, Task, Worker, read_sentences, serve

MODEL = "model.joblib"

Part: TypeAlias = tuple[list[str], list[str]]
"""Texts and their labels."""


class Regression:
    """See `scripts.benchmark.protocol.System`.

    Settings: ``seed``, the ``characters`` to choose from, ``char`` and ``char_wb``, the values of
    ``C``, scikit-learn's inverse strength of the penalty, and the number of ``folds`` of the
    training part that the choice is made on, 0 to make it on dev.
    """

    packages = ("scikit-learn", "scipy", "numpy")

    def __init__(self) -> None:
        self._model: Pipeline | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with every choice and keep what is best; of equals the first."""
        train, dev = _read(task["train"]), _read(task["dev"])
        best, chosen = -1.0, ("", 0.0)
        for characters in settings["characters"]:
            if settings["folds"]:
                scores = _fold_scores(characters, train, settings)
            else:
                scores = _dev_scores(characters, train, dev, settings, clock)
            for penalty, score in scores.items():
                if score > best:
                    best, chosen = score, (characters, penalty)
        characters, penalty = chosen
        model = make_pipeline(_features(characters), _regression(penalty, settings))
        model.fit(*train)
        with clock.paused():
            score = float(model.score(*dev))
        clock.note(score)
        output.mkdir(parents=True, exist_ok=True)
        joblib.dump(model, output / MODEL)
        return {"chosen": {"characters": characters, "C": penalty}}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        del settings
        self._model = joblib.load(model / MODEL)

    def predict(self, items: Sequence[str]) -> list[str]:
        """Label texts, all at once."""
        assert self._model is not None
        return [str(label) for label in self._model.predict(items)]

    def predict_one(self, item: str) -> str:
        """Label one text."""
        return self.predict([item])[0]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the file of the best model."""
        del settings
        return [model / MODEL]


def _dev_scores(
    characters: str, train: Part, dev: Part, settings: Mapping[str, Any], clock: Clock
) -> dict[float, float]:
    """Return the accuracy on dev with each strength of the penalty."""
    texts, labels = train
    features = _features(characters)
    vectors = features.fit_transform(texts)
    with clock.paused():
        dev_vectors = features.transform(dev[0])
    scores = {}
    for penalty in settings["C"]:
        regression = _regression(penalty, settings).fit(vectors, labels)
        with clock.paused():
            scores[penalty] = float(regression.score(dev_vectors, dev[1]))
    return scores


def _fold_scores(characters: str, train: Part, settings: Mapping[str, Any]) -> dict[float, float]:
    """Return the mean accuracy on held-out folds with each strength of the penalty."""
    texts, labels = np.array(train[0], dtype=object), np.array(train[1])
    scores: dict[float, list[float]] = {penalty: [] for penalty in settings["C"]}
    folds = StratifiedKFold(settings["folds"], shuffle=True, random_state=settings["seed"])
    for kept, held in folds.split(texts, labels):
        features = _features(characters)
        vectors, held_vectors = features.fit_transform(texts[kept]), features.transform(texts[held])
        for penalty, found in scores.items():
            regression = _regression(penalty, settings).fit(vectors, labels[kept])
            found.append(float(regression.score(held_vectors, labels[held])))
    return {penalty: sum(found) / len(found) for penalty, found in scores.items()}


def _read(path: str) -> Part:
    """Return the texts and the labels of a part."""
    lines = read_sentences(path)
    return [line["text"] for line in lines], [line["label"] for line in lines]


def _regression(penalty: float, settings: Mapping[str, Any]) -> LogisticRegression:
    return LogisticRegression(C=penalty, solver="liblinear", random_state=settings["seed"])


def _features(characters: str) -> FeatureUnion:
    words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    spelling = TfidfVectorizer(analyzer=characters, ngram_range=(3, 5), sublinear_tf=True)
    return FeatureUnion([("words", words), ("characters", spelling)])


if __name__ == "__main__":
    serve(Worker(Regression()))
