from __future__ import annotations

import re

import pytest

from scripts.benchmark.environments import OWN
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.growth import TAGGED
from scripts.benchmark.places import HERE
from scripts.benchmark.plans import TaskPlan
from scripts.benchmark.registry import CORPORA, SYSTEMS, TASKS, find_corpus, find_system
from seqtag.api.settings import make_config


def test_every_system_has_its_worker_environment_and_model() -> None:
    for system in SYSTEMS.values():
        assert (HERE / "systems" / f"{system.worker}.py").exists()
        if system.environment != OWN:
            assert (HERE / "requirements" / f"{system.environment}.txt").exists()
        assert not SYSTEMS[system.trained_as].model_of


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_pairs_are_of_systems_of_the_task(task: TaskPlan) -> None:
    known = {system.name for system in task.systems}
    assert {system.task for system in task.systems} == {task.name}
    for stage, pairs in task.pairs.items():
        named = {name for pair in pairs for name in pair}
        assert named <= known
        if stage != task.prediction:  # a model that is exported has no training of its own
            assert not [name for name in named if SYSTEMS[name].model_of]
    assert not task.prediction or task.prediction in task.stages
    assert set(task.quick) <= known


def test_names_are_given_once() -> None:
    assert len(SYSTEMS) == sum(len(task.systems) for task in TASKS.values())
    assert {corpus.task for corpus in CORPORA.values()} == TASKS.keys()
    assert set(TAGGED) <= {system.name for system in TASKS["tag"].systems}


@pytest.mark.parametrize("environment", ["flair", "joeynmt", "picture", "sklearn", "spacy"])
def test_environments_are_of_plain_pinned_versions(environment: str) -> None:
    """No local versions, paths or addresses, which another machine could not install."""
    lines = (HERE / "requirements" / f"{environment}.txt").read_text("utf-8").splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9a-z.]+", line)]
    assert wrong == []
    names = {"picture": "matplotlib", "sklearn": "scikit-learn"}
    assert any(line.startswith(f"{names.get(environment, environment)}==") for line in lines)


def test_settings_are_keys_of_the_configuration() -> None:
    for system in SYSTEMS.values():
        if system.is_own:
            # To seqtag a pronunciation is a translation, and letters are units like others.
            tasks = {"pronounce": "translate", "spell": "generate"}
            task = tasks.get(system.task, system.task)
            settings = {**system.settings, **system.quick, "task": task}
            make_config(None, {**settings, "train": "train"})


def test_a_plain_model_is_none_of_seqtag() -> None:
    plain = SYSTEMS["plain-lm"]
    assert plain.environment == OWN
    assert not plain.is_own
    assert all(SYSTEMS[name].is_own for name in ("default-int8", "generator-full"))


def test_models_that_are_compared_are_of_the_same_sizes() -> None:
    plain = SYSTEMS["plain-lm"].settings
    for name in ("generator-full", "generator-adaptive"):
        own = SYSTEMS[name].settings
        assert own["embedding.word_size"] == own["encoder.hidden_size"] == plain["size"]
        assert own["encoder.num_layers"] == plain["layers"]
        assert own["encoder.dropout"] == plain["dropout"]
        assert own["language_model.window"] == plain["window"]
        assert own["training.batch_tokens"] == plain["lanes"] * plain["window"]
        assert SYSTEMS[name].minutes == SYSTEMS["plain-lm"].minutes


def test_what_is_unknown_is_told() -> None:
    with pytest.raises(BenchmarkError, match="no system 'x': give some of spacy, "):
        find_system("x")
    with pytest.raises(BenchmarkError, match="no system 'spacy' for sst2: give some of regress"):
        find_system("spacy", CORPORA["sst2"])
    with pytest.raises(BenchmarkError, match="no corpus 'x'"):
        find_corpus("x")
