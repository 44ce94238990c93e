from __future__ import annotations

import sys

import numpy as np
import pytest

from seqtag.engines import onnx_graph
from seqtag.engines.onnx import OnnxEngine
from seqtag.engines.onnx_graph import FLOAT, Graph
from seqtag.errors import ConfigError


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ConfigError, match=r"onnx library.*pip install onnx onnxruntime$"):
        Graph()


def test_network_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_graph, "_MAX_BYTES", 100)
    graph = Graph()
    graph.constant(np.zeros(26))
    with pytest.raises(ConfigError, match="an ONNX file holds at most 2 GB.*--int8"):
        graph.serialize({})


def test_numbers_keep_their_shapes() -> None:
    graph = Graph()
    graph.constant(1, np.int64)
    graph.numbers(1, 2)
    shapes = [array.shape for array in graph._constants.values()]
    assert shapes == [(), (2,)]


def test_graph_of_something_else_is_no_tagger() -> None:
    graph = Graph()
    graph.output("emissions.0", graph.input("x", "n", kind=FLOAT), "n")
    with pytest.raises(ValueError, match="not a model's network"):
        OnnxEngine(graph.serialize({}))
