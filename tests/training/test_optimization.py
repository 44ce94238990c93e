from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig, EncoderConfig, TrainingConfig
from seqtag.layers.tables import Table
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.training.optimization import (
    AVERAGE_EVERY,
    AVERAGE_TABLES_EVERY,
    Average,
    RowOptimizer,
    clip_gradients,
    load_optimizers,
    make_optimizers,
    optimizer_tensors,
    trained_parameters,
)


def make_model() -> TaggerModel:
    torch.manual_seed(0)
    return TaggerModel(
        EmbeddingConfig(word_size=2, ngram_size=2, characters="cnn", character_hidden_size=4),
        EncoderConfig(hidden_size=2, num_layers=1),
        num_words=3,
        num_characters=5,
        num_ngrams=8,
        heads=[HeadSpec(True, [[True] * 2] * 2, [True] * 2, [True] * 2)],
    )


def test_matrices_decay_and_nothing_else() -> None:
    model = make_model()
    groups = [
        g for o in make_optimizers(model, TrainingConfig(weight_decay=0.25)) for g in o.param_groups
    ]
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    decay = {names[id(p)]: g.get("weight_decay", 0.0) for g in groups for p in g["params"]}
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


@pytest.mark.parametrize("config", [TrainingConfig(), TrainingConfig(optimizer="sgd")])
@pytest.mark.parametrize("kind", [Table, nn.Embedding])
def test_row_of_a_table_that_no_batch_touches_stays_as_it_is(
    config: TrainingConfig, kind: type[nn.Embedding]
) -> None:
    model = nn.ModuleDict({"table": kind(3, 2), "head": nn.Linear(2, 1)})
    optimizers = make_optimizers(model, config)
    table = model["table"]
    assert isinstance(table, nn.Embedding)
    before = table.weight.detach().clone()
    model["head"](table(torch.tensor([1]))).sum().backward()
    step(optimizers)
    assert torch.equal(table.weight[[0, 2]], before[[0, 2]])
    assert not torch.equal(table.weight[1], before[1])


def step(optimizers: list[torch.optim.Optimizer]) -> None:
    for optimizer in optimizers:
        optimizer.step()


def test_optimizers_are_the_ones_named() -> None:
    tables, adamw = make_optimizers(make_model(), TrainingConfig())
    assert isinstance(adamw, torch.optim.AdamW)
    assert isinstance(tables, RowOptimizer)
    assert tables.param_groups[0]["decay"] == adamw.param_groups[0]["betas"][1]
    tables, sgd = make_optimizers(make_model(), TrainingConfig(optimizer="sgd", momentum=0.75))
    assert isinstance(sgd, torch.optim.SGD)
    assert {(g["momentum"], g["nesterov"]) for g in sgd.param_groups} == {(0.75, True)}
    assert tables.param_groups[0]["decay"] is None
    assert tables.param_groups[0]["gain"] == 4.0
    _, plain = make_optimizers(make_model(), TrainingConfig(optimizer="sgd", momentum=0.0))
    assert {(g["momentum"], g["nesterov"]) for g in plain.param_groups} == {(0.0, False)}


def sparse(rows: list[int], values: list[list[float]], table: Tensor) -> Tensor:
    """Return a gradient that holds some rows of a table."""
    return torch.sparse_coo_tensor(
        torch.tensor([rows]), torch.tensor(values), table.shape, check_invariants=True
    )


def test_rows_follow_the_mean_of_their_squares_which_fades_between_touches() -> None:
    table = nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    optimizer = RowOptimizer([table], lr=0.1, gain=2.0, decay=0.9)
    expected, squares = table.detach().double().numpy().copy(), np.zeros(3)
    touches = [([0, 2], [[1.0, -1.0], [0.5, 2.0]]), ([2], [[3.0, 0.0]]), ([0], [[1.0, 1.0]])]
    for rows, values in touches:
        table.grad = sparse(rows, values, table)
        optimizer.step()
        squares *= 0.9
        for row, gradient in zip(rows, np.array(values), strict=True):
            squares[row] += 0.1 * (gradient**2).mean()
            expected[row] -= 0.2 * gradient / np.sqrt(squares[row])
    assert table.detach().numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("every", [1, 400])
def test_row_moves_as_far_as_it_would_with_adam(every: int) -> None:
    """Whether every batch touches it, or one in a long time."""
    steps = 4000
    table, reference = nn.Parameter(torch.zeros(1, 1)), nn.Parameter(torch.zeros(1, 1))
    rows = RowOptimizer([table], lr=0.01, gain=1.0, decay=0.99)
    adam = torch.optim.Adam([reference], lr=0.01, betas=(0.9, 0.99))
    for step in range(steps):
        touched = step % every == 0
        table.grad = sparse([0] * touched, [[2.0]] * touched, table) if touched else None
        reference.grad = torch.full((1, 1), 2.0 * touched)
        rows.step()
        adam.step()
    assert table.item() == pytest.approx(reference.item(), rel=0.1)


def test_rows_given_twice_count_with_their_sum() -> None:
    tables = [nn.Parameter(torch.ones(3, 1)) for _ in range(2)]
    tables[0].grad = sparse([2, 0, 2], [[1.0], [2.0], [4.0]], tables[0])
    tables[1].grad = torch.tensor([[2.0], [0.0], [5.0]])
    for table in tables:
        RowOptimizer([table], lr=0.1, gain=1.0, decay=0.9).step()
    assert torch.equal(tables[0], tables[1])


@pytest.mark.parametrize("highest", [0.1, 1e9])
def test_gradients_are_clipped_as_torch_does(highest: float) -> None:
    table = nn.Parameter(torch.zeros(5, 2))
    table.grad = sparse([1, 4], torch.randn(2, 2).tolist(), table)
    matrix = nn.Parameter(torch.zeros(2, 2))
    matrix.grad = torch.randn(2, 2)
    reference = [nn.Parameter(torch.zeros_like(p)) for p in (table, matrix)]
    for parameter, other in zip((table, matrix), reference, strict=True):
        other.grad = parameter.grad.to_dense().clone()  # type: ignore[union-attr]  # given above
    clip_gradients([table, matrix, nn.Parameter(torch.zeros(1))], highest)
    nn.utils.clip_grad_norm_(reference, highest)
    for parameter, other in zip((table, matrix), reference, strict=True):
        assert parameter.grad is not None
        assert other.grad is not None
        assert torch.allclose(parameter.grad.to_dense(), other.grad)


def test_gradient_with_rows_given_twice_is_clipped_by_their_sums() -> None:
    table = nn.Parameter(torch.zeros(4, 2))
    table.grad = sparse([3, 1, 3], [[3.0, 0.0], [0.0, 1.0], [1.0, 0.0]], table)
    expected = torch.tensor([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0], [4.0, 0.0]])
    assert clip_gradients([table], 0.5).item() == pytest.approx(17**0.5)
    assert torch.allclose(table.grad.to_dense(), expected * 0.5 / 17**0.5)


@pytest.mark.parametrize("value", [torch.inf, torch.nan])
def test_norm_tells_of_gradients_that_are_not_finite(value: float) -> None:
    table, matrix = nn.Parameter(torch.zeros(5, 2)), nn.Parameter(torch.zeros(2, 2))
    table.grad = sparse([1], [[value, 0.0]], table)
    matrix.grad = torch.ones(2, 2)
    assert not clip_gradients([table, matrix], 1.0).isfinite()


def test_sgd_follows_nesterovs_recurrence() -> None:
    """As torch writes it: v = m v + g, then w = w - r (g + m v)."""
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(1.0)
    config = TrainingConfig(optimizer="sgd", momentum=0.5, learning_rate=0.1, weight_decay=0.0)
    (optimizer,) = make_optimizers(model, config)
    weight, velocity = 1.0, 0.0
    for _ in range(5):
        model.weight.grad = 2 * model.weight.detach()  # of the weight's square
        optimizer.step()
        gradient = 2 * weight
        velocity = 0.5 * velocity + gradient
        weight -= 0.1 * (gradient + 0.5 * velocity)
        assert model.weight.item() == pytest.approx(weight)


def make_steps(model: nn.Module, optimizers: list[torch.optim.Optimizer], count: int) -> None:
    """Make steps with random gradients."""
    for _ in range(count):
        for parameter in model.parameters():
            parameter.grad = torch.randn_like(parameter)
        step(optimizers)


OPTIMIZERS = {
    "adamw": TrainingConfig(),
    "sgd": TrainingConfig(optimizer="sgd"),
    "plain": TrainingConfig(optimizer="sgd", momentum=0.0),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 3])
def test_optimizer_goes_on_with_what_it_remembers(name: str, steps: int) -> None:
    config = OPTIMIZERS[name]
    first, second = make_model(), make_model()
    optimizers = make_optimizers(first, config)
    make_steps(first, optimizers, steps)
    tensors = optimizer_tensors(optimizers, trained_parameters(first))
    assert bool(tensors) == (name != "plain" and steps > 0)
    arrays = {key: tensor.numpy().copy() for key, tensor in tensors.items()}
    others = make_optimizers(second, config)
    load_optimizers(others, trained_parameters(second), arrays)
    second.load_state_dict(first.state_dict())
    for model, own in ((first, optimizers), (second, others)):
        torch.manual_seed(3)
        make_steps(model, own, 2)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_optimizer_goes_on_with_rows_that_were_touched_at_different_times(name: str) -> None:
    """What a row remembers fades with the steps since its last touch, on both sides of a stop."""
    touches = [[0, 3], [1], [], [3], [0, 1, 2], [], [2, 3], [0]]
    stop = 4

    def walk_rows(table: Table, optimizer: torch.optim.Optimizer, first: int, last: int) -> None:
        for number in range(first, last):
            generator = torch.Generator().manual_seed(number)
            values = torch.randn(len(touches[number]), 2, generator=generator).tolist()
            table.weight.grad = sparse(touches[number], values, table.weight) if values else None
            optimizer.step()

    def make() -> tuple[Table, torch.optim.Optimizer]:
        torch.manual_seed(0)
        table = Table(4, 2)
        (optimizer,) = make_optimizers(table, OPTIMIZERS[name])
        return table, optimizer

    whole, optimizer = make()
    walk_rows(whole, optimizer, 0, len(touches))
    first, optimizer = make()
    walk_rows(first, optimizer, 0, stop)
    tensors = optimizer_tensors([optimizer], trained_parameters(first))
    arrays = {key: tensor.numpy().copy() for key, tensor in tensors.items()}
    second, optimizer = make()
    second.load_state_dict(first.state_dict())
    load_optimizers([optimizer], trained_parameters(second), arrays)
    walk_rows(second, optimizer, stop, len(touches))
    assert torch.equal(second.weight, whole.weight)
    assert not torch.equal(second.weight, first.weight)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_memory_that_does_not_fit_is_refused(name: str) -> None:
    model = make_model()
    optimizers = make_optimizers(model, OPTIMIZERS[name])
    make_steps(model, optimizers, 1)
    parameters = trained_parameters(model)
    arrays = {k: t.numpy() for k, t in optimizer_tensors(optimizers, parameters).items()}
    for key, array in arrays.items():
        less = {other: a for other, a in arrays.items() if other != key}
        with pytest.raises(KeyError, match=key):
            load_optimizers(optimizers, parameters, less)
        with pytest.raises(ValueError, match=" is "):
            load_optimizers(optimizers, parameters, {**arrays, key: array[None]})


def test_frozen_parameters_are_left_alone() -> None:
    model = make_model()
    assert model.embedding.words is not None
    model.embedding.words.weight.requires_grad_(False)
    names = trained_parameters(model).keys()
    assert dict(model.named_parameters()).keys() - names == {"embedding.words.weight"}
    for config in OPTIMIZERS.values():
        groups = [g for optimizer in make_optimizers(model, config) for g in optimizer.param_groups]
        held = {id(p) for group in groups for p in group["params"]}
        assert id(model.embedding.words.weight) not in held


def walk(model: nn.Linear | Table, average: Average, steps: int) -> list[Tensor]:
    """Give the weights random values, step by step, and return these."""
    generator = torch.Generator().manual_seed(0)
    seen = []
    for step in range(1, steps + 1):
        model.weight.data.copy_(torch.randn(model.weight.shape, generator=generator))
        average.update(step)
        seen.append(model.weight.detach().clone())
    return seen


@pytest.mark.parametrize("decay", [0.5, 0.99])
@pytest.mark.parametrize(
    ("model", "every"), [(nn.Linear(3, 2), AVERAGE_EVERY), (Table(3, 2), AVERAGE_TABLES_EVERY)]
)
def test_average_is_that_of_its_recurrence(
    decay: float, model: nn.Linear | Table, every: int
) -> None:
    average = Average(model, decay)
    expected = model.weight.detach().double()
    for step, weight in enumerate(walk(model, average, 203), start=1):
        if step < every:
            expected = weight.double()
        elif step % every == 0:
            past = min(decay**every, step / (step + 40))
            expected = past * expected + (1 - past) * weight.double()
    assert torch.allclose(average.values["weight"].double(), expected, atol=1e-6)


def test_average_in_which_all_steps_count_alike() -> None:
    model = nn.Linear(3, 2)
    average = Average(model, 0.0)
    walk(model, average, 40)
    average.first = 40
    passed = []
    for step in range(41, 81):
        nn.init.normal_(model.weight)
        passed.append(model.weight.detach().clone())
        average.update(step)
    expected = torch.stack(passed[AVERAGE_EVERY - 1 :: AVERAGE_EVERY]).mean(dim=0)
    assert torch.allclose(average.values["weight"], expected, atol=1e-6)


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
