from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.config import RunConfig, resolve
from seqtag.errors import ConfigError
from seqtag.text.pairs import Pairs
from seqtag.text.units import UnitKind, Units
from seqtag.training import translation
from seqtag.training.initialization import set_weights
from seqtag.training.translation import (
    TranslationObjective,
    build_model,
    forced_log_likelihood,
)
from tests.helpers import TINY_TRANSLATOR
from tests.translators import make_spec, make_units, next_log_probabilities, random_model

SOURCES = ["abc fade", "a", "bad cab gab", "deaf"]
TARGETS = ["cab", "dab fad", "b", "gabe ed"]


def pairs_of(sources: list[str], targets: list[str]) -> Pairs:
    return Pairs(sources, targets, range(1, len(sources) + 1))


def config_of(**given: Any) -> RunConfig:  # noqa: ANN401 - values of keys of many types
    values: dict[str, Any] = {}
    for key, value in {**TINY_TRANSLATOR, **given}.items():
        section, _, name = key.rpartition(".")
        (values.setdefault(section, {}) if section else values)[name] = value
    return resolve(values)


def make_objective(units: Units | None = None, **given: Any) -> TranslationObjective:  # noqa: ANN401 - as above
    units = make_units() if units is None else units
    numbers = units.encode_many(SOURCES), units.encode_many(TARGETS)
    pairs = pairs_of(SOURCES, TARGETS)
    return TranslationObjective(make_spec(units, units), pairs, numbers, pairs, config_of(**given))


@pytest.mark.parametrize("batch", [1, 4096])
def test_forced_decoding_is_the_sum_over_a_plain_loop(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translation, "SCORING_UNITS", batch)
    spec = make_spec()
    model = random_model(spec)
    sources, targets = (spec.source_units.encode_many(texts) for texts in (SOURCES, TARGETS))
    wanted, units = 0.0, 0
    for source, target in zip(sources, targets, strict=True):
        for place, unit in enumerate([*target, 3]):
            wanted += next_log_probabilities(model, source, target[:place])[unit]
            units += 1
    found, count = forced_log_likelihood(model, sources, targets, "cpu")
    assert count == units
    assert found == pytest.approx(wanted, rel=1e-5)


NUMBERS = st.lists(st.integers(1, 10), max_size=6)


@settings(max_examples=25)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_likelihoods_do_not_depend_on_the_batch(pairs: list[tuple[list[int], list[int]]]) -> None:
    model = random_model(make_spec())
    alone = [forced_log_likelihood(model, [source], [target], "cpu")[0] for source, target in pairs]
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    together, _ = forced_log_likelihood(model, sources, targets, "cpu")
    assert together == pytest.approx(sum(alone), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_of_a_batch_is_the_mean_over_its_units(smoothing: float) -> None:
    plain: dict[str, Any] = {"encoder.dropout": 0.0, "decoder.dropout": 0.0}
    objective = make_objective(**{**plain, "training.label_smoothing": smoothing})
    objective.model.eval()
    loss, units = objective.loss(np.array([2, 0]))
    encode = objective.spec.source_units.encode_many
    wanted = []
    for row in (2, 0):
        (source,), (target,) = encode([SOURCES[row]]), encode([TARGETS[row]])
        for place, unit in enumerate([*target, 3]):
            log_probs = next_log_probabilities(objective.model, source, target[:place])
            wanted.append(-(1 - smoothing) * log_probs[unit] - smoothing * log_probs.mean())
    assert units == len(wanted)
    assert loss.item() == pytest.approx(np.mean(wanted), rel=1e-5)
    gradients = torch.autograd.grad(loss, list(objective.model.parameters()))
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_epoch_holds_every_pair_once() -> None:
    plan = make_objective().plan(np.random.default_rng(0))
    assert sorted(np.concatenate(list(plan)).tolist()) == [0, 1, 2, 3]


def test_dropout_draws_other_subwords_for_every_epoch() -> None:
    units = make_units("subword", [*SOURCES, *TARGETS] * 5)
    objective = make_objective(units, **{"units.dropout": 0.5})
    read = []
    for seed in (1, 2, 1):
        objective.plan(np.random.default_rng(seed))
        sides = objective._sides
        read.append([[list(side[row]) for row in range(4)] for side in sides])
        for side, texts in zip(sides, (SOURCES, TARGETS), strict=True):
            assert [units.decode(side[row]) for row in range(4)] == texts
            assert side.lengths.tolist() == [len(side[row]) for row in range(4)]
    assert read[0] != read[1]
    assert read[0] == read[2]


@pytest.mark.parametrize("kind", ["char", "subword"])
def test_without_dropout_units_stay_as_they_are(kind: UnitKind) -> None:
    units = make_units(kind, [*SOURCES, *TARGETS])
    objective = make_objective(units)
    objective.plan(np.random.default_rng(1))
    for side, texts in zip(objective._sides, (SOURCES, TARGETS), strict=True):
        assert [list(side[row]) for row in range(4)] == units.encode_many(texts)


def test_fingerprint_tells_data_apart() -> None:
    units = make_units()

    def fingerprint(
        sources: list[str], targets: list[str], dev: list[str], units: Units = units
    ) -> int:
        numbers = units.encode_many(sources), units.encode_many(targets)
        return TranslationObjective(
            make_spec(units, units),
            pairs_of(sources, targets),
            numbers,
            pairs_of(dev, dev),
            config_of(),
        ).fingerprint

    first = fingerprint(["ab", "c"], ["d", "e"], ["a"])
    assert first == fingerprint(["ab", "c"], ["d", "e"], ["a"])
    others = [
        fingerprint(["a", "bc"], ["d", "e"], ["a"]),
        fingerprint(["ab", "c"], ["d", "f"], ["a"]),
        fingerprint(["ab", "c"], ["e", "d"], ["a"]),
        fingerprint(["ab", "c"], ["d", "e"], ["b"]),
        fingerprint(["ab", "c"], ["d", "e"], ["a"], make_units("char", ["abcdefgh"])),
    ]
    assert len({first, *others}) == 6


def test_dev_is_scored_as_it_is_translated_greedily() -> None:
    objective = make_objective()
    objective.model.eval()
    score, scores = objective.score()
    assert score == pytest.approx(1.0 - scores["symbol_error_rate"])
    encode = objective.spec.source_units.encode_many
    total, units = forced_log_likelihood(objective.model, encode(SOURCES), encode(TARGETS), "cpu")
    assert scores["perplexity"] == pytest.approx(np.exp(-total / units))
    assert "signature" not in scores


def test_weights_of_another_network_are_taken() -> None:
    spec = make_spec()
    first, second = random_model(spec, 1), random_model(spec, 2)
    set_weights(second, {name: value.numpy() for name, value in first.state_dict().items()})
    for name, value in second.state_dict().items():
        assert torch.equal(value, first.state_dict()[name])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (make_spec(hidden_size=7), "there and"),
        (make_spec(tied=False), "output_weight is none there and"),
        (make_spec(joint=True), "target.weight is .* there and none here"),
        (make_spec(make_units("char", ["xyz"])), r"source.weight is \(12, 5\) there and \(7, 5\)"),
    ],
)
def test_weights_of_other_sizes_are_refused(spec: Any, message: str) -> None:  # noqa: ANN401 - a description
    weights = {name: v.numpy() for name, v in build_model(make_spec()).state_dict().items()}
    with pytest.raises(ConfigError, match=message):
        set_weights(build_model(spec), weights)
