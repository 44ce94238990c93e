"""Runs of several seeds."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError
from seqtag.training.loop import Progress
from tests.api.runs import load_json, stop_after, train
from tests.helpers import assert_same_run, contents


@pytest.fixture(scope="session")
def seeds_run(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "run"
    train(small, folder, seeds=[1, 2, 3])
    return folder


def test_every_seed_is_a_run_of_its_own(small: Path, seeds_run: Path, plain_run: Path) -> None:
    assert sorted(path.name for path in seeds_run.iterdir()) == [
        *("config.toml", "metrics.json", "seed-1", "seed-2", "seed-3")
    ]
    assert_same_run(seeds_run / "seed-1", plain_run)


def test_mean_and_deviation_are_those_of_the_runs(seeds_run: Path) -> None:
    metrics = load_json(seeds_run / "metrics.json")
    runs = [load_json(seeds_run / f"seed-{n}" / "metrics.json") for n in (1, 2, 3)]
    for part, name in (("dev", "f1"), ("test", "accuracy"), ("test", "accuracy_unseen")):
        values = [run[part][name] for run in runs]
        assert metrics["mean"][part][name] == pytest.approx(np.mean(values))
        assert metrics["deviation"][part][name] == pytest.approx(np.std(values, ddof=1))


def test_best_on_dev_is_opened(small: Path, seeds_run: Path) -> None:
    scores = {
        n: load_json(seeds_run / f"seed-{n}" / "metrics.json")["dev"]["f1"] for n in (1, 2, 3)
    }
    best = max(scores, key=lambda n: scores[n])
    words = ["Lake", "Ossel"]
    expected = seqtag.load(seeds_run / f"seed-{best}").tag(words).scores
    assert seqtag.load(seeds_run).tag(words).scores == expected


def test_configuration_of_several_seeds_is_complete_and_repeats_them(
    seeds_run: Path, tmp_path: Path
) -> None:
    seqtag.train(seeds_run / "config.toml", output=tmp_path / "run", seeds=[1, 2, 3])
    for name in ("seed-1", "seed-2", "seed-3"):
        assert_same_run(tmp_path / "run" / name, seeds_run / name)
    assert "epochs = 2" in (seeds_run / "config.toml").read_text()


def test_stopped_seeds_are_resumed(small: Path, tmp_path: Path, seeds_run: Path) -> None:
    seen: list[Progress] = []
    train(small, progress=seen.append)
    run = tmp_path / "run"
    with pytest.raises(Interrupted) as caught:
        train(small, run, seeds=[1, 2, 3], should_stop=stop_after(len(seen) + 2))
    assert caught.value.model == run / "seed-2" / "model"
    assert not (run / "metrics.json").exists()
    seqtag.train(output=run, seeds=[1, 2, 3], resume=True)
    for name in ("seed-1", "seed-2", "seed-3"):
        assert_same_run(run / name, seeds_run / name)
    assert load_json(run / "metrics.json")["best"] == load_json(seeds_run / "metrics.json")["best"]


def test_further_seeds_can_be_added(small: Path, tmp_path: Path, seeds_run: Path) -> None:
    train(small, tmp_path / "run", seeds=[1, 2])
    train(small, tmp_path / "run", seeds=[1, 2, 3], resume=True)
    assert_same_run(tmp_path / "run" / "seed-3", seeds_run / "seed-3")
    assert list(load_json(tmp_path / "run" / "metrics.json")["seeds"]) == [
        *("seed-1", "seed-2", "seed-3")
    ]


def test_single_run_and_several_seeds_are_not_mixed_up(
    small: Path, plain_run: Path, seeds_run: Path
) -> None:
    before = contents(plain_run), contents(seeds_run)
    with pytest.raises(ConfigError, match="begun without --seeds"):
        train(small, plain_run, seeds=[1, 2], resume=True)
    with pytest.raises(ConfigError, match="resume it with --seeds"):
        train(small, seeds_run, resume=True)
    with pytest.raises(ConfigError, match="training.epochs was 2"):
        train(small, seeds_run, seeds=[1, 2, 3], resume=True, **{"training.epochs": 3})
    assert (contents(plain_run), contents(seeds_run)) == before


def test_force_replaces_several_seeds_by_one_run(
    small: Path, tmp_path: Path, seeds_run: Path, plain_run: Path
) -> None:
    run = Path(shutil.copytree(seeds_run, tmp_path / "run"))
    train(small, run, force=True)
    assert_same_run(run, plain_run)
    assert not list(run.glob("seed-*"))
