from __future__ import annotations

from typing import Any

import pytest
import torch

from seqtag.models.generator import GeneratorModel
from tests.generators import make_spec, random_model

INPUTS = torch.tensor([[3, 4, 5, 6], [7, 8, 3, 4]])


def make_model(**values: Any) -> GeneratorModel:  # noqa: ANN401 - values of keys of many types
    return random_model(make_spec(**values))


@pytest.mark.parametrize(
    ("values", "directions"),
    [
        ({}, ["forward"]),
        ({"direction": "backward"}, ["backward"]),
        ({"direction": "both"}, ["forward", "backward"]),
    ],
)
def test_networks_are_those_of_the_directions(
    values: dict[str, Any], directions: list[str]
) -> None:
    model = make_model(**values)
    assert model.directions == directions
    for name in directions:
        assert model.begin(name, 3)[0][0].shape == (3, 6)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "peephole"])
@pytest.mark.parametrize("cutoffs", [(), (6, 9)])
@pytest.mark.parametrize("tied", [True, False])
def test_steps_say_what_the_whole_says(cell: str, cutoffs: tuple[int, ...], tied: bool) -> None:
    model = make_model(cell=cell, cutoffs=cutoffs, tied=tied)
    with torch.no_grad():
        state = model.begin("forward", 2)
        states, raw, last = model.read("forward", INPUTS, state)
        for step in range(INPUTS.shape[1]):
            logs, hidden, state = model.step("forward", INPUTS[:, step], state)
            torch.testing.assert_close(hidden, raw[:, step])
            targets = (INPUTS[:, step] + 1) % logs.shape[1]
            surprises = model.surprises("forward", states[:, step], targets)
            torch.testing.assert_close(-logs.gather(1, targets[:, None])[:, 0], surprises)
            torch.testing.assert_close(logs.exp().sum(dim=1), torch.ones(2))
            loss = model.loss("forward", states[:, step], targets)
            torch.testing.assert_close(loss, surprises.mean())
    for one, other in zip(sum(state, ()), sum(last, ()), strict=True):
        torch.testing.assert_close(one, other)


def test_tied_vectors_are_those_of_the_output_layer() -> None:
    assert make_model(tied=True).output_weight is None
    untied = make_model(tied=False)
    assert untied.output_weight is not None
    assert untied.output_weight.shape == (len(make_spec().units), 6)
    # A state of another size than the vectors is mapped to theirs.
    assert {name for name in make_model(tied=True).state_dict() if "mapping" in name} == {
        "forwards.mapping.weight",
        "forwards.mapping.bias",
    }
    assert not [name for name in untied.state_dict() if "mapping" in name]


def test_directions_share_vectors_and_output_layer() -> None:
    names = {name.split(".")[0] for name in make_model(direction="both").state_dict()}
    assert names == {"units", "forwards", "backwards", "output"}


def test_a_dropped_unit_is_dropped_wherever_it_occurs() -> None:
    model = make_model(embedding_dropout=0.5).train()
    inputs = torch.tensor([[4, 5, 4, 6, 4], [7, 4, 5, 4, 7]])
    torch.manual_seed(1)
    vectors = model._vectors(inputs)
    dropped = (vectors == 0).all(dim=2)
    for unit in (4, 5, 6, 7):
        assert len(set(dropped[inputs == unit].tolist())) == 1
    assert dropped.any()
    assert not dropped.all()
    plain = model.units(inputs) * model.scale * 2.0
    torch.testing.assert_close(vectors[~dropped], plain[~dropped])
    model.eval()
    assert not (model._vectors(inputs) == 0).all(dim=2).any()


def test_state_goes_on_across_windows() -> None:
    model = make_model()
    with torch.no_grad():
        whole, _, _ = model.read("forward", INPUTS, model.begin("forward", 2))
        first, _, state = model.read("forward", INPUTS[:, :1], model.begin("forward", 2))
        rest, _, _ = model.read("forward", INPUTS[:, 1:], state)
    torch.testing.assert_close(torch.cat([first, rest], dim=1), whole)
