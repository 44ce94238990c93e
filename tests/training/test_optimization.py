from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig, EncoderConfig, TrainingConfig
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.training.optimization import AVERAGE_EVERY, Average, learning_rate, make_optimizer


def make_model() -> TaggerModel:
    torch.manual_seed(0)
    return TaggerModel(
        EmbeddingConfig(
            word_size=2, ngram_size=2, ngram_buckets=8, characters="cnn", character_hidden_size=4
        ),
        EncoderConfig(hidden_size=2, num_layers=1),
        num_words=3,
        num_characters=5,
        heads=[HeadSpec(True, [[True] * 2] * 2, [True] * 2, [True] * 2)],
    )


def test_matrices_decay_and_nothing_else() -> None:
    model = make_model()
    optimizer = make_optimizer(model, TrainingConfig(weight_decay=0.25))
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    decay = {names[id(p)]: g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    assert decay.keys() == set(names.values())
    assert sorted(name for name, value in decay.items() if value) == [
        "embedding.characters.convolution.weight",
        "encoder.backwards.0.weight_hh_l0",
        "encoder.backwards.0.weight_ih_l0",
        "encoder.forwards.0.weight_hh_l0",
        "encoder.forwards.0.weight_ih_l0",
        "heads.0.projection.weight",
    ]
    assert set(decay.values()) == {0.25, 0.0}


def test_row_of_a_table_that_no_batch_touches_stays_as_it_is() -> None:
    model = nn.ModuleDict({"table": nn.Embedding(3, 2), "head": nn.Linear(2, 1)})
    optimizer = make_optimizer(model, TrainingConfig(weight_decay=10.0, learning_rate=0.1))
    table = model["table"]
    assert isinstance(table, nn.Embedding)
    before = table.weight.detach().clone()
    model["head"](table(torch.tensor([1]))).sum().backward()
    optimizer.step()
    assert torch.equal(table.weight[[0, 2]], before[[0, 2]])
    assert not torch.equal(table.weight[1], before[1])


def rates(steps: int, warmup: float, top: float = 2.0) -> list[float]:
    config = TrainingConfig(learning_rate=top, warmup=warmup)
    return [learning_rate(step, steps, config) for step in range(steps)]


def test_rate_rises_to_the_top_and_falls() -> None:
    assert rates(10, 0.4) == pytest.approx(
        [0.5, 1.0, 1.5, 2.0, 2.0, 2 * 5 / 6, 2 * 4 / 6, 1.0, 2 * 2 / 6, 2 / 6]
    )


@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 1.0])
def test_rate_reaches_the_top_once_and_is_never_zero(steps: int, warmup: float) -> None:
    found = rates(steps, warmup)
    top = found.index(max(found))
    assert max(found) == 2.0
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert min(found) > 0


def test_rate_is_never_lower_than_a_hundredth_once_it_falls() -> None:
    config = TrainingConfig(learning_rate=2.0, warmup=0.1)
    assert rates(1000, 0.1)[-1] == pytest.approx(0.02)
    assert learning_rate(5000, 1000, config) == pytest.approx(0.02)  # epochs vary in length


def walk(model: nn.Linear, average: Average, steps: int) -> list[Tensor]:
    """Give the weights random values, step by step, and return these."""
    generator = torch.Generator().manual_seed(0)
    seen = []
    for step in range(1, steps + 1):
        model.weight.data.copy_(torch.randn(model.weight.shape, generator=generator))
        average.update(step)
        seen.append(model.weight.detach().clone())
    return seen


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_average_is_that_of_its_recurrence(decay: float) -> None:
    model = nn.Linear(3, 2)
    average = Average(model, decay)
    expected = model.weight.detach().double()
    for step, weight in enumerate(walk(model, average, 203), start=1):
        if step < AVERAGE_EVERY:
            expected = weight.double()
        elif step % AVERAGE_EVERY == 0:
            updates = step // AVERAGE_EVERY
            past = min(decay**AVERAGE_EVERY, updates / (updates + 10))
            expected = past * expected + (1 - past) * weight.double()
    assert torch.allclose(average.values["weight"].double(), expected, atol=1e-6)


def test_average_without_memory_is_the_weights() -> None:
    model = nn.Linear(3, 2)
    average = Average(model, 0.0)
    for step in range(1, 10):
        model.weight.data.normal_()
        average.update(step)
        assert torch.equal(average.values["weight"], model.weight)


@pytest.mark.parametrize("steps", range(1, AVERAGE_EVERY))
def test_average_of_a_very_short_training_is_not_its_random_start(steps: int) -> None:
    model = nn.Linear(3, 2)
    average = Average(model, 0.998)
    weights = walk(model, average, steps)
    assert torch.equal(average.values["weight"], weights[-1])


def test_average_is_lent_and_taken_back() -> None:
    model = nn.Linear(3, 2)
    average = Average(model, 0.9)
    walk(model, average, 20)
    own = model.weight.detach().clone()
    with average.applied():
        assert torch.equal(model.weight, average.values["weight"])
        assert not torch.equal(model.weight, own)
    assert torch.equal(model.weight, own)


def test_average_is_taken_back_after_an_error() -> None:
    model = nn.Linear(3, 2)
    average = Average(model, 0.9)
    walk(model, average, 20)
    own = model.weight.detach().clone()
    with pytest.raises(RuntimeError, match="stop"), average.applied():
        raise RuntimeError("stop")
    assert torch.equal(model.weight, own)
