from __future__ import annotations

import errno
import json
import logging
import math
import os
import random
import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import seqtag
from seqtag.api.train import Interrupted
from seqtag.config import all_keys
from seqtag.errors import ConfigError, DataError, ModelError, SeqtagError
from seqtag.io.checkpoint import load_checkpoint
from seqtag.text.schemes import SCHEMES, Scheme, encode_spans, is_allowed
from seqtag.training.loop import Progress
from tests.helpers import SAMPLES, TINY, assert_same_run, contents, files, first_sentences

SMALL: dict[str, Any] = {**TINY, "training.epochs": 2, "encoder.hidden_size": 8}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus so small that a run takes a fraction of a second."""
    folder = tmp_path_factory.mktemp("small")
    for part, count in (("train", 40), ("dev", 10), ("test", 10)):
        for kind, suffix in (("ner", "conll"), ("pos", "conllu")):
            text = first_sentences(SAMPLES / kind / f"{part}.{suffix}", count)
            (folder / f"{part}.{suffix}").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def plain_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("plain") / "run"
    seqtag.train(output=folder, **files(small, "conll"), **SMALL)
    return folder


def train(small: Path, output: Path | None = None, **settings: Any) -> Any:  # noqa: ANN401
    """Train on the small corpus."""
    return seqtag.train(output=output, **{**files(small, "conll"), **SMALL, **settings})


def stop_after(steps: int) -> Callable[[], bool]:
    """Return a question whether to stop that is answered with yes after some steps."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= steps

    return should_stop


def load_json(path: Path) -> Any:  # noqa: ANN401
    return json.loads(path.read_text("utf-8"))


# What a run leaves


def test_words_need_not_share_any_ngram(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("12 NUM\nb NOUN\n%CD SYM\n", "utf-8")
    tagger = seqtag.train(train=tmp_path / "train.conll", output=tmp_path / "run", **TINY)
    assert load_json(tmp_path / "run" / "model" / "ngrams.json") == []
    tokens = ["b", "12", "%CD", "unseen", ""]
    tags = tagger.tag(tokens).tags
    assert set(tags) <= {"NUM", "NOUN", "SYM"}
    assert seqtag.load(tmp_path / "run").tag(tokens).tags == tags


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


# Data


def test_missing_dev_part_is_split_off_and_said(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(small, tmp_path / "run", dev="")
    assert "no dev file: 4 of the 40 training sentences are set aside" in caplog.text
    assert load_json(tmp_path / "run" / "metrics.json")["train"]["sentences"] == 36
    assert load_json(tmp_path / "run" / "metrics.json")["dev"]["sentences"] == 4


def test_single_sentence_suffices(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("Ada\tB-PER\n.\tO\n")
    tagger = seqtag.train(train=tmp_path / "a.conll", **SMALL)
    assert set(tagger.tags_by["-1"]) == {"O", "B-PER", "I-PER"}


def test_tags_that_occur_only_in_dev_or_test_are_counted_and_no_crash(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part, tags in (("dev", "B-NEW I-NEW O"), ("test", "B-OTHER O O")):
        lines = [f"word\t{tag}\n" for tag in tags.split()]
        (tmp_path / f"{part}.conll").write_text("".join(lines) + "\n")
    run = tmp_path / "run"
    train(small, run, dev=tmp_path / "dev.conll", test=tmp_path / "test.conll")
    for wanted in ("2 tokens of dev with tags that training never shows", "1 token of test"):
        assert wanted in caplog.text
    assert "B-NEW (1), I-NEW (1)" in caplog.text
    metrics = load_json(run / "metrics.json")
    assert metrics["dev"]["recall"] == 0
    assert metrics["test"]["by_type"]["OTHER"]["support"] == 1


@pytest.mark.parametrize("file_scheme", SCHEMES)
@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_tags_are_written_in_the_scheme_of_the_files(
    tmp_path: Path, file_scheme: Scheme, scheme: str
) -> None:
    # Ada and Bob are two spans of a label side by side, which iob1 writes in a way of its own.
    words = [["Ada", "Bob", "left", "New", "Old", "York"], ["New", "York", "saw", "Ada"]]
    spans = [[(0, 1, "PER"), (1, 2, "PER"), (3, 6, "LOC")], [(0, 2, "LOC"), (3, 4, "PER")]]
    text = ""
    for tokens, places in zip(words, spans, strict=True):
        tags = encode_spans(places, len(tokens), file_scheme)
        pairs = zip(tokens, tags, strict=True)
        text += "".join(f"{token}\t{tag}\n" for token, tag in pairs) + "\n"
    path = tmp_path / "a.conll"
    path.write_text(text * 20)
    settings = {**TINY, "head.scheme": scheme}
    tagger = seqtag.train(train=path, dev=path, **settings)
    column = tagger.spec.columns[0]
    assert (column.file_scheme, column.scheme) == (file_scheme, scheme)
    for result, places in zip(tagger.tag_many(words, nbest=3), spans, strict=True):
        assert [(s.start, s.end, s.label) for s in result.spans] == places
        for tags in (result.tags, *(tags for tags, _ in result.nbest)):
            for before, after in zip([None, *tags], [*tags, None], strict=True):
                assert is_allowed(before, after, file_scheme)
        np.testing.assert_allclose(result.marginals.sum(axis=1), 1, atol=1e-5)
        assert result.marginals.shape[1] == len(tagger.tags_by["-1"])
        assert all(0 < score <= 1 for score in result.scores)


def test_spans_may_stand_in_a_further_column(small: Path, tmp_path: Path) -> None:
    """``spans`` are those of the first column that has any."""
    lines = (small / "train.conllu").read_text("utf-8").split("\n")
    for number, line in enumerate(lines):
        cells = line.split("\t")
        if len(cells) == 10:
            cells[9] = "NER=B-X" if cells[3] == "PROPN" else "NER=O"
            lines[number] = "\t".join(cells)
    (tmp_path / "a.conllu").write_text("\n".join(lines), "utf-8")
    path = tmp_path / "a.conllu"
    tagger = seqtag.train(train=path, dev=path, columns="tag=UPOS+NER", **TINY)
    sentences = [["Mark", "Glouv", "carried", "Olga"], ["The", "stone"]]
    results = list(tagger.tag_many(sentences))
    assert list(tagger.tags_by) == ["UPOS", "NER"]
    for result in results:
        assert result.spans == result.spans_by["NER"]
        assert len(result.spans) == sum(tag.startswith("B-") for tag in result.tags_by["NER"])
    assert any(result.spans for result in results)
    assert tagger.spec.facts["dev"].keys() == {"accuracy", "accuracy_unseen"}


def test_tokens_in_the_place_of_tags_are_refused(tmp_path: Path) -> None:
    lines = [f"a\tword{n}\n" for n in range(5001)]
    (tmp_path / "a.conll").write_text("".join(lines))
    with pytest.raises(ConfigError, match="column -1 has 5,001 different tags.*check --columns"):
        seqtag.train(train=tmp_path / "a.conll", dev=tmp_path / "a.conll", **SMALL)


@pytest.mark.parametrize(
    "settings", [{"embedding.characters": "cnn"}, {"embedding.characters": "lstm"}]
)
def test_characters_are_read_where_asked_for(
    small: Path, tmp_path: Path, settings: Mapping[str, Any]
) -> None:
    sizes = {"embedding.character_size": 4, "embedding.character_hidden_size": 6}
    train(small, tmp_path / "run", **settings, **sizes, **{"embedding.word_min_count": 2})
    assert {"characters.json", "rare_words.json"} <= {
        path.name for path in (tmp_path / "run" / "model").iterdir()
    }
    tagger = seqtag.load(tmp_path / "run")
    assert tagger.tag(["Lake", "", "ẞ"]).tags
    seen = {line.split("\t")[0] for line in (small / "train.conll").read_text("utf-8").split("\n")}
    assert all(word in tagger.spec.known_words for word in seen - {""})


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


# Stopping and resuming


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


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.0, "schedule": "onecycle"},
        {"schedule": "plateau", "plateau_patience": 1, "epochs": 4},
        {"mixed_precision": "bf16", "label_smoothing": 0.1, "class_weights": "balanced"},
    ],
)
def test_run_with_other_options_resumes_to_the_same_end_and_is_repeated(
    small: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Through the files of a checkpoint and of the configuration."""
    settings = {f"training.{key}": value for key, value in options.items()}
    train(small, tmp_path / "whole", **settings)
    with pytest.raises(Interrupted):
        train(small, tmp_path / "stopped", should_stop=stop_after(7), **settings)
    seqtag.train(output=tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")
    seqtag.train(tmp_path / "whole" / "config.toml", output=tmp_path / "again")
    assert_same_run(tmp_path / "whole", tmp_path / "again")


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 9])
def test_stopped_run_has_a_model_and_resumes_to_the_same_end(
    small: Path, tmp_path: Path, plain_run: Path, steps: int
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted) as caught:
        train(small, run, should_stop=stop_after(steps))
    assert caught.value.model == run / "model"
    assert seqtag.load(run).tag(["Lake"]).tags
    assert not (run / "metrics.json").exists()
    assert "saved before it was scored" in (run / "model" / "README.md").read_text("utf-8")
    train(small, run, resume=True)
    assert_same_run(run, plain_run)
    assert not (run / "checkpoint").exists()


def test_run_stopped_at_every_step_still_ends_the_same(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    for _ in range(100):
        try:
            train(small, tmp_path / "run", resume=True, should_stop=stop_after(1))
            break
        except Interrupted:
            continue
    assert_same_run(tmp_path / "run", plain_run)


def test_stop_at_the_last_step_is_no_stop(small: Path, tmp_path: Path, plain_run: Path) -> None:
    seen: list[Progress] = []
    train(small, progress=seen.append)
    train(small, tmp_path / "run", should_stop=stop_after(len(seen)))
    assert_same_run(tmp_path / "run", plain_run)


def test_stop_without_an_output_writes_nothing(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Interrupted, match="stopped after 0 epochs"):
        train(small, should_stop=stop_after(1))
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_change_nothing(small: Path, tmp_path: Path, plain_run: Path) -> None:
    train(small, tmp_path / "run", **{"training.checkpoint_seconds": 0})
    assert_same_run(tmp_path / "run", plain_run)


def test_resuming_a_complete_run_does_nothing(
    small: Path, tmp_path: Path, plain_run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Path(shutil.copytree(plain_run, tmp_path / "run"))
    caplog.set_level(logging.INFO, "seqtag")
    tagger = train(small, run, resume=True)
    assert contents(run) == contents(plain_run)
    assert "is complete, there is nothing to resume" in caplog.text
    assert tagger.tag(["Lake"]).scores == seqtag.load(plain_run).tag(["Lake"]).scores


@pytest.mark.parametrize("there", ["nothing", "empty", "killed", "begun"])
def test_resuming_where_nothing_is_starts_anew(
    small: Path, tmp_path: Path, plain_run: Path, there: str
) -> None:
    run = tmp_path / "run"
    if there != "nothing":
        run.mkdir()
    if there == "killed":
        (run / ".seqtag-0123456789abcdef.tmp").write_text("# The com")
    if there == "begun":
        shutil.copy(plain_run / "config.toml", run)
    train(small, run, resume=True)
    assert_same_run(run, plain_run)


def test_resuming_with_other_options_is_refused_by_key(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    run = Path(shutil.copytree(plain_run, tmp_path / "run"))
    for key, value in (
        ("training.epochs", 3),
        ("seed", 2),
        ("encoder.hidden_size", 9),
        ("data.dev", str(small / "test.conll")),
        ("data.columns", "token=1,tag=0"),
        ("head.scheme", "bioes"),
    ):
        with pytest.raises(ConfigError, match=rf"config\.toml: {key} was .* and is .* now"):
            seqtag.train(output=run, resume=True, **{**files(small, "conll"), **SMALL, key: value})
    assert contents(run) == contents(plain_run)


def test_resuming_takes_the_options_of_the_run(
    small: Path, tmp_path: Path, plain_run: Path
) -> None:
    with pytest.raises(Interrupted):
        train(small, tmp_path / "run", should_stop=stop_after(3))
    with pytest.raises(Interrupted):
        seqtag.train(output=tmp_path / "run", resume=True, should_stop=stop_after(1))
    same: dict[str, Any] = {"encoder.hidden_size": 8}
    seqtag.train(output=tmp_path / "run", resume=True, **same)
    assert_same_run(tmp_path / "run", plain_run)


def test_resuming_with_other_data_is_refused(small: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(small, tmp_path / "data"))
    with pytest.raises(Interrupted):
        train(data, tmp_path / "run", should_stop=stop_after(2))
    train_file = data / "train.conll"
    content = train_file.read_text("utf-8")
    # Other words, other tags, and the same ones once more.
    longer = content + content.split("\n\n")[0] + "\n\n"
    for other in (
        content + "Entirely\tO\nnew\tO\n\n",
        content.replace("B-LOC", "B-PER", 1),
        longer,
    ):
        train_file.write_text(other, "utf-8")
        with pytest.raises(ModelError, match="checkpoint: the checkpoint does not fit this run"):
            train(data, tmp_path / "run", resume=True)


def test_damaged_checkpoint_is_refused(small: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(small, run, should_stop=stop_after(2))
    state = run / "checkpoint" / "state.json"
    content = load_json(state)
    for damaged in ("{", json.dumps({**content, "state": {"unknown": 1}}), json.dumps([])):
        state.write_text(damaged)
        with pytest.raises(ModelError, match="checkpoint"):
            train(small, run, resume=True)
    state.write_text(json.dumps(content))
    train(small, run, resume=True)


@pytest.mark.parametrize("room", [0, 2, 4, 5, 20, 46, 48, 50, 52, 54, 56])
def test_full_disk_loses_nothing_that_was_saved(
    small: Path, tmp_path: Path, plain_run: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Whichever file the disk has no more room for, the last of them being the metrics."""
    run = tmp_path / "run"
    calls = iter(range(10**6))

    def fsync(_: int) -> None:
        if next(calls) >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(DataError, match="the disk is full"):
            train(small, run, **{"training.checkpoint_seconds": 0})
    load_checkpoint(run / "checkpoint")
    train(small, run, resume=True, **{"training.checkpoint_seconds": 0})
    assert_same_run(run, plain_run)


# Several seeds


@pytest.fixture(scope="session")
def seeds_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "run"
    train(small, folder, seeds=[1, 2, 3])
    return folder


def test_every_seed_is_a_run_of_its_own(small: Path, seeds_run: Path, plain_run: Path) -> None:
    assert sorted(path.name for path in seeds_run.iterdir()) == [
        *("config.toml", "metrics.json", "seed-1", "seed-2", "seed-3")
    ]
    assert_same_run(seeds_run / "seed-1", plain_run)


def test_mean_and_deviation_are_those_of_the_runs(seeds_run: Path) -> None:
    metrics = load_json(seeds_run / "metrics.json")
    runs = [load_json(seeds_run / f"seed-{n}" / "metrics.json") for n in (1, 2, 3)]
    for part, name in (("dev", "f1"), ("test", "accuracy"), ("test", "accuracy_unseen")):
        values = [run[part][name] for run in runs]
        assert metrics["mean"][part][name] == pytest.approx(np.mean(values))
        assert metrics["deviation"][part][name] == pytest.approx(np.std(values, ddof=1))


def test_best_on_dev_is_opened(small: Path, seeds_run: Path) -> None:
    scores = {
        n: load_json(seeds_run / f"seed-{n}" / "metrics.json")["dev"]["f1"] for n in (1, 2, 3)
    }
    best = max(scores, key=lambda n: scores[n])
    words = ["Lake", "Ossel"]
    expected = seqtag.load(seeds_run / f"seed-{best}").tag(words).scores
    assert seqtag.load(seeds_run).tag(words).scores == expected


def test_configuration_of_several_seeds_is_complete_and_repeats_them(
    seeds_run: Path, tmp_path: Path
) -> None:
    seqtag.train(seeds_run / "config.toml", output=tmp_path / "run", seeds=[1, 2, 3])
    for name in ("seed-1", "seed-2", "seed-3"):
        assert_same_run(tmp_path / "run" / name, seeds_run / name)
    assert "epochs = 2" in (seeds_run / "config.toml").read_text()


def test_stopped_seeds_are_resumed(small: Path, tmp_path: Path, seeds_run: Path) -> None:
    seen: list[Progress] = []
    train(small, progress=seen.append)
    run = tmp_path / "run"
    with pytest.raises(Interrupted) as caught:
        train(small, run, seeds=[1, 2, 3], should_stop=stop_after(len(seen) + 2))
    assert caught.value.model == run / "seed-2" / "model"
    assert not (run / "metrics.json").exists()
    seqtag.train(output=run, seeds=[1, 2, 3], resume=True)
    for name in ("seed-1", "seed-2", "seed-3"):
        assert_same_run(run / name, seeds_run / name)
    assert load_json(run / "metrics.json")["best"] == load_json(seeds_run / "metrics.json")["best"]


def test_further_seeds_can_be_added(small: Path, tmp_path: Path, seeds_run: Path) -> None:
    train(small, tmp_path / "run", seeds=[1, 2])
    train(small, tmp_path / "run", seeds=[1, 2, 3], resume=True)
    assert_same_run(tmp_path / "run" / "seed-3", seeds_run / "seed-3")
    assert list(load_json(tmp_path / "run" / "metrics.json")["seeds"]) == [
        *("seed-1", "seed-2", "seed-3")
    ]


def test_single_run_and_several_seeds_are_not_mixed_up(
    small: Path, plain_run: Path, seeds_run: Path
) -> None:
    before = contents(plain_run), contents(seeds_run)
    with pytest.raises(ConfigError, match="begun without --seeds"):
        train(small, plain_run, seeds=[1, 2], resume=True)
    with pytest.raises(ConfigError, match="resume it with --seeds"):
        train(small, seeds_run, resume=True)
    with pytest.raises(ConfigError, match="training.epochs was 2"):
        train(small, seeds_run, seeds=[1, 2, 3], resume=True, **{"training.epochs": 3})
    assert (contents(plain_run), contents(seeds_run)) == before


def test_force_replaces_several_seeds_by_one_run(
    small: Path, tmp_path: Path, seeds_run: Path, plain_run: Path
) -> None:
    run = Path(shutil.copytree(seeds_run, tmp_path / "run"))
    train(small, run, force=True)
    assert_same_run(run, plain_run)
    assert not list(run.glob("seed-*"))


# Starting from another run


STILL: dict[str, Any] = {"training.learning_rate": 0.0, "training.epochs": 1}


def test_start_is_the_other_run(small: Path, plain_run: Path) -> None:
    """Without a learning rate, the new tagger is the old one."""
    base = seqtag.load(plain_run)
    data = files(small, "conll")
    tagger = seqtag.train(init=plain_run, threads=1, **data, **STILL)
    assert tagger.spec.encoder == base.spec.encoder
    assert tagger.spec.embedding.word_size == 8
    words = ["Lake", "Ossel", "unseen"]
    np.testing.assert_array_equal(tagger.tag(words).marginals, base.tag(words).marginals)


def test_new_words_and_tags_join_those_of_the_other_run(
    small: Path, plain_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.conll").write_text("Brandnew\tB-NEW\nLake\tO\n")
    base = seqtag.load(plain_run)
    tagger = seqtag.train(
        init=str(plain_run), train=tmp_path / "a.conll", dev=tmp_path / "a.conll", **STILL
    )
    known = base.spec.words.items
    assert tagger.spec.words.items == [*known, "Brandnew"]
    tags = base.spec.columns[0].tags.items
    assert tagger.spec.columns[0].tags.items[: len(tags)] == tags
    new = set(tagger.spec.columns[0].tags.items) - set(tags)
    assert new
    assert all(tag.endswith("-NEW") for tag in new)


def test_start_may_have_other_tag_columns(
    small: Path, plain_run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seqtag.train(init=plain_run, threads=1, **files(small, "conll"), **STILL)
    assert "from scratch" not in caplog.text
    tagger = seqtag.train(init=plain_run, threads=1, **files(small, "conllu"), **STILL)
    assert list(tagger.tags_by) == ["UPOS"]
    assert f"column UPOS: {plain_run} has no column of this name" in caplog.text


def test_start_with_other_sizes_is_refused(small: Path, plain_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave the sizes of"):
        train(small, tmp_path / "run", init=plain_run, **{"encoder.hidden_size": 9})
    assert not (tmp_path / "run").exists()


def test_run_from_a_start_is_repeated_and_resumed(
    small: Path, plain_run: Path, tmp_path: Path
) -> None:
    train(small, tmp_path / "a", init=plain_run, seed=4)
    with pytest.raises(Interrupted):
        train(small, tmp_path / "b", init=plain_run, seed=4, should_stop=stop_after(3))
    seqtag.train(output=tmp_path / "b", resume=True)
    seqtag.train(tmp_path / "a" / "config.toml", output=tmp_path / "c")
    assert_same_run(tmp_path / "b", tmp_path / "a")
    assert_same_run(tmp_path / "c", tmp_path / "a")


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


def test_parts_of_different_formats_are_refused(small: Path) -> None:
    with pytest.raises(ConfigError, match=r"dev.conllu: by its name"):
        train(small, dev=small / "dev.conllu")


def test_standard_input_cannot_be_two_files(small: Path) -> None:
    with pytest.raises(ConfigError, match="only one of"):
        train(small, train="-", dev="-")


def test_resuming_and_replacing_at_once_is_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give one of them"):
        train(small, tmp_path / "run", resume=True, force=True)


def test_start_goes_on_with_its_head(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With its scheme and decoder, and whether the column is counted from the front or the end."""
    train(small, tmp_path / "first", **{"head.scheme": "bio", "head.crf": False})
    tagger = train(small, init=tmp_path / "first", columns="token=0,tag=1")
    assert "from scratch" not in caplog.text
    assert [(c.scheme, c.crf) for c in tagger.spec.columns] == [("bio", False)]


# On a GPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "sgd", "learning_rate": 1.0, "schedule": "onecycle"},
        {"schedule": "plateau", "plateau_patience": 1, "mixed_precision": "bf16"},
        {"mixed_precision": "fp16", "label_smoothing": 0.1, "class_weights": "balanced"},
        {"mixed_precision": "fp16", "optimizer": "sgd", "learning_rate": 1.0},
    ],
)
@pytest.mark.parametrize("crf", [True, False])
def test_cuda_trains_and_resumes_and_the_cpu_tags_the_same(
    corpus: Path, tmp_path: Path, options: dict[str, Any], crf: bool
) -> None:
    """Sums on a GPU differ a little from one time to the next, and so may the end."""
    settings = {
        **{**files(corpus, "conll"), **TINY, "training.learning_rate": 0.02},
        **{"device": "cuda", "head.crf": crf, "embedding.characters": "cnn"},
        **{f"training.{key}": value for key, value in options.items()},
    }
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    tagger = seqtag.train(output=whole, **settings)
    with pytest.raises(Interrupted):
        seqtag.train(output=stopped, should_stop=stop_after(15), **settings)
    if options.get("mixed_precision") == "fp16":
        checkpoint = load_checkpoint(stopped / "checkpoint")
        assert checkpoint is not None
        assert checkpoint[1]["scaler"]["scale"] > 0
    resumed = seqtag.train(output=stopped, resume=True)
    assert resumed.tag(["Ada"]).tokens == ["Ada"]
    histories = []
    for run in (whole, stopped):
        lines = (run / "history.jsonl").read_text("utf-8").splitlines()
        histories.append([json.loads(line) for line in lines])
    first, second = histories
    assert [r["learning_rate"] for r in first[:2]] == [r["learning_rate"] for r in second[:2]]
    assert first[0]["train_loss"] == pytest.approx(second[0]["train_loss"], rel=1e-2)
    for history in histories:
        assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
    blocks = (corpus / "test.conll").read_text("utf-8").split("\n\n")
    sentences = [block.split()[::2] for block in blocks if block]
    on_cpu = seqtag.load(whole, device="cpu")
    same = total = 0
    for tokens in sentences:
        ours, theirs = tagger.tag(tokens), on_cpu.tag(tokens)
        assert ours.scores == pytest.approx(theirs.scores, abs=0.05)  # TF32 in cuDNN
        same += sum(a == b for a, b in zip(ours.tags, theirs.tags, strict=True))
        total += len(ours.tags)
    assert same >= 0.99 * total


def test_auxiliary_columns_teach_and_leave_nothing_behind(tmp_path: Path) -> None:
    """Trained with them the model is another one of the same size, and resumed to the bit."""
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 30)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    settings: dict[str, Any] = {**TINY, "training.epochs": 2}
    settings |= dict.fromkeys(("train", "dev"), tmp_path / "train.conllu")
    weights = {}
    for auxiliary in ("none", "XPOS", "XPOS+FEATS"):
        run = tmp_path / auxiliary
        settings["training.auxiliary"] = auxiliary
        tagger = seqtag.train(output=run, **settings)
        weights[auxiliary] = tagger._engine.weights()
        with pytest.raises(Interrupted):
            seqtag.train(
                output=tmp_path / "stopped",
                should_stop=stop_after(4),
                force=True,
                **settings,
            )
        assert seqtag.load(tmp_path / "stopped").tag(["It"]).tags
        seqtag.train(output=tmp_path / "stopped", resume=True)
        assert_same_run(run, tmp_path / "stopped")
    config = tomllib.loads((tmp_path / "XPOS+FEATS" / "config.toml").read_text("utf-8"))
    assert config["training"]["auxiliary"] == "XPOS+FEATS"
    shapes = [{name: w.shape for name, w in values.items()} for values in weights.values()]
    assert shapes[0] == shapes[1] == shapes[2]
    name = "encoder.forwards.0.weight_hh_l0"
    assert not np.array_equal(weights["none"][name], weights["XPOS"][name])


def test_another_auxiliary_column_is_another_training(tmp_path: Path) -> None:
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 20)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    run, settings = tmp_path / "run", {**TINY, "train": tmp_path / "train.conllu"}
    with pytest.raises(Interrupted):
        seqtag.train(output=run, should_stop=stop_after(2), **settings)
    other = text.replace("\tNN\t", "\tN\t")
    (tmp_path / "train.conllu").write_text(other, "utf-8")
    with pytest.raises(seqtag.ModelError, match="taken on other data"):
        seqtag.train(output=run, resume=True)


def test_columns_that_auto_stands_for_are_written_by_name(tmp_path: Path) -> None:
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 20)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    (tmp_path / "train.conll").write_text("It O\nruns B-X\n\n" * 5, "utf-8")
    for name, expected in (("train.conllu", "XPOS+FEATS"), ("train.conll", "none")):
        settings: dict[str, Any] = {**TINY, "training.epochs": 1, "train": tmp_path / name}
        seqtag.train(output=tmp_path / "run", force=True, **settings)
        config = tomllib.loads((tmp_path / "run" / "config.toml").read_text("utf-8"))
        assert config["training"]["auxiliary"] == expected
