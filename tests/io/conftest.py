"""What the tests of readers and writers share."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest


class _Pipe(io.RawIOBase):
    """Gives one piece for each read, and fails where a reader asks for more than has arrived."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._pieces:
            pytest.fail("the reader waits for more than it needs")
        piece = self._pieces.pop(0)
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.fixture
def pipe() -> Callable[..., BinaryIO]:
    """Return a function that makes a pipe through which the given pieces have come so far."""
    return lambda *pieces: io.BufferedReader(_Pipe(list(pieces)))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of public corpora."""
    folder = os.environ.get("SEQTAG_CORPORA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SEQTAG_CORPORA names no folder of public corpora")
    return Path(folder)
