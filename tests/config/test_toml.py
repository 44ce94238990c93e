from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.config import RunConfig, all_keys, dump_toml, from_mapping, load_toml, parse_value
from seqtag.config.toml import find_line
from seqtag.errors import ConfigError

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**63 - 1),
            "data": st.fixed_dictionaries(
                {
                    "train": texts,
                    "columns": texts,
                    "comment": texts,
                    "dev_share": st.floats(0.01, 0.5),
                }
            ),
            "head": st.fixed_dictionaries({"crf": st.sampled_from(["auto", True, False])}),
            "training": st.fixed_dictionaries(
                {
                    "average": st.floats(0, 0.9),
                    "checkpoint_seconds": st.floats(0, allow_nan=False),
                    "patience": st.integers(1),
                }
            ),
        }
    )
)
def test_configuration_comes_back_from_toml(values: dict[str, Any]) -> None:
    config = from_mapping(RunConfig, values)
    assert from_mapping(RunConfig, load_toml(dump_toml(config), "config.toml")) == config


def test_every_key_is_written_with_its_meaning() -> None:
    lines = dump_toml(RunConfig()).split("\n")
    for name, key in all_keys().items():
        line = find_line("\n".join(lines), name)
        assert line is not None
        assert lines[line - 1].startswith(name.rpartition(".")[2] + " = ")
        assert lines[line - 1].endswith(f"  # {key.metadata['meaning']}")


@pytest.mark.parametrize(
    ("text", "line"),
    [("seed = 1\nseed = 2\n", 2), ("a = 1\n[b\n", 2), ('a = "x\n', 1), ("\n\nx\n", 3)],
)
def test_broken_toml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigError, match="this is no TOML") as caught:
        load_toml(text, "c.toml")
    assert (caught.value.path, caught.value.line) == ("c.toml", line)


def test_text_that_never_ends_is_refused_at_the_end() -> None:
    with pytest.raises(ConfigError, match="this is no TOML") as caught:
        load_toml("a = 1\nb = '''x\ny", "c.toml")
    assert caught.value.line == 3


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 5000])
def test_toml_that_python_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="this is no TOML") as caught:
        load_toml(text, "c.toml")
    assert caught.value.path == "c.toml"


FILE = """\
# encoder.dropout = 1
seed = 1
training.epochs = 2
head = {crf = true}

[ data ]
  train="a"
[encoder] # dropout = 1
hidden_size = 3

dropout = 0.5
[[traning]]
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("seed", 2),
        ("training.epochs", 3),
        ("training", 3),
        ("head.crf", 4),
        ("data", 6),
        ("data.train", 7),
        ("encoder", 8),
        ("encoder.hidden_size", 9),
        ("encoder.dropout", 11),
        ("traning", 12),
        ("encoder.drop", None),
        ("dropout", None),
        ("epochs", None),
    ],
)
def test_line_of_a_key_is_found(key: str, line: int | None) -> None:
    assert find_line(FILE, key) == line
    assert find_line(FILE.replace("\n", "\r\n"), key) == line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("0.5", 0.5),
        ("1e-3", 1e-3),
        ("true", True),
        ("false", False),
        ('"2024"', "2024"),
        ("'a b'", "a b"),
    ],
)
def test_toml_value_is_taken_as_one(text: str, value: object) -> None:
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "#", "# ", "lstm", "True", "a=b", "token=0,tag=-1", "data/train.conll", '"open'),
        *("2024-01-01", "12:00:00", "[1]", "{a = 1}", "1\nseed = 2", "9" * 5000, "[" * 5000),
    ],
)
def test_all_else_is_text(text: str) -> None:
    assert parse_value(text) == text


@given(st.text())
def test_any_word_has_a_value(text: str) -> None:
    value = parse_value(text)
    assert value == text or tomllib.loads(f"value = {text}")["value"] is not None
