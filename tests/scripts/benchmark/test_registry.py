from __future__ import annotations

import re

import pytest

from scripts.benchmark.environments import OWN
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.growth import TAGGED
from scripts.benchmark.places import HERE
from scripts.benchmark.registry import (
    QUICK_SYSTEMS,
    SYSTEMS,
    TAGGING_PAIRS,
    TRAINING_PAIRS,
    find_corpus,
    find_system,
)
from seqtag.api.settings import make_config


def test_every_system_has_its_worker_environment_and_model() -> None:
    for system in SYSTEMS.values():
        assert (HERE / "systems" / f"{system.worker}.py").exists()
        if system.environment != OWN:
            assert (HERE / "requirements" / f"{system.environment}.txt").exists()
        assert not SYSTEMS[system.trained_as].model_of


def test_pairs_are_of_known_systems() -> None:
    named = {name for pair in (*TAGGING_PAIRS, *TRAINING_PAIRS) for name in pair}
    assert named | {*QUICK_SYSTEMS, *TAGGED} <= SYSTEMS.keys()
    assert not [name for pair in TRAINING_PAIRS for name in pair if SYSTEMS[name].model_of]


@pytest.mark.parametrize("environment", ["flair", "picture", "spacy"])
def test_environments_are_of_plain_pinned_versions(environment: str) -> None:
    """No local versions, paths or addresses, which another machine could not install."""
    lines = (HERE / "requirements" / f"{environment}.txt").read_text("utf-8").splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9a-z.]+", line)]
    assert wrong == []
    assert any(environment in line or "matplotlib" in line for line in lines)


def test_settings_are_keys_of_the_configuration() -> None:
    for system in SYSTEMS.values():
        if system.worker == "seqtag":
            make_config(None, {**system.settings, **system.quick, "train": "train.conllu"})


def test_what_is_unknown_is_told() -> None:
    with pytest.raises(BenchmarkError, match="no system 'x': give some of spacy, "):
        find_system("x")
    with pytest.raises(BenchmarkError, match="no corpus 'x'"):
        find_corpus("x")
