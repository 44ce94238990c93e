from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqtag.api.settings import make_config
from seqtag.config import RunConfig
from seqtag.errors import ConfigError, DataError


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('seed = 3\n[data]\ntrain = "a.conll"\n[encoder]\nnum_layers = 3\n')
    return path


def test_nothing_given_is_the_defaults() -> None:
    assert make_config(None, {}) == RunConfig()


@pytest.mark.parametrize("kind", ["file", "mapping", "configuration"])
def test_source_may_be_of_any_kind(toml: Path, kind: str) -> None:
    mapping = {"seed": 3, "data": {"train": "a.conll"}, "encoder.num_layers": 3}
    sources: dict[str, Any] = {"file": toml, "mapping": mapping}
    sources["configuration"] = make_config(toml, {})
    config = make_config(sources[kind], {})
    assert (config.seed, config.data.train, config.encoder.num_layers) == (3, "a.conll", 3)


def test_settings_go_before_the_source(toml: Path) -> None:
    config = make_config(toml, {"train": Path("b.conll"), "encoder.num_layers": 1})
    assert (config.seed, config.data.train, config.encoder.num_layers) == (3, "b.conll", 1)


def test_mapping_is_not_changed() -> None:
    mapping = {"data": {"train": "a"}}
    make_config(mapping, {"data.dev": "b"})
    assert mapping == {"data": {"train": "a"}}


def test_base_goes_behind_the_source(toml: Path) -> None:
    config = make_config(toml, {}, base={"encoder": {"num_layers": 5, "hidden_size": 7}})
    assert (config.encoder.num_layers, config.encoder.hidden_size) == (3, 7)


def test_wrong_key_in_a_file_is_shown_in_its_line(toml: Path) -> None:
    toml.write_text("seed = 3\n[encoder]\nhiden_size = 3\n")
    with pytest.raises(ConfigError, match=r"config\.toml:3: .*encoder\.hidden_size"):
        make_config(toml, {})


def test_wrong_setting_is_not_blamed_on_the_file(toml: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(toml, {"encoder.num_layers": 0})
    assert str(caught.value).startswith("encoder.num_layers is 0")


def test_section_that_is_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="task is a value"):
        make_config({"task": "tag"}, {"task.seed": 3})


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.toml: cannot be read: no such file"):
        make_config(tmp_path / "nothing.toml", {})
