from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from seqtag.errors import DataError
from seqtag.io.corpora import CACHE, MIRROR, cache_folder, fetch, missing
from seqtag.io.download import Patience
from seqtag.io.recipes import Recipe, RecipeFile, read_recipe, recipe_names
from tests.web import Web

CONTENTS = {"train.txt": b"some text\n" * 50, "dev.txt": b"other text\n"}
QUICK = Patience(attempts=2, wait=0.01)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.delenv(MIRROR, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def web(web: Web) -> Web:
    for name, data in CONTENTS.items():
        web.serve_file(f"/source/{name}", data)
    return web


@pytest.fixture
def recipe(web: Web) -> Recipe:
    return Recipe(
        name="tiny",
        title="A tiny corpus",
        task="generate",
        language="en",
        licence="MIT",
        homepage=web.address,
        citation="Nobody",
        run={},
        files=tuple(
            RecipeFile(
                part=name.removesuffix(".txt"),
                name=name,
                size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                addresses=(f"{web.address}/source/{name}",),
            )
            for name, data in CONTENTS.items()
        ),
    )


def test_files_go_into_the_cache(recipe: Recipe, cache: Path, web: Web) -> None:
    assert missing(recipe, recipe.files) == list(recipe.files)
    paths = fetch(recipe, recipe.files)
    assert paths == [cache / "tiny" / name for name in CONTENTS]
    assert [path.read_bytes() for path in paths] == list(CONTENTS.values())
    assert missing(recipe, recipe.files) == []
    asked = len(web.log)
    assert fetch(recipe, recipe.files) == paths
    assert len(web.log) == asked


def test_only_what_is_asked_for_is_fetched(recipe: Recipe, cache: Path) -> None:
    fetch(recipe, recipe.files[1:])
    assert [path.name for path in (cache / "tiny").iterdir()] == ["dev.txt"]


def test_damaged_file_in_the_cache_is_fetched_anew(recipe: Recipe) -> None:
    path, _ = fetch(recipe, recipe.files)
    path.write_bytes(b"damaged")
    fetch(recipe, recipe.files)
    assert path.read_bytes() == CONTENTS["train.txt"]


def test_files_go_into_a_folder(recipe: Recipe, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert fetch(recipe, recipe.files, folder) == [folder / name for name in CONTENTS]
    assert not cache.exists()


def test_files_of_others_are_left_as_they_are(recipe: Recipe, tmp_path: Path, web: Web) -> None:
    (tmp_path / "train.txt").write_bytes(b"my own")
    with pytest.raises(DataError, match="this file is not that of tiny") as caught:
        fetch(recipe, recipe.files, tmp_path)
    assert caught.value.path == str(tmp_path / "train.txt")
    assert (tmp_path / "train.txt").read_bytes() == b"my own"
    assert web.log == []


def test_folder_that_cannot_be_made(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be (made|read): a part of the path is a file"):
        fetch(recipe, recipe.files, tmp_path / "file" / "folder")


def test_mirror_folder(
    recipe: Recipe, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror is asked, and nobody else, even where it lacks a file."""
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    (tmp_path / "mirror" / "tiny" / "train.txt").write_bytes(CONTENTS["train.txt"])
    (path,) = fetch(recipe, recipe.files[:1])
    assert path.read_bytes() == CONTENTS["train.txt"]
    with pytest.raises(DataError, match="cannot be fetched") as caught:
        fetch(recipe, recipe.files)
    assert str(tmp_path / "mirror" / "tiny" / "dev.txt") in caught.value.message
    assert MIRROR in caught.value.message
    assert web.log == []


@pytest.mark.parametrize("slash", ["", "/"])
def test_mirror_address(
    recipe: Recipe, web: Web, monkeypatch: pytest.MonkeyPatch, slash: str
) -> None:
    monkeypatch.setenv(MIRROR, f"{web.address}/mirror{slash}")
    for name, data in CONTENTS.items():
        web.serve_file(f"/mirror/tiny/{name}", data)
    paths = fetch(recipe, recipe.files)
    assert [path.read_bytes() for path in paths] == list(CONTENTS.values())
    assert [path for path, _ in web.log] == [f"/mirror/tiny/{name}" for name in CONTENTS]


def test_mirror_with_wrong_content(
    recipe: Recipe, cache: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, f"{web.address}/mirror")
    web.serve_file("/mirror/tiny/train.txt", b"x" * len(CONTENTS["train.txt"]))
    with pytest.raises(DataError, match="its sha256 is"):
        fetch(recipe, recipe.files, patience=QUICK)
    assert list((cache / "tiny").iterdir()) == []


def test_failure_names_the_mirror_as_a_way_out(recipe: Recipe, web: Web) -> None:
    web.answers.clear()
    with pytest.raises(DataError, match=f"404 Not Found.* {MIRROR}"):
        fetch(recipe, recipe.files, patience=QUICK)


def test_cache_is_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE, "~/somewhere")
    assert cache_folder() == Path.home() / "somewhere"
    monkeypatch.delenv(CACHE)
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert "seqtag" in cache_folder().parts
    assert cache_folder().is_absolute()


@pytest.mark.corpora
@pytest.mark.parametrize("name", recipe_names())
def test_corpora_are_a_mirror(
    name: str, corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (corpora / name).is_dir():
        pytest.skip(f"{corpora} does not have {name}")
    monkeypatch.setenv(MIRROR, str(corpora))
    recipe = read_recipe(name)
    for path in fetch(recipe, recipe.files, tmp_path):
        assert path.read_bytes() == (corpora / name / path.name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        file.name for file in recipe.files
    )
