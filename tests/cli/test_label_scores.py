"""``seqtag train``, ``evaluate``, ``report`` and ``info`` of classifiers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seqtag.report.numbers import percent
from tests.helpers import TINY, call
from tests.report.markup import read_page


def test_scores_are_shown_as_a_table_and_as_json(label_run: Path, labelled: Path) -> None:
    outcome = call("evaluate", label_run, labelled / "test.tsv")
    scores = json.loads((label_run / "metrics.json").read_text("utf-8"))["test"]
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(f"{scores['texts']:,} texts, {scores['tokens']:,} tokens\n")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["accuracy", f"{scores['accuracy']:.4f}"] in lines
    assert ["macro", "F1", f"{scores['macro_f1']:.4f}"] in lines
    assert "Confusion matrix" in outcome.out
    found = json.loads(call("evaluate", label_run, labelled / "test.tsv", "--json").out)
    assert found["confusion"] == scores["confusion"]
    assert found["nll"] == pytest.approx(scores["nll"], abs=1e-5)


def test_evaluation_has_columns_and_a_page(label_run: Path, labelled: Path, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in (labelled / "test.tsv").read_text("utf-8").splitlines()]
    turned = tmp_path / "turned.csv"
    turned.write_text("".join(f'{label},"{text}"\n' for text, label in rows), "utf-8")
    words = ("evaluate", label_run, turned, "--columns", "text=1,label=0")
    outcome = call(*words, "--report", tmp_path / "page.html")
    assert outcome.status == 0
    assert outcome.out == call("evaluate", label_run, labelled / "test.tsv").out
    page = read_page((tmp_path / "page.html").read_text("utf-8"))
    assert page.texts("title")[0] == f"{label_run.name} on turned.csv"


def test_labels_never_seen_are_told_and_count_as_wrong(label_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.tsv"
    path.write_text("a text\tnew\nanother\tnew\n", "utf-8")
    outcome = call("evaluate", label_run, path)
    assert outcome.status == 0
    assert "labels that training never shows" in outcome.err
    assert ["accuracy", "0.0000"] in [line.split() for line in outcome.out.splitlines()]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "new.tsv: holds no"),
        ("only a text\n", "new.tsv:1: "),
        ("a text\tpositive\n \tpositive\n", "new.tsv:2: "),
    ],
)
def test_what_cannot_be_scored_is_told_by_line(
    label_run: Path, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "new.tsv"
    path.write_text(content, "utf-8")
    outcome = call("evaluate", label_run, path)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err


def test_page_of_a_run_is_made_anew(label_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(label_run, run)
    (run / "report.html").unlink()
    outcome = call("report", run)
    assert (outcome.status, outcome.out) == (0, f"{run / 'report.html'}\n")
    page = read_page((run / "report.html").read_text("utf-8"))
    assert {"training", "labels", "probabilities", "configuration"} <= {
        e.attributes["id"] for e in page.named("section")
    }


def test_page_that_training_writes_has_its_scores(label_run: Path) -> None:
    page = read_page((label_run / "report.html").read_text("utf-8"))
    scores = json.loads((label_run / "metrics.json").read_text("utf-8"))["test"]
    assert " ".join(percent(scores["accuracy"]).split()) in page.texts("dd")
    assert page.texts("title")[0] == "labels on test.tsv"


def test_two_classifiers_are_compared(label_run: Path, labelled: Path, tmp_path: Path) -> None:
    words = ("report", label_run, label_run / "model", labelled / "dev.tsv")
    outcome = call(*words)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(f"{labelled / 'dev.tsv'}: 40 texts\n")
    assert "No significant difference in accuracy (p = 1.000)." in outcome.out
    found = json.loads(call(*words, "--json").out)
    assert found["differences"] == []
    assert found["right"]["only_first"] == found["right"]["only_second"] == 0
    refused = call(*words, "-o", tmp_path / "page.html")
    assert refused.status == 2
    assert "as text or as --json alone" in refused.err
    assert not (tmp_path / "page.html").exists()


def test_tagger_and_classifier_cannot_be_compared(
    label_run: Path, ner_run: Path, labelled: Path
) -> None:
    for runs in ((label_run, ner_run), (ner_run, label_run)):
        outcome = call("report", *runs, labelled / "dev.tsv")
        assert outcome.status == 2
        assert outcome.out == ""
        assert "only runs of the same task can be compared" in outcome.err


def test_info_tells_what_a_classifier_is(label_run: Path) -> None:
    outcome = call("info", label_run)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("# seqtag classifier with 2 labels\n")
    assert outcome.out == (label_run / "model" / "README.md").read_text("utf-8")


def test_training_shows_scores_of_each_part_and_of_seeds(labelled: Path, tmp_path: Path) -> None:
    words = ["train", "--task", "classify", "--train", labelled / "train.tsv"]
    words += ["--dev", labelled / "dev.tsv", "--set"]
    words += [f"{key}={value}" for key, value in {**TINY, "training.epochs": 1}.items()]
    alone = call(*words, "-o", tmp_path / "one")
    assert alone.status == 0, alone.err
    assert "dev accuracy" in alone.err
    assert "dev macro_f1" in alone.err
    assert alone.out.startswith("=== dev: 40 texts, ")
    seeds = call(*words, "-o", tmp_path / "two", "--seeds", "1,2")
    assert seeds.status == 0, seeds.err
    lines = [line.split() for line in seeds.out.splitlines()]
    assert lines[0] == ["score", "mean", "deviation", "seed-1", "seed-2"]
    metrics = json.loads((tmp_path / "two" / "metrics.json").read_text("utf-8"))
    mean = metrics["mean"]["dev"]
    assert [f"{mean['accuracy']:.4f}"] == [line[2] for line in lines if line[1] == "accuracy"]
    (errors,) = [line[3:] for line in lines if line[:3] == ["dev", "calibration", "error"]]
    assert errors[0] == f"{mean['calibration']['error']:.4f}"
    assert "bins" not in mean["calibration"]
