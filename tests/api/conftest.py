"""What the tests of training share."""

from __future__ import annotations

from pathlib import Path

import pytest

import seqtag
from tests.api.runs import SMALL
from tests.helpers import SAMPLES, files, first_sentences


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus so small that a run takes a fraction of a second."""
    folder = tmp_path_factory.mktemp("small")
    for part, count in (("train", 40), ("dev", 10), ("test", 10)):
        for kind, suffix in (("ner", "conll"), ("pos", "conllu")):
            text = first_sentences(SAMPLES / kind / f"{part}.{suffix}", count)
            (folder / f"{part}.{suffix}").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def plain_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("plain") / "run"
    seqtag.train(output=folder, **files(small, "conll"), **SMALL)
    return folder
