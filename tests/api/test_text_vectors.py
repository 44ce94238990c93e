"""Taggers and classifiers whose vectors of words are learnt from raw text before they are."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api import pretrained as pretrained_module
from seqtag.api.model_files import load_spec
from seqtag.api.pretrained import read_pretrained
from seqtag.api.train import Interrupted
from seqtag.config import DataConfig, EmbeddingConfig, resolve
from seqtag.errors import ConfigError, DataError
from seqtag.io.vectors import WordVectors
from seqtag.text.sentence import Sentence
from seqtag.training.word_vectors import learn_vectors
from tests.api.runs import stop_after
from tests.helpers import SAMPLES, TINY, assert_same_run, call, files

TRAIN = [Sentence(["Ada", "saw", "Rome", "."]), Sentence(["Bob", "<unk>", "Oslo"])]
SHORT: dict[str, Any] = {**TINY, "training.epochs": 3, "embedding.text_size": 8}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Return a folder with texts of many kinds."""
    for name, content in {
        "raw.txt": "They don't see Rome.\n\n<unk> came to Oslo, too.\n",
        "tokens.conll": "do O\nn't O\n\nwell-known B-LOC\n",
        "words.conllu": "1\tHe" + "\t_" * 8 + "\n2\tsat" + "\t_" * 8 + "\n\n",
        "labels.tsv": "a fine film\tpositive\na dull one\tnegative\n",
        "folder/1.txt": "In Paris\n",
        "folder/2.txt": "In Berlin\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def named(folder: Path, *names: str) -> str:
    return ", ".join(str(folder / name) for name in names)


def learnt(text: str, data: DataConfig | None = None, **keys: Any) -> WordVectors:  # noqa: ANN401 - of many types
    config = EmbeddingConfig(text=text, text_size=3, **keys)
    vectors = read_pretrained(config, data or DataConfig(), [TRAIN]).vectors
    assert vectors is not None
    return vectors


def test_vectors_are_those_of_train_and_of_all_tokens_of_the_texts(texts: Path) -> None:
    vectors = learnt(
        named(texts, "raw.txt", "tokens.conll", "words.conllu", "labels.tsv", "folder")
    )
    sentences = [
        *(sentence.tokens for sentence in TRAIN),
        ["They", "do", "n't", "see", "Rome", "."],
        ["<unk>", "came", "to", "Oslo", ",", "too", "."],
        ["do", "n't"],
        ["well-known"],
        ["He", "sat"],
        ["a", "fine", "film"],
        ["a", "dull", "one"],
        ["In", "Paris"],
        ["In", "Berlin"],
    ]
    words, array = learn_vectors(sentences, size=3, max_words=100)
    assert vectors.words == words
    np.testing.assert_array_equal(vectors.array, array)


def test_text_is_split_as_the_corpus_is(texts: Path) -> None:
    vectors = learnt(named(texts, "raw.txt"), DataConfig(tokenizer="space"))
    assert {"don't", "Rome.", "Oslo,"} <= set(vectors.words)
    assert not any("<unk>" in word or "\ue000" in word for word in vectors.words)


def test_words_are_the_most_frequent_or_those_that_are_needed(texts: Path) -> None:
    every = learnt(named(texts, "raw.txt"))
    few = learnt(named(texts, "raw.txt"), max_words=3)
    assert few.words == every.words[:3]
    needed = learnt(named(texts, "raw.txt"), vectors_words="needed")
    tokens = {token for sentence in TRAIN for token in sentence.tokens} - {"<unk>"}
    assert tokens == set(needed.words)
    rows = [every.words.index(word) for word in needed.words]
    np.testing.assert_array_equal(needed.array, every.array[rows])


def test_a_public_corpus_is_fetched_by_its_name(
    texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(name: str, progress: object) -> str:
        asked.append((name, progress))
        return str(texts / "raw.txt")

    monkeypatch.setattr("seqtag.api.plain_text.corpus_path", fetch)
    show: Any = object()
    config = EmbeddingConfig(text="corpus:wikitext-2/train", text_size=3)
    vectors = read_pretrained(config, DataConfig(), [TRAIN], show).vectors
    assert asked == [("corpus:wikitext-2/train", show)]
    assert vectors is not None
    assert "They" in vectors.words


def test_tokens_of_texts_are_counted(texts: Path) -> None:
    config = EmbeddingConfig(text=named(texts, "raw.txt", "words.conllu"), text_size=3)
    assert read_pretrained(config, DataConfig(), [TRAIN]).facts == {"text_tokens": 15}


def test_what_is_learnt_is_told(
    texts: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained_module, "TELLING_SECONDS", 0.0)
    with caplog.at_level(logging.INFO, "seqtag"):
        learnt(named(texts, "raw.txt"))
    assert "learning vectors of words from" in caplog.text
    assert "6 tokens have been read" in caplog.text
    assert "vectors of 14 words learnt from 13 tokens of text" in caplog.text
    assert "14 vectors of size 6, for 85.7% of the corpus's 7 different words" in caplog.text


def test_what_is_wrong_is_told(texts: Path) -> None:
    (texts / "empty.txt").write_text("\n \n", "utf-8")
    with pytest.raises(DataError, match="empty.txt: holds no text"):
        learnt(named(texts, "empty.txt"))
    with pytest.raises(DataError, match=r"nowhere.txt"):
        learnt(named(texts, "raw.txt", "nowhere.txt"))
    with pytest.raises(ConfigError, match="embedding.text names standard input"):
        learnt("-")
    with pytest.raises(ConfigError, match="embedding.text names no text"):
        learnt(" , ")
    with pytest.raises(ConfigError, match="there is no corpus 'nothing'"):
        learnt("corpus:nothing/train")
    with pytest.raises(ConfigError, match="leave the other out"):
        resolve({"embedding": {"text": "a.txt", "vectors": "b.txt"}})
    for task in ("translate", "generate"):
        with pytest.raises(ConfigError, match=r"embedding.text is 'a.txt', and task"):
            resolve({"task": task, "embedding": {"text": "a.txt"}})


@pytest.fixture(scope="module")
def raw(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return raw text of the kind that the tiny corpus is of."""
    folder = tmp_path_factory.mktemp("text")
    shutil.copy(SAMPLES / "ner" / "train.conll", folder / "ner.conll")
    lines = (SAMPLES / "sentiment" / "train.tsv").read_text("utf-8").splitlines()
    text = "\n".join(line.split("\t")[0] for line in lines)
    (folder / "raw.txt").write_text(text + "\nAda Zwick lives in Xanten .\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def tagger_run(corpus: Path, raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagger") / "run"
    settings: dict[str, Any] = {"embedding.text": named(raw, "ner.conll", "raw.txt")}
    seqtag.train(output=folder, **files(corpus, "conll"), **SHORT, **settings)
    return folder


def test_a_saved_tagger_needs_no_text_and_does_not_name_it(
    tagger_run: Path, raw: Path, tmp_path: Path
) -> None:
    tokens = ["Xanten", "is", "near", "London", "."]
    expected = seqtag.load(tagger_run).tag(tokens)
    shutil.copytree(tagger_run / "model", tmp_path / "model")
    hidden = raw.rename(raw.with_name("hidden"))
    try:
        tagger = seqtag.load(tmp_path / "model")
        found = tagger.tag(tokens)
    finally:
        hidden.rename(raw)
    assert found.tags == expected.tags
    np.testing.assert_array_equal(found.marginals, expected.marginals)
    assert tagger.spec.vector_size == 16
    assert "Xanten" in tagger.spec.vectors
    assert (tagger.spec.embedding.text, tagger.spec.embedding.text_size) == ("", 100)
    for file in (tmp_path / "model").iterdir():
        assert str(raw).encode() not in file.read_bytes()
    tokens_learnt = tagger.spec.facts["text_tokens"]
    assert tokens_learnt > 1000
    told = f"pretrained vectors of 16 (learnt from {tokens_learnt:,} tokens of text and the "
    assert told in call("info", tmp_path / "model").out


def test_vectors_of_words_that_train_lacks_matter(tagger_run: Path) -> None:
    tagger = seqtag.load(tagger_run)
    spec = tagger.spec
    assert spec.vectors is not None
    unknown = [w for w in spec.vectors.items if w not in spec.words and w.isalpha()]
    found = [tagger.tag([word, "lives"]).marginals[0] for word in unknown[:2]]
    assert not np.allclose(found[0], found[1], atol=1e-6)


def test_runs_repeat_to_the_bit_and_resume(corpus: Path, tagger_run: Path, tmp_path: Path) -> None:
    seqtag.train(tagger_run / "config.toml", output=tmp_path / "again")
    assert_same_run(tagger_run, tmp_path / "again")
    with pytest.raises(Interrupted):
        seqtag.train(
            tagger_run / "config.toml", output=tmp_path / "cut", should_stop=stop_after(13)
        )
    seqtag.train(output=tmp_path / "cut", resume=True)
    assert_same_run(tagger_run, tmp_path / "cut")


def test_runs_of_several_seeds_have_the_same_vectors(
    corpus: Path, raw: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {**SHORT, "embedding.text": named(raw, "raw.txt")}
    settings["training.epochs"] = 1
    seqtag.train(output=tmp_path, seeds=[1, 2], **files(corpus, "conll"), **settings)
    tables = [
        load_spec(tmp_path / f"seed-{seed}")[1].weights["embedding.vectors.weight"]
        for seed in (1, 2)
    ]
    np.testing.assert_array_equal(tables[0], tables[1])


def test_a_classifier_has_them_too(labelled: Path, raw: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {**SHORT, "embedding.text": named(raw, "raw.txt")}
    classifier = seqtag.train(
        task="classify", output=tmp_path / "run", **files(labelled, "tsv"), **settings
    )
    assert classifier.spec.vector_size == 16
    assert set(classifier.spec.facts) >= {"texts", "tokens", "text_tokens", "dev", "test"}
    texts = ["a gripping film", "", "Xanten"]
    found = [label.scores for label in seqtag.load(tmp_path / "run").classify_many(texts)]
    for text, scores in zip(texts, found, strict=True):
        assert scores == pytest.approx(classifier.classify(text).scores, abs=1e-5)
    outcome = call("evaluate", tmp_path / "run", labelled / "test.tsv", "--json")
    scores = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))["test"]
    assert json.loads(outcome.out)["accuracy"] == scores["accuracy"]


def test_a_run_to_start_from_keeps_its_vectors(
    corpus: Path, raw: Path, tagger_run: Path, ner_run: Path, tmp_path: Path
) -> None:
    short = {**SHORT, "training.epochs": 1}
    tagger = seqtag.train(init=tagger_run, **files(corpus, "conll"), **short)
    base = seqtag.load(tagger_run).spec
    assert tagger.spec.vectors.items == base.vectors.items
    assert tagger.spec.facts["text_tokens"] == base.facts["text_tokens"]
    settings: dict[str, Any] = {**short, "embedding.text": named(raw, "raw.txt")}
    with pytest.raises(ConfigError, match="kept: leave embedding.text out"):
        seqtag.train(init=tagger_run, **files(corpus, "conll"), **settings)
    with pytest.raises(ConfigError, match="leave embedding.text out, or train from scratch"):
        seqtag.train(init=ner_run, **files(corpus, "conll"), **settings)


def test_an_exported_tagger_says_the_same(tagger_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tagger_run, tmp_path / "run")
    assert call("export", tmp_path / "run").status == 0
    tokens = ["Xanten", "is", "near", "London", "."]
    expected = seqtag.load(tagger_run).tag(tokens)
    found = seqtag.load(tmp_path / "run", engine="onnx").tag(tokens)
    assert found.tags == expected.tags
    np.testing.assert_allclose(found.marginals, expected.marginals, atol=1e-4)
