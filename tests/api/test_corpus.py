from __future__ import annotations

from pathlib import Path

import pytest

from seqtag.api.corpus import Corpus, read_corpus
from seqtag.config import resolve
from seqtag.errors import ConfigError, DataError


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


CONLLU = """\
1\tIt\tit\tPRON\tPRP\t_\t2\tnsubj\t_\tKind=a
2\truns\trun\tVERB\tVBZ\t_\t0\troot\t_\tKind=b

"""


@pytest.mark.parametrize(
    ("columns", "setting", "expected"),
    [
        ("", "auto", ("XPOS", "FEATS", "DEPREL")),
        ("tag=UPOS+XPOS", "auto", ("FEATS", "DEPREL")),
        ("feature=DEPREL,tag=FEATS", "auto", ("XPOS",)),
        ("tag=Kind", "auto", ()),
        ("tag=UPOS+Kind", "auto", ()),
        ("", "none", ()),
        ("tag=Kind", "LEMMA + XPOS", ("LEMMA", "XPOS")),
    ],
)
def test_auxiliary_columns_are_read_of_the_training_part_alone(
    tmp_path: Path, columns: str, setting: str, expected: tuple[str, ...]
) -> None:
    for part in ("train", "dev"):
        (tmp_path / f"{part}.conllu").write_text(CONLLU, "utf-8")
    data = {part: str(tmp_path / f"{part}.conllu") for part in ("train", "dev")}
    corpus = read_corpus(
        resolve({"data": {**data, "columns": columns}, "training": {"auxiliary": setting}})
    )
    assert corpus.auxiliary == expected
    assert set(corpus.train[0].tags_by) == {*corpus.layout.columns.tags, *expected}
    assert set(corpus.dev[0].tags_by) == set(corpus.layout.columns.tags)


def test_auxiliary_columns_of_conll_have_numbers(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("It PRP O\nruns VBZ O\n", "utf-8")
    data = {"train": str(tmp_path / "train.conll"), "dev": str(tmp_path / "train.conll")}
    for setting, expected in (("auto", ()), ("1", ("1",))):
        config = resolve({"data": data, "training": {"auxiliary": setting}})
        assert read_corpus(config).auxiliary == expected


def read_beside(path: Path, auxiliary: str) -> Corpus:
    data = {"train": str(path), "dev": str(path)}
    return read_corpus(resolve({"data": data, "training": {"auxiliary": auxiliary}}))


@pytest.mark.parametrize(
    ("name", "setting", "reason"),
    [
        ("a.conllu", "", "a name is missing"),
        ("a.conllu", "XPOS+", "a name is missing"),
        ("a.conllu", "UPOS", "column UPOS is read already"),
        ("a.conllu", "FORM", "column FORM is read already"),
        ("a.conllu", "XPOS+XPOS", "column XPOS is named twice"),
        ("a.conllu", "4", "4 is a number, and columns of CoNLL-U files have names"),
        ("a.conllu", "xpos", "no column 'xpos'; did you mean XPOS?"),
        ("a.conllu", "off", "no word has the key 'off' in its MISC column"),
        ("a.conll", "", "a name is missing"),
        ("a.conll", "off", "off is no number, and columns of CoNLL files have numbers"),
        ("a.conll", "XPOS", "XPOS is no number, and columns of CoNLL files have numbers"),
        ("a.conll", "-1", "column -1 is read already"),
        ("a.conll", "9", "there is no tag column 9"),
    ],
)
def test_auxiliary_column_that_cannot_be_is_refused(
    tmp_path: Path, name: str, setting: str, reason: str
) -> None:
    text = CONLLU if name.endswith("u") else "It PRP O\nruns VBZ O\n"
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises((ConfigError, DataError)) as caught:
        read_beside(tmp_path / name, setting)
    assert f"training.auxiliary is {setting!r}: {reason}" in str(caught.value)
    assert "give auto, none, or columns of the training file, such as" in str(caught.value)
    assert "token=" not in str(caught.value).replace("--columns token=0,tag=-1", "")


def test_fault_of_the_file_is_not_laid_on_auxiliary_columns(tmp_path: Path) -> None:
    (tmp_path / "a.conllu").write_text(CONLLU + "1\tIt\n\n", "utf-8")
    with pytest.raises(DataError) as caught:
        read_beside(tmp_path / "a.conllu", "XPOS")
    assert "auxiliary" not in str(caught.value)


def test_named_column_that_cannot_teach_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.conllu").write_text(CONLLU, "utf-8")
    assert read_beside(tmp_path / "a.conllu", "FEATS+XPOS").auxiliary == ("XPOS",)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "column FEATS is not learnt beside the tags" in record.message
