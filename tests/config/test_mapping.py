from __future__ import annotations

import math
from typing import Any

import pytest

from seqtag.config import EncoderConfig, RunConfig, all_keys, from_mapping, to_mapping
from seqtag.errors import ConfigError
from tests.config.refusals import refused


def test_values_given_are_taken_and_the_others_keep_their_defaults() -> None:
    config = from_mapping(RunConfig, {"seed": 7, "encoder": {"hidden_size": 16}})
    assert config.seed == 7
    assert config.encoder.hidden_size == 16
    assert config.encoder.cell == RunConfig().encoder.cell
    assert config.training == RunConfig().training


def test_mapping_of_a_configuration_gives_it_back() -> None:
    config = from_mapping(RunConfig, {"head": {"crf": True}, "training": {"average": 0}})
    assert from_mapping(RunConfig, to_mapping(config)) == config


def test_defaults_are_within_their_ranges() -> None:
    assert from_mapping(RunConfig, to_mapping(RunConfig())) == RunConfig()


@pytest.mark.parametrize(
    ("values", "wrong", "right"),
    [
        ({"sed": 1}, "sed", "seed"),
        ({"encoder": {"hiden_size": 1}}, "encoder.hiden_size", "encoder.hidden_size"),
        ({"encoder": {"layers": 1}}, "encoder.layers", "encoder.num_layers"),
        ({"training": {"max_epochs": 1}}, "training.max_epochs", "training.epochs"),
        ({"embedding": {"char": "cnn"}}, "embedding.char", "embedding.characters"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest(
    values: dict[str, Any], wrong: str, right: str
) -> None:
    assert refused(values) == f"unknown key {wrong}: did you mean {right}?"


@pytest.mark.parametrize(
    ("values", "wrong", "right"),
    [
        ({"hidden_size": 1}, "hidden_size", "encoder.hidden_size"),
        ({"encoder": {"crf": True}}, "encoder.crf", "head.crf"),
        ({"data": {"epoch": 1}}, "data.epoch", "training.epochs"),
        ({"training": {"seed": 1}}, "training.seed", "seed"),
    ],
)
def test_key_in_the_wrong_section_is_refused_with_the_right_one(
    values: dict[str, Any], wrong: str, right: str
) -> None:
    assert refused(values) == f"unknown key {wrong}: did you mean {right}?"


def test_unknown_section_is_refused_with_the_nearest() -> None:
    assert refused({"traning": {"epochs": 1}}) == "unknown key traning: did you mean training?"


def test_key_like_no_other_is_refused_with_those_that_there_are() -> None:
    assert refused({"training": {"lr": 1}}).startswith(
        "unknown key training.lr: the keys of [training] are epochs, epochs_factor, batch_tokens"
    )
    assert "`seqtag train --help`" in refused({"xyzzy": 1})
    assert "sections are data, embedding, encoder, head, pooling, linear, units" in refused(
        {"xyzzy": {}}
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": 1.5}, "seed is 1.5: give a whole number"),
        ({"seed": True}, "seed is True: give a whole number"),
        ({"seed": "1"}, "seed is '1': give a whole number"),
        ({"encoder": {"dropout": "a"}}, "encoder.dropout is 'a': give a number"),
        ({"encoder": {"dropout": True}}, "encoder.dropout is True: give a number"),
        ({"data": {"train": 2024}}, "data.train is 2024: give text, in quotes"),
        ({"data": {"train": ["a"]}}, "data.train is ['a']: give text, in quotes"),
        ({"head": {"crf": 1}}, "head.crf is 1: give auto, true or false"),
        ({"head": {"crf": "yes"}}, "head.crf is 'yes': give auto, true or false"),
        ({"encoder": 3}, "encoder is a section, not a value: write [encoder]"),
        ({"encoder": [{}]}, "encoder is a section, not a value: write [encoder]"),
        ({"seed": {"a": 1}}, "seed is {'a': 1}: give a whole number"),
        (
            {"encoder": {"cell": "lstn"}},
            "encoder.cell is 'lstn': give one of lstm, gru, rnn, peephole (did you mean lstm?)",
        ),
        (
            {"training": {"optimizer": "adam"}},
            "training.optimizer is 'adam': give one of adamw, sgd, asgd (did you mean adamw?)",
        ),
        (
            {"training": {"schedule": "one-cycle"}},
            "training.schedule is 'one-cycle': give one of linear, onecycle, plateau, constant "
            "(did you mean onecycle?)",
        ),
        (
            {"training": {"mixed_precision": 16}},
            "training.mixed_precision is 16: give one of none, auto, bf16, fp16 "
            "(did you mean fp16?)",
        ),
        ({"preset": True}, "preset is True: give one of fast, default, best"),
        (
            {"preset": ["fast"]},
            "preset is ['fast']: give one of fast, default, best (did you mean fast?)",
        ),
    ],
)
def test_value_of_the_wrong_type_is_refused(values: dict[str, Any], message: str) -> None:
    assert refused(values) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": -1}, "seed is -1: give a value from 0 to 9223372036854775807"),
        ({"encoder": {"hidden_size": 0}}, "encoder.hidden_size is 0: give a value from 1 to 8192"),
        ({"encoder": {"dropout": 1}}, "encoder.dropout is 1.0: give a value from 0.0 to 0.95"),
        ({"training": {"patience": 0}}, "training.patience is 0: give 1 or more"),
        (
            {"training": {"label_smoothing": 1}},
            "training.label_smoothing is 1.0: give a value from 0.0 to 0.9",
        ),
        (
            {"training": {"plateau_factor": 1}},
            "training.plateau_factor is 1.0: give a value from 0.01 to 0.99",
        ),
        ({"training": {"plateau_patience": 0}}, "training.plateau_patience is 0: give 1 or more"),
        (
            {"training": {"momentum": 1}},
            "training.momentum is 1.0: give a value from 0.0 to 0.999",
        ),
        (
            {"training": {"learning_rate": math.nan}},
            "training.learning_rate is nan: give a value from 0.0 to 1000.0",
        ),
        (
            {"training": {"learning_rate": 10**400}},
            "training.learning_rate is inf: give a value from 0.0 to 1000.0",
        ),
        (
            {"training": {"checkpoint_seconds": -(10**400)}},
            "training.checkpoint_seconds is -inf: give 0.0 or more",
        ),
    ],
)
def test_value_out_of_range_is_refused_with_the_range(values: dict[str, Any], message: str) -> None:
    assert refused(values) == message


@pytest.mark.parametrize("key", [name for name, key in all_keys().items() if key.type == "float"])
def test_no_number_may_be_nan(key: str) -> None:
    section, name = key.split(".")
    assert refused({section: {name: math.nan}}).startswith(f"{key} is nan: give ")


def test_whole_number_does_for_a_fraction() -> None:
    config = from_mapping(RunConfig, {"encoder": {"dropout": 0}})
    assert isinstance(config.encoder.dropout, float)


@pytest.mark.parametrize("value", ["auto", True, False])
def test_crf_is_automatic_or_a_truth_value(value: str | bool) -> None:
    assert from_mapping(RunConfig, {"head": {"crf": value}}).head.crf is value


def test_name_that_toml_cannot_hold_is_refused() -> None:
    """The system hands on the bytes of a file's name that are no UTF-8 as lone surrogates."""
    message = refused({"data": {"train": "caf\udce9.conll"}})
    assert message.startswith(r"data.train is 'caf\udce9.conll': this is no text in UTF-8")


def test_part_of_a_run_can_be_read_by_itself() -> None:
    assert from_mapping(EncoderConfig, {"cell": "gru"}).cell == "gru"
    with pytest.raises(ConfigError, match=r"^unknown key cel: "):
        from_mapping(EncoderConfig, {"cel": "gru"})
