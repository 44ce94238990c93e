from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import call
from tests.report.markup import read_page


def test_scores_are_shown_as_a_table(ner_run: Path, corpus: Path) -> None:
    outcome = call("evaluate", ner_run, corpus / "test.conll")
    scores = json.loads((ner_run / "metrics.json").read_text("utf-8"))["test"]
    assert (outcome.status, outcome.err) == (0, "")
    assert f"{scores['sentences']:,} sentences, {scores['tokens']:,} tokens" in outcome.out
    for name, title in (("accuracy", "accuracy"), ("f1", "F1 (strict)")):
        assert any(
            line.split() == [*title.split(), f"{scores[name]:.4f}"]
            for line in outcome.out.splitlines()
        )
    assert "Confusion matrix" in outcome.out


def test_scores_are_given_as_json(ner_run: Path, pos_run: Path, corpus: Path) -> None:
    for run, name in ((ner_run, "test.conll"), (pos_run, "test.conllu")):
        outcome = call("evaluate", run, corpus / name, "--json")
        metrics = json.loads((run / "metrics.json").read_text("utf-8"))
        assert json.loads(outcome.out) == metrics["test"]


def test_model_alone_and_standard_input_do_as_well(
    ner_run: Path, pos_run: Path, corpus: Path
) -> None:
    for run, name in ((ner_run, "test.conll"), (pos_run, "test.conllu")):
        first = call("evaluate", run, corpus / name)
        assert call("evaluate", run / "model", corpus / name) == first
        assert call("evaluate", run, "-", stdin=(corpus / name).read_bytes()) == first


def test_columns_name_where_tags_are(ner_run: Path) -> None:
    words = ["evaluate", ner_run, "-", "--columns", "token=1,tag=0", "--json"]
    outcome = call(*words, stdin=b"O\tthe\tx\nO\troad\tx\n")
    assert json.loads(outcome.out)["tokens"] == 2


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["nothing"], b"", "nothing: cannot be read: no such file"),
        (["."], b"", ".: cannot be read: this is a folder"),
        (["-"], b"", "<stdin>: holds no sentence"),
        (["-"], b"\n\n", "<stdin>: holds no sentence"),
        (["-"], b"a\n", "<stdin>:1: there is no tag column"),
        (["-"], b"a\tO\nb\n", "<stdin>:2: line 2 has 1 column"),
        (["-"], b"a\tO\n\xff\tO\n", "<stdin>:2: byte 0xff is not UTF-8"),
        (["-", "--columns", "tag=4"], b"a\tO\n", "<stdin>:1: there is no tag column 4"),
        (["-", "--columns", "tag"], b"a\tO\n", "columns 'tag'"),
        (["-", "--columns", "tag=1+2"], b"a\tO\n", "--columns names 2 tag columns"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    ner_run: Path, words: list[str], stdin: bytes, message: str
) -> None:
    outcome = call("evaluate", ner_run, *words, stdin=stdin)
    assert outcome.error.startswith(message)
    assert outcome.out == ""


def test_page_is_written_beside_the_scores(ner_run: Path, corpus: Path, tmp_path: Path) -> None:
    plain = call("evaluate", ner_run, corpus / "test.conll")
    page = tmp_path / "page.html"
    outcome = call("evaluate", ner_run, corpus / "test.conll", "--report", page)
    assert (outcome.status, outcome.out) == (0, plain.out)
    assert "test.conll" in read_page(page.read_text("utf-8")).texts("bdi")
    stream = (corpus / "test.conll").read_bytes()
    assert call("evaluate", ner_run, "-", "--report", page, stdin=stream).out == plain.out
    assert "standard input" in read_page(page.read_text("utf-8")).texts("bdi")


def test_page_that_cannot_be_written_is_told(ner_run: Path, corpus: Path, tmp_path: Path) -> None:
    outcome = call("evaluate", ner_run, corpus / "test.conll", "--report", tmp_path)
    assert "this is a folder" in outcome.error


def test_input_is_told_of_texts_alone(ner_run: Path, corpus: Path) -> None:
    found = call("evaluate", ner_run, corpus / "test.conll", "--input", "text")
    assert found.error == f"{ner_run}: --input text is for language models: leave it out"
