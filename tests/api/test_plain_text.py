from __future__ import annotations

from pathlib import Path

import pytest

from seqtag.api.plain_text import read_text_corpus, read_text_file
from seqtag.config import DataConfig
from seqtag.errors import ConfigError, DataError
from seqtag.text.cleaning import LineCleaner


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Return a folder with texts of many kinds."""
    for name, content in {
        "raw.txt": "One line.\nAnother line.\n",
        "tokens.conll": "Do O\nn't O\n\nRome B-LOC\n",
        "words.conllu": "1\tHe" + "\t_" * 8 + "\n2\tsat" + "\t_" * 8 + "\n\n",
        "labels.tsv": "a fine film\tpositive\na dull one\tnegative\n",
        "broken.conll": "One\n\nOne Two three\n\nOne\tTwo\n",
    }.items():
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def data(folder: Path, *more: str) -> DataConfig:
    train = str(folder / "raw.txt")
    return DataConfig(train=train, dev=train, more=", ".join(str(folder / name) for name in more))


def test_further_texts_come_behind_the_training_text(texts: Path) -> None:
    corpus = read_text_corpus(data(texts, "tokens.conll", "words.conllu", "labels.tsv", "raw.txt"))
    assert list(corpus.train) == [
        *("One line.", "Another line."),
        *("", "Do n't", "Rome"),
        *("", "He sat"),
        *("", "a fine film", "a dull one"),
        *("", "One line.", "Another line."),
    ]
    assert list(corpus.dev) == ["One line.", "Another line."]


def test_tokens_of_annotated_files_are_not_split_again(texts: Path) -> None:
    (texts / "tags.conll").write_text("#London O\nwell-known O\n", "utf-8")
    corpus = read_text_corpus(data(texts, "tags.conll"))
    clean = LineCleaner("split")
    assert list(map(clean, corpus.train))[2:] == ["", "#London well-known"]
    assert clean("#London well-known") == "# London well - known"


def test_annotated_files_are_read_by_their_names_wherever_they_stand(texts: Path) -> None:
    names = ("tokens.conll", "words.conllu", "labels.tsv")
    train, dev, test = (str(texts / name) for name in names)
    corpus = read_text_corpus(DataConfig(train=train, dev=dev, test=test))
    assert corpus.test is not None
    found = [list(part) for part in (corpus.train, corpus.dev, corpus.test)]
    assert found == [["Do n't", "Rome"], ["He sat"], ["a fine film", "a dull one"]]
    assert list(read_text_file(train)) == found[0]
    assert list(map(LineCleaner("split"), read_text_file(train))) == found[0]
    # Some of it is set aside, too.
    corpus = read_text_corpus(DataConfig(train=train))
    assert (list(corpus.train), list(corpus.dev)) == (["Do n't"], ["Rome"])
    # Unless they are said to be plain text.
    corpus = read_text_corpus(DataConfig(train=train, dev=dev, format="text"))
    assert list(corpus.train) == ["Do O", "n't O", "", "Rome B-LOC"]
    assert list(read_text_file(train, is_plain=True)) == list(corpus.train)


def test_what_is_set_aside_comes_from_the_training_text_alone(texts: Path) -> None:
    corpus = read_text_corpus(
        DataConfig(train=str(texts / "raw.txt"), more=str(texts / "labels.tsv"))
    )
    assert list(corpus.dev) == ["Another line."]
    assert list(corpus.train) == ["One line.", "", "a fine film", "a dull one"]


def test_what_is_wrong_with_a_further_text_is_told(texts: Path) -> None:
    with pytest.raises(DataError, match=r"broken.conll:\d+: "):
        list(read_text_corpus(data(texts, "broken.conll")).train)
    with pytest.raises(DataError, match=r"nowhere.txt: "):
        list(read_text_corpus(data(texts, "nowhere.txt")).train)
    with pytest.raises(ConfigError, match="data.more names standard input"):
        read_text_corpus(DataConfig(train=str(texts / "raw.txt"), more="-"))
    with pytest.raises(ConfigError, match="there is no corpus 'nothing'"):
        read_text_corpus(DataConfig(train=str(texts / "raw.txt"), more="corpus:nothing/train"))
