"""A tagger's network written down as an ONNX graph, from its weights and sizes; without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.engines.onnx_graph import FLOAT, INT32, MICROSOFT, Graph
from seqtag.engines.quantization import (
    GUARD_MEMORY,
    GUARDS,
    PRODUCT_LEVELS,
    TABLE_LEVELS,
    Cell,
    guarded,
    quantize,
)

FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.int64]

QUANTIZED_CELLS = ("lstm", "peephole")
"""Cells that ONNX Runtime can compute in whole numbers."""

# For each gate of a cell, in the order that ONNX has, its number in the order that torch has.
_GATES = {"lstm": [0, 3, 1, 2], "peephole": [0, 3, 1, 2], "gru": [1, 0, 2], "rnn": [0]}
_OPERATORS = {"lstm": "LSTM", "peephole": "LSTM", "gru": "GRU", "rnn": "RNN"}


@dataclass(frozen=True, eq=False)
class Vectors:
    """A tensor of tokens' vectors (length, batch, size).

    Attributes:
        name: Its name.
        size: Numbers of a vector.
        places: Which of them are the network's own; the others are constants for bounds.
    """

    name: str
    size: int
    places: IntArray


class NetworkWriter:
    """Writes the parts of a network; for all arguments see `seqtag.engines.onnx_tasks`."""

    def __init__(
        self,
        embedding: EmbeddingConfig,
        encoder: EncoderConfig,
        weights: Mapping[str, FloatArray],
        bounds: FloatArray | None,
        dense: int = 0,
        mapped: int = 0,
    ) -> None:
        self.graph = Graph()
        self._dense = dense
        self._mapped = mapped
        self._embedding = embedding
        self._encoder = encoder
        self._weights = weights
        self._bounds = bounds
        self._lengths = self._to_int32(self.graph.input("lengths", "batch"))

    def _to_int32(self, tensor: str) -> str:
        return self.graph.add("Cast", [tensor], to=INT32)

    def part(self, prefix: str) -> dict[str, FloatArray]:
        """Return the weights whose names begin with a prefix, without it."""
        return {
            name.removeprefix(prefix): array
            for name, array in self._weights.items()
            if name.startswith(prefix)
        }

    # Embedding

    def embed(self) -> Vectors:
        """Write the embedding layer."""
        graph = self.graph
        types = graph.add("Transpose", [graph.input("types", "batch", "length")], perm=[1, 0])
        words, word_size = self._describe_words()
        size = word_size
        if self._bounds is not None:
            words = self._bound_words(words, self._bounds[:word_size])
            size += GUARDS
        parts = []
        if words:
            graph.output("word_vectors", words, "new", size)
            known = graph.input("known", "known", size, kind=FLOAT)
            table = graph.add("Concat", [known, words], axis=0)
            parts.append(graph.add("Gather", [table, types]))
        features, feature_size = self._embed_features(word_size)
        if self._dense:
            features.append(self._read_dense(word_size + feature_size))
            feature_size += self._dense
        places = np.arange(word_size + feature_size)
        places[word_size:] += size - word_size
        name = graph.concat([*parts, *features], axis=2)
        return Vectors(name, size + feature_size, places)

    def _read_dense(self, start: int) -> str:
        """Write the numbers that are given of each token (length, batch, numbers).

        Args:
            start: Where they begin in a token's vector.
        """
        graph = self.graph
        given = graph.input("dense", "batch", "length", self._dense, kind=FLOAT)
        turned = graph.add("Transpose", [given], perm=[1, 0, 2])
        if self._bounds is None:
            return turned
        bounds = self._bounds[start : start + self._dense]
        shares = graph.add("Mul", [turned, graph.constant(1.0 / bounds)])
        return graph.add("Clip", [shares, graph.constant(-1.0), graph.constant(1.0)])

    def _describe_words(self) -> tuple[str, int]:
        """Write what depends on a word alone.

        Returns:
            A tensor (new, size), "" where there is nothing of the kind, and its size.
        """
        graph, embedding = self.graph, self._embedding
        parts, size = [], 0
        if embedding.word_size:
            numbers = graph.input("words", "new")
            parts.append(self._look_up(self._weights["embedding.words.weight"], numbers))
            size += embedding.word_size
        if embedding.ngram_size:
            table = self._weights["embedding.ngrams.weight"]
            padded = np.concatenate([table, np.zeros_like(table[:1])])
            rows = self._look_up(padded, graph.input("ngrams", "new", "ngrams"))
            parts.append(graph.add("ReduceSum", [rows, graph.numbers(1)], keepdims=0))
            size += embedding.ngram_size
        if embedding.characters != "none":
            characters = graph.input("characters", "new", "characters")
            lengths = graph.input("character_lengths", "new")
            encode = self._convolve if embedding.characters == "cnn" else self._read
            parts.append(encode(characters, lengths))
            size += embedding.character_hidden_size
        vectors = self._weights.get("embedding.vectors.weight")
        if vectors is not None:
            parts.append(self._look_up(vectors, graph.input("vectors", "new")))
            size += vectors.shape[1]
        if self._mapped:
            parts.append(graph.input("mapped", "new", self._mapped, kind=FLOAT))
            size += self._mapped
        return graph.concat(parts, axis=1) if parts else "", size

    def _bound_words(self, words: str, bounds: FloatArray) -> str:
        """Bring words' vectors between -1 and 1, and put both of these beside them."""
        graph = self.graph
        if words:
            shares = graph.add("Mul", [words, graph.constant(1.0 / bounds)])
            inside = [graph.add("Clip", [shares, graph.constant(-1.0), graph.constant(1.0)])]
            count = graph.add("Shape", [words], end=1)
        else:
            inside = []
            count = graph.add("Shape", [graph.input("words", "new")])
        shape = graph.add("Concat", [count, graph.numbers(GUARDS)], axis=0)
        guards = graph.add("Expand", [graph.constant([[1.0, -1.0]]), shape])
        return graph.concat([*inside, guards], axis=1)

    def _look_up(self, table: FloatArray, numbers: str) -> str:
        """Return the rows (..., size) of a table (rows, size) that numbers (...) name."""
        graph = self.graph
        if self._bounds is None:
            return graph.add("Gather", [graph.constant(table), numbers])
        whole, steps = quantize(table, TABLE_LEVELS)
        rows = graph.add("Gather", [graph.constant(whole, np.int8), numbers])
        scales = graph.add("Gather", [graph.constant(steps[:, None]), numbers])
        return graph.add("Mul", [graph.add("Cast", [rows], to=FLOAT), scales])

    def _convolve(self, characters: str, lengths: str) -> str:
        """Write `seqtag.layers.characters.CharacterCNN`: (new, hidden)."""
        graph = self.graph
        weights = self.part("embedding.characters.")
        vectors = graph.add("Gather", [graph.constant(weights["embedding.weight"]), characters])
        turned = graph.add("Transpose", [vectors], perm=[0, 2, 1])
        kernel, bias = (graph.constant(weights[f"convolution.{n}"]) for n in ("weight", "bias"))
        margin = weights["convolution.weight"].shape[2] // 2
        hidden = graph.add("Conv", [turned, kernel, bias], pads=[margin, margin])
        # None of these is below zero, so that zeros at padding do not change the largest.
        hidden = graph.add("Relu", [hidden])
        mask = graph.add("Cast", [self._mask(lengths, characters, axis=1)], to=FLOAT)
        shown = graph.add("Mul", [hidden, graph.add("Unsqueeze", [mask, graph.numbers(1)])])
        return graph.add("ReduceMax", [shown], axes=[2], keepdims=0)

    def _read(self, characters: str, lengths: str) -> str:
        """Write `seqtag.layers.characters.CharacterLSTM`: (new, hidden)."""
        graph = self.graph
        table = self._weights["embedding.characters.embedding.weight"]
        turned = graph.add("Transpose", [characters], perm=[1, 0])
        vectors = graph.add("Gather", [graph.constant(table), turned])
        cells = [self._cell(f"embedding.characters.{side}", "lstm") for side in _sides(both=True)]
        size = self._embedding.character_hidden_size
        last = graph.add(
            "LSTM",
            [vectors, *self._stacked(cells), self._to_int32(lengths)],
            place=1,
            hidden_size=size // 2,
            direction="bidirectional",
        )
        by_word = graph.add("Transpose", [last], perm=[1, 0, 2])
        return graph.add("Reshape", [by_word, graph.numbers(0, size)])

    def _mask(self, lengths: str, padded: str, *, axis: int) -> str:
        """Return (rows, length), True at what is no padding along an axis of a tensor."""
        graph = self.graph
        end = graph.add("Squeeze", [graph.add("Shape", [padded], start=axis, end=axis + 1)])
        zero, one = (graph.constant(number, np.int64) for number in (0, 1))
        positions = graph.add("Range", [zero, end, one])
        return graph.add("Less", [positions, graph.add("Unsqueeze", [lengths, graph.numbers(1)])])

    def _embed_features(self, start: int) -> tuple[list[str], int]:
        """Write the vectors of tokens' features.

        Args:
            start: Where they begin in a token's vector.

        Returns:
            For each feature a tensor (length, batch, size), and the sum of the sizes.
        """
        graph = self.graph
        tables = list(self.part("embedding.features.").values())
        if not tables:
            return [], 0
        features = graph.input("features", "batch", "length", len(tables))
        turned = graph.add("Transpose", [features], perm=[1, 0, 2])
        parts, end = [], start
        for number in range(len(tables)):
            table = self._weights[f"embedding.features.{number}.weight"]
            begin, end = end, end + table.shape[1]
            if self._bounds is not None:
                table = np.clip(table / self._bounds[begin:end], -1.0, 1.0)
            values = graph.add("Gather", [turned, graph.constant(number, np.int64)], axis=2)
            parts.append(graph.add("Gather", [graph.constant(table), values]))
        return parts, end - start

    # Encoder

    def encode(self, vectors: Vectors, *, cut: bool = False) -> Vectors:
        """Write the encoder.

        Args:
            vectors: What `embed` returned.
            cut: Whether to leave out of the states what is not the network's own.
        """
        encoder = self._encoder
        cut = cut or encoder.attention
        for layer in range(encoder.num_layers):
            sides = _sides(both=encoder.bidirectional)
            cells = [self._cell(f"encoder.{side}.{layer}", encoder.cell) for side in sides]
            is_last = layer == encoder.num_layers - 1
            if self._bounds is None:
                states, size = self._run(vectors, cells), encoder.hidden_size
            else:
                if layer == 0:
                    cells = [_scaled(cell, self._bounds) for cell in cells]
                states, size = self._run_quantized(vectors, cells), encoder.hidden_size + GUARDS
            vectors = self._side_by_side(states, size, cut=is_last and cut)
        return self._attend(vectors) if encoder.attention else vectors

    def _cell(self, prefix: str, kind: str) -> Cell:
        """Return the weights of a cell in ONNX's order of gates."""
        weights = self.part(f"{prefix}.")
        gates = _GATES[kind]

        def ordered(array: FloatArray) -> FloatArray:
            """Return weights (gates * hidden, ...) with their gates in ONNX's order."""
            return np.concatenate([np.split(array, len(gates))[gate] for gate in gates])

        biases = [ordered(weights[f"bias_{source}_l0"]) for source in ("ih", "hh")]
        peepholes = None
        if kind == "peephole":
            peepholes = np.concatenate([weights[f"weight_c{gate}"] for gate in "iof"])
        return Cell(
            ordered(weights["weight_ih_l0"]),
            ordered(weights["weight_hh_l0"]),
            np.concatenate(biases),
            peepholes,
        )

    def _stacked(self, cells: Sequence[Cell]) -> list[str]:
        """Return the inputs W, R and B of an operator that runs cells of all directions."""
        arrays = [[c.inputs for c in cells], [c.recurrent for c in cells], [c.bias for c in cells]]
        return [self.graph.constant(np.stack(array)) for array in arrays]

    def _peepholes(self, cells: Sequence[Cell]) -> str:
        found = [cell.peepholes for cell in cells if cell.peepholes is not None]
        return self.graph.constant(np.stack(found)) if found else ""

    def _run(self, vectors: Vectors, cells: Sequence[Cell]) -> str:
        """Write a layer, and return its states (length, directions, batch, hidden)."""
        kind = self._encoder.cell
        inputs = [vectors.name, *self._stacked(cells), self._lengths]
        if kind == "peephole":
            inputs += ["", "", self._peepholes(cells)]
        # torch's reset gate stands behind the product.
        fields: dict[str, Any] = {"linear_before_reset": 1} if kind == "gru" else {}
        return self.graph.add(
            _OPERATORS[kind],
            inputs,
            hidden_size=self._encoder.hidden_size,
            direction=_direction(cells),
            **fields,
        )

    def _run_quantized(self, vectors: Vectors, cells: Sequence[Cell]) -> str:
        """Write a layer of whole numbers; its states hold two numbers more, 1 and -1."""
        graph = self.graph
        cells = [guarded(cell, vectors.places, vectors.size) for cell in cells]
        hidden = self._encoder.hidden_size + GUARDS
        steps, whole = [], []
        for rows in ([cell.inputs for cell in cells], [cell.recurrent for cell in cells]):
            pairs = [quantize(array, PRODUCT_LEVELS) for array in rows]
            whole.append(graph.constant(np.stack([w.T for w, _ in pairs]), np.int8))
            steps.append(graph.constant(np.stack([s for _, s in pairs])))
        memory = np.zeros((len(cells), 1, hidden))
        memory[:, :, -GUARDS:] = GUARD_MEMORY
        sizes = [graph.numbers(len(cells)), graph.add("Shape", [self._lengths])]
        shape = graph.add("Concat", [*sizes, graph.numbers(hidden)], axis=0)
        zero = graph.constant(np.zeros((len(cells), 4 * hidden)), np.int8)
        return graph.add(
            "DynamicQuantizeLSTM",
            [
                vectors.name,
                *whole,
                graph.constant(np.stack([cell.bias for cell in cells])),
                self._lengths,
                "",
                graph.add("Expand", [graph.constant(memory), shape]),
                self._peepholes(cells),
                steps[0],
                zero,
                steps[1],
                zero,
            ],
            domain=MICROSOFT,
            hidden_size=hidden,
            direction=_direction(cells),
        )

    def _side_by_side(self, states: str, hidden: int, *, cut: bool) -> Vectors:
        """Bring the directions of states (length, directions, batch, hidden) side by side.

        Args:
            states: The states.
            hidden: Their size.
            cut: Whether to leave out what is not the network's own.
        """
        graph, own = self.graph, self._encoder.hidden_size
        if cut and hidden > own:
            bounds = [graph.numbers(0), graph.numbers(own), graph.numbers(3)]
            states, hidden = graph.add("Slice", [states, *bounds]), own
        directions = len(_sides(both=self._encoder.bidirectional))
        places = np.arange(directions * hidden).reshape(directions, hidden)[:, :own].reshape(-1)
        if directions == 1:
            name = graph.add("Squeeze", [states, graph.numbers(1)])
        else:
            turned = graph.add("Transpose", [states], perm=[0, 2, 1, 3])
            name = graph.add("Reshape", [turned, graph.numbers(0, 0, directions * hidden)])
        return Vectors(name, directions * hidden, places)

    def _attend(self, vectors: Vectors) -> Vectors:
        """Write `seqtag.layers.attention.SelfAttention`."""
        graph, size, heads = self.graph, vectors.size, self._encoder.attention_heads
        weights = self.part("encoder.attention.")
        states = graph.add("Transpose", [vectors.name], perm=[1, 0, 2])
        norm = [graph.constant(weights[f"norm.{name}"]) for name in ("weight", "bias")]
        normalized = graph.add("LayerNormalization", [states, *norm], axis=-1, epsilon=1e-5)
        projections = graph.constant(weights["projections.weight"].T)
        projected = graph.add("MatMul", [normalized, projections])
        # (batch, length, 3 * size) to (3, batch, heads, length, size / heads)
        split = graph.add("Reshape", [projected, graph.numbers(0, 0, 3, heads, size // heads)])
        parts = graph.add("Transpose", [split], perm=[2, 0, 3, 1, 4])
        queries, keys, values = (
            graph.add("Gather", [parts, graph.constant(number, np.int64)]) for number in range(3)
        )
        turned = graph.add("Transpose", [keys], perm=[0, 1, 3, 2])
        scale = graph.constant((size // heads) ** -0.5)
        scores = graph.add("Mul", [graph.add("MatMul", [queries, turned]), scale])
        mask = self._mask("lengths", "types", axis=1)
        shown = graph.add("Unsqueeze", [mask, graph.numbers(1, 2)])  # (batch, 1, 1, length)
        hidden = graph.constant(-np.inf)
        shares = graph.add("Softmax", [graph.add("Where", [shown, scores, hidden])], axis=-1)
        attended = graph.add("MatMul", [shares, values])
        together = graph.add(
            "Reshape",
            [graph.add("Transpose", [attended], perm=[0, 2, 1, 3]), graph.numbers(0, 0, size)],
        )
        output = graph.constant(weights["output.weight"].T * np.float32(size**-0.5))
        added = graph.add("Add", [states, graph.add("MatMul", [together, output])])
        return Vectors(graph.add("Transpose", [added], perm=[1, 0, 2]), size, vectors.places)

    # Heads

    def product(self, states: Vectors, weight: FloatArray, bias: FloatArray) -> str:
        """Write a product of states with a bias: (length, batch, rows).

        Args:
            states: What `encode` returned.
            weight: (rows, size)
            bias: (rows,)
        """
        graph = self.graph
        wide = np.zeros((len(weight), states.size), dtype=np.float32)
        wide[:, states.places] = weight
        added = graph.constant(bias)
        if self._bounds is None or self._encoder.attention:  # whose states have no bound
            product = graph.add("MatMul", [states.name, graph.constant(wide.T)])
            return graph.add("Add", [product, added])
        return self._product_quantized(states.name, wide, added)

    def _product_quantized(self, states: str, weight: FloatArray, bias: str) -> str:
        """Write a product of states, which lie between -1 and 1, in whole numbers."""
        graph = self.graph
        step, middle = graph.constant(1.0 / 127), graph.constant(128, np.uint8)
        whole, steps = quantize(weight, PRODUCT_LEVELS)
        return graph.add(
            "MatMulIntegerToFloat",
            [
                graph.add("QuantizeLinear", [states, step, middle]),
                graph.constant(whole.T, np.int8),
                step,
                graph.constant(steps),
                middle,
                graph.constant(np.zeros(len(steps)), np.int8),
                bias,
            ],
            domain=MICROSOFT,
        )


def _sides(*, both: bool) -> list[str]:
    return ["forwards", "backwards"] if both else ["forwards"]


def _direction(cells: Sequence[Cell]) -> str:
    return "bidirectional" if len(cells) > 1 else "forward"


def _scaled(cell: Cell, bounds: FloatArray) -> Cell:
    """Return a cell that reads vectors which have been divided by their bounds."""
    return Cell(cell.inputs * bounds, cell.recurrent, cell.bias, cell.peepholes)
