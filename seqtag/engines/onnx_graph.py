"""An ONNX graph that grows node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.errors import ConfigError

MICROSOFT = "com.microsoft"
"""Domain of the operators that ONNX Runtime has and ONNX does not."""

# Types of tensors by ONNX's numbers.
FLOAT, INT32, INT64 = 1, 6, 7

_OPSETS = {"": 17, MICROSOFT: 1}
_IR_VERSION = 8
_MAX_BYTES = 2**31 - 2**20  # protocol buffers, which ONNX files are, hold less than 2 GiB


class Graph:
    """An ONNX graph; tensors are known by their names.

    Raises:
        ConfigError: The onnx library is not installed.
    """

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError as error:
            raise ConfigError(
                "the onnx library, which writes ONNX files, is not installed: "
                "pip install onnx onnxruntime"
            ) from error
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: dict[str, npt.NDArray[Any]] = {}
        self._inputs: dict[str, Any] = {}
        self._outputs: list[Any] = []

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        *,
        place: int = 0,
        domain: str = "",
        **fields: Any,  # noqa: ANN401 - attributes of any type
    ) -> str:
        """Add a node.

        Args:
            operator: What it does.
            inputs: What it reads; "" for an input that is left out.
            place: Which of its outputs is wanted.
            domain: Where the operator is defined; ONNX itself by default.
            fields: The operator's attributes.

        Returns:
            The name of the output that is wanted.
        """
        name = f"{operator}.{len(self._nodes)}"
        outputs = [""] * place + [name]
        # Named, since ONNX Runtime 1.18 to 1.20 calls what it makes of two nameless ones the same.
        about = {"domain": domain, "name": name}
        node = self._onnx.helper.make_node(operator, inputs, outputs, **about, **fields)
        self._nodes.append(node)
        return name

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Return an array as a tensor."""
        name = f"constant.{len(self._constants)}"
        self._constants[name] = np.array(value, dtype=dtype, order="C")
        return name

    def numbers(self, *values: int) -> str:
        """Return a list of whole numbers as a tensor."""
        name = f"numbers.{'.'.join(map(str, values))}"
        self._constants[name] = np.array(values, dtype=np.int64)
        return name

    def concat(self, parts: Sequence[str], *, axis: int) -> str:
        """Return tensors as one."""
        return parts[0] if len(parts) == 1 else self.add("Concat", parts, axis=axis)

    def input(self, name: str, *shape: str | int, kind: int = INT64) -> str:
        """Return an input of the graph."""
        info = self._onnx.helper.make_tensor_value_info(name, kind, shape)
        self._inputs[name] = info
        return name

    def output(self, name: str, tensor: str, *shape: str | int, kind: int = FLOAT) -> None:
        """Make a tensor an output of the graph."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [tensor], [name], name=name))
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, kind, shape))

    def serialize(self, metadata: Mapping[str, str]) -> bytes:
        """Return the content of an ONNX file.

        Args:
            metadata: What to write into the file besides.

        Raises:
            ConfigError: It would be larger than such files can be.
        """
        size = sum(array.nbytes for array in self._constants.values())
        if size > _MAX_BYTES:
            raise ConfigError(
                f"the network has {size / 1e9:.1f} GB, and an ONNX file holds at most 2 GB: export "
                "with --int8, or train with fewer pretrained vectors (embedding.vectors_words)"
            )
        helper = self._onnx.helper
        constants = [
            self._onnx.numpy_helper.from_array(array, name)
            for name, array in self._constants.items()
        ]
        graph = helper.make_graph(
            self._nodes, "seqtag", list(self._inputs.values()), self._outputs, constants
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="seqtag"
        )
        helper.set_model_props(model, dict(metadata))
        content: bytes = model.SerializeToString(deterministic=True)
        return content
