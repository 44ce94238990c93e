from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seqtag.batching.batches import IntArray
from seqtag.batching.stream import SKIPPED, Lanes
from seqtag.config import LanguageModelConfig, RunConfig, resolve
from seqtag.errors import ConfigError
from seqtag.layers.adaptive import default_cutoffs
from seqtag.text.cleaning import LineCleaner
from seqtag.text.spelling import learn_spelling
from seqtag.text.subwords import BytePairs
from seqtag.text.unit_base import END
from seqtag.text.units import Words
from seqtag.training import language_model
from seqtag.training.language_model import (
    LanguageModelObjective,
    build_model,
    choose_cutoffs,
    learn_beginnings,
    score_stream,
    stream_log_likelihood,
)
from seqtag.training.loop import Trainer
from seqtag.training.objective import in_memory
from seqtag.training.spec import GeneratorSpec
from seqtag.training.streams import TextStream, encode_text
from seqtag.training.text_scores import text_dev_score
from tests.generators import (
    LINES,
    TINY_GENERATOR,
    begin_anywhere,
    make_spec,
    make_units,
    plain_loop,
    random_model,
    spelt,
)


def stream_of(spec: GeneratorSpec, lines: list[str] = LINES) -> TextStream:
    return encode_text(lines, spec.units, spec.spelling, spec.cleaner(), in_memory)


def config_of(**given: Any) -> RunConfig:  # noqa: ANN401 - values of keys of many types
    values: dict[str, Any] = {}
    for key, value in {**TINY_GENERATOR, **given}.items():
        section, _, name = key.rpartition(".")
        (values.setdefault(section, {}) if section else values)[name] = value
    return resolve(values)


def make_objective(
    spec: GeneratorSpec | None = None,
    **given: Any,  # noqa: ANN401 - as above
) -> LanguageModelObjective:
    spec = make_spec() if spec is None else spec
    stream = stream_of(spec)
    return LanguageModelObjective(spec, stream, stream, config_of(**given))


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("cutoffs", [(), (6, 9)])
def test_perplexity_is_that_of_a_plain_loop(direction: str, cutoffs: tuple[int, ...]) -> None:
    spec = make_spec(direction=direction, cutoffs=cutoffs)
    model = begin_anywhere(random_model(spec))
    stream = stream_of(spec)
    total, counted = plain_loop(model, stream.numbers.tolist(), direction)
    found, number = stream_log_likelihood(model, stream, "cpu", direction)
    assert number == counted == len(stream.numbers)
    assert found == pytest.approx(total, rel=1e-6)
    scores = score_stream(model, stream, "cpu")
    assert scores["perplexity"] == pytest.approx(spelt(total, 0.0, stream.tokens), rel=1e-5)
    assert scores["loss"] == pytest.approx(-total / counted, rel=1e-6)
    bits = -total / np.log(2) / stream.characters
    assert scores["bits_per_char"] == pytest.approx(bits, rel=1e-6)


def test_stretches_side_by_side_say_what_the_whole_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "WARM_STEPS", 40)
    monkeypatch.setattr(language_model, "SCORING_STEPS", 16)
    spec = make_spec(cell="gru")
    model = begin_anywhere(random_model(spec, strength=0.7))  # one that forgets
    stream = stream_of(spec, LINES * 12)
    total, counted = plain_loop(model, stream.numbers.tolist())
    assert len(stream.numbers) > 4 * 4 * 40  # so that there are several
    found, number = stream_log_likelihood(model, stream, "cpu")
    assert number == counted
    assert found == pytest.approx(total, rel=1e-4)


def test_what_is_skipped_is_read_and_not_counted() -> None:
    spec = make_spec()
    model = random_model(spec)
    stream = stream_of(spec)
    numbers = stream.numbers.copy()
    numbers[3] = SKIPPED
    skipped = TextStream(numbers, 5, 10, 50, 0, 0.0)
    total, counted = plain_loop(model, numbers.tolist())
    assert counted == len(numbers) - 1
    found, number = stream_log_likelihood(model, skipped, "cpu")
    assert number == counted
    assert found == pytest.approx(total, rel=1e-6)


def test_unknown_units_cost_their_spelling() -> None:
    spec = make_spec()
    stream = stream_of(spec, ["the zebra"])
    assert stream.unknown == 2  # z and b
    model = random_model(spec)
    total, _ = plain_loop(model, stream.numbers.tolist())
    cost = sum(learn_spelling(LINES).cost(letter) for letter in "zb")
    scores = score_stream(model, stream, "cpu")
    assert scores["perplexity"] == pytest.approx(spelt(total, cost, 3), rel=1e-5)
    assert scores["unknown"] == pytest.approx(2 / 10)


def test_both_directions_are_scored() -> None:
    spec = make_spec(direction="both")
    stream = stream_of(spec)
    model = random_model(spec)
    scores = score_stream(model, stream, "cpu")
    each = scores["by_direction"]
    assert list(each) == ["forward", "backward"]
    for name, own in each.items():
        total, counted = plain_loop(model, stream.numbers.tolist(), name)
        assert own["loss"] == pytest.approx(-total / counted, rel=1e-6)
    mean = np.sqrt(each["forward"]["perplexity"] * each["backward"]["perplexity"])
    assert scores["perplexity"] == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_loss_of_windows_is_that_of_the_stream(direction: str) -> None:
    """Windows of one lane, with the state carried and nothing dropped, are the plain loop."""
    objective = make_objective(
        make_spec(direction=direction),
        **{
            "training.batch_tokens": 7,
            "language_model.window": 7,
            "language_model.activation_penalty": 0.0,
            "language_model.change_penalty": 0.0,
            "language_model.direction": direction,
        },
    )
    objective.model.eval()
    numbers = stream_of(objective.spec).numbers.tolist()
    total, units = 0.0, 0
    with torch.no_grad():
        for window in objective.plan(np.random.default_rng(0)):
            loss, count = objective.loss(window)
            total += float(loss) * count
            units += count
    assert units == len(numbers)
    names = objective.model.directions
    wanted = [plain_loop(objective.model, numbers, name)[0] for name in names]
    assert total == pytest.approx(-sum(wanted) / len(wanted), rel=1e-5)


def test_windows_vary_and_begin_anew_with_each_epoch() -> None:
    given: dict[str, Any] = {"training.batch_tokens": 20}
    objective = make_objective(**given)
    plans = [objective.plan(np.random.default_rng(seed)) for seed in (0, 1)]
    assert [w.tolist() for w in plans[0]] != [w.tolist() for w in plans[1]]
    objective.model.eval()
    first, _ = objective.loss(plans[0][0])
    later, _ = objective.loss(plans[0][1])
    again, _ = objective.loss(plans[0][0])
    torch.testing.assert_close(first, again)
    assert float(first.detach()) != float(later.detach())


def test_sgd_goes_as_far_as_a_window_is_long_and_tells_the_rate_of_the_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys: dict[str, Any] = {
        "training.optimizer": "sgd",
        "training.momentum": 0.0,
        "training.weight_decay": 0.0,
        "training.schedule": "constant",
        "training.warmup": 0.0,
        "training.clip_norm": 1000.0,
        "training.learning_rate": 0.5,
        "training.batch_tokens": 20,
    }
    objective = make_objective(**keys)
    trainer = Trainer(objective, config_of(**keys).training, 1)
    weights = dict(objective.model.named_parameters())
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    windows: list[list[int]] = []
    plain = objective.loss

    def noted(indices: IntArray) -> tuple[Tensor, int]:
        windows.append(indices.tolist())
        return plain(indices)

    monkeypatch.setattr(objective, "loss", noted)
    factors = set()
    for progress in trainer.run():
        begin, end = windows[-1]
        factors.add((end - begin) / 10)
        for name, weight in weights.items():
            assert weight.grad is not None
            expected = before[name] - 0.5 * (end - begin) / 10 * weight.grad
            torch.testing.assert_close(weight.detach(), expected)
            before[name] = weight.detach().clone()
        assert progress.learning_rate == 0.5
    assert len(factors) > 2
    assert [record["learning_rate"] for record in trainer.state.history] == [0.5, 0.5]


def test_adamw_has_the_rate_of_the_schedule_for_every_window() -> None:
    objective = make_objective()
    assert {objective.rate_factor(np.array([0, end])) for end in (5, 10, 17)} == {1.0}


def test_gradients_do_not_reach_into_the_window_before() -> None:
    objective = make_objective()
    windows = objective.plan(np.random.default_rng(0))
    objective.loss(windows[0])
    assert objective.carried
    assert not any(value.requires_grad for value in objective.carried.values())


@pytest.mark.parametrize("name", ["activation_penalty", "change_penalty"])
def test_penalties_are_those_of_the_last_layer_s_states(name: str) -> None:
    """As in Merity et al. 2018, section 4.6: of the dropped ones their size, of all the change."""

    def loss(strength: float) -> float:
        keys: dict[str, Any] = {
            "language_model.activation_penalty": 0.0,
            "language_model.change_penalty": 0.0,
            f"language_model.{name}": strength,
        }
        objective = make_objective(**keys)
        torch.manual_seed(3)
        return float(objective.loss(np.array([0, 8]))[0].detach())

    model = make_objective().model
    assert model.output_size != model.hidden_size  # or there would be nothing to mix up
    inputs = torch.from_numpy(Lanes(stream_of(make_spec()).numbers, 10).batch(0, 8).inputs)
    torch.manual_seed(3)
    with torch.no_grad():
        dropped, raw, _ = model.read("forward", inputs, model.begin("forward", 10))
    # Both are 0 where only dropped units have been read; which these are goes by torch's version.
    assert ((dropped == 0) & (raw != 0)).any()
    wanted = {
        "activation_penalty": dropped.square().mean(),
        "change_penalty": (raw[:, 1:] - raw[:, :-1]).square().mean(),
    }
    assert loss(100.0) - loss(0.0) == pytest.approx(100.0 * float(wanted[name]), rel=1e-4)


def saved(trainer: Trainer) -> dict[str, Tensor]:
    """Return what is saved behind a training."""
    trainer.load_best()
    assert isinstance(trainer.objective, LanguageModelObjective)
    trainer.objective.learn_beginnings()
    return dict(trainer.objective.model.state_dict())


@pytest.mark.parametrize("direction", ["forward", "both"])
def test_what_is_saved_scores_as_it_did_in_training(direction: str) -> None:
    objective = make_objective(make_spec(direction=direction))
    trainer = Trainer(objective, config_of().training, 1)
    for _ in trainer.run():
        pass
    weights = saved(trainer)
    assert all(bool(value.any()) for name, value in weights.items() if "beginning" in name)
    scores = score_stream(objective.model, stream_of(objective.spec), "cpu")
    assert text_dev_score(scores) == trainer.state.best_score


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_windows_of_which_nothing_counts_teach_nothing(direction: str) -> None:
    spec = make_spec(make_units("word"), direction=direction)
    keys = {"data.artefacts": "undo", "language_model.window": 1, "training.batch_tokens": 1}
    clean = LineCleaner("undo")
    lines = ["<unk> <unk> the <unk>", "<unk> the cat sat <unk>"]
    stream = encode_text(lines, spec.units, spec.spelling, clean, in_memory)
    trainer = Trainer(
        LanguageModelObjective(spec, stream, stream, config_of(**keys)),
        config_of(**keys).training,
        1,
    )
    tokens = [progress.tokens for progress in trainer.run()]
    assert 0 in tokens
    if direction != "both":
        counted = int((stream.numbers != SKIPPED).sum())
        assert sum(tokens) == config_of(**keys).training.epochs * counted


def test_training_does_not_go_by_how_texts_begin() -> None:
    """Scores, of which how texts begin is learnt, leave no trace in the weights."""

    def gradients(*, scored: bool) -> Sequence[Tensor]:
        objective = make_objective()
        for begin, end in ((0, 4), (4, 8), (0, 4)):
            if scored:
                objective.model.eval()
                objective.score()
                objective.model.train()
            torch.manual_seed(3)
            loss, _ = objective.loss(np.array([begin, end]))
        return torch.autograd.grad(loss, list(objective.model.parameters()))

    for scored, plain in zip(gradients(scored=True), gradients(scored=False), strict=True):
        assert torch.equal(scored, plain)


def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped() -> None:
    def trained(stop: int | None) -> dict[str, Tensor]:
        trainer = Trainer(make_objective(), config_of().training, 1)
        for number, _ in enumerate(trainer.run(), 1):
            if number == stop:
                kept = trainer.checkpoint()
                arrays = {name: array.copy() for name, array in kept[0].items()}
                trainer = Trainer(make_objective(), config_of().training, 1)
                trainer.restore(arrays, kept[1])
                for _ in trainer.run():
                    pass
                break
        model = trainer.objective.model
        last = {f"last.{name}": value.clone() for name, value in model.named_parameters()}
        return last | saved(trainer)

    whole = trained(None)
    for stop in (2, 3):
        for name, value in trained(stop).items():
            assert torch.equal(value, whole[name]), name


def test_a_text_that_repeats_itself_is_learnt() -> None:
    spec = make_spec(layers=1)
    stream = stream_of(spec, ["the cat"] * 60)
    keys = {"training.epochs": 90, "training.learning_rate": 0.03}
    objective = LanguageModelObjective(spec, stream, stream, config_of(**keys))
    trainer = Trainer(objective, config_of(**keys).training, 1)
    for _ in trainer.run():
        pass
    trainer.load_best()
    scores = score_stream(objective.model, stream, "cpu")
    assert scores["loss"] < 0.25


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("lanes", [1, 3])
def test_texts_begin_with_the_mean_state_between_lines(
    monkeypatch: pytest.MonkeyPatch, cell: str, direction: str, lanes: int
) -> None:
    spec = make_spec(cell=cell, direction=direction)
    model = begin_anywhere(random_model(spec))
    stream = stream_of(spec, LINES * 4)
    numbers = stream.numbers.tolist()
    length, read = -(-len(numbers) // lanes), len(numbers) // lanes - 2
    monkeypatch.setattr(language_model, "BEGINNING_STEPS", read)
    monkeypatch.setattr(language_model, "BEGINNING_LANES", lanes)
    zeros = tuple(tuple(map(torch.zeros_like, layer)) for layer in model.begin(direction, 1))
    order = numbers[::-1] if direction == "backward" else numbers
    between = []
    with torch.inference_mode():
        for start in range(0, len(order), length):
            state = zeros
            for place in range(start, min(start + read, len(order))):
                before = order[place - 1] if place else END
                if before == END and place - start >= max(1, read // 8):
                    between.append(torch.stack([torch.cat(layer) for layer in state]))
                state = model.step(direction, torch.tensor([before]), state)[2]
    assert len(between) > 3 * lanes
    learn_beginnings(model, stream, "cpu")
    wanted = torch.stack(between).mean(dim=0)
    for layer, parts in zip(wanted, model.begin(direction, 2), strict=True):
        for row, part in zip(layer, parts, strict=True):
            torch.testing.assert_close(part, row.expand(2, -1))


def test_a_text_of_one_line_tells_nothing_of_beginnings() -> None:
    spec = make_spec()
    model = begin_anywhere(random_model(spec))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    learn_beginnings(model, stream_of(spec, ["the cat sat on the mat"]), "cpu")
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_softmax_is_adaptive_for_many_words() -> None:
    items = [f"w{number}" for number in range(30_000)]
    words, subwords = Words(items), BytePairs(items, [])
    cutoffs = tuple(default_cutoffs(len(words)))
    assert cutoffs
    for softmax, of_words, of_subwords in (
        ("auto", cutoffs, ()),
        ("full", (), ()),
        ("adaptive", cutoffs, cutoffs),
    ):
        config = config_of(**{"language_model.softmax": softmax}).language_model
        assert choose_cutoffs(config, words) == of_words
        assert choose_cutoffs(config, subwords) == of_subwords


def test_softmax_is_full_for_few_words() -> None:
    units = make_units("word")
    assert choose_cutoffs(LanguageModelConfig(), units) == ()
    with pytest.raises(ConfigError, match=r"and \d+ units are too few to gain by it: leave"):
        choose_cutoffs(LanguageModelConfig(softmax="adaptive"), units)


def test_fingerprint_tells_texts_apart() -> None:
    spec = make_spec()
    one = make_objective(spec)
    other = LanguageModelObjective(spec, stream_of(spec, LINES[1:]), stream_of(spec), config_of())
    assert one.fingerprint == make_objective(spec).fingerprint != other.fingerprint


def test_networks_are_built_by_the_description() -> None:
    spec = make_spec(direction="both", cutoffs=(6,))
    model = build_model(spec)
    assert model.directions == ["forward", "backward"]
    assert model.units.num_embeddings == len(spec.units)
    assert model.units.num_embeddings > END
