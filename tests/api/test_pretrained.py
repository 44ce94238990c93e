from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from seqtag.api.corpus import Corpus, read_corpus
from seqtag.api.pretrained import read_pretrained
from seqtag.config import DataConfig, EmbeddingConfig, resolve
from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "train.conll").write_text("Rome B-LOC\nis O\n\nold O\n", "utf-8")
    (tmp_path / "test.conll").write_text("Paris B-LOC\n", "utf-8")
    data = {part: str(tmp_path / f"{part}.conll") for part in ("train", "test")}
    return read_corpus(resolve({"data": data | {"dev": data["train"]}}))


@pytest.fixture
def vectors(tmp_path: Path) -> str:
    (tmp_path / "vectors.txt").write_text("is 1 0\nrome 0 1\nparis 1 1\nberlin 2 2\n", "utf-8")
    return str(tmp_path / "vectors.txt")


def parts(corpus: Corpus) -> list[Sequence[Sentence]]:
    return [corpus.train, corpus.dev, corpus.test]


def test_all_vectors_are_kept_unless_only_needed_ones_are_asked_for(
    corpus: Corpus, vectors: str
) -> None:
    kept = read_pretrained(EmbeddingConfig(vectors=vectors), DataConfig(), parts(corpus)).vectors
    assert kept is not None
    assert kept.words == ["is", "rome", "paris", "berlin"]
    kept = read_pretrained(
        EmbeddingConfig(vectors=vectors, vectors_words="needed"), DataConfig(), parts(corpus)
    ).vectors
    assert kept is not None
    assert kept.words == ["is", "rome", "paris"]
    assert kept.array.tolist() == [[1, 0], [0, 1], [1, 1]]


def test_share_of_words_that_have_a_vector_is_told(
    corpus: Corpus, vectors: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "seqtag"):
        read_pretrained(EmbeddingConfig(vectors=vectors), DataConfig(), parts(corpus))
    assert "4 vectors of size 2, for 75.0% of the corpus's 4 different words" in caplog.text


def test_vectors_of_another_language_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("ja 1 2\nnein 2 1\n", "utf-8")
    config = EmbeddingConfig(vectors=str(tmp_path / "other.txt"))
    with pytest.raises(ConfigError, match=r"other.txt: none of the corpus's words has a vector"):
        read_pretrained(config, DataConfig(), parts(corpus))


def test_phrases_are_read_as_the_configuration_says(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "city.txt").write_text("New York\n", "utf-8")
    spec = str(tmp_path / "city.txt")
    for case in (False, True):
        config = EmbeddingConfig(gazetteers=spec, gazetteer_case=case)
        gazetteer = read_pretrained(config, DataConfig(), parts(corpus)).gazetteer
        assert gazetteer is not None
        assert gazetteer.labels == ["city"]
        assert gazetteer.match(["new", "york"]).any() == (not case)


def test_nothing_is_read_where_nothing_is_named(corpus: Corpus) -> None:
    pretrained = read_pretrained(EmbeddingConfig(), DataConfig(), parts(corpus))
    assert (pretrained.vectors, pretrained.gazetteer) == (None, None)
