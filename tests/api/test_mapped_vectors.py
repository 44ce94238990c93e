"""Models whose word vectors lie in a file that is mapped into memory."""

from __future__ import annotations

import gzip
import logging
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api.tagger import Tagger
from seqtag.api.train import Interrupted
from seqtag.config import resolve
from seqtag.engines.torch import TorchEngine, load_weights
from seqtag.errors import ConfigError, ModelError
from seqtag.io.model_bytes import from_files, to_files
from seqtag.io.run_folder import load_model
from seqtag.io.vectors import WordVectors, write_vectors
from seqtag.text.vector_lookup import scale_of
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.tagging import build_model
from tests.api.runs import stop_after
from tests.helpers import TINY, assert_same_run, call, files
from tests.vector_files import map_vectors, read_vectors

SHORT = {**TINY, "training.epochs": 2}
TOKENS = ["Zwick", "visited", "London", "and", "Xanten", "."]


def words_of(*paths: Path) -> list[str]:
    """Return the distinct words of CoNLL files in order."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    return sorted({line.split("\t")[0].split(" ")[0] for line in lines if line})


@pytest.fixture(scope="module")
def vectors(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of seqtag's own with a vector for each word of the tiny corpus, and others."""
    words = words_of(*(corpus / f"{part}.conll" for part in ("train", "dev", "test")))
    array = np.random.default_rng(1).normal(size=(len(words), 6)).astype(np.float32)
    path = tmp_path_factory.mktemp("vectors") / "vectors.safetensors"
    write_vectors(path, WordVectors(words, array))
    return path


@pytest.fixture(scope="module")
def floret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with vectors of n-grams."""
    rows = np.random.default_rng(2).normal(size=(50, 5))
    lines = [f"{number} {' '.join(f'{v:.4f}' for v in row)}" for number, row in enumerate(rows)]
    path = tmp_path_factory.mktemp("floret") / "vectors.floret"
    path.write_text("\n".join(["50 5 2 4 2 2166136261 < >", *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def run(corpus: Path, floret: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run of a tagger whose words have vectors of n-grams, by default a mapped file."""
    folder = tmp_path_factory.mktemp("run") / "run"
    settings: dict[str, Any] = {"embedding.vectors": str(floret)}
    seqtag.train(output=folder, **files(corpus, "conll"), **SHORT, **settings)
    return folder


def test_a_mapped_file_gives_what_a_table_gives(
    corpus: Path, vectors: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {
        "embedding.vectors": str(vectors),
        "embedding.vectors_words": "mapped",
    }
    tagger = seqtag.train(output=tmp_path / "run", **files(corpus, "conll"), **SHORT, **settings)
    given = read_vectors(vectors)
    scale = scale_of(np.square(given.array, dtype=np.float64).mean())
    assert tagger.spec.mapped.scale == pytest.approx(scale)
    table = np.vstack([np.zeros((1, 6), np.float32), given.array * np.float32(scale)])
    weights = {**load_model(tmp_path / "run").weights, "embedding.vectors.weight": table}
    spec = replace(
        tagger.spec,
        mapped=None,
        vectors=Vocabulary(given.words, has_unknown=True),
        vector_size=6,
    )
    other = Tagger(spec, TorchEngine(load_weights(lambda: build_model(spec), weights)))
    for sentence in (TOKENS, given.words[:50], ["LONDON", "london", "Unseen"]):
        np.testing.assert_allclose(
            other.tag(sentence).marginals, tagger.tag(sentence).marginals, atol=1e-6
        )


def test_a_saved_model_needs_no_other_file(run: Path, floret: Path, tmp_path: Path) -> None:
    expected = seqtag.load(run).tag(TOKENS)
    shutil.copytree(run / "model", tmp_path / "model")
    hidden = floret.rename(floret.with_name("hidden"))
    try:
        tagger = seqtag.load(tmp_path / "model")
        shutil.rmtree(tmp_path / "model")  # what is open stays
        found = tagger.tag(TOKENS)
        tagger.save(tmp_path / "again")
        packed = from_files(to_files(tagger.save), seqtag.load)
    finally:
        hidden.rename(floret)
    for sentence in (found, seqtag.load(tmp_path / "again").tag(TOKENS), packed.tag(TOKENS)):
        np.testing.assert_array_equal(sentence.marginals, expected.marginals)
    for file in (tmp_path / "again").iterdir():
        assert str(floret).encode() not in file.read_bytes()
    assert "pretrained vectors of 5, looked up in a file (frozen)" in call("info", run).out


def test_a_model_may_be_saved_over_itself(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "model", tmp_path / "model")
    tagger = seqtag.load(tmp_path / "model")
    expected = tagger.tag(TOKENS)
    tagger.save(tmp_path / "model")
    for again in (tagger, seqtag.load(tmp_path / "model")):
        np.testing.assert_array_equal(again.tag(TOKENS).marginals, expected.marginals)


def test_unseen_words_have_the_vectors_of_their_n_grams(run: Path, floret: Path) -> None:
    tagger = seqtag.load(run)
    mapped, store = tagger.spec.mapped, map_vectors(floret)
    unseen = ["Xyzzyland", "qwrk"]
    assert not set(unseen) & set(tagger.spec.words.items)
    np.testing.assert_allclose(
        mapped.vectors(unseen), store.vectors(unseen) * mapped.scale, rtol=1e-6
    )
    assert np.abs(mapped.vectors(unseen)).max() > 0.05
    found = tagger.tag(unseen).marginals
    without = seqtag.load(run)
    without.spec.mapped.source.vectors = lambda words: np.zeros((len(words), 5), dtype=np.float32)
    assert not np.allclose(without.tag(unseen).marginals, found, atol=1e-3)


def test_needed_vectors_of_n_grams_become_a_table(
    corpus: Path, floret: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings: dict[str, Any] = {
        "embedding.vectors": str(floret),
        "embedding.vectors_words": "needed",
        "embedding.vectors_tuned": True,
    }
    short = {**SHORT, "training.epochs": 1}
    with caplog.at_level(logging.INFO, "seqtag"):
        spec = seqtag.train(**files(corpus, "conll"), **short, **settings).spec
    assert spec.mapped is None
    words = words_of(*(corpus / f"{part}.conll" for part in ("train", "dev", "test")))
    assert sorted(spec.vectors.items) == words
    assert "vectors of n-grams of size 5, for 100.0% of the corpus's" in caplog.text


def test_runs_repeat_to_the_bit_and_resume(corpus: Path, run: Path, tmp_path: Path) -> None:
    seqtag.train(run / "config.toml", output=tmp_path / "again")
    assert_same_run(run, tmp_path / "again")
    with pytest.raises(Interrupted):
        seqtag.train(run / "config.toml", output=tmp_path / "cut", should_stop=stop_after(13))
    seqtag.train(output=tmp_path / "cut", resume=True)
    assert_same_run(run, tmp_path / "cut")


def test_other_vectors_are_no_reason_to_resume(corpus: Path, floret: Path, tmp_path: Path) -> None:
    path = tmp_path / "vectors.floret"
    shutil.copy(floret, path)
    settings: dict[str, Any] = {"embedding.vectors": str(path)}
    with pytest.raises(Interrupted):
        seqtag.train(
            output=tmp_path / "run",
            should_stop=stop_after(13),
            **files(corpus, "conll"),
            **SHORT,
            **settings,
        )
    lines = path.read_text("utf-8").splitlines()
    lines[8] = "7 1 2 3 4 5"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(ModelError, match="the checkpoint does not fit this run"):
        seqtag.train(output=tmp_path / "run", resume=True)


def test_a_run_to_start_from_keeps_its_file(
    corpus: Path, run: Path, floret: Path, ner_run: Path, tmp_path: Path
) -> None:
    short = {**SHORT, "training.epochs": 1}
    tagger = seqtag.train(init=run, output=tmp_path / "run", **files(corpus, "conll"), **short)
    assert tagger.spec.mapped.scale == seqtag.load(run).spec.mapped.scale
    np.testing.assert_array_equal(
        seqtag.load(tmp_path / "run").tag(TOKENS).marginals, tagger.tag(TOKENS).marginals
    )
    settings: dict[str, Any] = {**short, "embedding.vectors": str(floret)}
    with pytest.raises(ConfigError, match=r"kept: leave embedding.vectors out"):
        seqtag.train(init=run, **files(corpus, "conll"), **settings)
    with pytest.raises(ConfigError, match=r"leave embedding.vectors out, or train from scratch"):
        seqtag.train(init=ner_run, **files(corpus, "conll"), **settings)


@pytest.mark.parametrize("int8", [False, True])
def test_an_exported_tagger_says_the_same(run: Path, tmp_path: Path, int8: bool) -> None:
    shutil.copytree(run, tmp_path / "run")
    seqtag.export(tmp_path / "run", int8=int8)
    precision: Any = "int8" if int8 else "fp32"
    tagger = seqtag.load(tmp_path / "run", engine="onnx", precision=precision)
    found, expected = (t.tag(TOKENS).marginals for t in (tagger, seqtag.load(run)))
    np.testing.assert_allclose(found, expected, atol=0.05 if int8 else 1e-5)
    tagger.save(tmp_path / "alone")
    alone = seqtag.load(tmp_path / "alone", engine="onnx", precision=precision)
    np.testing.assert_array_equal(alone.tag(TOKENS).marginals, found)


def test_a_classifier_has_them_too(labelled: Path, floret: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {**SHORT, "embedding.vectors": str(floret)}
    classifier = seqtag.train(
        task="classify", output=tmp_path / "run", **files(labelled, "tsv"), **settings
    )
    assert classifier.spec.mapped.size == 5
    texts = ["a gripping film", "", "Xanten"]
    found = [label.scores for label in seqtag.load(tmp_path / "run").classify_many(texts)]
    for text, scores in zip(texts, found, strict=True):
        assert scores == pytest.approx(classifier.classify(text).scores, abs=1e-5)


def test_settings_that_contradict_each_other_are_refused(
    corpus: Path, vectors: Path, floret: Path
) -> None:
    mapped = {"vectors": str(vectors), "vectors_words": "mapped"}
    with pytest.raises(ConfigError, match=r"or take embedding.vectors_words=needed"):
        resolve({"embedding": {**mapped, "vectors_tuned": True}})
    with pytest.raises(ConfigError, match=r"those of embedding.text are learnt"):
        resolve({"embedding": {"text": "a.txt", "vectors_words": "mapped"}})
    settings: dict[str, Any] = {"embedding.vectors": str(floret), "embedding.vectors_tuned": True}
    with pytest.raises(ConfigError, match=r"or take embedding.vectors_words=needed"):
        seqtag.train(**files(corpus, "conll"), **SHORT, **settings)


@pytest.mark.parametrize("damage", ["missing", "cut", "other size"])
def test_damaged_file_in_a_model_is_told(
    run: Path, vectors: Path, tmp_path: Path, damage: str
) -> None:
    shutil.copytree(run / "model", tmp_path / "model")
    path = tmp_path / "model" / "vectors.safetensors"
    data = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(data[:-5])
    elif damage == "other size":
        shutil.copy(vectors, path)
    message = "does not fit the file" if damage == "cut" else "the file of word vectors, or their"
    with pytest.raises(ModelError, match=message):
        seqtag.load(tmp_path / "model")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("kept", ["all", "mapped"])
def test_vectors_may_come_from_a_pipe(
    corpus: Path, vectors: Path, tmp_path: Path, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = read_vectors(vectors)
    rows = zip(given.words, given.array.tolist(), strict=True)
    text = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in rows)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(text, "utf-8"))
    writer.start()
    settings = {"embedding.vectors": str(pipe), "embedding.vectors_words": kept}
    short: dict[str, Any] = {**SHORT, "training.epochs": 1, **settings}
    with caplog.at_level(logging.INFO, "seqtag"):
        seqtag.train(**files(corpus, "conll"), **short)
    writer.join()
    assert f"{len(given.words)} vectors of size 6, for 100.0% of the corpus's" in caplog.text


def test_no_other_file_is_taken_for_that_of_a_model(
    run: Path, floret: Path, tmp_path: Path
) -> None:
    shutil.copytree(run / "model", tmp_path / "model")
    path = tmp_path / "model" / "vectors.safetensors"
    path.unlink()
    path.write_bytes(gzip.compress(floret.read_bytes()))
    with pytest.raises(ModelError, match="seqtag's own files of vectors are mapped: unpack it"):
        seqtag.load(tmp_path / "model")
    shutil.copy(floret, path)
    with pytest.raises(ModelError, match="these are no word vectors of seqtag's"):
        seqtag.load(tmp_path / "model")
