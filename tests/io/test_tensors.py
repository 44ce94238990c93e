from __future__ import annotations

import io
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from seqtag.io.tensors import count_values, write_tensors

types = st.sampled_from(["f8", "i8", "f4", "i4", "f2", "?"])


def written(arrays: dict[str, npt.NDArray[Any]]) -> bytes:
    file = io.BytesIO()
    write_tensors(file, arrays)
    return file.getvalue()


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1),
        st.tuples(types, st.lists(st.integers(0, 3), max_size=3), st.booleans()),
        max_size=5,
    )
)
def test_file_is_the_one_that_the_library_writes(
    shapes: dict[str, tuple[str, list[int], bool]],
) -> None:
    rng = np.random.default_rng(0)
    arrays = {}
    for name, (kind, shape, turned) in shapes.items():
        array = np.asarray(rng.normal(size=shape) * 3).astype(kind)
        arrays[name] = array.T if turned else array
    assert written(arrays) == save({n: np.asarray(a, order="C") for n, a in arrays.items()})
    assert count_values(io.BytesIO(written(arrays))) == sum(a.size for a in arrays.values())


def test_arrays_are_not_copied_together() -> None:
    arrays = {str(n): np.zeros(2**18, dtype=np.float32) for n in range(8)}  # a megabyte each

    class Nowhere(io.BytesIO):
        def write(self, _: object) -> int:
            return 0

    tracemalloc.start()
    try:
        write_tensors(Nowhere(), arrays)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_metadata_is_not_counted() -> None:
    content = save({"a": np.zeros((2, 3), dtype=np.float32)}, metadata={"by": "another program"})
    assert count_values(io.BytesIO(content)) == 6


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"no JSON",
        b"\xff",
        b'{"a": 1}',
        b'{"a": {"shape": [2]}}',
        b'{"a": {"shape": [2], "data_offsets": [0]}}',
        b'{"a": {"shape": [2], "data_offsets": [0, 9]}}',
        b'{"a": {"shape": [2], "data_offsets": [0, "8"]}}',
        b'{"a": {"shape": 2, "data_offsets": [0, 8]}}',
        b'{"a": {"shape": [999999999, [2]], "data_offsets": [0, 8]}}',
        b'{"a": {"shape": [1.5], "data_offsets": [0, 8]}}',
        b"[" * 100_000,
    ],
)
def test_damaged_file_is_not_counted(header: bytes) -> None:
    content = len(header).to_bytes(8, "little") + header + bytes(8)
    for damaged in (content, header[:7], (1 << 63).to_bytes(8, "little") + header):
        with pytest.raises(ValueError, match=r"header|JSON|decode|Expecting"):
            count_values(io.BytesIO(damaged))
