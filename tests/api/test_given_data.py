"""Training on examples that are given in place of files."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError, SeqtagError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import parse_columns
from tests.api.runs import SMALL, load_json, stop_after, train
from tests.helpers import TINY, TINY_TRANSLATOR, contents, files


def sentences(path: Path) -> Iterator[seqtag.Sentence]:
    """Yield the sentences of a CoNLL file."""
    for block in read_blocks(path, parse_columns(None, "conll"), "conll", tags_required=True):
        if block.rows:
            yield block.sentence


def tuples(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yield them as torchtext's data sets do."""
    return ((sentence.tokens, sentence.tags) for sentence in sentences(path))


def given(small: Path, read: Callable[[Path], Iterator[Any]] = tuples) -> dict[str, Any]:
    """Return the parts of the small corpus, each of which can be gone through once."""
    return {part: read(small / f"{part}.conll") for part in ("train", "dev", "test")}


def run(small: Path, output: Path | None, **settings: Any) -> Any:  # noqa: ANN401 - a model
    """Train on the small corpus, given as examples."""
    return seqtag.train(output=output, **{**SMALL, **given(small), **settings})


@pytest.mark.parametrize("read", [sentences, tuples])
def test_run_is_that_of_the_same_examples_in_files(
    small: Path, tmp_path: Path, plain_run: Path, read: Callable[[Path], Iterator[Any]]
) -> None:
    folder = tmp_path / "run"
    seqtag.train(output=folder, **given(small, read), **SMALL)
    assert sorted(contents(folder)) == sorted(
        [*contents(plain_run), "data/dev.conll", "data/test.conll", "data/train.conll"]
    )
    data = tomllib.loads((folder / "config.toml").read_text("utf-8"))["data"]
    assert data["train"] == str(folder / "data" / "train.conll")
    assert data["columns"] == "token=0,tag=-1"
    weights = "model/weights.safetensors"
    assert (folder / weights).read_bytes() == (plain_run / weights).read_bytes()
    ours, theirs = (load_json(each / "metrics.json")["test"] for each in (folder, plain_run))
    assert ours == theirs


def test_examples_and_files_go_together(small: Path, tmp_path: Path, plain_run: Path) -> None:
    settings = {**files(small, "conll"), "train": tuples(small / "train.conll")}
    seqtag.train(output=tmp_path / "run", **settings, **SMALL)
    assert [path.name for path in (tmp_path / "run" / "data").iterdir()] == ["train.conll"]
    weights = "model/weights.safetensors"
    assert (tmp_path / "run" / weights).read_bytes() == (plain_run / weights).read_bytes()


def test_run_is_repeated_by_its_configuration(small: Path, tmp_path: Path) -> None:
    run(small, tmp_path / "run")
    seqtag.train(tmp_path / "run" / "config.toml", output=tmp_path / "again")
    weights = "model/weights.safetensors"
    first, again = ((tmp_path / name / weights).read_bytes() for name in ("run", "again"))
    assert first == again
    # In its own place too, although the run there is replaced.
    seqtag.train(tmp_path / "run" / "config.toml", output=tmp_path / "run", force=True)
    assert (tmp_path / "run" / weights).read_bytes() == first
    assert len(list((tmp_path / "run" / "data").iterdir())) == 3


@pytest.mark.parametrize("anew", [True, False])
def test_run_is_resumed_with_its_examples_or_without(
    small: Path, tmp_path: Path, anew: bool
) -> None:
    run(small, tmp_path / "whole")
    with pytest.raises(Interrupted):
        run(small, tmp_path / "run", should_stop=stop_after(5))
    if anew:
        run(small, tmp_path / "run", resume=True)
    else:
        seqtag.train(output=tmp_path / "run", resume=True)
    assert_same_weights(tmp_path / "run", tmp_path / "whole")
    assert sorted(contents(tmp_path / "run")) == sorted(contents(tmp_path / "whole"))


def assert_same_weights(first: Path, second: Path) -> None:
    weights = "model/weights.safetensors"
    assert (first / weights).read_bytes() == (second / weights).read_bytes()


def test_run_is_not_resumed_with_other_examples(small: Path, tmp_path: Path) -> None:
    run(small, tmp_path / "run")
    before = contents(tmp_path / "run")
    with pytest.raises(ConfigError, match="other data than the run was begun with"):
        run(small, tmp_path / "run", resume=True, train=[*tuples(small / "train.conll")][1:])
    assert contents(tmp_path / "run") == before


def test_force_replaces_examples_only_when_all_is_right(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run(small, folder)
    before = contents(folder)
    with pytest.raises(SeqtagError, match="dev, example 1: has no tokens"):
        run(small, folder, force=True, dev=[([], [])])
    with pytest.raises(ConfigError, match=r"embedding\.word_size"):
        run(small, folder, force=True, **{"embedding.word_size": -1})
    assert contents(folder) == before
    some = [*tuples(small / "train.conll")][:20]
    seqtag.train(output=folder, train=some, force=True, **SMALL)
    assert [path.name for path in (folder / "data").iterdir()] == ["train.conll"]
    train(small, folder, force=True)
    assert not (folder / "data").exists()


def test_seeds_share_the_examples(small: Path, tmp_path: Path) -> None:
    run(small, tmp_path / "runs", seeds=[1, 2])
    names = {path.relative_to(tmp_path / "runs").as_posix() for path in tmp_path.rglob("*.conll")}
    assert names == {"data/train.conll", "data/dev.conll", "data/test.conll"}
    for name in ("seed-1", "seed-2"):
        config = (tmp_path / "runs" / name / "config.toml").read_text("utf-8")
        data = tomllib.loads(config)["data"]
        assert data["dev"] == str(tmp_path / "runs" / "data" / "dev.conll")
    train(small, tmp_path / "alone", seed=2)
    assert_same_weights(tmp_path / "runs" / "seed-2", tmp_path / "alone")


def test_nothing_stays_without_an_output(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tagger = run(small, None)
    assert tagger.tag(["Lake", "Ossel"]).tags
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_output", [True, False])
def test_nothing_stays_of_what_cannot_be_trained_on(tmp_path: Path, is_output: bool) -> None:
    output = tmp_path / "run" if is_output else None
    with pytest.raises(SeqtagError, match="^<train>: every text has the label 'X'"):
        seqtag.train(task="classify", train=[("a", "X"), ("b", "X")], output=output, **TINY)
    assert list(tmp_path.iterdir()) == []


def test_more_columns_are_learnt_and_chosen(tmp_path: Path) -> None:
    examples = [(["a", "b"], ["X", "Y"], ["1", "2"]), (["b", "b"], ["Y", "Y"], ["2", "2"])] * 4
    tagger = seqtag.train(train=examples, dev=examples, **SMALL)
    assert list(tagger.tags_by) == ["1", "2"]
    tagger = seqtag.train(train=examples, dev=examples, columns="token=0,tag=2", **SMALL)
    assert set(tagger.tag(["a", "b"]).tags) <= {"1", "2"}


def test_classifier_learns_from_tuples_of_either_order(tmp_path: Path) -> None:
    good, bad = "a good\nfilm\tindeed", "a bad film"
    examples = [(good, 1), (2, bad)] * 20
    classifier = seqtag.train(
        task="classify", train=iter(examples), dev=examples, output=tmp_path / "run", **TINY
    )
    assert [classifier.classify(text).label for text in (good, bad)] == ["1", "2"]
    first = (tmp_path / "run" / "data" / "train.jsonl").read_text("utf-8").splitlines()[0]
    assert first == r'{"text": "a good\nfilm\tindeed", "label": "1"}'


def test_keys_of_written_files_are_those_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text("stars,review\n1,a good film\n2,a bad film\n", "utf-8")
    seqtag.train(
        task="classify",
        train=[("a good film", 1), ("a bad film", 2)] * 9,
        dev=tmp_path / "dev.csv",
        columns="text=review,label=stars",
        output=tmp_path / "run",
        **TINY,
    )
    assert load_json(tmp_path / "run" / "metrics.json")["dev"]["texts"] == 2


def test_translator_learns_from_pairs(parallel: Path, tmp_path: Path) -> None:
    sides = [(parallel / f"train.{side}").read_text("utf-8").splitlines() for side in ("en", "zq")]
    pairs = list(zip(*sides, strict=True))
    settings: dict[str, Any] = {**TINY_TRANSLATOR, "training.epochs": 1}
    seqtag.train(output=tmp_path / "run", train=iter(pairs), dev=pairs[:9], **settings)
    dev: dict[str, Any] = {"data.source": "en", "data.target": "zq", "dev": parallel / "dev"}
    seqtag.train(output=tmp_path / "other", train=iter(pairs), **dev, **settings)
    assert_same_weights(tmp_path / "run", tmp_path / "other")


def test_generator_learns_from_lines(tmp_path: Path) -> None:
    lines = ["The mayor sleeps .\n", "", "A king reads ."]
    settings: dict[str, Any] = {"units.text": "char", "encoder.hidden_size": 8, "threads": 1}
    settings["training.epochs"] = 1
    generator = seqtag.train(
        task="generate",
        train=iter(lines * 20),
        dev=iter(lines),
        test=iter(lines),
        output=tmp_path / "run",
        **settings,
    )
    assert generator.spec.facts["lines"] == 60
    assert load_json(tmp_path / "run" / "metrics.json")["test"]["lines"] == 3


def test_format_of_given_examples_is_not_chosen(small: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.format is 'conllu'.*written as conll: leave"):
        run(small, None, **{"data.format": "conllu"})


@pytest.mark.parametrize("value", [{"a": 1}, b"train.conll"])
def test_what_is_neither_name_nor_examples_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match=r"data\.train is of type .*: give the name of a file"):
        seqtag.train(train=value)
    with pytest.raises(ConfigError, match=r"data\.train is 7: give text"):
        seqtag.train(train=7)
