from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.arrays import map_rows


@given(st.lists(st.integers(0, 5), max_size=6), st.integers(1, 3))
def test_pieces_come_back_behind_one_another(lengths: list[int], width: int) -> None:
    rng = np.random.default_rng(0)
    pieces = [rng.integers(-(2**31), 2**31, (n, width)).astype(np.int32) for n in lengths]
    rows, starts = map_rows(iter(pieces), width)
    assert starts.tolist() == [0, *np.cumsum(lengths, dtype=int).tolist()]
    assert rows.shape == (sum(lengths), width)
    for piece, start, end in zip(pieces, starts, starts[1:], strict=False):
        assert np.array_equal(rows[start:end], piece)


def test_array_cannot_be_written_to() -> None:
    rows, _ = map_rows([np.ones((2, 1), dtype=np.int32)], 1)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 2


def test_array_is_not_held_in_memory() -> None:
    piece = np.ones((2**18, 1), dtype=np.int32)
    tracemalloc.start()
    try:
        rows, _ = map_rows((piece for _ in range(16)), 1)  # 16 MB
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(rows) == 2**22
    assert peak < 100_000


def test_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with pytest.raises(DataError, match="the disk is full") as error:
        map_rows([np.ones((1, 1), dtype=np.int32)], 1)
    assert error.value.path == str(tmp_path)


def test_failure_of_the_source_is_its_own() -> None:
    def pieces() -> Iterator[npt.NDArray[np.int32]]:
        yield np.ones((1, 1), dtype=np.int32)
        raise FileNotFoundError(2, "No such file", "train.conll")

    with pytest.raises(FileNotFoundError, match=r"train\.conll"):
        map_rows(pieces(), 1)
