"""Training on a corpus so small that a run takes a fraction of a second, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import seqtag
from tests.helpers import TINY, files

SMALL: dict[str, Any] = {**TINY, "training.epochs": 2, "encoder.hidden_size": 8}


def train(small: Path, output: Path | None = None, **settings: Any) -> Any:  # noqa: ANN401
    """Train on the small corpus."""
    return seqtag.train(output=output, **{**files(small, "conll"), **SMALL, **settings})


def stop_after(steps: int) -> Callable[[], bool]:
    """Return a question whether to stop that is answered with yes after some steps."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= steps

    return should_stop


def load_json(path: Path) -> Any:  # noqa: ANN401
    """Return what a file of JSON holds."""
    return json.loads(path.read_text("utf-8"))
