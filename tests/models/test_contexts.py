from __future__ import annotations

import numpy as np
import pytest
import torch

from seqtag.batching.contexts import ContextReader, UnitBatch
from seqtag.models import contexts as contexts_module
from seqtag.models.contexts import ContextEmbedding
from seqtag.text.sentence import Sentence
from seqtag.training.spec import ReaderSpec
from tests.generators import begin_anywhere, make_spec, make_units, random_model

SENTENCES = [["the", "king", "sat"], ["a"], ["and", "the", "cat", "sat", "down", "here"]]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "peephole"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("steps", [3, 512])
def test_states_are_those_of_a_plain_loop(
    cell: str, direction: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts_module, "READ_STEPS", steps)
    spec = make_spec(make_units("subword"), cell=cell, direction=direction)
    generator = begin_anywhere(random_model(spec))
    contexts = ContextEmbedding([ReaderSpec(**spec.reader_fields()).sizes], 3)
    contexts.models[0].load_state_dict(
        {n: v for n, v in generator.state_dict().items() if not n.startswith("output")}
    )

    def network(batch: UnitBatch) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
        arrays = {name: torch.from_numpy(array) for name, array in batch.arrays().items()}
        return contexts.read(batch.model, batch.direction, **arrays).numpy()

    reader = ContextReader([spec.reading])
    assert reader.size == contexts.states_size
    (found,) = reader.read([Sentence(tokens) for tokens in SENTENCES], network)
    expected = []
    for tokens in SENTENCES:
        units = spec.units.encode_many(tokens)
        for place in range(len(tokens)):
            parts = []
            for name in generator.directions:
                read = units[: place + 1] if name == "forward" else units[place:]
                numbers = [number for word in read for number in word]
                state = generator.begin(name, 1)
                with torch.inference_mode():
                    for number in [3, *(numbers if name == "forward" else numbers[::-1])]:
                        _, raw, state = generator.step(name, torch.tensor([number]), state)
                parts.append(raw[0])
            expected.append(torch.cat(parts).numpy())
    np.testing.assert_allclose(found, np.array(expected), atol=1e-5)


def test_language_models_are_frozen_and_read_without_dropout() -> None:
    spec = make_spec(direction="both")
    contexts = ContextEmbedding([spec.sizes], 3).train()
    arguments = (0, "forward", torch.tensor([[3, 4, 5]]), torch.tensor([0]), torch.tensor([2]))
    first, second = contexts.read(*arguments), contexts.read(*arguments)
    assert torch.equal(first, second)
    contexts(torch.cat([first, first], dim=1)).sum().backward()
    assert {name for name, p in contexts.named_parameters() if p.requires_grad} == {
        "projection.weight",
        "projection.bias",
    }
