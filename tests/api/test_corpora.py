from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from seqtag.api.corpora import (
    FetchProgress,
    Recipe,
    corpus_files,
    corpus_path,
    corpus_sides,
    find_corpus,
    get_corpus,
    list_corpora,
    readable_size,
    resolve_corpora,
    trainable_tasks,
)
from seqtag.api.settings import make_config
from seqtag.config import DataConfig, RunConfig, dump_toml, load_toml, resolve
from seqtag.errors import ConfigError, DataError
from seqtag.io import recipes
from seqtag.io.corpora import CACHE, MIRROR
from tests.web import Web, running_web

TAGGED = b"Lake\tB-LOC\nOssel\tI-LOC\n\n"
FILES = {
    "tiny": {"train": "train.conll", "dev": "dev.conll", "test": "test.conll"},
    "small": {"train": "train.conllu", "test": "test.conllu"},
    "numbers": {"all": "numbers.csv"},
    "pairs": {"train": "train.en train.de", "dev": "val.en val.de"},
    "whole": {"train": "all.conll"},
}
SETTINGS = {
    "tiny": '[run.data]\ncolumns = "token=0,tag=1"\ncomment = "#"\n[run.head]\ncrf = true\n',
    "small": '[run.data]\ncolumns = "token=FORM,tag=XPOS"\nlanguage = "de"\n',
    "pairs": '[run.data]\nsource = "en"\ntarget = "de"\n',
}
TASKS = {"numbers": "none", "pairs": "translate"}


def data_of(name: str, file: str) -> bytes:
    return TAGGED + f"{name}\tO\n{file}\tO\n".encode()


def recipe_text(name: str, address: str) -> str:
    lines = [f'title = "{name}"', f'task = "{TASKS.get(name, "tag")}"', 'language = "en"']
    lines += ['licence = "MIT"', f'homepage = "{address}/"', 'citation = "Nobody"']
    lines += ['note = "numeric forecasting"', SETTINGS.get(name, "")]
    for part, files in FILES[name].items():
        for file in files.split():
            data = data_of(name, file)
            lines += ["[[files]]", f'part = "{part}"', f'name = "{file}"', f"size = {len(data)}"]
            lines += [f'sha256 = "{hashlib.sha256(data).hexdigest()}"']
            lines += [f'addresses = ["{address}/{name}/{file}"]']
    return "\n".join(lines)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server with small corpora, which are the only ones, and an empty cache."""
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", MIRROR):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    folder = tmp_path / "recipes"
    folder.mkdir()
    monkeypatch.setattr(recipes, "_folder", lambda: folder)
    with running_web() as server:
        for name, parts in FILES.items():
            (folder / f"{name}.toml").write_text(recipe_text(name, server.address))
            for file in " ".join(parts.values()).split():
                server.serve_file(f"/{name}/{file}", data_of(name, file))
        yield server


def resolved(**settings: Any) -> RunConfig:  # noqa: ANN401 - values of keys of many types
    """Return what becomes of the settings of a command line."""
    given: dict[str, Any] = {"data": {}}
    for key, value in settings.items():
        section = given if key == "task" else given["data"]
        section[key] = value
    return resolve_corpora(resolve(given), given)


def parts(config: RunConfig) -> tuple[str, str, str]:
    return config.data.train, config.data.dev, config.data.test


def test_public_corpora_are_listed() -> None:
    corpora = list_corpora()
    assert all(isinstance(corpus, Recipe) for corpus in corpora)
    names = [corpus.name for corpus in corpora]
    assert names == sorted(names)
    assert {"ud-en-ewt", "wnut17", "sst2", "multi30k-en-de", "wikitext-2", "cmudict"} <= set(names)


def test_corpus_is_fetched(web: Web, tmp_path: Path) -> None:
    seen: list[FetchProgress] = []
    paths = get_corpus("tiny", progress=seen.append)
    folder = tmp_path / "cache" / "tiny"
    assert paths == {part: folder / file for part, file in FILES["tiny"].items()}
    for path in paths.values():
        assert path.read_bytes() == data_of("tiny", path.name)
    assert {progress.name for progress in seen} == set(FILES["tiny"].values())
    assert get_corpus("tiny") == paths
    assert len(web.log) == 3


def test_corpus_is_fetched_into_a_folder(web: Web, tmp_path: Path) -> None:
    assert get_corpus("whole", tmp_path / "here") == {"train": tmp_path / "here" / "all.conll"}
    assert get_corpus("whole", str(tmp_path / "here"))["train"].is_file()
    assert not (tmp_path / "cache").exists()


def test_parallel_texts_have_one_path(web: Web, tmp_path: Path) -> None:
    """As `--train DIR/train --source en --target de` takes it."""
    folder = tmp_path / "cache" / "pairs"
    assert get_corpus("pairs") == {"train": folder / "train", "dev": folder / "val"}
    assert sorted(path.name for path in folder.iterdir()) == [
        "train.de",
        "train.en",
        "val.de",
        "val.en",
    ]
    assert corpus_path("corpus:pairs/dev") == str(folder / "val")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tinny", "did you mean tiny?"),
        ("TINY", "did you mean tiny?"),
        ("", "`seqtag corpora list`"),
    ],
)
def test_unknown_corpus_is_refused(web: Web, name: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_corpus(name)
    assert str(caught.value).startswith(f"there is no corpus {name!r}: ")
    assert advice in str(caught.value)


@pytest.mark.parametrize("path", ["", "-", "a.conll", "corpus", "./corpus:tiny", "dir/corpus:x/y"])
def test_other_paths_are_returned_as_they_are(path: str) -> None:
    assert corpus_path(path) == path


def test_part_of_a_corpus_is_a_path(
    web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "seqtag"):
        path = corpus_path("corpus:tiny/test")
    assert path == str(tmp_path / "cache" / "tiny" / "test.conll")
    assert Path(path).read_bytes() == data_of("tiny", "test.conll")
    assert [path for path, _ in web.log] == ["/tiny/test.conll"]
    size = len(data_of("tiny", "test.conll"))
    assert caplog.messages == [f"fetching corpus:tiny/test ({size} bytes; licence: MIT)"]
    caplog.clear()
    assert corpus_path("corpus:tiny/test") == path
    assert caplog.messages == []
    assert corpus_path("corpus:whole") == str(tmp_path / "cache" / "whole" / "all.conll")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("corpus:tiny", "name one of corpus:tiny/train, corpus:tiny/dev, corpus:tiny/test"),
        ("corpus:tiny/", "no such part; the parts are corpus:tiny/train"),
        ("corpus:tiny/all", "no such part; the parts are corpus:tiny/train"),
        ("corpus:tiny/../x", "no such part"),
        ("corpus:no", "there is no corpus 'no'"),
        ("corpus:../tiny/train", "there is no corpus '..'"),
    ],
)
def test_what_is_no_part_is_refused(web: Web, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        corpus_path(text)
    assert message in str(caught.value)
    assert web.log == []


def test_corpus_gives_all_parts_and_settings(web: Web) -> None:
    config = resolved(train="corpus:tiny")
    assert parts(config) == ("corpus:tiny/train", "corpus:tiny/dev", "corpus:tiny/test")
    assert (config.data.columns, config.data.comment) == ("token=0,tag=1", "#")
    assert config.head.crf is True
    assert web.log == []


def test_corpus_gives_what_it_has(web: Web) -> None:
    config = resolved(train="corpus:small")
    assert parts(config) == ("corpus:small/train", "", "corpus:small/test")
    assert config.data.language == "de"
    assert parts(resolved(train="corpus:whole")) == ("corpus:whole/train", "", "")


def test_part_gives_settings_alone(web: Web) -> None:
    config = resolved(train="corpus:tiny/dev")
    assert parts(config) == ("corpus:tiny/dev", "", "")
    assert config.data.comment == "#"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"dev": "my.conll"}, ("corpus:tiny/train", "my.conll", "corpus:tiny/test")),
        ({"dev": "", "test": ""}, ("corpus:tiny/train", "", "")),
        (
            {"test": "corpus:small"},
            ("corpus:tiny/train", "corpus:tiny/dev", "corpus:small/test"),
        ),
        (
            {"dev": "corpus:tiny/test"},
            ("corpus:tiny/train", "corpus:tiny/test", "corpus:tiny/test"),
        ),
    ],
)
def test_files_that_are_given_win(
    web: Web, settings: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    assert parts(resolved(train="corpus:tiny", **settings)) == expected


def test_settings_that_are_given_win(web: Web) -> None:
    config = resolved(train="corpus:small", columns="token=FORM,tag=UPOS", language="")
    assert (config.data.columns, config.data.language) == ("token=FORM,tag=UPOS", "")
    given = {"data": {"train": "corpus:tiny"}, "head": {"crf": False}, "seed": 7}
    config = resolve_corpora(resolve(given), given)
    assert config.head.crf is False
    assert config.seed == 7
    assert config.data.comment == "#"


def test_corpus_beside_own_training_data(web: Web) -> None:
    """It says nothing about how they are written."""
    config = resolved(train="my.conll", dev="corpus:tiny", test="corpus:tiny/dev")
    assert parts(config) == ("my.conll", "corpus:tiny/dev", "corpus:tiny/dev")
    assert config.data.columns == ""


def test_configuration_without_a_corpus_comes_back(web: Web) -> None:
    config = RunConfig(data=DataConfig(train="a", dev="b"))
    assert resolve_corpora(config, {}) is config


def test_complete_configuration_keeps_its_meaning(web: Web) -> None:
    """As when a run is repeated from its config.toml, also one that was changed by hand."""
    config = resolved(train="corpus:tiny", test="")
    again = load_toml(dump_toml(config), "config.toml")
    assert resolve_corpora(resolve(again), again) == config
    assert resolve_corpora(config) == config


def test_what_was_given_is_guessed_for_dataclasses(web: Web) -> None:
    config = RunConfig(data=DataConfig(train="corpus:small", columns="token=FORM,tag=UPOS"))
    config = resolve_corpora(config)
    assert parts(config) == ("corpus:small/train", "", "corpus:small/test")
    assert config.data.columns == "token=FORM,tag=UPOS"
    assert config.data.language == "de"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": "corpus:no"}, "there is no corpus 'no'"),
        ({"train": "corpus:tiny/no"}, "corpus:tiny/no: there is no such part"),
        ({"train": "corpus:numbers"}, "does not train on yet (numeric forecasting)"),
        ({"train": "corpus:numbers/all"}, "does not train on yet (numeric forecasting)"),
        ({"train": "corpus:tiny", "dev": "corpus:numbers"}, "does not train on yet"),
        ({"train": "a", "dev": "corpus:small"}, "corpus:small has no part dev; its parts are"),
        ({"train": "a", "test": "corpus:pairs"}, "corpus:pairs"),
    ],
)
def test_corpus_that_cannot_be_trained_on(
    web: Web, settings: Mapping[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolved(**settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert web.log == []


def test_task_is_that_of_the_corpus(web: Web) -> None:
    assert "tag" in trainable_tasks()
    assert set(trainable_tasks()) < set(recipes.TASKS)
    assert resolved(train="corpus:tiny", task="tag").task == "tag"
    with pytest.raises(ConfigError, match="corpus:pairs is for task translate, and .* is tag"):
        resolved(train="corpus:pairs", task="tag")
    with pytest.raises(ConfigError, match="corpus:pairs is for task translate, and .* is tag"):
        resolved(train="corpus:tiny", dev="corpus:pairs")


def test_a_run_on_parallel_text_knows_its_sides(web: Web, tmp_path: Path) -> None:
    config = make_config(None, {"train": "corpus:pairs"})
    assert parts(config) == ("corpus:pairs/train", "corpus:pairs/dev", "")
    assert (config.task, config.data.source, config.data.target) == ("translate", "en", "de")
    # Defaults are those of the task, and so are keys that can be given.
    assert config == make_config(None, {"train": "corpus:pairs", "task": "translate"})
    assert config.training.label_smoothing == 0.1
    given = {"train": "corpus:pairs", "data.source": "de", "data.target": "en", "search.beam": 2}
    config = make_config(None, given)
    assert (config.data.source, config.data.target, config.search.beam) == ("de", "en", 2)
    data = corpus_files(config.data)
    assert data.train == str(tmp_path / "cache" / "pairs" / "train")
    assert data.dev == str(tmp_path / "cache" / "pairs" / "val")
    for file in ("train.en", "train.de", "val.en", "val.de"):
        assert (tmp_path / "cache" / "pairs" / file).read_bytes() == data_of("pairs", file)
    assert corpus_sides("corpus:pairs/dev") == ("en", "de")
    assert corpus_sides("corpus:tiny") == corpus_sides("pairs") == ("", "")


def test_files_of_a_run_are_fetched(web: Web, tmp_path: Path) -> None:
    config = resolved(train="corpus:tiny", dev="my.conll", test="")
    data = corpus_files(config.data)
    assert data.train == str(tmp_path / "cache" / "tiny" / "train.conll")
    assert (data.dev, data.test, data.columns) == ("my.conll", "", "token=0,tag=1")
    assert Path(data.train).read_bytes() == data_of("tiny", "train.conll")
    assert [path for path, _ in web.log] == ["/tiny/train.conll"]


def test_file_that_cannot_be_fetched_is_told(web: Web) -> None:
    web.answers.clear()
    with pytest.raises(DataError, match="404 Not Found"):
        corpus_files(resolved(train="corpus:tiny").data)


def test_sizes_are_readable() -> None:
    assert [readable_size(n) for n in (999, 2180, 99_000, 357_297, 17_813_085, 2 * 10**9)] == [
        "999 bytes",
        "2.2 kB",
        "99.0 kB",
        "0.4 MB",
        "17.8 MB",
        "2,000.0 MB",
    ]
