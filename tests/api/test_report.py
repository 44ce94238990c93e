from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import seqtag
from seqtag.api.evaluate import evaluate_file, examine, predict, read_annotated
from seqtag.api.report import (
    evaluated_file,
    page_of_run,
    read_run,
    report_run,
    write_page,
)
from seqtag.errors import ConfigError, DataError, ModelError
from seqtag.report.numbers import percent
from tests.report.markup import Document, read_page


@pytest.fixture
def copy(ner_run: Path, tmp_path: Path) -> Path:
    """Return a run that a test may damage."""
    return Path(shutil.copytree(ner_run, tmp_path / "copy"))


def set_config(run: Path, key: str, value: str) -> None:
    """Set a key of a run's configuration."""
    path = run / "config.toml"
    lines = [
        f'{key} = "{value}"' if line.startswith(f"{key} = ") else line
        for line in path.read_text("utf-8").split("\n")
    ]
    path.write_text("\n".join(lines), "utf-8")


def figures(page: Document) -> dict[str, str]:
    return dict(zip(page.texts("dt"), page.texts("dd"), strict=False))


def test_page_has_the_scores_and_the_training_of_its_run(
    ner: seqtag.Tagger, ner_run: Path, corpus: Path
) -> None:
    source = str(corpus / "test.conll")
    evaluation = examine(ner, read_annotated(ner, source))
    page = read_page(page_of_run(ner, evaluation, ner_run, source))
    metrics = json.loads((ner_run / "metrics.json").read_text("utf-8"))
    shown = figures(page)
    for name, key in (("F1 of spans, strict", "f1"), ("accuracy of tags", "accuracy")):
        assert shown[name].split() == percent(metrics["test"][key]).split()
    assert shown["training sentences"] == f"{metrics['train']['sentences']:,}"
    assert shown["epochs"] == str(metrics["train"]["epochs"])
    assert page.texts("h1") == [ner_run.name]
    assert page.texts("bdi")[:2] == [ner_run.name, "test.conll"]
    assert {"Training", "Mistakes", "Configuration"} <= set(page.texts("h2"))
    assert seqtag.__version__ in page.texts("footer")[0]


def test_training_leaves_the_same_page(ner_run: Path, tmp_path: Path) -> None:
    report_run(ner_run, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == (ner_run / "report.html").read_text(
        "utf-8"
    )


def test_every_column_is_on_the_page(pos: seqtag.Tagger, pos_run: Path, corpus: Path) -> None:
    source = str(corpus / "test.conllu")
    evaluation = examine(pos, read_annotated(pos, source))
    page = read_page(page_of_run(pos, evaluation, pos_run, source))
    assert [title for title in page.texts("h2") if title.startswith("Column")] == [
        *("Column UPOS", "Column XPOS")
    ]


def test_model_alone_has_a_page_without_its_training(
    ner: seqtag.Tagger, ner_run: Path, corpus: Path, tmp_path: Path
) -> None:
    shutil.copytree(ner_run / "model", tmp_path / "alone")
    source = str(corpus / "dev.conll")
    evaluation = examine(ner, read_annotated(ner, source))
    page = read_page(page_of_run(ner, evaluation, tmp_path / "alone", source))
    assert "Configuration" not in page.texts("h2")
    assert "time, all in all" not in figures(page)
    assert "training tokens" in figures(page)  # which the model itself knows


def test_model_within_its_run_has_all(ner: seqtag.Tagger, ner_run: Path, corpus: Path) -> None:
    source = str(corpus / "dev.conll")
    evaluation = examine(ner, read_annotated(ner, source))
    page = read_page(page_of_run(ner, evaluation, ner_run / "model", "-"))
    assert "Configuration" in page.texts("h2")
    assert "standard input" in page.texts("bdi")


def test_answers_are_kept_without_all_their_probabilities(ner: seqtag.Tagger, corpus: Path) -> None:
    gold = read_annotated(ner, str(corpus / "dev.conll"))
    predicted = predict(ner, gold)
    assert [s.tokens for s in predicted] == [s.tokens for s in gold]
    assert all(s.tags and s.scores and not s.marginals_by for s in predicted)
    assert [s.tags for s in predicted] == [s.tags for s in ner.tag_many(gold)]
    evaluation = examine(ner, gold)
    assert evaluation.scores == evaluate_file(ner, str(corpus / "dev.conll"))
    assert evaluation.gold == gold


def test_run_is_reported_on_its_test_file(copy: Path, corpus: Path) -> None:
    path = report_run(copy)
    assert path == copy / "report.html"
    first = path.read_text("utf-8")
    assert "test.conll" in read_page(first).texts("bdi")
    report_run(copy)
    assert path.read_text("utf-8") == first
    assert evaluated_file(copy) == str(corpus / "test.conll")
    set_config(copy, "test", "")
    assert evaluated_file(copy) == str(corpus / "dev.conll")
    assert report_run(copy, copy.parent / "page.html") == copy.parent / "page.html"
    assert "dev.conll" in read_page((copy.parent / "page.html").read_text("utf-8")).texts("bdi")


def test_run_without_its_files_is_refused(copy: Path, tmp_path: Path) -> None:
    set_config(copy, "test", "gone.conll")
    with pytest.raises(DataError, match=r"config\.toml: gone\.conll.*seqtag report RUN1 RUN2 FILE"):
        evaluated_file(copy)
    for key in ("test", "dev"):
        set_config(copy, key, "")
    with pytest.raises(ConfigError, match="no test and no dev file"):
        evaluated_file(copy)
    set_config(copy, "dev", "-")
    with pytest.raises(ConfigError, match="no test and no dev file"):
        report_run(copy)
    shutil.copytree(copy / "model", tmp_path / "alone")
    with pytest.raises(ConfigError, match="model without its run"):
        report_run(tmp_path / "alone")
    with pytest.raises(ModelError, match="no such run"):
        report_run(tmp_path / "nothing")


def test_run_that_was_interrupted_has_a_page(copy: Path) -> None:
    (copy / "metrics.json").unlink()
    (copy / "history.jsonl").unlink()
    files = read_run(copy)
    assert files is not None
    assert (files.metrics, files.history) == ({}, [])
    assert read_page(report_run(copy).read_text("utf-8")).texts("h2")[0] == "Training"


@pytest.mark.parametrize("line", ["{", "[]", '{"train_loss": 1}', '{"epoch": "1"}'])
def test_damaged_history_is_told(copy: Path, line: str) -> None:
    (copy / "history.jsonl").write_text(f'{{"epoch": 1}}\n{line}\n', "utf-8")
    with pytest.raises(ModelError, match=r"history\.jsonl.*damaged"):
        report_run(copy)


def test_best_of_several_seeds_is_reported(copy: Path) -> None:
    seeds = copy.parent / "seeds"
    shutil.copytree(copy, seeds / "seed-2")
    shutil.copy(copy / "config.toml", seeds)
    (seeds / "metrics.json").write_text('{"best": "seed-2"}', "utf-8")
    page = report_run(seeds)
    assert page == seeds / "seed-2" / "report.html"
    assert read_page(page.read_text("utf-8")).texts("h1") == ["seeds/seed-2"]


def test_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_page("x", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "x"
    with pytest.raises(DataError, match="check the path"):
        write_page("x", tmp_path / "no" / "page.html")


def test_page_takes_the_place_of_a_page_and_of_nothing_else(tmp_path: Path) -> None:
    page = "<!doctype html><title>A page</title>"
    path = tmp_path / "page.html"
    write_page(page, path)
    write_page(page, path)
    path.write_text("", "utf-8")
    write_page(page, path)
    assert path.read_text("utf-8") == page
    for content in ("a O\n", "<!doc", "x" * 100):
        path.write_text(content, "utf-8")
        with pytest.raises(ConfigError, match="this file exists and is no page"):
            write_page(page, path)
        assert path.read_text("utf-8") == content


def test_run_of_two_files_is_reported(translator_run: Path, tmp_path: Path) -> None:
    page = report_run(translator_run, tmp_path / "page.html")
    assert "BLEU" in page.read_text("utf-8")
