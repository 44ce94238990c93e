from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch

from seqtag.config import RunConfig, resolve
from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence
from seqtag.text.texts import Texts
from seqtag.text.vocabulary import count_vocabulary
from seqtag.training.classification import (
    MOST_PIECES,
    ClassificationObjective,
    make_objective,
)
from seqtag.training.inputs import build_inputs
from seqtag.training.loop import Trainer
from seqtag.training.spec import ClassifierSpec

TINY: dict[str, Any] = {
    "task": "classify",
    "embedding": {"word_size": 8, "word_min_count": 1, "ngram_size": 4},
    "linear": {"word_ngrams": 0},
    "encoder": {"hidden_size": 8, "dropout": 0.0},
    "training": {"epochs": 30, "batch_tokens": 40, "learning_rate": 0.03, "average": 0.0},
}


def make_config(**sections: Any) -> RunConfig:  # noqa: ANN401 - sections of a configuration
    values = {key: dict(v) if isinstance(v, dict) else v for key, v in TINY.items()}
    for name, section in sections.items():
        if isinstance(section, dict):
            values[name] = {**values.get(name, {}), **section}
        else:
            values[name] = section
    return resolve(values)


def texts_of(*pairs: tuple[str, str]) -> Texts:
    return Texts([Sentence(text.split()) for text, _ in pairs], [label for _, label in pairs])


def toy(count: int = 60) -> Texts:
    """Return texts whose label is whether they say "good", unless "not" stands before it."""
    random = np.random.default_rng(0)
    pairs = []
    for number in range(count):
        words = random.choice(["the", "film", "was", "here", "and", "there"], 4).tolist()
        phrase = ["good", "not good", "bad", "not bad"][number % 4]
        label = "yes" if phrase in ("good", "not bad") else "no"
        place = int(random.integers(5))
        pairs.append((" ".join([*words[:place], phrase, *words[place:]]), label))
    return texts_of(*pairs)


def make(
    config: RunConfig, train: Texts | None = None, dev: Texts | None = None
) -> ClassificationObjective:
    train = toy() if train is None else train
    counts = Counter(train.labels)
    labels = count_vocabulary(counts, has_unknown=False)
    inputs = build_inputs(config, train.sentences, format="tsv", file_columns="text=0,label=1")
    spec = ClassifierSpec(
        **inputs.fields(),
        labels=labels,
        label_counts=[counts[label] for label in labels.items],
        pooling=config.pooling,
    )
    return make_objective(config, spec, train, toy(20) if dev is None else dev)


@pytest.mark.parametrize("kind", ["additive", "dot", "mean", "max", "last"])
def test_toy_task_is_learnt_with_every_kind_of_pooling(kind: str) -> None:
    """That "not" turns a word around takes more than a bag of words."""
    config = make_config(pooling={"kind": kind, "size": 8})
    trainer = Trainer(make(config), config.training, config.seed)
    losses = [step.record["train_loss"] for step in trainer.run() if step.record is not None]
    assert losses[-1] < 0.2 < losses[0]
    trainer.load_best()
    score, scores = trainer.objective.score()
    assert score == scores["accuracy"] >= 0.95


def test_loss_of_a_batch_is_the_mean_over_its_texts() -> None:
    config = make_config()
    objective = make(config)
    objective.model.eval()
    with torch.no_grad():
        together, tokens = objective.loss(np.array([0, 1, 2]))
        alone = [objective.loss(np.array([index])) for index in (0, 1, 2)]
    assert float(together) == pytest.approx(sum(float(loss) for loss, _ in alone) / 3, abs=1e-5)
    assert tokens == sum(count for _, count in alone)


def test_long_text_is_read_in_pieces_and_labelled_as_one(caplog: pytest.LogCaptureFixture) -> None:
    config = make_config(encoder={"max_length": 4})
    long = " ".join(["the", "film"] * (2 * MOST_PIECES) + ["good"])
    train = texts_of((long, "yes"), ("bad", "no"), ("good film", "yes"), ("bad film", "no"))
    with caplog.at_level(logging.INFO, "seqtag"):
        objective = make(config, train)
    assert "1 training texts have more than 32 tokens" in caplog.text
    objective.model.eval()
    with torch.no_grad():
        torch.manual_seed(1)
        first, tokens = objective.loss(np.array([0]))
        torch.manual_seed(2)
        second, _ = objective.loss(np.array([0]))
    assert tokens <= MOST_PIECES * 4
    assert float(first) != float(second)  # other pieces


def test_dev_text_beyond_the_window_is_scored_by_all_of_it() -> None:
    config = make_config(encoder={"max_length": 4})
    dev = texts_of(("the film was here and there and good", "yes"), ("bad", "no"))
    objective = make(config, dev=dev)
    objective.model.eval()
    logits = objective._predict()
    other = make(
        config, dev=texts_of(("the film was here and there and bad", "yes"), ("bad", "no"))
    )
    other.model.load_state_dict(objective.model.state_dict())
    other.model.eval()
    assert not np.allclose(logits[0], other._predict()[0])
    assert np.allclose(logits[1], other._predict()[1])


def test_class_weights_of_labels() -> None:
    weighted = make(make_config(training={"class_weights": "yes=3"}))
    assert weighted._weights is not None
    assert weighted._weights[weighted.spec.labels["yes"]] == 3.0
    assert weighted._weights[weighted.spec.labels["no"]] == 1.0
    with pytest.raises(ConfigError, match="class_weights names 'maybe'"):
        make(make_config(training={"class_weights": "maybe=3"}))


def test_label_that_training_lacks_is_always_wrong() -> None:
    dev = texts_of(("good film", "maybe"), ("the good film", "maybe"))
    objective = make(make_config(), dev=dev)
    objective.model.eval()
    assert objective.score()[0] == 0.0


def test_fingerprint_tells_other_labels_and_texts_apart() -> None:
    config = make_config()
    same, again = make(config).fingerprint, make(config).fingerprint
    assert same == again
    turned = toy()
    labels = ["no" if label == "yes" else "yes" for label in turned.labels]
    assert make(config, Texts(turned.sentences, labels)).fingerprint != same
    assert make(config, dev=toy(21)).fingerprint != same
