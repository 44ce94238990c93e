from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import seqtag
from tests.helpers import ENVIRONMENT, ROOT, first_sentences


def run_script(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(ROOT / "scripts" / "train.py"), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def test_script_trains_scores_and_tags(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text(first_sentences(corpus / "train.conll", 20), "utf-8")
    run = tmp_path / "run"
    done = run_script(
        tmp_path / "train.conll", "--test", corpus / "test.conll", "--epochs", 1, "-o", run
    )
    assert done.returncode == 0, done.stderr
    assert "epoch 1 of 1: loss" in done.stderr
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    assert f"{metrics['test']['accuracy']:.4f}" in done.stdout
    words = ["Ada", "Lovelace", "lived", "in", "London", "."]
    result = seqtag.load(run).tag(words)
    lines = [line.split("\t")[:2] for line in done.stdout.splitlines()[-6:]]
    assert lines == [list(pair) for pair in zip(words, result.tags, strict=True)]


def test_script_tells_what_is_wrong(tmp_path: Path) -> None:
    done = run_script(tmp_path / "none.conll", "-o", tmp_path / "run")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"error: {tmp_path / 'none.conll'}: ")
    assert "Traceback" not in done.stderr
