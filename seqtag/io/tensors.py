"""Arrays as a safetensors file, written one after the other."""

from __future__ import annotations

import json
import math
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


def count_values(file: BinaryIO) -> int:
    """Return how many numbers a safetensors file holds, which its header tells.

    Raises:
        ValueError: This is no safetensors file, or a part of it is missing.
        OSError: The file cannot be read.
    """
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise ValueError("the header is incomplete")
    try:
        header = json.loads(file.read(length))
        arrays = [value for name, value in header.items() if name != "__metadata__"]
        ends = [array["data_offsets"][1] for array in arrays]
        shapes = [list(array["shape"]) for array in arrays]
    except (AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("the header is damaged") from error
    if not all(type(number) is int for numbers in (ends, *shapes) for number in numbers):
        raise ValueError("the header is damaged")
    if size != 8 + length + max(ends, default=0):
        raise ValueError("the header does not fit the file")
    return sum(map(math.prod, shapes))


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
