from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqtag.api.texts import LabelledCorpus, read_labelled_corpus
from seqtag.config import DataConfig
from seqtag.errors import DataError


def read(folder: Path, **settings: Any) -> LabelledCorpus:  # noqa: ANN401 - values of keys
    return read_labelled_corpus(DataConfig(train=str(folder / "train.tsv"), **settings))


def write(folder: Path, name: str, *rows: tuple[str, str]) -> None:
    (folder / name).write_text("".join(f"{text}\t{label}\n" for text, label in rows), "utf-8")


def test_texts_are_tokenized_as_the_configuration_says(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", ("It isn't bad.", "1"), ("No!", "0"))
    (tmp_path / "dev.tsv").write_text("Good, yes?\t1\n", "utf-8")
    dev = str(tmp_path / "dev.tsv")
    spacy, space = read(tmp_path, dev=dev), read(tmp_path, dev=dev, tokenizer="space")
    assert [s.tokens for s in spacy.train.sentences] == [
        ["It", "is", "n't", "bad", "."],
        ["No", "!"],
    ]
    assert [s.tokens for s in space.train.sentences] == [["It", "isn't", "bad."], ["No!"]]
    assert space.dev.sentences[0].tokens == ["Good,", "yes?"]
    assert list(space.train.labels) == ["1", "0"]


def test_part_of_train_is_set_aside_and_train_keeps_every_label(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [(f"w{n}", "often") for n in range(38)] + [("a", "rare"), ("b", "once")]
    for seen in (rows, rows[::-1]):
        write(tmp_path, "train.tsv", *seen)
        corpus = read(tmp_path, dev_share=0.5)
        train = [(s.tokens[0], label) for s, label in corpus.train]
        dev = [(s.tokens[0], label) for s, label in corpus.dev]
        assert sorted(train + dev) == sorted(rows)
        assert {label for _, label in train} == {"often", "rare", "once"}
        assert train == [row for row in seen if row in train]
    assert "of the 40 training texts are set aside" in caplog.text


def test_one_label_only_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", ("good", "1"), ("fine", "1"))
    with pytest.raises(DataError, match="every text has the label '1'") as caught:
        read(tmp_path)
    assert caught.value.path == str(tmp_path / "train.tsv")


def test_text_without_a_word_is_refused_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", ("good", "1"), ("\u2003", "0"))
    with pytest.raises(DataError) as caught:
        read(tmp_path, tokenizer="space")
    assert caught.value.line == 2


def test_parts_may_be_of_different_formats(tmp_path: Path) -> None:
    write(tmp_path, "train.tsv", ("good", "1"), ("bad", "0"))
    (tmp_path / "dev.csv").write_text('text,label\n"fine, yes",1\n', "utf-8")
    (tmp_path / "test.jsonl").write_text('{"text": "bad", "label": 0}\n', "utf-8")
    corpus = read(
        tmp_path,
        dev=str(tmp_path / "dev.csv"),
        test=str(tmp_path / "test.jsonl"),
        tokenizer="space",
    )
    assert [(s.tokens, label) for s, label in corpus.dev] == [(["fine,", "yes"], "1")]
    assert [(s.tokens, label) for s, label in corpus.test] == [(["bad"], "0")]


def test_train_is_dev_where_no_text_can_be_spared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "train.tsv", ("good", "1"), ("bad", "0"))
    corpus = read(tmp_path)
    assert list(corpus.train.labels) == list(corpus.dev.labels) == ["1", "0"]
    assert "no training text that can be spared" in caplog.text
