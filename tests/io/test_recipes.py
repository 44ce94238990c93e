from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

import pytest

from seqtag.api.corpora import trainable_tasks
from seqtag.config import RunConfig, from_mapping, resolve
from seqtag.errors import ConfigError, DataError
from seqtag.io.columns import guess_format, parse_columns
from seqtag.io.recipes import Recipe, parse_recipe, read_recipe, recipe_names

ROOT = Path(__file__).resolve().parents[2]
NAMES = recipe_names()
SUM = "0123456789abcdef" * 4
GOOD = f"""\
title = "A corpus"
task = "tag"
language = "en"
licence = "MIT"
homepage = "https://example.org/a"
citation = "Somebody 2020"

[run.data]
columns = "token=0,tag=1"

[[files]]
part = "train"
name = "train.conll"
size = 10
sha256 = "{SUM}"
addresses = ["https://example.org/a/train"]
"""


@pytest.fixture(scope="module", params=NAMES)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return read_recipe(request.param)


def test_recipes_are_those_of_the_folder() -> None:
    files = (ROOT / "corpora" / "recipes").iterdir()
    assert sorted(f"{name}.toml" for name in NAMES) == sorted(file.name for file in files)
    assert len(NAMES) >= 20


def config_of(recipe: Recipe) -> RunConfig:
    """Return what a recipe says of a run."""
    task = {"task": recipe.task} if recipe.task in trainable_tasks() else {}
    return resolve({**task, **recipe.run})


def test_settings_are_keys_of_a_run(recipe: Recipe) -> None:
    config = config_of(recipe)
    assert config.data.columns or recipe.task != "tag"
    assert all((config.data.source, config.data.target)) == (recipe.task == "translate")


def test_languages_have_a_tokenizer(recipe: Recipe) -> None:
    language = config_of(recipe).data.language
    spacy = importlib.util.find_spec("spacy")  # not of its part, which would import all of it
    assert spacy is not None
    assert spacy.origin is not None
    assert (Path(spacy.origin).parent / "lang" / language).is_dir()
    assert language not in ("ja", "ko", "ru", "th", "uk", "vi")  # need libraries that we lack


def test_columns_fit_the_format_of_the_files(recipe: Recipe) -> None:
    for file in recipe.files if recipe.task == "tag" else ():
        columns = config_of(recipe).data.columns
        assert parse_columns(columns, guess_format(file.name)).spec == columns


def test_corpora_that_can_be_learnt_have_a_part_to_learn_from(recipe: Recipe) -> None:
    assert (recipe.task == "none") != ("train" in recipe.parts)
    assert set(recipe.parts) <= {"train", "dev", "test", "all"}


def test_licences_are_told(recipe: Recipe) -> None:
    """Where there is one, with its address; what forbids commercial use is marked."""
    has_none = recipe.licence in ("not stated", "public domain")
    assert bool(recipe.licence_address) != has_none
    told = recipe.licence + recipe.note
    assert recipe.non_commercial == bool(re.search(r"-NC-|non-commercial", told))


def test_addresses_are_of_fixed_versions_first(recipe: Recipe) -> None:
    """A branch comes behind commits and tags, or the recipe says that there are none."""
    text = (ROOT / "corpora" / "recipes" / f"{recipe.name}.toml").read_text("utf-8")
    for file in recipe.files:
        first = file.addresses[0]
        assert first.startswith("https://")
        assert len(set(file.addresses)) == len(file.addresses)
        is_fixed = re.search(r"/([0-9a-f]{40}|r[0-9]+\.[0-9]+)/", first)
        assert is_fixed or "neither tags nor releases" in text


def test_no_two_files_are_the_same() -> None:
    files = [(file.sha256, file.addresses) for name in NAMES for file in read_recipe(name).files]
    assert len({sha256 for sha256, _ in files}) == len(files)
    addresses = [address for _, addresses in files for address in addresses]
    assert len(set(addresses)) == len(addresses)


def test_recipe_is_read() -> None:
    recipe = parse_recipe(GOOD, "a-1")
    assert (recipe.name, recipe.title, recipe.size) == ("a-1", "A corpus", 10)
    assert recipe.run == {"data": {"columns": "token=0,tag=1"}}
    assert recipe.files[0].addresses == ("https://example.org/a/train",)
    assert not recipe.files[0].packed
    assert recipe.parts == {"train": "train.conll"}
    assert recipe.terms == "MIT"
    assert parse_recipe("non_commercial = true\n" + GOOD, "a").terms == "MIT; non-commercial"


def test_files_in_two_languages_have_one_name() -> None:
    files = GOOD.replace("train.conll", "train.en")
    other = files[files.index("[[files]]") :].replace("train.en", "train.de")
    assert parse_recipe(files + other, "a").parts == {"train": "train"}
    with pytest.raises(DataError, match="differ in more than their ending"):
        parse_recipe(files + other.replace("train.de", "dev.de"), "a")
    with pytest.raises(DataError, match="two files have one name"):
        parse_recipe(files + other.replace("train.de", "TRAIN.en"), "a")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title", "name", "unknown key name"),
        ("size", "bytes", "unknown key bytes"),
        ('licence = "MIT"\n', "", "licence is missing"),
        (f'sha256 = "{SUM}"\n', "", "sha256 is missing"),
        ('"MIT"', "3", "licence is 3, not of type str"),
        ('"MIT"', '" "', "licence is empty"),
        ("= 10", '= "10"', "size is '10', not of type int"),
        ("= 10", "= true", "size is True, not of type int"),
        ("= 10", "= 0", "size of train.conll is 0"),
        ('"tag"', '"parse"', "task is 'parse'"),
        (SUM, SUM[1:], "not 64 hexadecimal digits"),
        (SUM, SUM[1:] + "G", "not 64 hexadecimal digits"),
        ('"train.conll"', '"../train.conll"', "give a plain file name"),
        ('"train.conll"', '".train"', "give a plain file name"),
        ('"train"', '"train/1"', "part is 'train/1'"),
        ('["https://example.org/a/train"]', "[]", "train.conll has no address"),
        ('["https://example.org/a/train"]', "[3]", "'3' is no address"),
        ("https://example.org/a/train", "ftp://example.org/a", "is no address"),
        ('"https://example.org/a"', '"example.org"', "'example.org' is no address"),
        ("[[files]]", "[files]", "files is"),
        ("[[files]]", "[[", "this is no TOML"),
        (GOOD[GOOD.index("[[files]]") :], "", "files is missing"),
        ("[run.data]", "[other.data]", "unknown key other"),
    ],
)
def test_bad_recipe_is_refused(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        parse_recipe(GOOD.replace(old, new, 1), "a")
    assert caught.value.path == "a.toml"


@pytest.mark.parametrize(
    ("files", "message"), [("[]", "there are no files"), ("[3]", "files must be sections")]
)
def test_bad_list_of_files_is_refused(files: str, message: str) -> None:
    rest = GOOD[: GOOD.index("[[files]]")]
    with pytest.raises(DataError, match=message):
        parse_recipe(f"files = {files}\n{rest}", "a")


@pytest.mark.parametrize("name", ["A", "a_b", "-a", "a--b", "", "a/b"])
def test_bad_name_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="is not of lower-case letters"):
        parse_recipe(GOOD, name)


def test_settings_that_no_run_has_are_found() -> None:
    """So that `test_settings_are_keys_of_a_run` can fail."""
    recipe = parse_recipe(GOOD.replace("columns =", "colums ="), "a")
    with pytest.raises(ConfigError, match="unknown key"):
        from_mapping(RunConfig, recipe.run)


@pytest.mark.corpora
def test_checksums_are_those_of_the_corpora(recipe: Recipe, corpora: Path) -> None:
    if not (corpora / recipe.name).is_dir():
        pytest.skip(f"{corpora} does not have {recipe.name}")
    for file in recipe.files:
        data = (corpora / recipe.name / file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256)
