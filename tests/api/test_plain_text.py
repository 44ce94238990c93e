from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from seqtag.api.plain_text import (
    annotated_task,
    read_any_lines,
    read_text_corpus,
    read_text_file,
)
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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("a.tsv", "a film\tx\nb\ty\n"), ("a.tab", "a film\tx\nb\ty\n")),
        *(("a.csv", "a film,x\nb,y\n"), ("a.CSV", "a film,x\nb,y\n")),
        ("a.jsonl", '{"text": "a film", "label": "x"}\n{"text": "b"}\n'),
        ("a.ndjson", '{"text": "a film", "label": "x"}\n{"text": "b"}\n'),
        *(("a.ft", "__label__x a film\nb\n"), ("a.fasttext", "__label__x a film\n__label__y b\n")),
        *(("a.txt", "__label__x a film\n__label__y b\n"), ("a", "\ufeff__label__x a film\nb\n")),
    ],
)
@pytest.mark.parametrize("gzipped", [False, True])
def test_labelled_texts_are_read_without_their_labels(
    name: str, content: str, tmp_path: Path, *, gzipped: bool
) -> None:
    data = content.encode("utf-8")
    path = tmp_path / (f"{name}.gz" if gzipped else name)
    path.write_bytes(gzip.compress(data) if gzipped else data)
    assert annotated_task(str(path)) == "classify"
    assert list(read_any_lines(str(path))) == ["a film", "b"]


def test_plain_texts_are_told_from_labelled_ones(tmp_path: Path) -> None:
    (tmp_path / "negative").mkdir()
    for name in ("one.txt", "negative/two.txt"):
        (tmp_path / name).write_text("a film with a __label__\n", "utf-8")
    for path in (tmp_path, tmp_path / "one.txt"):
        assert annotated_task(str(path)) is None
    assert list(read_any_lines(str(tmp_path / "negative"))) == ["a film with a __label__"]
    assert annotated_task("-") is None
    os.mkfifo(tmp_path / "pipe")  # of which nothing must be read yet
    assert annotated_task(str(tmp_path / "pipe")) is None


@pytest.mark.parametrize("part", ["train", "dev", "test", "more"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"good\n" * 40_000 + b"bad \xe9\n", r"40001: byte 0xe9 is not UTF-8"),
        (b"\n \n", "holds no text"),
        (None, r"other.txt: "),
    ],
)
def test_what_is_wrong_with_any_part_is_told_before_training(
    texts: Path, part: str, content: bytes | None, message: str
) -> None:
    path = texts / "other.txt"
    if content is not None:
        path.write_bytes(content)
    good = str(texts / "raw.txt")
    given: dict[str, Any] = {"train": good, "dev": good, "test": good, part: str(path)}
    with pytest.raises(DataError, match=message):
        read_text_corpus(DataConfig(**given))


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
