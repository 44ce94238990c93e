from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import seqtag
from tests.helpers import call, run_program, start_program

TEXTS = "I love the screen.\n\nThe speaker is dull,\tand the battery too.\n"


def test_text_a_line_gives_text_label_and_probability(
    label_run: Path, classifier: seqtag.Classifier
) -> None:
    outcome = call("classify", label_run, stdin=TEXTS.encode())
    assert (outcome.status, outcome.err) == (0, "")
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    expected = [classifier.classify(line) for line in TEXTS.splitlines()]
    assert [row[0] for row in rows] == [line.replace("\t", " ") for line in TEXTS.splitlines()]
    assert [row[1] for row in rows] == [label.label for label in expected]
    assert [float(row[2]) for row in rows] == pytest.approx([x.score for x in expected], abs=1e-4)


def test_formats_are_told_by_the_name_and_a_label_that_is_there_is_ignored(
    label_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("good, really\nbad\n", "utf-8")
    (tmp_path / "a.tsv").write_text("good, really\tx\nbad\ty\n", "utf-8")
    (tmp_path / "a.csv").write_text('text,label\n"good, really",x\nbad,y\n', "utf-8")
    (tmp_path / "a.jsonl").write_text('{"text": "good, really"}\n{"text": "bad"}\n', "utf-8")
    (tmp_path / "named.csv").write_text('id,review\n1,"good, really"\n2,bad\n', "utf-8")
    expected = call("classify", label_run, tmp_path / "a.txt")
    assert expected.status == 0
    for name in ("a.tsv", "a.csv", "a.jsonl"):
        assert call("classify", label_run, tmp_path / name) == expected
    named = call("classify", label_run, tmp_path / "named.csv", "--columns", "text=review")
    assert named == expected


def test_json_lines_hold_attention_and_evidence(label_run: Path) -> None:
    outcome = call("classify", label_run, "--output", "jsonl", stdin=TEXTS.encode())
    results = [json.loads(line) for line in outcome.out.splitlines()]
    for result in results:
        assert len(result["tokens"]) == len(result["attention"]) == len(result["evidence"])
        assert sum(result["scores"].values()) == pytest.approx(1.0, abs=1e-5)
        assert result["score"] == max(result["scores"].values())
    assert sum(results[0]["attention"]) == pytest.approx(1.0, abs=1e-4)
    assert results[1]["tokens"] == []


def test_explanation_without_a_terminal_marks_tokens_by_their_weight(label_run: Path) -> None:
    outcome = call("classify", label_run, "--explain", stdin=TEXTS.encode())
    assert outcome.status == 0
    assert "\x1b" not in outcome.out
    lines = outcome.out.splitlines()
    plain = [re.sub(r"\[[0-9.]+\]", "", line).split("%  ", 1)[1] for line in lines]
    assert plain == TEXTS.splitlines()
    assert re.search(r"\[0\.\d\d\]", outcome.out)


def test_first_result_is_there_before_the_input_has_ended(label_run: Path) -> None:
    pipe = subprocess.PIPE
    with start_program("classify", label_run, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"good\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"good\t")
        process.stdin.write(b"bad\n")
        process.stdin.close()
        assert process.stdout.readline().startswith(b"bad\t")


def test_models_of_the_other_task_are_refused_by_both_commands(
    label_run: Path, ner_run: Path
) -> None:
    assert "labels texts and tags no tokens" in call("tag", label_run, stdin=b"a O\n").error
    assert "tags tokens and labels no texts" in call("classify", ner_run, stdin=b"a\n").error


def test_explanations_are_for_people_and_formats_for_programs(label_run: Path) -> None:
    outcome = call("classify", label_run, "--explain", "--output", "tsv", stdin=b"a\n")
    assert "--explain is for people" in outcome.error


def test_program_and_python_are_the_same(label_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text(TEXTS, "utf-8")
    first = run_program("classify", label_run, path)
    assert first == call("classify", label_run, path)
    assert first.out.count(os.linesep) == 3
