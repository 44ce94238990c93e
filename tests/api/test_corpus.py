from __future__ import annotations

from pathlib import Path

import pytest

from seqtag.api.corpus import read_corpus
from seqtag.config import resolve


def test_single_sentence_is_said_to_be_both_train_and_dev(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train.conll").write_text("Rome B-LOC\n", "utf-8")
    with caplog.at_level("WARNING", "seqtag"):
        corpus = read_corpus(resolve({"data": {"train": str(tmp_path / "train.conll")}}))
    assert list(corpus.train) == list(corpus.dev)
    assert "only one training sentence" in caplog.text


def test_part_of_train_is_set_aside_in_the_order_of_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words = [f"w{number}" for number in range(40)]
    text = "\n".join(f"{word} O\n" for word in words)
    (tmp_path / "train.conll").write_text(text, "utf-8")
    with caplog.at_level("WARNING", "seqtag"):
        corpus = read_corpus(resolve({"data": {"train": str(tmp_path / "train.conll")}}))
    assert "4 of the 40 training sentences are set aside" in caplog.text
    train, dev = ([s.tokens[0] for s in part] for part in (corpus.train, corpus.dev))
    assert sorted([*train, *dev], key=words.index) == words
    assert train == sorted(train, key=words.index)
    assert len(dev) == 4
