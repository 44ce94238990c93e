"""Arrays larger than memory: written to a file once, then mapped."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from seqtag.io.files import os_data_error


def map_rows(
    pieces: Iterable[npt.NDArray[np.int32]], width: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Write pieces one behind the other into a file, and map it into memory.

    The system reads a page of the file when it is looked at and may drop it again, so that the
    array costs little memory however long it is. The file lies in the system's folder of temporary
    files (``TMPDIR``) and has no name: it is gone as soon as the array is, or the program.

    Args:
        pieces: Arrays (length, ``width``), each length any number from 0.
        width: Number of columns.

    Returns:
        The pieces as one array (rows, ``width``), read-only, and (pieces + 1,) where each of them
        begins there, and behind the last one the number of rows.

    Raises:
        DataError: The file cannot be written.
    """
    ends = [0]
    with _writing():
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    # The array keeps the file open for as long as it needs it.
    with file:
        for piece in pieces:
            with _writing():
                file.write(np.ascontiguousarray(piece, dtype=np.int32).data)
            ends.append(ends[-1] + len(piece))
        starts = np.array(ends, dtype=np.int64)
        if not ends[-1] * width:
            return np.zeros((ends[-1], width), dtype=np.int32), starts
        with _writing():
            file.flush()
            mapped = np.memmap(file, dtype=np.int32, mode="r", shape=(ends[-1], width))
    # As a plain array, of which slices are cheaper to take.
    return np.asarray(mapped).view(np.ndarray), starts


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise os_data_error(error, tempfile.gettempdir(), "written") from error
