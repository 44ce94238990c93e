"""Training: what a run leaves, what is repeated, told and refused."""

from __future__ import annotations

import json
import math
import random
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqtag
from seqtag.config import all_keys
from seqtag.errors import ConfigError, SeqtagError
from seqtag.training.loop import Progress
from tests.api.runs import SMALL, load_json, train
from tests.helpers import assert_same_run, contents, files

# What a run leaves


def test_run_folder_holds_what_it_should_and_no_more(plain_run: Path) -> None:
    assert sorted(contents(plain_run)) == [
        "config.toml",
        "history.jsonl",
        "metrics.json",
        "model/README.md",
        "model/model.json",
        "model/ngrams.json",
        "model/weights.safetensors",
        "model/words.json",
        "report.html",
    ]


def test_metrics_have_the_agreed_names(plain_run: Path, pos_run: Path) -> None:
    metrics = load_json(plain_run / "metrics.json")
    assert list(metrics) == ["dev", "test", "train"]
    wanted = {"accuracy", "accuracy_unseen", "precision", "recall", "f1", "conlleval_f1", "by_type"}
    for part in ("dev", "test"):
        assert wanted <= metrics[part].keys()
        assert all(0 <= metrics[part][name] <= 1 for name in wanted - {"by_type"})
        assert metrics[part]["by_type"].keys() >= {"PER"}
    assert {"seconds", "tokens_per_second", "epochs", "peak_memory_mb"} <= metrics["train"].keys()
    assert metrics["train"]["epochs"] == 2
    assert metrics["train"]["seconds"] > 0
    assert 50 < metrics["train"]["peak_memory_mb"] < 10_000
    several = load_json(pos_run / "metrics.json")["test"]
    assert list(several["by_column"]) == ["UPOS", "XPOS"]
    assert several["accuracy"] == several["by_column"]["UPOS"]["accuracy"]
    assert "f1" not in several


def test_history_has_one_line_an_epoch(plain_run: Path) -> None:
    lines = (plain_run / "history.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["epoch"] for record in records] == [1, 2]
    for record in records:
        assert record["seconds"] > 0
        assert record["tokens_per_second"] > 0
        assert record["learning_rate"] > 0
        assert 0 <= record["dev"]["f1"] <= 1
    assert records[1]["train_loss"] < records[0]["train_loss"]


def test_configuration_is_complete(plain_run: Path, small: Path) -> None:
    values = tomllib.loads((plain_run / "config.toml").read_text("utf-8"))
    flat = {
        key if inner is None else f"{key}.{inner}": value
        for key, section in values.items()
        for inner, value in (section.items() if isinstance(section, dict) else [(None, section)])
    }
    assert flat.keys() == all_keys().keys()
    assert flat["data.train"] == str(small / "train.conll")
    assert flat["data.columns"] == "token=0,tag=-1"
    assert flat["data.format"] == "conll"
    assert flat["threads"] == 1


def test_vocabulary_comes_from_the_training_part_only(plain_run: Path, small: Path) -> None:
    seen = {line.split("\t")[0] for line in (small / "train.conll").read_text("utf-8").split("\n")}
    words = load_json(plain_run / "model" / "words.json")
    assert set(words) == seen - {""}


def test_nothing_is_written_without_an_output(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_run: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    tagger = train(small)
    assert list(tmp_path.iterdir()) == []
    tagger.save("model")
    weights = "model/weights.safetensors"
    assert (tmp_path / weights).read_bytes() == (plain_run / weights).read_bytes()


def test_returned_tagger_is_the_one_that_was_saved(small: Path, tmp_path: Path) -> None:
    tagger = train(small, tmp_path / "run")
    words = ["Lake", "Ossel", "is", "far"]
    assert tagger.tag(words).scores == seqtag.load(tmp_path / "run").tag(words).scores
    assert tagger.spec.facts == seqtag.load(tmp_path / "run").spec.facts


# One seed, one result


def test_same_seed_gives_the_same_run(small: Path, tmp_path: Path, plain_run: Path) -> None:
    torch.manual_seed(77)
    np.random.seed(77)
    random.seed(77)
    train(small, tmp_path / "run")
    assert_same_run(tmp_path / "run", plain_run)


def test_other_seed_gives_another_run(small: Path, tmp_path: Path, plain_run: Path) -> None:
    train(small, tmp_path / "run", seed=2)
    weights = "model/weights.safetensors"
    assert (tmp_path / "run" / weights).read_bytes() != (plain_run / weights).read_bytes()


def test_random_numbers_of_the_caller_are_left_alone(small: Path) -> None:
    drawn = []
    for work in (lambda: None, lambda: train(small)):
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        work()
        drawn.append((torch.rand(1).item(), np.random.rand(), random.random()))
    assert drawn[0] == drawn[1]


def test_configuration_repeats_the_run_to_the_bit(tmp_path: Path, plain_run: Path) -> None:
    seqtag.train(plain_run / "config.toml", output=tmp_path / "run")
    assert_same_run(tmp_path / "run", plain_run)
    assert contents(tmp_path / "run")["config.toml"] == contents(plain_run)["config.toml"]


def test_mapping_does_the_same_as_keywords(small: Path, tmp_path: Path, plain_run: Path) -> None:
    config = {"data": {k: str(v) for k, v in files(small, "conll").items()}, **SMALL}
    seqtag.train(config, output=tmp_path / "run")
    assert_same_run(tmp_path / "run", plain_run)


# Progress


def test_progress_tells_every_step(small: Path) -> None:
    seen: list[Progress] = []
    train(small, progress=seen.append)
    steps = seen[0].steps
    places = [(p.epoch, p.step) for p in seen]
    assert places[: steps + 1] == [*((1, n) for n in range(1, steps + 1)), (2, 1)]
    assert [p.epoch for p in seen if p.record is not None] == [1, 2]
    assert all(p.tokens > 0 and p.loss > 0 and p.tokens_per_second > 0 for p in seen)
    assert all(p.epochs == 2 for p in seen)
    assert math.isnan(seen[0].best_score)
    assert seen[-1].best_score >= 0
    assert [p.total_steps for p in seen] == list(range(1, len(seen) + 1))


def test_several_are_told_of_every_step_one_after_the_other(small: Path, plain_run: Path) -> None:
    told: list[tuple[str, Progress]] = []
    tellers = [lambda p: told.append(("first", p)), lambda p: told.append(("second", p))]
    train(small, progress=tellers)
    assert [name for name, _ in told] == ["first", "second"] * (len(told) // 2)
    assert [p for _, p in told[::2]] == [p for _, p in told[1::2]]
    records = [p.record for _, p in told[::2] if p.record is not None]
    text = (plain_run / "history.jsonl").read_text("utf-8")
    history = [json.loads(line) for line in text.splitlines()]
    assert [r["dev"] for r in records] == [r["dev"] for r in history]
    assert [r["learning_rate"] for r in records] == [r["learning_rate"] for r in history]


def test_what_a_teller_raises_ends_the_training(small: Path, tmp_path: Path) -> None:
    """And what was there before can be gone on with."""
    seen: list[int] = []

    def fail(progress: Progress) -> None:
        if progress.total_steps == 3:
            raise RuntimeError("no room for this")

    with pytest.raises(RuntimeError, match="no room for this"):
        train(small, tmp_path / "run", progress=[lambda p: seen.append(p.total_steps), fail])
    assert seen == [1, 2, 3]
    train(small, tmp_path / "run", resume=True)


def test_training_leaves_the_callers_threads_alone(small: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    seen: list[int] = []
    try:
        train(small, progress=lambda _: seen.append(torch.get_num_threads()), threads=1)
        assert set(seen) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# Wrong configurations


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": ""}, "there is nothing to train on"),
        ({"hidden_size": 3}, "unknown key hidden_size: did you mean encoder.hidden_size"),
        ({"encoder.hidden_size": 0}, "encoder.hidden_size is 0: give a value from 1"),
        ({"encoder.hidden_size": "8"}, "encoder.hidden_size is '8': give a whole number"),
        ({"columns": "token=0,tag=7"}, "there is no tag column 7"),
        ({"columns": "tag=UPOS"}, "a CoNLL column is a number"),
        ({"columns": "token=1,tag=0", "head.scheme": "bio"}, "are no spans; check --columns"),
        ({"device": "nonsense"}, "device 'nonsense' cannot be used"),
        ({"device": "meta"}, "device 'meta' cannot be used"),
        ({"seed": -1}, "seed is -1"),
        ({"task": "parse"}, "task is 'parse'"),
        ({"data.language": "English"}, "data.language is 'English'"),
        ({"data.language": "qq"}, "spaCy has no tokenizer for language 'qq'"),
        ({"embedding.word_size": 0, "embedding.ngram_size": 0}, "embedding.word_size is 0"),
        ({"embedding.characters": "lstm", "embedding.character_hidden_size": 33}, "even"),
        ({"init": "nowhere"}, "there is no such run or model"),
        ({"seeds": [1, 1]}, "a seed is given twice"),
        ({"seeds": [2**63]}, "seed is 9223372036854775808"),
        ({"seeds": [-1]}, "seed is -1"),
        ({"seeds": [1, 2], "head.scheme": "bio", "columns": "token=1,tag=0"}, "are no spans"),
    ],
)
def test_wrong_configuration_is_refused_before_anything_is_written(
    small: Path, tmp_path: Path, plain_run: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SeqtagError, match=message):
        train(small, tmp_path / "new", **settings)
    assert not (tmp_path / "new").exists()
    shutil.copytree(plain_run, tmp_path / "old")
    with pytest.raises(SeqtagError, match=message):
        train(small, tmp_path / "old", force=True, **settings)
    assert contents(tmp_path / "old") == contents(plain_run)


@pytest.mark.parametrize("option", [{"resume": True}, {"seeds": [1]}])
def test_some_options_need_an_output(small: Path, option: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="needs an output folder"):
        train(small, **option)


def test_fp16_on_the_cpu_is_refused_before_anything_is_read() -> None:
    settings: dict[str, Any] = {"train": "no/such/file", "training.mixed_precision": "fp16"}
    with pytest.raises(ConfigError, match="'fp16': device cpu cannot train in it; give bf16 or"):
        seqtag.train(**settings)


def test_weight_for_an_unknown_label_is_refused_before_anything_is_written(
    small: Path, tmp_path: Path
) -> None:
    weights: dict[str, Any] = {"training.class_weights": "PERS=2"}
    with pytest.raises(ConfigError, match="names 'PERS'.* it has PER,"):
        train(small, tmp_path / "run", **weights)
    assert not (tmp_path / "run").exists()


def test_parts_of_different_formats_are_refused(small: Path) -> None:
    with pytest.raises(ConfigError, match=r"dev.conllu: by its name"):
        train(small, dev=small / "dev.conllu")


def test_standard_input_cannot_be_two_files(small: Path) -> None:
    with pytest.raises(ConfigError, match="only one of"):
        train(small, train="-", dev="-")


def test_resuming_and_replacing_at_once_is_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give one of them"):
        train(small, tmp_path / "run", resume=True, force=True)


# Output folders


def test_run_that_exists_is_refused(small: Path, plain_run: Path) -> None:
    before = contents(plain_run)
    with pytest.raises(ConfigError, match="--resume.*--force"):
        train(small, plain_run)
    with pytest.raises(ConfigError, match="--resume.*--force"):
        train(small, plain_run, seeds=[1, 2])
    assert contents(plain_run) == before


def test_force_replaces_a_run_and_leaves_what_is_not_its_own(
    small: Path, plain_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(plain_run, tmp_path / "run"))
    (run / "notes.txt").write_text("mine")
    train(small, run, force=True, seed=5)
    assert (run / "notes.txt").read_text() == "mine"
    assert "seed = 5" in (run / "config.toml").read_text()
    assert seqtag.load(run)


@pytest.mark.parametrize("options", [{}, {"force": True}, {"resume": True}])
def test_folder_of_other_things_is_never_overwritten(
    small: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds no run and is not overwritten"):
        train(small, tmp_path, **options)
    with pytest.raises(ConfigError, match="this is a file"):
        train(small, tmp_path / "notes.txt", **options)
    assert contents(tmp_path) == {"notes.txt": b"mine"}


def test_foreign_folder_of_a_seed_is_found_before_training(small: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(small, run, seeds=[1])
    (run / "seed-2").mkdir()
    (run / "seed-2" / "notes.txt").write_text("mine")
    before = contents(run)
    with pytest.raises(ConfigError, match="seed-2: this folder holds no run"):
        train(small, run, seeds=[1, 2], force=True)
    assert contents(run) == before
