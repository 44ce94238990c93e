"""A decoder that writes: step by step, many hypotheses at once, and never trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from seqtag.layers.cross_attention import Memory
from seqtag.layers.decoder import Decoder, DecoderState
from seqtag.layers.packed import Product


@dataclass(frozen=True, slots=True)
class Rows:
    """Which hypotheses of which sources are gone through together.

    Attributes:
        sources: Number of sources.
        count: Hypotheses of each source at most.
        places: (rows,) rising, which of the sources * count hypotheses there are, those of a source
            one behind the other; None for all.
    """

    sources: int
    count: int
    places: Tensor | None = None

    def spread(self, values: Tensor, otherwise: float = 0.0) -> Tensor:
        """Return values (rows, size) as (sources, count, size).

        Args:
            values: (rows, size)
            otherwise: What hypotheses have that are not there.
        """
        if self.places is None:
            return values.view(self.sources, self.count, -1)
        whole = values.new_full((self.sources * self.count, values.shape[1]), otherwise)
        return whole.index_copy_(0, self.places, values).view(self.sources, self.count, -1)

    def gather(self, values: Tensor) -> Tensor:
        """Return values (sources, count, size) as (rows, size)."""
        flat = values.flatten(0, 1)
        return flat if self.places is None else flat.index_select(0, self.places)


class DecoderSteps:
    """The steps of a decoder, whose weights must not change from now on.

    Args:
        decoder: The decoder, in evaluation mode.
    """

    def __init__(self, decoder: Decoder) -> None:
        first, *others = self._cells = decoder.in_order()
        size = decoder.input_size
        self.num_gates = first.weight_ih_l0.shape[0]
        self._attention = decoder.attention
        self._read = Product(first.weight_ih_l0[:, :size], first.bias_ih_l0)
        self._feed = None
        if decoder.input_feeding:
            self._feed = Product(first.weight_ih_l0[:, size:])
        self._query = Product(decoder.attention.query.weight) if decoder.attention.maps else None
        self._inputs = [Product(cell.weight_ih_l0, cell.bias_ih_l0) for cell in others]
        self._turns = [Product(cell.weight_hh_l0, cell.bias_hh_l0) for cell in self._cells]
        self._output = Product(decoder.output.weight, decoder.output.bias)

    def map_in(self, vectors: Tensor) -> Tensor:
        """Return what `step` takes of vectors (rows, input): the first layer's product with them.

        Who writes many texts computes it once for every unit.

        Returns:
            (rows, gates)
        """
        return self._read(vectors)

    def step(
        self, mapped: Tensor, memory: Memory, state: DecoderState, rows: Rows
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """Go one step, with any number of hypotheses for each source.

        It computes what `Decoder.forward` does.

        Args:
            mapped: (rows, gates) of the vectors of the last units written, by `map_in`.
            memory: The sources.
            state: Of the rows.
            rows: Which hypotheses these are.

        Returns:
            What is put out (rows, output), the attention's weights (sources, count, source), which
            mean nothing for hypotheses that are not there, and the state behind the step.
        """
        layers = []
        context = weights = hidden = mapped.new_zeros(0)
        for number, (cell, before) in enumerate(zip(self._cells, state.layers, strict=True)):
            if number:
                mapped = self._inputs[number - 1](torch.cat([hidden, context], dim=1))
            elif self._feed is not None and state.fed is not None:
                mapped = self._feed(state.fed).add_(mapped)
            after = cell.advance(mapped, self._turns[number](before[0]), before)
            layers.append(after)
            hidden = hidden + after[0] if number else after[0]
            if not number:
                query = hidden if self._query is None else self._query(hidden)
                found, weights = self._attention.attend(rows.spread(query), memory)
                context = rows.gather(found)
        put_out = self._output(torch.cat([hidden, context], dim=1)).tanh_()
        return put_out, weights, DecoderState(layers, None if state.fed is None else put_out)
