"""Taggers and classifiers that read the states of a language model."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api.pretrained import read_pretrained
from seqtag.api.train import Interrupted
from seqtag.config import DataConfig, EmbeddingConfig
from seqtag.errors import ConfigError, ModelError
from seqtag.text.cleaning import Artefacts
from tests.api.runs import stop_after
from tests.generators import TINY_GENERATOR, make_spec, random_generator
from tests.helpers import TINY, assert_same_run, call, files

SHORT: dict[str, Any] = {**TINY, "training.epochs": 3, "embedding.language_model_size": 8}


@pytest.fixture(scope="module")
def text(corpus: Path, labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return raw text of the kind that the tiny corpora are of."""
    lines, tokens = [], []
    for line in (corpus / "train.conll").read_text("utf-8").splitlines():
        if line:
            tokens.append(line.split()[0])
        elif tokens:
            lines.append(" ".join(tokens))
            tokens = []
    lines += [
        row.split("\t")[0] for row in (labelled / "train.tsv").read_text("utf-8").splitlines()
    ]
    path = tmp_path_factory.mktemp("text") / "raw.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def pair(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of a language model in both directions."""
    folder = tmp_path_factory.mktemp("lm") / "both"
    settings = {**TINY_GENERATOR, "language_model.direction": "both"}
    seqtag.train(output=folder, train=text, **settings)
    return folder


@pytest.fixture(scope="module")
def tagger_run(corpus: Path, pair: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagger") / "run"
    settings: dict[str, Any] = {"embedding.language_model": str(pair)}
    seqtag.train(output=folder, **files(corpus, "conll"), **SHORT, **settings)
    return folder


def test_a_tagger_holds_all_that_it_needs(
    tagger_run: Path, pair: Path, corpus: Path, tmp_path: Path
) -> None:
    tokens = ["Ada", "lives", "in", "London", "."]
    expected = seqtag.load(tagger_run).tag(tokens)
    moved = tmp_path / "model"
    shutil.copytree(tagger_run / "model", moved)
    hidden = pair.rename(pair.with_name("hidden"))
    try:
        found = seqtag.load(moved).tag(tokens)
        scores = json.loads((tagger_run / "metrics.json").read_text("utf-8"))["test"]
        outcome = call("evaluate", moved, corpus / "test.conll", "--json")
    finally:
        hidden.rename(pair)
    assert found.tags == expected.tags
    np.testing.assert_array_equal(found.marginals, expected.marginals)
    assert json.loads(outcome.out)["f1"] == scores["f1"]
    assert str(pair) not in (moved / "model.json").read_text("utf-8")
    tokens_learnt = seqtag.load(pair).spec.facts["tokens"]
    assert re.search(
        rf"the states of a language model of \d+ characters with vectors of 12, learnt from "
        rf"{tokens_learnt:,} tokens of text: 1 layer of LSTM with 16 units in each direction",
        call("info", moved).out,
    )


def test_what_the_language_model_says_matters(corpus: Path, pair: Path) -> None:
    # Without n-grams, nothing but the language model can tell unknown words apart.
    settings = {**SHORT, "embedding.ngram_size": 0, "training.epochs": 1}
    named: dict[str, Any] = {"embedding.language_model": str(pair)}
    tagger = seqtag.train(**files(corpus, "conll"), **settings, **named)
    plain = seqtag.train(**files(corpus, "conll"), **settings)
    for model, differs in ((tagger, True), (plain, False)):
        first, second = (model.tag([word, "London"]).marginals for word in ("qqqq", "e-e"))
        assert np.allclose(first, second, atol=1e-6) != differs


def test_results_are_the_same_whatever_else_is_in_the_batch(tagger_run: Path) -> None:
    tagger = seqtag.load(tagger_run)
    sentences = [["Ada", "lives"], [], ["in", "London", "and", "Paris", "."] * 9, ["Bob"]]
    together = list(tagger.tag_many(sentences))
    for tokens, sentence in zip(sentences, together, strict=True):
        alone = tagger.tag(tokens)
        assert sentence.tags == alone.tags
        np.testing.assert_allclose(sentence.marginals, alone.marginals, atol=1e-5)


def test_runs_repeat_to_the_bit_and_resume(
    corpus: Path, pair: Path, tagger_run: Path, tmp_path: Path
) -> None:
    seqtag.train(tagger_run / "config.toml", output=tmp_path / "again")
    assert_same_run(tagger_run, tmp_path / "again")
    with pytest.raises(Interrupted):
        seqtag.train(
            tagger_run / "config.toml", output=tmp_path / "cut", should_stop=stop_after(13)
        )
    seqtag.train(output=tmp_path / "cut", resume=True)
    assert_same_run(tagger_run, tmp_path / "cut")


def test_a_classifier_reads_one_too(labelled: Path, pair: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"embedding.language_model": str(pair)}
    classifier = seqtag.train(
        task="classify", output=tmp_path / "run", **files(labelled, "tsv"), **SHORT, **settings
    )
    texts = ["a gripping film", "", "dull " * 40]
    found = [label.scores for label in seqtag.load(tmp_path / "run").classify_many(texts)]
    for text, scores in zip(texts, found, strict=True):
        alone = classifier.classify(text).scores
        assert scores == pytest.approx(alone, abs=1e-5)


def test_one_run_for_each_direction_is_as_good_as_one_for_both(
    corpus: Path, text: Path, tmp_path: Path
) -> None:
    for direction in ("forward", "backward"):
        settings = {**TINY_GENERATOR, "language_model.direction": direction}
        seqtag.train(output=tmp_path / direction, train=text, **settings)
    named = f"{tmp_path / 'forward'},{tmp_path / 'backward'}"
    settings = {**SHORT, "embedding.language_model": named}
    tagger = seqtag.train(output=tmp_path / "run", **files(corpus, "conll"), **settings)
    tokens = ["Ada", "lives", "in", "London", "."]
    np.testing.assert_array_equal(
        seqtag.load(tmp_path / "run").tag(tokens).marginals, tagger.tag(tokens).marginals
    )


def test_a_run_to_start_from_keeps_its_language_model(
    corpus: Path, pair: Path, tagger_run: Path, tmp_path: Path
) -> None:
    short = {**SHORT, "training.epochs": 1}
    tagger = seqtag.train(
        output=tmp_path / "tuned", init=tagger_run, **files(corpus, "conll"), **short
    )
    assert tagger.spec.language_models
    other = {**short, "embedding.language_model": str(pair)}
    with pytest.raises(ConfigError, match="has language models of its own"):
        seqtag.train(init=tagger_run, **files(corpus, "conll"), **other)


def test_teachers_read_it_as_well(corpus: Path, pair: Path) -> None:
    settings = {**SHORT, "embedding.language_model": str(pair), "distillation.teachers": 1}
    seqtag.train(**files(corpus, "conll"), **{**settings, "training.epochs": 1})


def test_other_runs_are_refused(corpus: Path, ner_run: Path, pair: Path) -> None:
    def train(names: str) -> None:
        settings = {**SHORT, "embedding.language_model": names}
        seqtag.train(**files(corpus, "conll"), **settings)

    with pytest.raises(ConfigError, match="names a run that is no language model"):
        train(str(ner_run))
    with pytest.raises(ConfigError, match="names no run"):
        train(" , ")
    with pytest.raises(ConfigError, match="names 3 runs"):
        train(",".join([str(pair)] * 3))
    with pytest.raises(
        seqtag.SeqtagError, match="no such run.*, which embedding.language_model names"
    ):
        train("runs/nowhere")


def save_generator(folder: Path, artefacts: Artefacts = "split", **language_model: Any) -> str:  # noqa: ANN401 - values of keys of many types
    """Save a language model of weights of chance, and return its path."""
    spec = replace(make_spec(**language_model), artefacts=artefacts)
    random_generator(spec).save(folder)
    return str(folder)


def readers_of(*paths: str) -> list[str]:
    """Return the directions of the language models that are read where these are named."""
    config = EmbeddingConfig(language_model=",".join(paths))
    found = read_pretrained(config, DataConfig(), [])
    return [reader.language_model.direction for reader in found.readers]


def test_unsuitable_language_models_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ahead, back = (
        save_generator(tmp_path / name, direction=name) for name in ("forward", "backward")
    )
    other = save_generator(tmp_path / "other", direction="forward")
    both = save_generator(tmp_path / "both", direction="both")
    for paths in ([ahead], [ahead, back], [both], [both, other]):
        readers_of(*paths)
    assert not caplog.records
    assert readers_of(ahead, other) == ["forward", "forward"]
    assert "both runs that embedding.language_model names read forward" in caplog.text
    for artefacts in ("keep", "undo"):
        caplog.clear()
        path = save_generator(tmp_path / artefacts, artefacts, direction="both")
        readers_of(path)
        assert f"{path} has learnt from a text with data.artefacts={artefacts}" in caplog.text


def test_a_language_model_is_named_once(tmp_path: Path) -> None:
    path = save_generator(tmp_path / "run" / "model", direction="both")
    for again in (path, str(tmp_path / "run"), f"{tmp_path}/run/../run"):
        with pytest.raises(ConfigError, match="names the same run twice: name it once"):
            readers_of(path, again)


def test_it_cannot_be_exported(tagger_run: Path) -> None:
    outcome = call("export", tagger_run)
    assert outcome.status == 2
    assert "reads the states of a language model, and cannot be exported" in outcome.error


def test_damaged_language_models_are_refused(corpus: Path, pair: Path, tmp_path: Path) -> None:
    def train(folder: Path) -> None:
        settings: dict[str, Any] = {"embedding.language_model": str(folder)}
        seqtag.train(**files(corpus, "conll"), **SHORT, **settings)

    for name, change in {
        "huge": {"hidden_size": 8192, "num_layers": 32},
        "other": {"hidden_size": 17},
    }.items():
        shutil.copytree(pair / "model", tmp_path / name)
        path = tmp_path / name / "model.json"
        description = json.loads(path.read_text("utf-8"))
        description["encoder"] |= change
        path.write_text(json.dumps(description), "utf-8")
        with pytest.raises(ModelError, match=r"weights.safetensors: weight .* the model's desc"):
            train(tmp_path / name)


def test_damaged_descriptions_of_language_models_are_refused(
    tagger_run: Path, tmp_path: Path
) -> None:
    changes: dict[str, Callable[[list[Any]], Any]] = {
        "three": lambda models: models * 3,
        "size": lambda models: [{**models[0], "vector_size": 10**6}],
        "units": lambda models: [{**models[0], "units": {}}],
        "none": lambda models: [],
        "text": lambda models: "both",
    }
    for name, change in changes.items():
        shutil.copytree(tagger_run / "model", tmp_path / name)
        path = tmp_path / name / "model.json"
        description = json.loads(path.read_text("utf-8"))
        description["language_models"] = change(description["language_models"])
        path.write_text(json.dumps(description), "utf-8")
        with pytest.raises(ModelError) as raised:
            seqtag.load(tmp_path / name)
        assert str(tmp_path / name) in str(raised.value)
