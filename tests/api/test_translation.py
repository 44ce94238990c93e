from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.load import load_translator
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError, DataError, SeqtagError
from tests.api.runs import stop_after
from tests.helpers import TINY_TRANSLATOR, assert_same_run, contents, parallel_files

SUBWORDS: dict[str, Any] = {"units.source": "subword", "units.target": "subword", "units.size": 150}


@pytest.mark.parametrize(
    "settings",
    [
        {"decoder.input_feeding": False, "decoder.num_layers": 2},
        {**SUBWORDS, "units.dropout": 0.2, "training.average": 0.99},
        {"units.source": "word", "units.target": "word", "decoder.input_feeding": True},
    ],
    ids=["char", "bpe-dropout", "word"],
)
def test_resumed_run_ends_as_one_that_nothing_disturbed(
    settings: dict[str, Any], parallel: Path, tmp_path: Path
) -> None:
    given = {**parallel_files(parallel), **TINY_TRANSLATOR, **settings, "training.epochs": 3}
    steps: list[object] = []
    seqtag.train(output=tmp_path / "whole", progress=steps.append, **given)
    # In the middle of an epoch, whose plan is then drawn anew.
    with pytest.raises(Interrupted) as caught:
        seqtag.train(output=tmp_path / "stopped", should_stop=stop_after(len(steps) // 2), **given)
    assert caught.value.epochs == 1
    assert isinstance(load_translator(tmp_path / "stopped"), seqtag.Translator)
    assert not (tmp_path / "stopped" / "metrics.json").exists()
    seqtag.train(output=tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_same_seed_gives_the_same_run_to_the_bit_and_another_one_does_not(
    parallel: Path, tmp_path: Path
) -> None:
    given = {**parallel_files(parallel), **TINY_TRANSLATOR, **SUBWORDS, "training.epochs": 1}
    for name, seed in (("first", 3), ("second", 3), ("third", 4)):
        seqtag.train(output=tmp_path / name, seed=seed, **given)
    assert_same_run(tmp_path / "first", tmp_path / "second")
    models = [contents(tmp_path / name / "model") for name in ("first", "third")]
    assert models[0]["weights.safetensors"] != models[1]["weights.safetensors"]
    lists = [name for name in models[0] if name.endswith(".json") and name != "model.json"]
    assert lists
    assert all(models[0][name] == models[1][name] for name in lists)


def test_configuration_of_a_run_repeats_it(translator_run: Path, tmp_path: Path) -> None:
    seqtag.train(translator_run / "config.toml", output=tmp_path / "again")
    assert_same_run(translator_run, tmp_path / "again")


def test_metrics_and_history_tell_the_scores_of_translations(translator_run: Path) -> None:
    metrics = json.loads((translator_run / "metrics.json").read_text("utf-8"))
    for part in ("dev", "test"):
        scores = metrics[part]
        assert {"bleu", "chrf", "exact_match", "symbol_error_rate", "perplexity"} <= set(scores)
        assert scores["signature"]["bleu"].startswith("nrefs:1|case:mixed")
        assert scores["pairs"] == 20
        assert scores["perplexity"] > 1
    train = metrics["train"]
    assert train["pairs"] == 100
    assert train["seconds"] > 0
    assert train["tokens_per_second"] > 0
    history = [*map(json.loads, (translator_run / "history.jsonl").read_text().splitlines())]
    assert [record["epoch"] for record in history] == [1, 2]
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert all("signature" not in record["dev"] for record in history)
    assert (translator_run / "report.html").read_text("utf-8").startswith("<!")
    assert not (translator_run / "checkpoint").exists()


def test_seeds_are_compared_and_the_best_on_dev_is_opened(parallel: Path, tmp_path: Path) -> None:
    given = {**parallel_files(parallel), **TINY_TRANSLATOR, "training.epochs": 1}
    best = seqtag.train(output=tmp_path / "run", seeds=[1, 2], **given)
    assert isinstance(best, seqtag.Translator)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))
    runs = {
        name: json.loads((tmp_path / "run" / name / "metrics.json").read_text("utf-8"))
        for name in ("seed-1", "seed-2")
    }
    # Of characters, as few wrong symbols as possible are wanted, and not much BLEU; even where
    # more are wrong than there are.
    errors = {name: run["dev"]["symbol_error_rate"] for name, run in runs.items()}
    assert metrics["best"] == min(errors, key=lambda name: errors[name])
    for score in ("bleu", "chrf", "symbol_error_rate", "perplexity"):
        values = [run["test"][score] for run in runs.values()]
        assert metrics["mean"]["test"][score] == pytest.approx(sum(values) / 2)
    text = "The cook danced."
    opened = load_translator(tmp_path / "run").translate(text)
    assert opened == load_translator(tmp_path / "run" / metrics["best"]).translate(text)


def test_run_goes_on_from_another_one_with_its_units(
    parallel: Path, translator_run: Path, tmp_path: Path
) -> None:
    """Without a step in any direction, it ends where the other one ended."""
    path = tmp_path / "train"
    for suffix in ("en", "zq"):
        path.with_suffix(f".{suffix}").write_text("Ωmega wants xylophones.\n" * 3, "utf-8")
    given: dict[str, Any] = {
        **{"train": path, "dev": path, "data.source": "en", "data.target": "zq", "threads": 1},
        **{"training.epochs": 1, "training.learning_rate": 0.0},
    }
    again = seqtag.train(init=str(translator_run), **given)
    first = load_translator(translator_run)
    assert again.spec.source_units == first.spec.source_units
    assert again.spec.encoder == first.spec.encoder
    text = "The dogs watched rings."
    ours, theirs = again.translate(text), first.translate(text)
    assert ours.text == theirs.text
    assert ours.score == pytest.approx(theirs.score, abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"decoder.hidden_size": 8}, "the run to start from has other sizes: "),
        ({"embedding.word_size": 6}, "the run to start from has other sizes: "),
        ({"decoder.cell": "peephole"}, "the run to start from has other sizes: "),
        ({"units.source": "word"}, "units.source is 'word', and the run to start from has 'char'"),
        ({"units.target": "word"}, "units.target is 'word', and the run to start from has 'char'"),
    ],
)
def test_run_does_not_go_on_from_one_of_other_sizes(
    settings: dict[str, Any], message: str, parallel: Path, translator_run: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        seqtag.train(init=str(translator_run), **parallel_files(parallel), **settings, threads=1)


def test_tasks_do_not_start_from_each_other(
    parallel: Path, corpus: Path, labelled: Path, translator_run: Path, ner_run: Path
) -> None:
    with pytest.raises(ConfigError, match="no translator"):
        seqtag.train(init=str(ner_run), **parallel_files(parallel), **TINY_TRANSLATOR)
    for task, path in (("tag", corpus / "train.conll"), ("classify", labelled / "train.tsv")):
        with pytest.raises(ConfigError, match="is a translator"):
            seqtag.train(init=str(translator_run), task=task, train=path)


@pytest.mark.parametrize("kind", ["char", "word", "subword"])
@pytest.mark.parametrize("form", ["tsv", "jsonl"])
def test_plain_text_goes_in_and_plain_text_comes_out(
    kind: str, form: str, parallel: Path, tmp_path: Path
) -> None:
    rows = list(
        zip(
            *(
                (parallel / f"train.{side}").read_text("utf-8").splitlines()[:20]
                for side in ("en", "zq")
            ),
            strict=True,
        )
    )
    path = tmp_path / f"train.{form}"
    write: dict[str, Callable[[str, str], str]] = {
        "tsv": lambda source, target: f"{source}\t{target}",
        "jsonl": lambda source, target: json.dumps({"source": source, "target": target}),
    }
    path.write_text("".join(f"{write[form](*row)}\n" for row in rows), "utf-8")
    small = {**TINY_TRANSLATOR, "training.epochs": 1, "units.size": 100}
    kinds = {"units.source": kind, "units.target": kind, "units.joint": False}
    model = seqtag.train(train=path, dev=path, **{**small, **kinds})
    translation = model.translate("The dogs watched the bread.", max_length=12)
    assert "▁" not in translation.text
    assert "  " not in translation.text
    model.save(tmp_path / "model")
    assert (
        load_translator(tmp_path / "model").translate("The dogs watched the bread.", max_length=12)
        == translation
    )


def test_dev_part_is_set_aside_with_all_answers_of_its_sources(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("".join(f"word{n // 2}\t{n}\n" for n in range(80)), "utf-8")
    with caplog.at_level("INFO", "seqtag"):
        model = seqtag.train(train=path, **{**TINY_TRANSLATOR, "training.epochs": 1})
    count = 80 - model.spec.facts["pairs"]
    assert f"{count} of the 80 training pairs are set aside" in caplog.text
    assert count > 0
    assert count % 2 == 0


def test_what_is_left_out_is_counted_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "train.tsv"
    rows = ["ab\tba", "abc\t", "a\t" + "b" * 80, "a\tbbbbbbbbbbbbbbbbbbb", "b\tb"] * 2
    path.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    limits = {"data.max_units": 50, "data.max_ratio": 4.0, "training.epochs": 1}
    with caplog.at_level("INFO", "seqtag"):
        model = seqtag.train(train=path, dev=path_of(tmp_path), **{**TINY_TRANSLATOR, **limits})
    assert model.spec.facts["pairs"] == 4
    (told,) = [record.getMessage() for record in caplog.records if "left out" in record.message]
    assert "6 of 10 pairs left out of training" in told
    assert "2 with an empty side (lines 2, 7)" in told
    assert "2 with more than 50 units on a side (lines 3, 8)" in told
    assert "2 with more than 4 times as many units on one side (lines 4, 9)" in told


def path_of(folder: Path) -> Path:
    """Return a file of one pair."""
    path = folder / "one.tsv"
    path.write_text("ab\tba\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        ("a\tb\nc\n", {}, r"train.tsv:2: the line has 1 column"),
        ("a\t\n\tb\n", {}, r"train.tsv: no pair is left to learn from: 2 with an empty side"),
        (
            f"ab\t{'b' * 600}\n" * 3,
            {"units.min_count": 1},
            r"train.tsv: no pair is left to learn from: 3 with",
        ),
        ("", {}, r"train.tsv: holds no pair"),
        ("a\tb\n", {"data.source": "en", "data.target": "de"}, "there is no column 'en'"),
        ("a\tb\n", {"data.columns": "token=0"}, "source=0,target=1"),
        (
            "ab\tba\n" * 3,
            {"decoder.attention": "dot", "decoder.hidden_size": 10},
            "decoder.attention is dot, which compares decoder.hidden_size, 10, with",
        ),
        ("ab\tba\n" * 3, {"data.language": "qq", "units.source": "word"}, "qq"),
        ("ab\tba\n" * 3, {"head.crf": True}, "head.crf is True, which only task tag"),
        ("ab\tba\n" * 3, {"embedding.ngram_size": 3}, "embedding.ngram_size"),
        (
            "ab\tba\n" * 3,
            {**SUBWORDS, "units.algorithm": "unigram", "units.dropout": 0.1},
            "units.dropout",
        ),
        ("ab\tba\n" * 3, {"units.dropout": 0.1}, "units.dropout"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_before_anything_is_written(
    content: str, settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "train.tsv"
    path.write_text(content, "utf-8")
    given = {**TINY_TRANSLATOR, **settings}
    with pytest.raises(SeqtagError, match=message):
        seqtag.train(train=path, dev=path, output=tmp_path / "run", **given)
    assert not (tmp_path / "run").exists()


def test_line_without_a_partner_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.en").write_text("a\nb\nc\n", "utf-8")
    (tmp_path / "train.zq").write_text("a\nb\n", "utf-8")
    given = {"data.source": "en", "data.target": "zq", **TINY_TRANSLATOR}
    with pytest.raises(DataError, match=r"train\.en:3: line 3 has no partner: .*3 lines.*2 lines"):
        seqtag.train(train=tmp_path / "train", **given)


def test_empty_side_of_dev_is_refused(tmp_path: Path) -> None:
    dev = tmp_path / "dev.tsv"
    dev.write_text("a\tb\nb\t \n", "utf-8")
    with pytest.raises(DataError, match=r"dev\.tsv:2: the target is empty"):
        seqtag.train(train=path_of(tmp_path), dev=dev, **TINY_TRANSLATOR)


LETTERS = "abcdefghijklmnop"


def made_up_words(seed: int, count: int, longest: int) -> list[str]:
    chance = random.Random(seed)
    words = (chance.choices(LETTERS, k=chance.randint(1, longest)) for _ in range(count))
    # Runs of one letter would have to be counted, which is another art than reading backwards.
    return ["".join(letter for letter, _ in itertools.groupby(word)) for word in words]


def write_reversed(path: Path, words: Sequence[str]) -> Path:
    path.write_text("".join(f"{word}\t{word[::-1]}\n" for word in words), "utf-8")
    return path


def test_words_are_reversed_without_a_mistake_after_less_than_a_minute(tmp_path: Path) -> None:
    """A decoder that does not attend to the right place at each step cannot do this."""
    train = made_up_words(1, 8000, 8)
    fresh = sorted(set(made_up_words(2, 500, 6)) - set(train))[:200]
    settings: dict[str, Any] = {
        "task": "translate",
        "threads": 1,
        "units.source": "char",
        "units.target": "char",
        "embedding.word_size": 32,
        "encoder.hidden_size": 48,
        "encoder.num_layers": 1,
        "encoder.dropout": 0.0,
        "decoder.hidden_size": 64,
        "decoder.num_layers": 1,
        "decoder.attention_size": 32,
        "decoder.dropout": 0.0,
        "training.epochs": 20,
        "training.batch_tokens": 500,
        "training.learning_rate": 0.005,
        "training.weight_decay": 0.0,
        "training.label_smoothing": 0.0,
        "training.average": 0.99,
    }
    started = time.process_time()  # with one thread as long, but for what else the machine does
    model = seqtag.train(
        train=write_reversed(tmp_path / "train.tsv", train),
        dev=write_reversed(tmp_path / "dev.tsv", made_up_words(3, 50, 6)),
        **settings,
    )
    assert time.process_time() - started < 60
    found = [translation.text for translation in model.translate_many(fresh)]
    assert found == [word[::-1] for word in fresh]
