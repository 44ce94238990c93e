"""Arrays as a safetensors file, written one after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

# From large to small, in the order in which the library writes them.
_TYPES = {
    "int64": "I64",
    "float64": "F64",
    "float32": "F32",
    "int32": "I32",
    "float16": "F16",
    "bool": "BOOL",
}


def write_tensors(file: BinaryIO, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays in the format of the safetensors library.

    The library's own functions first copy all of them, twice. That is more memory than the rest
    of a training takes, and it is taken at each checkpoint.

    Args:
        file: Where to write.
        arrays: Arrays by name, of the types in `_TYPES`.
    """
    # Large types first, so that each array is aligned.
    ranks = list(_TYPES)
    order = sorted(arrays, key=lambda name: (ranks.index(arrays[name].dtype.name), name))
    header: dict[str, Any] = {}
    end = 0
    for name in order:
        array = arrays[name]
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for name in order:
        little = arrays[name].dtype.newbyteorder("<")
        array = arrays[name].astype(little, order="C", copy=False)
        file.write(array.reshape(-1).view(np.uint8).data)
