from __future__ import annotations

import pytest
import torch
from torch import Tensor

from seqtag.layers.decoder_steps import DecoderSteps, Rows
from tests.layers.test_decoder import CELLS, KINDS, make_decoder, make_source, make_vectors


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_steps_are_the_whole(cell: str, kind: str, input_feeding: bool, dtype: torch.dtype) -> None:
    decoder = make_decoder(
        dtype, cell=cell, num_layers=2, input_feeding=input_feeding, attention=kind
    ).eval()
    states, mask = make_source(dtype=dtype)
    vectors = make_vectors().to(dtype)
    with torch.no_grad():
        whole, looked = decoder(vectors, *decoder.begin(states, mask))
        memory, state = decoder.begin(states, mask)
        steps = DecoderSteps(decoder)
        for step in range(vectors.shape[1]):
            mapped = steps.map_in(vectors[:, step])
            found, weights, state = steps.step(mapped, memory, state, Rows(3, 1))
            torch.testing.assert_close(found, whole[:, step])
            torch.testing.assert_close(weights[:, 0], looked[:, step])


@pytest.mark.parametrize("gone", [[], [0], [3], [0, 1, 5], [0, 2, 4], [1, 2, 3, 4, 5]])
def test_every_hypothesis_goes_its_own_way(gone: list[int]) -> None:
    """Two for each source, those of a source one behind the other; some are gone."""
    decoder = make_decoder(num_layers=2, input_feeding=True).eval()
    states, mask = make_source()
    vectors = make_vectors(3, 2)  # two hypotheses instead of two steps
    there = [place for place in range(6) if place not in gone]
    with torch.no_grad():
        memory, state = decoder.begin(states, mask)
        steps = DecoderSteps(decoder)

        def step(source: int, row: int) -> tuple[Tensor, Tensor, Tensor]:
            chosen = torch.tensor([source])
            mapped = steps.map_in(vectors[source, row][None])
            found, weights, after = steps.step(
                mapped, memory.select(chosen), state.select(chosen), Rows(1, 1)
            )
            return found[0], weights[0, 0], after.layers[1][0][0]

        wide = state.select(torch.tensor([place // 2 for place in there]))
        rows = Rows(3, 2, torch.tensor(there) if gone else None)
        mapped = steps.map_in(vectors.flatten(0, 1)[there])
        found, weights, after = steps.step(mapped, memory, wide, rows)
        assert weights.shape[:2] == (3, 2)
        for number, place in enumerate(there):
            alone, looked, last = step(place // 2, place % 2)
            torch.testing.assert_close(found[number], alone)
            torch.testing.assert_close(weights[place // 2, place % 2], looked)
            torch.testing.assert_close(after.layers[1][0][number], last)


def test_values_are_spread_and_gathered() -> None:
    values = torch.arange(6.0).view(3, 2)
    rows = Rows(2, 3, torch.tensor([0, 2, 4]))
    spread = rows.spread(values)
    assert spread[:, :, 0].tolist() == [[0, 0, 2], [0, 4, 0]]
    assert torch.equal(rows.gather(spread), values)
    every = Rows(3, 1)
    assert torch.equal(every.gather(every.spread(values)), values)
