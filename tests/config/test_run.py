from __future__ import annotations

import re
from typing import Any

import pytest

from seqtag.config import (
    CHOICES,
    PRESETS,
    TASK_FORMATS,
    RunConfig,
    all_keys,
    load_toml,
    resolve,
    set_key,
    to_mapping,
)
from seqtag.config.tasks import KEY_TASKS, SECTION_TASKS
from seqtag.errors import ConfigError


def test_nothing_given_is_the_default() -> None:
    assert resolve({}) == RunConfig()


ALL_PRESETS = [(task, preset) for task, presets in PRESETS.items() for preset in presets]


@pytest.mark.parametrize(("task", "preset"), ALL_PRESETS)
def test_preset_gives_the_values_of_keys_not_given(task: str, preset: str) -> None:
    config = resolve({"task": task, "preset": preset, "seed": 3})
    assert (config.task, config.preset, config.seed) == (task, preset, 3)
    for section, values in PRESETS[task][preset].items():
        for key, value in values.items():
            assert getattr(getattr(config, section), key) == value


def test_defaults_go_by_what_is_chosen() -> None:
    """The run's configuration holds them, so that it says all."""
    plain, sgd = resolve({}).training, resolve({"training": {"optimizer": "sgd"}}).training
    assert (plain.optimizer, plain.learning_rate, plain.weight_decay) == ("adamw", 0.003, 0.01)
    assert (sgd.optimizer, sgd.learning_rate, sgd.weight_decay) == ("sgd", 1.0, 0.00001)
    assert resolve({"training": {"schedule": "onecycle"}}).training.warmup == 0.3
    assert resolve({"training": {"schedule": "plateau"}}).training.warmup == plain.warmup == 0.1
    again = resolve(to_mapping(resolve({"training": {"optimizer": "sgd"}})))
    assert again.training == sgd


def test_what_is_given_goes_before_defaults_by_choice() -> None:
    values = {"training": {"optimizer": "sgd", "learning_rate": 0.1}}
    assert resolve(values).training.learning_rate == 0.1
    assert resolve(values).training.weight_decay == 0.00001
    based = resolve({"training": {"optimizer": "sgd"}}, base={"training": {"learning_rate": 0.2}})
    assert based.training.learning_rate == 0.2


def from_text(value: str) -> float | str:
    """Return a number, or what is none as it is."""
    try:
        return float(value)
    except ValueError:
        return value


def test_defaults_by_choice_are_keys_with_such_values_and_their_meaning_tells_them() -> None:
    keys = all_keys()
    for key, choices in CHOICES.items():
        section, _, name = key.rpartition(".")
        for choice, layer in choices.items():
            tasks = KEY_TASKS.get(key, SECTION_TASKS.get(section, ("tag",)))
            given: dict[str, Any] = {"task": tasks[0]}
            set_key(given, key, choice)
            config = resolve(given)
            for place, values in layer.items():
                for wanted, value in values.items():
                    assert getattr(getattr(config, place), wanted) == value
                    told = re.search(
                        rf"with {choice} ([\w.]+)(,|$)",
                        keys[f"{place}.{wanted}"].metadata["meaning"],
                    )
                    if section == place:
                        assert told is not None
                        assert from_text(told[1]) == value


def test_values_go_before_a_base_and_a_base_before_the_preset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = {"encoder": {"hidden_size": 1, "num_layers": 1, "dropout": 0.1}}
    monkeypatch.setitem(PRESETS["tag"], "fast", sizes)
    config = resolve(
        {"preset": "fast", "encoder": {"dropout": 0.3}},
        base={"encoder": {"num_layers": 2, "dropout": 0.2}},
    )
    encoder = config.encoder
    assert (encoder.hidden_size, encoder.num_layers, encoder.dropout) == (1, 2, 0.3)
    assert sizes == {"encoder": {"hidden_size": 1, "num_layers": 1, "dropout": 0.1}}


def test_sizes_are_checked_together_with_those_of_the_base() -> None:
    values = {"embedding": {"character_hidden_size": 3}}
    assert resolve(values).embedding.character_hidden_size == 3
    with pytest.raises(ConfigError, match="give an even number"):
        resolve(values, base={"embedding": {"characters": "lstm"}})


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve(load_toml(text, "run.toml"), text=text, path="run.toml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("seed = 1\nepochs = 3\n", 2, "unknown key epochs: did you mean training.epochs?"),
        ("[encoder]\n\ncel = 'gru'\n", 3, "unknown key encoder.cel: did you mean encoder.cell?"),
        ("[encodr]\ncell = 'gru'\n", 1, "unknown key encodr: did you mean encoder?"),
        ("[encoder]\ndropout = 2\n", 2, "encoder.dropout is 2.0: give a value from 0.0 to 0.95"),
        (
            "[training]\nclass_weights = 'PER'\n",
            2,
            "training.class_weights is 'PER': give none, balanced, or weights such as PER=2,O=0.5",
        ),
        (
            "[training]\nclass_weights = 'O=1,O=2'\n",
            2,
            "training.class_weights is 'O=1,O=2': O is named twice",
        ),
        ("preset = 'fats'\n", 1, "preset is 'fats': give one of fast, default, best"),
        ("preset = 'fast'\nencoder = 3\n", 2, "encoder is a section, not a value"),
        ("preset = 'fast'\n[encoder]\nhidden_size = {a = 1}", 3, "encoder.hidden_size is {'a'"),
        ("preset = 'fast'\nencoder.hidden_size.a = 1", 2, "encoder.hidden_size is {'a': 1}"),
        ("encoder = {cell = 'x'}", 1, "encoder.cell is 'x': give one of lstm, gru, rnn"),
        (
            "[embedding]\ncharacters = 'lstm'\ncharacter_hidden_size = 3",
            3,
            "embedding.character_hidden_size is 3: give an even number",
        ),
    ],
)
def test_wrong_key_or_value_of_a_file_is_shown_in_its_line(
    text: str, line: int, message: str
) -> None:
    error = refused(text)
    assert error.message.startswith(message)
    assert (error.path, error.line) == ("run.toml", line)
    assert str(error).startswith(f"run.toml:{line}: ")


def test_value_that_is_in_no_file_has_no_line() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve({"seed": -1}, text="threads = 1\n", path="run.toml")
    assert (caught.value.path, caught.value.line) == (None, None)


@pytest.mark.parametrize(("task", "preset"), ALL_PRESETS)
def test_preset_names_existing_keys(task: str, preset: str) -> None:
    sections = PRESETS[task][preset]
    names = {f"{section}.{key}" for section, keys in sections.items() for key in keys}
    assert names <= all_keys().keys()


def test_classifier_without_a_linear_path_has_to_know_words_itself() -> None:
    beside, alone = (
        resolve({"task": "classify"}),
        resolve({"task": "classify", "linear": {"word_ngrams": 0}, "encoder": {"dropout": 0.1}}),
    )
    assert beside.embedding.word_min_count > 1
    assert not beside.embedding.ngram_size
    assert alone.embedding.word_min_count == 1
    assert alone.embedding.ngram_size == 100
    assert (alone.encoder.hidden_size, alone.encoder.dropout) == (100, 0.1)
    assert resolve(to_mapping(alone)) == alone
    fast = resolve({"task": "classify", "preset": "fast", "linear": {"word_ngrams": 0}})
    assert fast.encoder.hidden_size == 32


def test_every_task_has_every_preset() -> None:
    names = [set(presets) for presets in PRESETS.values()]
    assert names == [{"fast", "default", "best"}] * len(TASK_FORMATS)


def test_key_is_set_in_its_section() -> None:
    values: dict[str, Any] = {"encoder": {"cell": "gru"}}
    set_key(values, "seed", 2)
    set_key(values, "encoder.hidden_size", 3)
    set_key(values, "head.crf", True)
    assert values == {
        "seed": 2,
        "encoder": {"cell": "gru", "hidden_size": 3},
        "head": {"crf": True},
    }


def test_key_below_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"seed\.a: seed is a value and has no keys of its own"):
        set_key({"seed": 1}, "seed.a", 1)
