from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seqtag.api.compare import compare_runs
from seqtag.report.comparison import as_values
from tests.helpers import call
from tests.report.markup import read_page


def test_comparison_is_shown_as_text(ner_run: Path, corpus: Path) -> None:
    outcome = call("report", ner_run, ner_run / "model", corpus / "dev.conll")
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.split("\n")
    assert lines[0].startswith(f"{corpus / 'dev.conll'}: 20 sentences")
    assert any(line.split()[:2] == ["F1", "of"] for line in lines)
    assert "No significant difference in accuracy (p = 1.000)." in outcome.out


def test_comparison_is_given_as_json(ner_run: Path, corpus: Path) -> None:
    """Options may stand anywhere."""
    path = str(corpus / "dev.conll")
    expected = as_values(compare_runs(ner_run, ner_run, path))
    for words in (
        (ner_run, ner_run, path, "--json"),
        (ner_run, ner_run, "--json", path),
        (ner_run, "--json", ner_run, path),
        ("--json", ner_run, ner_run, path),
    ):
        outcome = call("report", *words)
        assert outcome.status == 0
        assert json.loads(outcome.out) == expected


def test_comparison_is_written_as_a_page(ner_run: Path, pos_run: Path, tmp_path: Path) -> None:
    for run in (ner_run, pos_run):
        outcome = call("report", run, run, "-o", tmp_path / "page.html")
        assert outcome.status == 0
        assert outcome.out
        read_page((tmp_path / "page.html").read_text("utf-8"))


def test_one_run_has_its_page_made_anew(ner_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(ner_run, run)
    (run / "report.html").unlink(missing_ok=True)
    outcome = call("report", run)
    assert (outcome.status, outcome.out) == (0, f"{run / 'report.html'}\n")
    read_page((run / "report.html").read_text("utf-8"))
    outcome = call("report", run, "-o", tmp_path / "other.html")
    assert (tmp_path / "other.html").read_text() == (run / "report.html").read_text()


@pytest.mark.parametrize("words", [("--json",), ("--columns", "tag=1")])
def test_options_for_two_runs_are_refused_with_one(ner_run: Path, words: tuple[str, ...]) -> None:
    assert "go with two runs" in call("report", ner_run, *words).error


def test_what_is_no_run_is_told(ner_run: Path, pos_run: Path, corpus: Path) -> None:
    assert "no such run" in call("report", corpus / "nothing").error
    assert "neither a run's nor a model's" in call("report", ner_run, corpus / "dev.conll").error
    assert "only runs with the same tag columns" in call("report", ner_run, pos_run).error
    extra = call("report", ner_run, ner_run, corpus / "dev.conll", "extra")
    assert "unrecognized arguments: extra" in extra.error
