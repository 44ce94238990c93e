"""The bare matrix products of a model: what a step costs if all else were free.

A network of recurrent layers is little but matrix products, and most of these depend on each other:
a step of the recurrence needs the state that the step before left. So the fastest that a model can
run on a machine is the time of its products in the shapes and the order
in which it needs them, one after the other, with nothing between them. That is what `Products`
computes, on numbers of no meaning; what is done per element, looked up, decoded, scored or updated
is left out, and so is every copy.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from torch import Tensor

if TYPE_CHECKING:
    from seqtag.text.tag_column import TagColumn
    from seqtag.training.spec import TaggerSpec

_GATES = {"lstm": 4, "peephole": 4, "gru": 3, "rnn": 1}
_HAS_ONE_DNN = bool(getattr(torch._C, "_has_mkldnn", False))
_CNN_WIDTH = 3  # characters that a filter of `seqtag.layers.characters.CharacterCNN` sees


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a batch, padding included.

    Attributes:
        sentences: Sequences in the batch.
        length: Tokens of the longest.
        words: Distinct words that are described.
        characters: Characters of the longest of these.
    """

    sentences: int
    length: int
    words: int
    characters: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a model.

    Attributes:
        input_size: Of a token's vector.
        hidden_size: Of a state of one direction.
        num_layers: Recurrent layers.
        directions: 1 or 2.
        gates: Products that a step of the cell needs, 4 for an LSTM.
        tags: Of each head the number of tags.
        characters: ``none``, ``cnn`` or ``lstm``.
        character_size: Of a character's vector.
        character_hidden_size: Of a word's characters, both directions together.
    """

    input_size: int
    hidden_size: int
    num_layers: int
    directions: int
    gates: int
    tags: tuple[int, ...]
    characters: str = "none"
    character_size: int = 0
    character_hidden_size: int = 0


@dataclass(frozen=True, slots=True)
class Product:
    """``times`` products of (rows, inner) with (inner, columns), one after the other.

    Attributes:
        rows: Of the first matrix and the result.
        inner: Columns of the first matrix and rows of the second.
        columns: Of the second matrix and the result.
        times: How often.
        first_turned: The first matrix lies in memory as (inner, rows).
        second_turned: The second matrix lies in memory as (columns, inner).
    """

    rows: int
    inner: int
    columns: int
    times: int = 1
    first_turned: bool = False
    second_turned: bool = False

    @property
    def flops(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns * self.times


def sizes_of(spec: TaggerSpec, auxiliary: Sequence[TagColumn] = ()) -> Sizes:
    """Return a tagger's sizes.

    Args:
        spec: The tagger.
        auxiliary: The columns that are learnt beside its own.

    Raises:
        ValueError: It has a layer whose products are not counted here.
    """
    embedding, encoder = spec.embedding, spec.encoder
    if encoder.attention:
        raise ValueError("the limit of models with self-attention is not known")
    has_characters = embedding.characters != "none"
    size = embedding.word_size + embedding.ngram_size + spec.vector_size
    size += embedding.character_hidden_size if has_characters else 0
    size += sum(feature for _, feature in spec.feature_sizes)
    return Sizes(
        input_size=size,
        hidden_size=encoder.hidden_size,
        num_layers=encoder.num_layers,
        directions=2 if encoder.bidirectional else 1,
        gates=_GATES[encoder.cell],
        tags=tuple(len(column.tags) for column in (*spec.columns, *auxiliary)),
        characters=embedding.characters,
        character_size=embedding.character_size if has_characters else 0,
        character_hidden_size=embedding.character_hidden_size if has_characters else 0,
    )


def forward_products(sizes: Sizes, shapes: Shapes) -> Iterator[Product]:
    """Yield the products of a forward pass in their order."""
    if sizes.characters == "cnn" and shapes.words:
        rows = shapes.words * shapes.characters
        inner = _CNN_WIDTH * sizes.character_size
        yield Product(rows, inner, sizes.character_hidden_size, second_turned=True)
    if sizes.characters == "lstm" and shapes.words:
        half = sizes.character_hidden_size // 2
        for _ in range(2):
            yield from _cell_forward(
                shapes.words, shapes.characters, sizes.character_size, half, _GATES["lstm"]
            )
    for layer in range(sizes.num_layers):
        for _ in range(sizes.directions):
            yield from _cell_forward(
                shapes.sentences,
                shapes.length,
                _layer_input(sizes, layer),
                sizes.hidden_size,
                sizes.gates,
            )
    output = sizes.directions * sizes.hidden_size
    for tags in sizes.tags:
        yield Product(shapes.sentences * shapes.length, output, tags, second_turned=True)


def backward_products(sizes: Sizes, shapes: Shapes) -> Iterator[Product]:
    """Yield the products of a backward pass in their order."""
    tokens = shapes.sentences * shapes.length
    output = sizes.directions * sizes.hidden_size
    for tags in reversed(sizes.tags):
        yield Product(tokens, tags, output)
        yield Product(tags, tokens, output, first_turned=True)
    for layer in reversed(range(sizes.num_layers)):
        for _ in range(sizes.directions):
            yield from _cell_backward(
                shapes.sentences,
                shapes.length,
                _layer_input(sizes, layer),
                sizes.hidden_size,
                sizes.gates,
            )
    if sizes.characters == "lstm" and shapes.words:
        half = sizes.character_hidden_size // 2
        for _ in range(2):
            yield from _cell_backward(
                shapes.words, shapes.characters, sizes.character_size, half, _GATES["lstm"]
            )
    if sizes.characters == "cnn" and shapes.words:
        rows = shapes.words * shapes.characters
        inner, hidden = _CNN_WIDTH * sizes.character_size, sizes.character_hidden_size
        yield Product(hidden, rows, inner, first_turned=True)
        yield Product(rows, hidden, inner)


def _layer_input(sizes: Sizes, layer: int) -> int:
    return sizes.directions * sizes.hidden_size if layer else sizes.input_size


def _cell_forward(
    batch: int, length: int, input_size: int, hidden: int, gates: int
) -> Iterator[Product]:
    """Yield one product of all inputs, and one of the states in every step."""
    yield Product(batch * length, input_size, gates * hidden, second_turned=True)
    yield Product(batch, hidden, gates * hidden, length, second_turned=True)


def _cell_backward(
    batch: int, length: int, input_size: int, hidden: int, gates: int
) -> Iterator[Product]:
    """Yield one product in every step, and the gradients of weights and inputs of all steps."""
    yield Product(batch, gates * hidden, hidden, length)
    yield Product(gates * hidden, batch * length, hidden, first_turned=True)
    yield Product(gates * hidden, batch * length, input_size, first_turned=True)
    yield Product(batch * length, gates * hidden, input_size)


Kernel: TypeAlias = Literal["plain", "fastest"]
"""``plain``: `torch.mm` for every product. ``fastest``: for each shape what is fastest of
`torch.mm` and oneDNN's product, the second matrix in either order: on some processors the library
behind `torch.mm` reaches half the speed of the other."""

_Step: TypeAlias = Callable[[], Tensor]


class Products:
    """The products of some batches, ready to be computed.

    All first matrices share one stretch of memory, and so do all results, in which each step's
    lie one behind the other as a recurrence would leave them; weights are kept apart.

    Args:
        sizes: The model's.
        shapes: The batches', in their order.
        tokens: Of all batches, without padding.
        training: Whether there is a backward pass behind each forward pass.
        kernel: Which functions compute the products.

    Attributes:
        count: How many products there are.
        flops: Their multiplications and additions.
    """

    def __init__(
        self,
        sizes: Sizes,
        shapes: Sequence[Shapes],
        tokens: int,
        *,
        training: bool,
        kernel: Kernel = "plain",
    ) -> None:
        self._tokens = tokens
        products: list[Product] = []
        for batch in shapes:
            products += forward_products(sizes, batch)
            if training:
                products += backward_products(sizes, batch)
        self.count = sum(product.times for product in products)
        self.flops = sum(product.flops for product in products)
        self._first = torch.randn(max(p.times * p.rows * p.inner for p in products))
        self._results = torch.empty(max(p.times * p.rows * p.columns for p in products))
        self._second: dict[tuple[int, int, bool], Tensor] = {}
        self._choices: dict[tuple[int, int, int, bool, bool], int] = {}
        with torch.inference_mode():
            self._steps = [step for p in products for step in self._make_steps(p, kernel)]

    def _make_steps(self, product: Product, kernel: Kernel) -> Iterator[_Step]:
        """Yield what computes a product, once for each time."""
        choice = 0 if kernel == "plain" else self._choose(product)
        for time_ in range(product.times):
            yield self._candidates(product, time_)[choice]

    def _candidates(self, product: Product, time_: int) -> list[_Step]:
        """Return the ways to compute a product; the first one is `torch.mm`."""
        rows, inner, columns = product.rows, product.inner, product.columns
        first = self._first[time_ * rows * inner : (time_ + 1) * rows * inner]
        first = first.view(inner, rows).t() if product.first_turned else first.view(rows, inner)
        result = self._results[time_ * rows * columns : (time_ + 1) * rows * columns]
        result = result.view(rows, columns)
        second = self._matrix(inner, columns, product.second_turned)
        steps: list[_Step] = [partial(torch.mm, first, second, out=result)]
        if _HAS_ONE_DNN:
            for turned in (True, False):
                weight = self._matrix(inner, columns, turned).t()
                steps.append(
                    partial(torch.ops.mkldnn._linear_pointwise, first, weight, None, "none", [], "")
                )
        return steps

    def _matrix(self, inner: int, columns: int, turned: bool) -> Tensor:
        """Return a second matrix, the same one for the same shape and order."""
        key = (inner, columns, turned)
        if key not in self._second:
            matrix = torch.randn(columns, inner).t() if turned else torch.randn(inner, columns)
            self._second[key] = matrix
        return self._second[key]

    def _choose(self, product: Product) -> int:
        """Return which way to compute products of a shape is the fastest here and now."""
        key = (
            *(product.rows, product.inner, product.columns),
            *(product.first_turned, product.second_turned),
        )
        if key not in self._choices:
            times = [_shortest(step) for step in self._candidates(product, 0)]
            self._choices[key] = times.index(min(times))
        return self._choices[key]

    def run(self) -> int:
        """Compute all; return the number of tokens."""
        with torch.inference_mode():
            for step in self._steps:
                step()
        return self._tokens


def _shortest(step: _Step, seconds: float = 0.002) -> float:
    """Return the shortest time of a step, which is repeated for a while."""
    step()
    best, began = math.inf, time.perf_counter()
    while time.perf_counter() - began < seconds:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best
