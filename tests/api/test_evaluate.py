from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import seqtag
from seqtag.api.evaluate import evaluate, evaluate_file
from seqtag.api.files import tag_file
from seqtag.errors import ConfigError, DataError
from seqtag.text.schemes import SCHEMES, Scheme, convert, find_spans
from seqtag.text.sentence import Sentence


def column(text: str, number: int) -> list[list[str]]:
    """Return a column of a CoNLL text for each sentence."""
    blocks = text.strip("\n").split("\n\n")
    return [[line.split("\t")[number] for line in block.split("\n")] for block in blocks]


def test_scores_are_those_of_training(ner_run: Path, ner: seqtag.Tagger, corpus: Path) -> None:
    metrics = json.loads((ner_run / "metrics.json").read_text("utf-8"))
    assert evaluate_file(ner, str(corpus / "dev.conll")) == metrics["dev"]
    assert evaluate_file(ner, str(corpus / "test.conll")) == metrics["test"]


def test_scores_agree_with_a_count_on_what_is_written(ner: seqtag.Tagger, corpus: Path) -> None:
    source = corpus / "test.conll"
    gold = column(source.read_text("utf-8"), 1)
    predicted = column("".join(tag_file(ner, str(source))), 1)
    scores = evaluate_file(ner, str(source))
    pairs = [pair for a, b in zip(gold, predicted, strict=True) for pair in zip(a, b, strict=True)]
    assert scores["accuracy"] == sum(a == b for a, b in pairs) / len(pairs)
    spans = [
        {(n, *s) for n, tags in enumerate(x) for s in find_spans(tags)} for x in (gold, predicted)
    ]
    right = len(spans[0] & spans[1])
    assert scores["recall"] == pytest.approx(right / len(spans[0]))
    assert scores["precision"] == pytest.approx(right / len(spans[1]))
    assert scores["f1"] == pytest.approx(2 * right / (len(spans[0]) + len(spans[1])))
    assert scores["tokens"] == len(pairs)
    assert scores["sentences"] == len(gold)
    confusion = scores["confusion"]["-1"]
    assert sum(n for row in confusion.values() for n in row.values()) == len(pairs)


def test_unseen_words_are_those_outside_the_training_part(ner: seqtag.Tagger, corpus: Path) -> None:
    known = {
        word for words in column((corpus / "train.conll").read_text("utf-8"), 0) for word in words
    }
    text = (corpus / "test.conll").read_text("utf-8")
    words, gold = column(text, 0), column(text, 1)
    right = [
        a == b
        for tokens, tags, result in zip(words, gold, ner.tag_many(words), strict=True)
        for token, a, b in zip(tokens, tags, result.tags, strict=True)
        if token not in known
    ]
    scores = evaluate_file(ner, str(corpus / "test.conll"))
    assert scores["accuracy_unseen"] == pytest.approx(sum(right) / len(right))


def test_every_column_is_scored(pos: seqtag.Tagger, corpus: Path) -> None:
    scores = evaluate_file(pos, str(corpus / "test.conllu"))
    assert list(scores["by_column"]) == list(scores["confusion"]) == ["UPOS", "XPOS"]
    for name in ("accuracy", "accuracy_unseen"):
        assert scores[name] == scores["by_column"]["UPOS"][name]


def test_tags_that_training_never_showed_are_wrong(ner: seqtag.Tagger) -> None:
    scores = evaluate(ner, [Sentence(["a", "b"], {"-1": ["B-NEW", "O"]})])
    assert scores["accuracy"] <= 0.5
    assert scores["confusion"]["-1"]["B-NEW"]


def test_columns_name_the_tags(ner: seqtag.Tagger, corpus: Path, tmp_path: Path) -> None:
    text = (corpus / "test.conll").read_text("utf-8")
    moved = "".join(
        f"x\t{tag}\ty\t{token}\n" if token else "\n"
        for token, _, tag in (line.partition("\t") for line in text.split("\n"))
    )
    (tmp_path / "moved.conll").write_text(moved, "utf-8")
    scores = evaluate_file(ner, str(tmp_path / "moved.conll"), columns="token=3,tag=1")
    assert scores == evaluate_file(ner, str(corpus / "test.conll"))


def test_columns_must_be_as_many_as_the_model_has(pos: seqtag.Tagger, corpus: Path) -> None:
    with pytest.raises(ConfigError, match="the model has 2"):
        evaluate_file(pos, str(corpus / "test.conllu"), columns="tag=UPOS")


@pytest.mark.parametrize("text", ["", "\n\n", "a\n", "a\tO\nb\n"])
def test_file_without_sentences_or_tags_is_refused(
    ner: seqtag.Tagger, tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.conll").write_text(text)
    with pytest.raises(DataError, match=r"a\.conll"):
        evaluate_file(ner, str(tmp_path / "a.conll"))


def test_format_goes_before_the_name(pos: seqtag.Tagger, corpus: Path, tmp_path: Path) -> None:
    shutil.copy(corpus / "test.conllu", tmp_path / "test.txt")
    scores = evaluate_file(pos, str(tmp_path / "test.txt"), format="conllu")
    assert scores == evaluate_file(pos, str(corpus / "test.conllu"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_file_in_another_scheme_scores_the_same(
    scheme: Scheme, ner: seqtag.Tagger, corpus: Path, tmp_path: Path
) -> None:
    lines = []
    for block in (corpus / "test.conll").read_text("utf-8").strip().split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n")]
        tags = convert([tag for _, tag in rows], scheme)
        lines += [f"{token}\t{tag}" for (token, _), tag in zip(rows, tags, strict=True)] + [""]
    (tmp_path / "test.conll").write_text("\n".join(lines) + "\n", "utf-8")
    expected = evaluate_file(ner, str(corpus / "test.conll"))
    assert evaluate_file(ner, str(tmp_path / "test.conll")) == expected


def test_columns_of_another_format_have_to_be_named(ner: seqtag.Tagger, corpus: Path) -> None:
    with pytest.raises(ConfigError, match="--columns"):
        evaluate_file(ner, str(corpus / "test.conllu"))


def test_tags_that_the_model_cannot_give_are_told(
    ner: seqtag.Tagger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other.conll").write_text("Rome\tB-city\nis\tO\n", "utf-8")
    with caplog.at_level("WARNING", "seqtag"):
        evaluate_file(ner, str(tmp_path / "other.conll"))
    assert "1 token of this file with tags that training never shows" in caplog.text
    assert "B-city (1)" in caplog.text


def test_corpus_of_another_task_is_refused(ner: seqtag.Tagger) -> None:
    with pytest.raises(ConfigError, match="corpus:sst2/dev is for task classify, not for tag"):
        evaluate_file(ner, "corpus:sst2/dev")
