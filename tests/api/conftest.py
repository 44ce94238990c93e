"""What the tests of training share."""

from __future__ import annotations

from pathlib import Path

import pytest

import seqtag
from tests.api.runs import SMALL
from tests.helpers import files, write_annotated


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus so small that a run takes a fraction of a second."""
    sizes = {"train": 40, "dev": 10, "test": 10}
    return write_annotated(tmp_path_factory.mktemp("small"), sizes)


@pytest.fixture(scope="session")
def plain_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that nothing has disturbed."""
    folder = tmp_path_factory.mktemp("plain") / "run"
    seqtag.train(output=folder, **files(small, "conll"), **SMALL)
    return folder
