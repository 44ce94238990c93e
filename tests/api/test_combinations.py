"""Every cell, direction, attention, head and feature together: train, stop, resume, save, load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.text.sentence import Sentence
from tests.api.runs import stop_after
from tests.helpers import assert_same_run

CELLS = ("lstm", "gru", "rnn", "peephole")
FEATURES: Mapping[str, Mapping[str, Any]] = {
    "words": {"embedding.ngram_size": 0},
    "ngrams": {"embedding.word_size": 0},
    "cnn": {"embedding.characters": "cnn"},
    "lstm": {"embedding.characters": "lstm"},
    "frozen": {"embedding.vectors": "vectors.txt"},
    "tuned": {"embedding.vectors": "vectors.txt", "embedding.vectors_tuned": True},
    "mapped": {"embedding.vectors": "vectors.txt", "embedding.vectors_words": "mapped"},
    "column": {"columns": "token=0,feature=1,tag=-1"},
    "phrases": {"embedding.gazetteers": "places.txt"},
    "all": {
        "columns": "token=0,feature=1,tag=-1",
        "embedding.characters": "cnn",
        "embedding.vectors": "vectors.txt",
        "embedding.gazetteers": "places.txt",
    },
}
SETTINGS: Mapping[str, Any] = {
    "train": "train.conll",
    "dev": "train.conll",
    "threads": 1,
    "embedding.word_size": 4,
    "embedding.ngram_size": 4,
    "embedding.character_size": 3,
    "embedding.character_hidden_size": 4,
    "embedding.feature_size": 3,
    "encoder.hidden_size": 4,
    "encoder.attention_heads": 2,
    "training.batch_tokens": 8,
    "training.epochs": 1,
}

TEXT = """\
Ada PROPN B-PER
Lovelace PROPN I-PER
lived VERB O
in ADP O
New PROPN B-LOC
York PROPN I-LOC
. PUNCT O

She PRON O
liked VERB O
York PROPN B-LOC
. PUNCT O

In ADP O
1843 NUM O
Ada PROPN B-PER
wrote VERB O
notes NOUN O
"""

TOKENS = ["Ada", "saw", "New", "York", "in", "1850"]
TAGS = ["PROPN", "VERB", "PROPN", "PROPN", "ADP", "X"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus of three sentences, word vectors and phrases."""
    folder = tmp_path_factory.mktemp("combinations")
    (folder / "train.conll").write_text(TEXT, "utf-8")
    (folder / "vectors.txt").write_text("ada 1 2\nyork -1 3\nin 0 1\nsaw 2 -2\n", "utf-8")
    (folder / "places.txt").write_text("New York\tLOC\nYork\tLOC\nAda\tPER\n", "utf-8")
    return folder


def check_run(settings: Mapping[str, Any], tmp_path: Path) -> None:
    """Train, and compare with what was stopped and resumed, and with what was saved and loaded."""
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    tagger = seqtag.train(output=whole, **settings)
    with pytest.raises(Interrupted):
        seqtag.train(output=stopped, should_stop=stop_after(2), **settings)
    seqtag.train(output=stopped, resume=True, **settings)
    assert_same_run(whole, stopped)

    sentence = Sentence(TOKENS, features_by={"1": TAGS} if "columns" in settings else {})
    wanted = tagger.tag(sentence)
    tagger.save(tmp_path / "copy")
    for path in (whole, tmp_path / "copy"):
        found = seqtag.load(path).tag(sentence)
        assert (found.tags, found.scores) == (wanted.tags, wanted.scores)


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("crf", [False, True], ids=["softmax", "crf"])
@pytest.mark.parametrize("attention", [False, True], ids=["plain", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "two"])
@pytest.mark.parametrize("cell", CELLS)
def test_combination_trains_resumes_saves_and_loads(
    cell: str,
    bidirectional: bool,
    attention: bool,
    crf: bool,
    features: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    settings = {
        **SETTINGS,
        **FEATURES[features],
        "encoder.cell": cell,
        "encoder.bidirectional": bidirectional,
        "encoder.attention": attention,
        "head.crf": crf,
    }
    check_run(settings, tmp_path)


def test_run_begun_from_another_with_all_features_resumes_saves_and_loads(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    seqtag.train(output=tmp_path / "base", **{**SETTINGS, **FEATURES["all"]})
    more = "Bob NOUN B-PER\nin ADP O\nBerlin X B-LOC\n\n"
    (folder / "more.conll").write_text(more + TEXT, "utf-8")
    settings = {
        **SETTINGS,
        "columns": FEATURES["all"]["columns"],
        "train": "more.conll",
        "init": tmp_path / "base",
        "embedding.gazetteer_case": True,  # the phrases and their case are those of the base
    }
    check_run(settings, tmp_path)
