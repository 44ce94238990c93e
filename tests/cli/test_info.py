from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers import call


def test_card_is_shown(ner_run: Path, pos_run: Path) -> None:
    for run in (ner_run, pos_run):
        outcome = call("info", run)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out == (run / "model" / "README.md").read_text("utf-8")
        assert call("info", run / "model") == outcome


def test_card_is_made_from_the_description(ner_run: Path, tmp_path: Path) -> None:
    """What somebody wrote into the folder's README is no news about the model."""
    model = Path(shutil.copytree(ner_run / "model", tmp_path / "model"))
    (model / "README.md").write_text("\x1b[2J the best model ever")
    assert call("info", model) == call("info", ner_run)


def test_model_cannot_steer_the_terminal(ner_run: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(ner_run / "model", tmp_path / "model"))
    text = (model / "model.json").read_text("utf-8")
    (model / "model.json").write_text(text.replace("B-PER", "B-\\u001b[2J\\u009b\\u202e"), "utf-8")
    outcome = call("info", model)
    assert outcome.status == 0
    assert "B-\\x1b[2J\\x9b\\u202e" in outcome.out
    assert all(c.isprintable() or c == "\n" for c in outcome.out)
