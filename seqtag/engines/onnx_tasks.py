"""ONNX graphs of whole models: the network up to its encoder, and what stands on it for a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from seqtag.config import EmbeddingConfig, EncoderConfig, PoolingConfig
from seqtag.decoding import Transitions
from seqtag.engines.onnx_graph import FLOAT, INT64, Graph
from seqtag.engines.onnx_model import QUANTIZED_CELLS, NetworkWriter, Vectors
from seqtag.engines.quantization import FloatArray
from seqtag.errors import ConfigError


def build_graph(
    embedding: EmbeddingConfig,
    encoder: EncoderConfig,
    weights: Mapping[str, FloatArray],
    transitions: Sequence[Transitions],
    *,
    mapped: int = 0,
    bounds: FloatArray | None = None,
    metadata: Mapping[str, str],
) -> bytes:
    """Return the content of an ONNX file that computes what a tagger's network does.

    Its inputs are those of `seqtag.models.tagger.TaggerModel.forward` that the network reads, of
    64-bit whole numbers but for ``known`` and ``mapped``; in place of ``ngrams`` and their offsets
    it reads ``ngrams`` (new, ngrams), padded with the number of rows of their table. There must be
    one new word at least. The outputs are ``word_vectors`` (new, size), which can be given as
    ``known`` another time, where words have any; ``emissions.0`` and so on for each head
    (length, batch, tags); and ``transitions.0.matrix``, ``.start`` and ``.end`` for each head whose
    potentials are not all zero.

    With ``bounds`` recurrent layers and heads compute in whole numbers of eight bits, and tables
    are stored as such. ONNX Runtime's kernel for LSTMs takes the bounds of these numbers from the
    smallest and the largest that it finds among its inputs, those of all sentences together, and at
    each step among all states. A sentence's results would so depend on what else is in the batch.
    Hence the bounds are made to be the same always: word vectors are divided by their bounds, what
    lies beyond is clipped, and a 1 and a -1 are put beside them; and each cell has two hidden units
    more which are 1 and -1 (`seqtag.engines.quantization.guarded`).

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        weights: The network's weights by name.
        transitions: Each head's potentials.
        mapped: Size of a vector that is given of each word; 0 for none.
        bounds: (input,) the largest absolute value of each number of a token's vector, for whole
            numbers; None for floating-point numbers.
        metadata: What to write into the file besides.

    Raises:
        ConfigError: The onnx library is missing, the network is too large, or its cell cannot
            compute in whole numbers.
    """
    _check_cell(encoder, bounds)
    writer = NetworkWriter(embedding, encoder, weights, bounds, mapped=mapped)
    states = writer.encode(writer.embed())
    _project(writer, states, weights, [head.n_tags for head in transitions])
    for number, head in enumerate(transitions):
        if not head.is_free:  # so that the file holds all that decoding needs
            for part in ("matrix", "start", "end"):
                _keep(writer.graph, f"transitions.{number}.{part}", getattr(head, part))
    return writer.graph.serialize(metadata)


def build_classifier_graph(
    embedding: EmbeddingConfig,
    encoder: EncoderConfig,
    pooling: PoolingConfig,
    weights: Mapping[str, FloatArray],
    *,
    mapped: int = 0,
    bounds: FloatArray | None = None,
    metadata: Mapping[str, str],
) -> bytes:
    """Return the content of an ONNX file that computes what a classifier's network does.

    As `build_graph`, but for the outputs: ``emissions.0`` and so on (length, batch, ...) are what
    `seqtag.layers.pooling.PoolingHead.forward` returns, and ``output.bias`` (labels,) and, for
    pooling ``max``, ``output.weight`` (labels, size) what pooling needs besides; and where there is
    a linear path, its arrays ``linear.bias`` and so on, as they are, and an input ``dense``.

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        pooling: Configuration of the pooling.
        weights: The network's weights by name.
        mapped: As for `build_graph`.
        bounds: As for `build_graph`.
        metadata: What to write into the file besides.

    Raises:
        ConfigError: As for `build_graph`.
    """
    _check_cell(encoder, bounds)
    linear = {name: array for name, array in weights.items() if name.startswith("linear.")}
    dense = len(linear["linear.bias"]) if linear else 0
    writer = NetworkWriter(embedding, encoder, weights, bounds, dense, mapped)
    graph = writer.graph
    states = writer.encode(writer.embed(), cut=pooling.kind == "max")
    weight, bias = weights["head.output.weight"], weights["head.output.bias"]
    if pooling.kind == "max":
        graph.output("emissions.0", states.name, "length", "batch", states.size)
        _keep(graph, "output.weight", weight)
    else:
        heads = pooling.heads if pooling.kind in ("additive", "dot") else 1
        votes = _vote_rows(pooling, encoder, weight, heads)
        _write_pooling(writer, states, pooling, votes)
    _keep(graph, "output.bias", bias)
    for name, array in linear.items():
        _keep(graph, name, array)
    return graph.serialize(metadata)


def _vote_rows(
    pooling: PoolingConfig, encoder: EncoderConfig, weight: FloatArray, heads: int
) -> FloatArray:
    """Return the weights (votes, size) by which a token's state becomes its votes."""
    if pooling.kind == "last" and encoder.bidirectional:
        forwards, backwards = np.split(weight, 2, axis=1)
        none = np.zeros_like(forwards)
        return np.block([[forwards, none], [none, backwards]])
    return np.concatenate(np.split(weight, heads, axis=1))


def _write_pooling(
    writer: NetworkWriter, states: Vectors, pooling: PoolingConfig, votes: FloatArray
) -> None:
    """Write scores, where there is attention, and votes."""
    graph = writer.graph
    part = writer.part("head.attention.")
    scores = ""
    rows = votes
    if pooling.kind == "dot":
        query = part["query.weight"]
        rows = np.concatenate([query * query.shape[1] ** -0.5, votes])
    elif pooling.kind == "additive":
        hidden = writer.product(states, part["hidden.weight"], part["hidden.bias"])
        query = part["query.weight"]
        scores = graph.add("MatMul", [graph.add("Tanh", [hidden]), graph.constant(query.T)])
        graph.output("emissions.0", scores, "length", "batch", pooling.heads)
    product = writer.product(states, rows, np.zeros(len(rows), dtype=np.float32))
    if scores:
        graph.output("emissions.1", product, "length", "batch", len(votes))
    else:
        sizes = [pooling.heads] * (pooling.kind == "dot") + [len(votes)]
        _split(graph, product, sizes)


def _project(
    writer: NetworkWriter,
    states: Vectors,
    weights: Mapping[str, FloatArray],
    sizes: Sequence[int],
) -> None:
    """Write all heads' projections as one.

    Args:
        writer: Writes the network.
        states: What they read.
        weights: The network's weights by name.
        sizes: Each head's number of tags.
    """
    weight, bias = (
        np.concatenate([weights[f"heads.{n}.projection.{name}"] for n in range(len(sizes))])
        for name in ("weight", "bias")
    )
    _split(writer.graph, writer.product(states, weight, bias), sizes)


def _split(graph: Graph, product: str, sizes: Sequence[int]) -> None:
    """Make outputs of the parts of a product (length, batch, sum of sizes)."""
    start = 0
    for number, size in enumerate(sizes):
        name = product
        if len(sizes) > 1:
            ends = [graph.numbers(start), graph.numbers(start + size), graph.numbers(2)]
            name = graph.add("Slice", [product, *ends])
        graph.output(f"emissions.{number}", name, "length", "batch", size)
        start += size


def _keep(graph: Graph, name: str, array: FloatArray) -> None:
    """Make an output of what is the same whatever the network is asked."""
    whole = np.issubdtype(array.dtype, np.integer)
    tensor = graph.constant(array, np.int64 if whole else np.float32)
    graph.output(name, tensor, *array.shape, kind=INT64 if whole else FLOAT)


def _check_cell(encoder: EncoderConfig, bounds: FloatArray | None) -> None:
    """Refuse whole numbers for cells that cannot compute in them."""
    if bounds is not None and encoder.cell not in QUANTIZED_CELLS:
        raise ConfigError(
            f"encoder.cell is {encoder.cell}, which ONNX Runtime cannot compute in int8: export "
            f"without --int8, or train with encoder.cell={' or '.join(QUANTIZED_CELLS)}"
        )
