"""Recurrent decoder with attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqtag.config import DecoderConfig
from seqtag.layers.cells import CELLS, Cell
from seqtag.layers.cross_attention import Attention, Memory
from seqtag.layers.deferred import DeferredLinear
from seqtag.layers.dropout import VariationalDropout


@dataclass(frozen=True, slots=True)
class DecoderState:
    """Where a decoder is, for some rows (sequences, or hypotheses of them).

    Attributes:
        layers: For each layer its cell's state, parts (rows, hidden).
        fed: (rows, output) what the last step put out; None without input feeding.
    """

    layers: Sequence[tuple[Tensor, ...]]
    fed: Tensor | None

    def select(self, rows: Tensor) -> DecoderState:
        """Return the states of some rows (rows,), in their order, perhaps repeated."""
        layers = [tuple(part.index_select(0, rows) for part in layer) for layer in self.layers]
        return DecoderState(layers, None if self.fed is None else self.fed.index_select(0, rows))


class Bridge(nn.Module):
    """The decoder's first state, from the mean of the source's states.

    Each part of each layer's state is tanh(W mean + b), with a W and b of its own.

    Args:
        memory_size: Size of a state of the source.
        cells: The decoder's layers.
    """

    def __init__(self, memory_size: int, cells: Sequence[Cell]) -> None:
        super().__init__()
        self.sizes = [[cell.hidden_size] * cell.num_states for cell in cells]
        self.output = nn.Linear(memory_size, sum(map(sum, self.sizes)))
        nn.init.xavier_uniform_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, memory: Memory) -> list[tuple[Tensor, ...]]:
        """Return each layer's first state, parts (batch, hidden)."""
        mask = memory.mask[:, :, None].to(memory.states.dtype)
        mean = (memory.states * mask).sum(dim=1) / mask.sum(dim=1)
        # Under autocast too, states keep the precision of the weights.
        values = torch.tanh(self.output(mean)).to(self.output.weight.dtype)
        sizes = [size for layer in self.sizes for size in layer]
        flat = iter(torch.split_with_sizes(values, sizes, dim=1))
        return [tuple(next(flat).contiguous() for _ in layer) for layer in self.sizes]


class Decoder(nn.Module):
    """Layers of recurrent cells, the first of which asks the attention what the others need.

    With the vector x(t) of the last unit written and the states of the source::

        h1(t) = cell1(x(t))                                with input feeding cell1([x(t); y(t-1)])
        c(t)  = attention(h1(t), source)
        hn(t) = h(n-1)(t) + celln([h(n-1)(t); c(t)])                for the further layers n
        y(t)  = tanh(W [h(t); c(t)] + b)                            of the last layer's h

    Without input feeding no layer needs to know what a later one found at the step before, so that
    each reads a whole sequence at once while training; the layers behind the attention still know
    what was attended to before (Wu et al. 2016, section 3.1, place the attention so). With it the
    first layer, and so the attention, knows too (Luong et al. 2015, section 3.3).

    Variational dropout stands before every layer, before the attention and around the output.

    Args:
        config: Kind of cell and of attention, sizes, input feeding and dropout.
        input_size: Size of a unit's vector.
        memory_size: Size of a state of the source.
        output_size: Size of what is put out for each step.
    """

    def __init__(
        self, config: DecoderConfig, input_size: int, memory_size: int, output_size: int
    ) -> None:
        super().__init__()
        size = config.hidden_size
        cell = CELLS[config.cell]
        fed = output_size if config.input_feeding else 0
        sizes = [input_size + fed] + [size + memory_size] * (config.num_layers - 1)
        cells = [cell(each, size) for each in sizes]
        self.input_size = input_size
        self.output_size = output_size
        self.input_feeding = config.input_feeding
        self.cells = nn.ModuleList(cells)
        self.bridge = Bridge(memory_size, cells)
        self.attention = Attention(config.attention, size, memory_size, config.attention_size)
        self.output = nn.Linear(size + memory_size, output_size)
        self.dropout = VariationalDropout(config.dropout, variational=config.variational)
        for each in cells:
            each.initialize()
        nn.init.xavier_uniform_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def begin(self, states: Tensor, mask: Tensor) -> tuple[Memory, DecoderState]:
        """Return what the decoder needs of sources, and its state before the first step.

        Args:
            states: (batch, source, memory) of the encoder.
            mask: (batch, source) True where there is a unit.
        """
        memory = self.attention.memory(states, mask)
        fed = None
        if self.input_feeding:
            fed = self.output.weight.new_zeros(len(states), self.output_size)
        return memory, DecoderState(self.bridge(memory), fed)

    def forward(
        self, vectors: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor]:
        """Read what is written, to tell for each step what comes next.

        Args:
            vectors: (batch, steps, input) of the unit before each step.
            memory: The sources.
            state: The state before the first step.

        Returns:
            What is put out (batch, steps, output), and the attention's weights
            (batch, steps, source).
        """
        masks = _Masks.draw(self, vectors)
        vectors = _times(vectors, masks.inputs)
        if self.input_feeding:
            return self._read_by_step(vectors, memory, state, masks)
        first, *others = self.in_order()
        hidden = _read(first, vectors, state.layers[0])
        context, weights = self.attention(_times(hidden, masks.queries), memory)
        for cell, before, mask in zip(others, state.layers[1:], masks.layers, strict=True):
            whole = _times(torch.cat([hidden, context], dim=2), mask)
            hidden = hidden + _read(cell, whole, before)
        return self._put_out(hidden, context, masks), weights

    def _read_by_step(
        self, vectors: Tensor, memory: Memory, state: DecoderState, masks: _Masks
    ) -> tuple[Tensor, Tensor]:
        """Do what `forward` does where every step needs the one before, with the same gradients."""
        first, *others = self.in_order()
        size = self.input_size
        mapped = functional.linear(vectors, first.weight_ih_l0[:, :size], first.bias_ih_l0)
        mapped = mapped.to(first.weight_ih_l0.dtype)  # as the other half of the sum
        feed = DeferredLinear(first.weight_ih_l0[:, size:])
        turn = [DeferredLinear(cell.weight_hh_l0, cell.bias_hh_l0) for cell in self.in_order()]
        map_in = [DeferredLinear(cell.weight_ih_l0, cell.bias_ih_l0) for cell in others]
        put_out = DeferredLinear(self.output.weight, self.output.bias)
        layers, fed = list(state.layers), state.fed
        assert fed is not None
        found, looked = [], []
        # Layers at once and not one by one, since the first needs what the last has put out.
        for step, inputs in enumerate(mapped.unbind(1)):
            own = masks.at(step)
            before = layers[0]
            layers[0] = first.advance(inputs + feed(fed), turn[0](before[0]), before)
            hidden = layers[0][0]
            context, weights = self.attention(_times(hidden[:, None], own.queries), memory)
            for number, cell in enumerate(others, 1):
                before = layers[number]
                whole = torch.cat([hidden[:, None], context], dim=2)
                inner = map_in[number - 1](_times(whole, own.layers[number - 1])[:, 0])
                layers[number] = cell.advance(inner, turn[number](before[0]), before)
                hidden = hidden + layers[number][0]
            whole = _times(torch.cat([hidden[:, None], context], dim=2), own.outputs)
            fed = _times(torch.tanh(put_out(whole[:, 0]))[:, None], own.put_out)[:, 0]
            found.append(fed)
            looked.append(weights[:, 0])
        return torch.stack(found, dim=1), torch.stack(looked, dim=1)

    def _put_out(self, hidden: Tensor, context: Tensor, masks: _Masks) -> Tensor:
        whole = _times(torch.cat([hidden, context], dim=2), masks.outputs)
        return _times(torch.tanh(self.output(whole)), masks.put_out)

    def in_order(self) -> list[Cell]:
        """Return the cells, the one that reads units first."""
        return [cell for cell in self.cells if isinstance(cell, Cell)]


@dataclass(frozen=True, slots=True)
class _Masks:
    """What dropout multiplies by, (batch, 1 or steps, features) each; None for nothing.

    Drawn once for a sequence, whether it is read at once or step by step.

    Attributes:
        inputs: For vectors of units.
        queries: For what asks the attention.
        layers: For what each layer but the first reads.
        outputs: For what the output layer reads.
        put_out: For what it puts out.
    """

    inputs: Tensor | None
    queries: Tensor | None
    layers: Sequence[Tensor | None]
    outputs: Tensor | None
    put_out: Tensor | None

    @classmethod
    def draw(cls, decoder: Decoder, vectors: Tensor) -> _Masks:
        """Draw those of a batch."""

        def draw(size: int) -> Tensor | None:
            return decoder.dropout.mask(vectors, size)

        cells = decoder.in_order()
        return cls(
            inputs=draw(decoder.input_size),
            queries=draw(cells[0].hidden_size),
            layers=[draw(cell.input_size) for _, cell in pairwise(cells)],
            outputs=draw(decoder.output.in_features),
            put_out=draw(decoder.output_size),
        )

    def at(self, step: int) -> _Masks:
        """Return those of one step, (batch, 1, features) each."""

        def part(mask: Tensor | None) -> Tensor | None:
            return mask if mask is None or mask.shape[1] == 1 else mask[:, step : step + 1]

        return _Masks(
            part(self.inputs),
            part(self.queries),
            [part(mask) for mask in self.layers],
            part(self.outputs),
            part(self.put_out),
        )


def _times(values: Tensor, mask: Tensor | None) -> Tensor:
    return values if mask is None else values * mask


def _read(cell: Cell, vectors: Tensor, state: tuple[Tensor, ...]) -> Tensor:
    """Return a cell's states (batch, length, hidden) over whole sequences."""
    parts = tuple(part[None] for part in state)
    states, _ = cell(vectors, parts if cell.num_states > 1 else parts[0])
    read: Tensor = states
    return read
