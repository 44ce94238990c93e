from __future__ import annotations

import pytest
import torch

from seqtag.config import DecoderConfig, EncoderConfig
from seqtag.layers.decoder_steps import Rows
from seqtag.models import translator
from seqtag.models.translator import TranslatorModel


def make_model(*, joint: bool = False, tied: bool = True) -> TranslatorModel:
    torch.manual_seed(0)
    return TranslatorModel(
        EncoderConfig(hidden_size=4),
        DecoderConfig(hidden_size=6, attention_size=3, tied=tied),
        vector_size=5,
        num_source=11,
        num_target=11 if joint else 8,
        joint=joint,
    ).eval()


SOURCES = torch.tensor([[4, 5, 6, 3], [7, 3, 0, 0]])
LENGTHS = torch.tensor([4, 2])
INPUTS = torch.tensor([[2, 4, 5], [2, 6, 0]])


@pytest.mark.parametrize(
    ("joint", "tied", "tables"),
    [
        (False, True, {"source.weight", "target.weight"}),
        (False, False, {"source.weight", "target.weight", "output_weight"}),
        (True, True, {"source.weight"}),
        (True, False, {"source.weight", "output_weight"}),
    ],
)
def test_vectors_are_shared_as_configured(joint: bool, tied: bool, tables: set[str]) -> None:
    model = make_model(joint=joint, tied=tied)
    state = model.state_dict()
    assert {name for name in state if "coder" not in name} == {*tables, "output_bias"}
    assert len(state) == len(list(model.parameters()))
    states, _ = model(SOURCES, LENGTHS, INPUTS)
    table = state["source.weight" if joint else "target.weight"]
    logits = states @ (table if tied else state["output_weight"]).t() + state["output_bias"]
    torch.testing.assert_close(model.logits(states), logits)


@pytest.mark.parametrize("most", [0, 10**6])
def test_steps_give_the_logits_of_the_whole(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether units are mapped beforehand or not."""
    monkeypatch.setattr(translator, "MOST_MAPPED", most)
    model = make_model()
    steps = model.steps()
    states, weights = model(SOURCES, LENGTHS, INPUTS)
    memory, state = model.read(SOURCES, LENGTHS)
    for step in range(3):
        logits, looked, state = steps.step(INPUTS[:, step], memory, state, Rows(2, 1))
        torch.testing.assert_close(logits, model.logits(states)[:, step])
        torch.testing.assert_close(looked[:, 0], weights[:, step])


def test_padding_changes_nothing() -> None:
    model = make_model()
    states, _ = model(SOURCES, LENGTHS, INPUTS)
    alone, _ = model(SOURCES[1:, :2], LENGTHS[1:], INPUTS[1:, :2])
    torch.testing.assert_close(states[1:, :2], alone)


def test_loss_is_that_of_the_units_alone() -> None:
    model = make_model()
    states, _ = model(SOURCES, LENGTHS, INPUTS)
    targets = torch.tensor([[4, 5, 3], [6, 3, 0]])
    loss, nll = model.loss(states, targets, targets > 0)
    surprise = -model.logits(states).log_softmax(dim=2)
    picked = [surprise[0, 0, 4], surprise[0, 1, 5], surprise[0, 2, 3]]
    picked += [surprise[1, 0, 6], surprise[1, 1, 3]]
    torch.testing.assert_close(loss, torch.stack(picked).mean())
    torch.testing.assert_close(nll, loss)
