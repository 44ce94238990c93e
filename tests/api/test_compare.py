from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import seqtag
from seqtag.api.compare import compare_runs
from seqtag.api.evaluate import evaluate_file
from seqtag.errors import ConfigError, DataError, ModelError
from seqtag.text.schemes import convert
from tests.generators import random_generator
from tests.helpers import TINY, files


@pytest.fixture(scope="module")
def other_run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run like `ner_run` but shorter, trained on the same files in scheme BIOES."""
    folder = tmp_path_factory.mktemp("bioes")
    for part in ("train", "dev", "test"):
        blocks = (corpus / f"{part}.conll").read_text("utf-8").strip().split("\n\n")
        lines = []
        for block in blocks:
            rows = [line.split("\t") for line in block.split("\n")]
            tags = convert([tag for _, tag in rows], "bioes")
            lines += [f"{word}\t{tag}" for (word, _), tag in zip(rows, tags, strict=True)] + [""]
        (folder / f"{part}.conll").write_text("\n".join(lines) + "\n", "utf-8")
    settings = {**TINY, "training.epochs": 4, "seed": 2}
    seqtag.train(output=folder / "run", **files(folder, "conll"), **settings)
    return folder / "run"


def test_run_does_not_differ_from_itself(ner_run: Path) -> None:
    comparison = compare_runs(ner_run, ner_run / "model")
    (column,) = comparison.columns
    assert (column.only_first, column.only_second, column.labels) == (0, 0, [])
    assert all(difference.p_value == 1 for difference in column.scores.values())
    assert comparison.source.endswith("test.conll")


def test_scores_are_those_of_each_run(ner_run: Path, other_run: Path, corpus: Path) -> None:
    """Though they were trained on files in different schemes."""
    comparison = compare_runs(ner_run, other_run)
    (column,) = comparison.columns
    for number, run in enumerate((ner_run, other_run)):
        tagger = seqtag.load(run)
        expected = evaluate_file(tagger, str(corpus / "test.conll"))
        for name, difference in column.scores.items():
            found = (difference.first, difference.second)[number]
            if number == 0 or name == "f1":
                assert found == pytest.approx(expected[name])
    assert column.scores["f1"].p_value < 1
    assert (comparison.first, comparison.second) == ("ner", "run")


def test_file_can_be_named(ner_run: Path, other_run: Path, corpus: Path) -> None:
    path = str(corpus / "dev.conll")
    comparison = compare_runs(other_run, ner_run, path, columns="token=0,tag=1")
    assert comparison.source == path
    assert len(comparison.tokens) == 20


def test_every_column_is_compared(pos_run: Path) -> None:
    comparison = compare_runs(pos_run, pos_run)
    assert [column.answers.name for column in comparison.columns] == ["UPOS", "XPOS"]
    assert "accuracy_unseen" in comparison.columns[0].scores


def test_runs_of_the_same_name_are_told_apart_by_their_paths(ner_run: Path) -> None:
    comparison = compare_runs(ner_run, str(ner_run))
    assert comparison.first == comparison.second == str(ner_run)


def test_runs_on_other_columns_are_refused(ner_run: Path, pos_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tags -1 and pos tags UPOS\+XPOS: only runs with the"):
        compare_runs(ner_run, pos_run)
    turned = tmp_path / "turned"
    shutil.copytree(pos_run / "model", turned)
    description = json.loads((turned / "model.json").read_text("utf-8"))
    description["columns"].reverse()
    description["files"]["columns"] = "token=FORM,tag=XPOS+UPOS"
    (turned / "model.json").write_text(json.dumps(description), "utf-8")
    with pytest.raises((ConfigError, ModelError)):
        compare_runs(pos_run, turned)


def test_runs_that_read_other_tokens_are_refused(ner_run: Path, tmp_path: Path) -> None:
    shutil.copytree(ner_run / "model", tmp_path / "commented")
    path = tmp_path / "commented" / "model.json"
    description = json.loads(path.read_text("utf-8"))
    description["files"]["comment"] = "#"
    path.write_text(json.dumps(description), "utf-8")
    (tmp_path / "a.conll").write_text("#x\tO\na\tO\n", "utf-8")
    with pytest.raises(ConfigError, match="different tokens"):
        compare_runs(ner_run, tmp_path / "commented", str(tmp_path / "a.conll"))


def test_files_that_cannot_be_compared_on_are_refused(ner_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="read twice"):
        compare_runs(ner_run, ner_run, "-")
    with pytest.raises(DataError):
        compare_runs(ner_run, ner_run, str(tmp_path / "no.conll"))
    with pytest.raises(ModelError):
        compare_runs(ner_run, tmp_path)


def test_translators_are_refused(ner_run: Path, translator_run: Path) -> None:
    for runs in ((translator_run, translator_run), (ner_run, translator_run)):
        with pytest.raises(ConfigError, match="translates texts, and only taggers or classifiers"):
            compare_runs(*runs)


def test_generators_are_refused(ner_run: Path, tmp_path: Path) -> None:
    generator_run = tmp_path / "generator"
    random_generator().save(generator_run)
    for runs in ((generator_run, generator_run), (ner_run, generator_run)):
        with pytest.raises(ConfigError, match="tells what comes next, and only taggers or class"):
            compare_runs(*runs)
