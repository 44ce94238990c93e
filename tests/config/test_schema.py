from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from seqtag.config import RunConfig, all_keys
from tests.config.refusals import refused


def test_configuration_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunConfig().seed = 2  # type: ignore[misc]


def test_every_key_has_a_full_name_and_a_meaning() -> None:
    keys = all_keys()
    assert {"seed", "data.train", "encoder.hidden_size", "head.crf"} <= keys.keys()
    assert all(key.metadata["meaning"] for key in keys.values())
    assert not any(name in keys for name in ("data", "encoder"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"distillation": {"teachers": 2}}, "distillation.teachers is 2, which only task tag has"),
        ({"head": {"crf": True}}, "head.crf is True, which only task tag has a use for"),
        ({"head": {"scheme": "bio"}}, "head.scheme is 'bio', which only task tag has"),
        ({"training": {"auxiliary": "XPOS"}}, "training.auxiliary is 'XPOS', and texts have no"),
        ({"data": {"format": "conllu"}}, "data.format is 'conllu', and files for task classify"),
    ],
)
def test_classifier_is_refused_what_taggers_have(values: dict[str, Any], message: str) -> None:
    assert refused({"task": "classify", **values}).startswith(message)


@pytest.mark.parametrize(
    ("section", "key", "value"), [("pooling", "heads", 2), ("linear", "folds", 3)]
)
def test_tagger_is_refused_what_classifiers_have(section: str, key: str, value: int) -> None:
    message = refused({section: {key: value}})
    assert message.startswith(f"{section}.{key} is {value}, which only task classify has a use for")


def test_tagger_is_refused_files_of_labelled_texts() -> None:
    assert "task tag are in one of conll, conllu" in refused({"data": {"format": "csv"}})


def test_keys_of_translators_are_refused_for_others() -> None:
    assert refused({"decoder": {"hidden_size": 7}}).startswith(
        "decoder.hidden_size is 7, which only task translate has a use for, and this run's task is "
        "tag"
    )
    assert refused({"data": {"source": "en"}}).startswith("data.source is 'en', which only task")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"training": {"label_smoothing": 0.1}},
            "training.label_smoothing is 0.1, which only tasks tag, classify and translate have",
        ),
        ({"units": {"dropout": 0.1}}, "units.dropout is 0.1, which only task translate has"),
    ],
)
def test_generator_is_refused_what_its_training_does_not_do(
    values: dict[str, Any], message: str
) -> None:
    assert refused({"task": "generate", **values}).startswith(message)


def test_translators_embed_units_and_nothing_else() -> None:
    assert refused({"task": "translate", "embedding": {"characters": "cnn"}}) == (
        "embedding.characters is 'cnn', and task translate reads units with a vector each and "
        "nothing else: leave it out"
    )
    assert refused({"task": "translate", "embedding": {"word_size": 0}}).startswith(
        "embedding.word_size is 0"
    )
    assert refused({"task": "translate", "training": {"class_weights": "balanced"}}).startswith(
        "training.class_weights is set"
    )
    assert "linear.cost is 2.0" in refused({"task": "translate", "linear": {"cost": 2.0}})
