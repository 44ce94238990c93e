"""Tiny corpora and the models trained on them, made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import seqtag
from seqtag.api.load import load_classifier, load_tagger, load_translator
from tests.helpers import (
    SAMPLES,
    TINY,
    TINY_TRANSLATOR,
    files,
    parallel_files,
    write_annotated,
)
from tests.web import Web, running_web

# How long an example takes goes by what else the machine does.
settings.register_profile("seqtag", deadline=None)
settings.load_profile("seqtag")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train, dev and test: names as ``.conll``, words as ``.conllu``."""
    sizes = {"train": 150, "dev": 20, "test": 20}
    return write_annotated(tmp_path_factory.mktemp("corpus"), sizes)


@pytest.fixture(scope="session")
def ner_run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on spans in CoNLL, with a CRF; its only tag column is ``-1``."""
    folder = tmp_path_factory.mktemp("runs") / "ner"
    seqtag.train(output=folder, **files(corpus, "conll"), **TINY)
    return folder


@pytest.fixture(scope="session")
def pos_run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on CoNLL-U with two softmax heads, for UPOS and XPOS."""
    folder = tmp_path_factory.mktemp("runs") / "pos"
    seqtag.train(output=folder, columns="tag=UPOS+XPOS", **files(corpus, "conllu"), **TINY)
    return folder


@pytest.fixture(scope="session")
def ner(ner_run: Path) -> seqtag.Tagger:
    """Return the tagger of `ner_run`."""
    return load_tagger(ner_run)


@pytest.fixture(scope="session")
def pos(pos_run: Path) -> seqtag.Tagger:
    """Return the tagger of `pos_run`."""
    return load_tagger(pos_run)


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train, dev and test of texts with a polarity, as ``.tsv``."""
    folder = tmp_path_factory.mktemp("labelled")
    for part, count in (("train", 200), ("dev", 40), ("test", 40)):
        lines = (SAMPLES / "sentiment" / f"{part}.tsv").read_text("utf-8").splitlines()[:count]
        (folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def label_run(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on labelled texts."""
    folder = tmp_path_factory.mktemp("runs") / "labels"
    seqtag.train(task="classify", output=folder, **files(labelled, "tsv"), **TINY)
    return folder


@pytest.fixture(scope="session")
def classifier(label_run: Path) -> seqtag.Classifier:
    """Return the classifier of `label_run`."""
    return load_classifier(label_run)


@pytest.fixture(scope="session")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train, dev and test of parallel text, as ``.en`` and ``.zq``."""
    folder = tmp_path_factory.mktemp("parallel")
    for part, count in (("train", 100), ("dev", 20), ("test", 20)):
        for side in ("en", "zq"):
            lines = (SAMPLES / "parallel" / f"{part}.{side}").read_text("utf-8").splitlines()
            (folder / f"{part}.{side}").write_text("\n".join(lines[:count]) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def translator_run(parallel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run on parallel text, by characters."""
    folder = tmp_path_factory.mktemp("runs") / "translations"
    seqtag.train(output=folder, **parallel_files(parallel), **TINY_TRANSLATOR)
    return folder


@pytest.fixture(scope="session")
def translator(translator_run: Path) -> seqtag.Translator:
    """Return the translator of `translator_run`."""
    return load_translator(translator_run)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Return a server that is asked directly, whatever proxies the environment names."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with running_web() as server:
        yield server
