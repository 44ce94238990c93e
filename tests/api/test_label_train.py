from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError
from tests.api.runs import stop_after
from tests.helpers import TINY, assert_same_run, files

SMALL: dict[str, Any] = {"task": "classify", **TINY, "training.epochs": 3}


def test_resumed_run_ends_as_one_that_nothing_disturbed(labelled: Path, tmp_path: Path) -> None:
    given: dict[str, Any] = {**files(labelled, "tsv"), **SMALL}
    seqtag.train(output=tmp_path / "whole", **given)
    with pytest.raises(Interrupted):
        seqtag.train(output=tmp_path / "stopped", should_stop=stop_after(40), **given)
    assert isinstance(seqtag.load(tmp_path / "stopped"), seqtag.Classifier)
    seqtag.train(output=tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_metrics_and_history_tell_the_scores_of_labels(label_run: Path) -> None:
    metrics = json.loads((label_run / "metrics.json").read_text("utf-8"))
    for part in ("dev", "test"):
        assert 0.0 <= metrics[part]["macro_f1"] <= 1.0
        assert set(metrics[part]["by_label"]) == {"positive", "negative"}
        assert metrics[part]["texts"] == 40
    assert metrics["train"]["texts"] == 200
    lines = (label_run / "history.jsonl").read_text("utf-8").splitlines()
    assert all("accuracy" in json.loads(line)["dev"] for line in lines)
    assert "Most confident mistakes" in (label_run / "report.html").read_text("utf-8")


def test_seeds_are_compared(labelled: Path, tmp_path: Path) -> None:
    given: dict[str, Any] = {**files(labelled, "tsv"), **SMALL, "training.epochs": 1}
    best = seqtag.train(output=tmp_path / "run", seeds=[1, 2], **given)
    assert isinstance(best, seqtag.Classifier)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))
    assert set(metrics["seeds"]) == {"seed-1", "seed-2"}
    assert metrics["mean"]["test"]["accuracy"] == pytest.approx(
        sum(metrics["seeds"][name]["test"]["accuracy"] for name in metrics["seeds"]) / 2
    )


def test_run_goes_on_from_a_classifier(labelled: Path, label_run: Path) -> None:
    """Without a step in the right direction, it begins where the other one ended."""
    given: dict[str, Any] = {
        **files(labelled, "tsv"),
        "training.epochs": 1,
        "training.learning_rate": 0.0,
    }
    again = seqtag.train(init=str(label_run), threads=1, **given)
    assert isinstance(again, seqtag.Classifier)
    first = seqtag.load(label_run)
    texts = ["I love the screen.", "dull"]
    for label, wanted in zip(again.classify_many(texts), first.classify_many(texts), strict=True):
        assert label.scores == pytest.approx(wanted.scores, abs=1e-4)


@pytest.mark.parametrize("ngrams", [0, 2])
def test_run_takes_embedding_and_encoder_of_a_tagger(
    ngrams: int, labelled: Path, ner_run: Path
) -> None:
    """What the encoder reads of evidence stands behind all else, and is learnt anew."""
    given: dict[str, Any] = {**files(labelled, "tsv"), **SMALL, "linear.word_ngrams": ngrams}
    for name in ("word_size", "ngram_size"):
        del given[f"embedding.{name}"]
    del given["encoder.hidden_size"]
    classifier = seqtag.train(init=str(ner_run), **{**given, "training.learning_rate": 0.0})
    assert isinstance(classifier, seqtag.Classifier)
    ours = classifier._engine.weights()
    theirs = seqtag.load(ner_run)._engine.weights()
    name = "encoder.forwards.0.weight_hh_l0"
    assert (ours[name] == theirs[name]).all()
    name = "encoder.forwards.0.weight_ih_l0"
    width = theirs[name].shape[1]
    assert ours[name].shape[1] == width + ngrams
    assert (ours[name][:, :width] == theirs[name]).all()


def test_same_seed_gives_the_same_run_to_the_bit(labelled: Path, tmp_path: Path) -> None:
    given: dict[str, Any] = {**files(labelled, "tsv"), **SMALL, "training.epochs": 2}
    for name in ("first", "second"):
        seqtag.train(output=tmp_path / name, **given)
    assert_same_run(tmp_path / "first", tmp_path / "second")


def test_keys_of_taggers_are_refused(labelled: Path) -> None:
    with pytest.raises(
        ConfigError, match="distillation.teachers is 2, which only task tag has a use for"
    ):
        seqtag.train(**files(labelled, "tsv"), **{**SMALL, "distillation.teachers": 2})
