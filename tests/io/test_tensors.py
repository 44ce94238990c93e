from __future__ import annotations

import io
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from seqtag.io.tensors import write_tensors

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
