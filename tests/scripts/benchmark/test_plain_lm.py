from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from scripts.benchmark.protocol import Clock, Task, TextWorker
from scripts.benchmark.systems import plain_lm
from scripts.benchmark.systems.plain_lm import (
    Dictionary,
    PlainLanguageModel,
    PlainModel,
    Trainer,
    evaluate,
    in_lanes,
    read_words,
)

LINE = "the cat sat on the mat ."
SETTINGS: dict[str, Any] = {
    "min_count": 2,
    "size": 16,
    "layers": 2,
    "dropout": 0.0,
    "lanes": 4,
    "window": 5,
    "learning_rate": 20.0,
    "clip": 0.25,
    "count_unknown": True,
    "slow_down": 4.0,
    "epochs": 8,
    "minutes": 0,
    "words": 6,
    "seed": 1,
    "cores": 1,
}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "train.txt").write_text(f"{LINE}\n" * 60 + "<unk> dog\n\n", "utf-8")
    (tmp_path / "dev.txt").write_text(f"{LINE}\n" * 3 + "the <unk> cat\n", "utf-8")
    return {
        "kind": "text",
        "train": "",
        "dev": "",
        "sources": {part: str(tmp_path / f"{part}.txt") for part in ("train", "dev")},
        "columns": "",
        "languages": [],
    }


def test_words_stand_between_spaces_and_lines_have_an_end(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(" = Title = \n\na  b\u00a0c", "utf-8")
    assert read_words(path) == ["=", "Title", "=", "<eos>", "<eos>", "a", "b", "c", "<eos>"]


def test_rare_words_are_unknown_and_frequent_ones_first() -> None:
    text = ["b", "a", "a", "<eos>", "<unk>", "b", "c", "a", "<eos>"]
    dictionary = Dictionary.of(text, 2)
    assert dictionary.words == ["<unk>", "<eos>", "a", "b"]
    assert dictionary.numbers(["c", "b", "<eos>", "<unk>"]).tolist() == [0, 3, 1, 0]


@pytest.mark.parametrize("count", [1, 7, 8, 9])
def test_every_word_is_told_from_the_one_before_once(count: int) -> None:
    text = torch.arange(10, 10 + count)
    inputs, targets = in_lanes(text, 4)
    pairs = torch.stack([inputs, targets], dim=2).transpose(0, 1).reshape(-1, 2).tolist()
    found = [(before, word) for before, word in pairs if word != plain_lm.NO_TARGET]
    assert found == list(zip([1, *text.tolist()[:-1]], text.tolist(), strict=True))


def test_perplexity_of_a_model_that_knows_nothing_is_its_number_of_words() -> None:
    model = PlainModel(7, 4, 1, 0.0)
    torch.nn.init.zeros_(model.embedding.weight)
    score = evaluate(model, torch.tensor([0, 1, 2, 3, 4, 5, 6] * 5))
    assert score.perplexity() == pytest.approx(7)
    assert score.perplexity(known=True) == pytest.approx(7)
    assert (score.words, score.known_words) == (35, 30)


def test_evaluation_counts_every_word_with_all_that_comes_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    model = PlainModel(6, 4, 2, 0.5)
    text = torch.randint(6, (23,))
    monkeypatch.setattr(plain_lm, "EVALUATION_LANES", 1)
    monkeypatch.setattr(plain_lm, "EVALUATION_WINDOW", 5)
    score = evaluate(model, text)
    inputs, targets = in_lanes(text, 1)
    with torch.no_grad():
        logits, _ = model(inputs, None)
    costs = torch.nn.functional.cross_entropy(logits[:, 0], targets[:, 0], reduction="none")
    assert score.nats == pytest.approx(float(costs.sum()))
    assert score.known_nats == pytest.approx(float(costs[text > 0].sum()))


def test_the_table_is_shared() -> None:
    model = PlainModel(6, 4, 2, 0.0)
    assert model.output.weight is model.embedding.weight
    assert sum(p.numel() for p in model.parameters()) == 6 * 4 + 6 + 2 * (2 * 16 * 4 + 2 * 16)


def test_unknown_words_are_not_learnt_where_they_do_not_count() -> None:
    settings = {**SETTINGS, "lanes": 1, "count_unknown": False}
    text = torch.tensor([1, 0, 2, 0, 1])
    torch.manual_seed(0)
    model = PlainModel(3, 4, 1, 0.0)
    trainer = Trainer(model, text, settings)
    assert trainer.epoch() == 5
    assert model.output.bias.grad is not None
    assert model.output.bias.grad[0] > 0  # it is made rarer each time


def test_training_learns_a_text_by_heart_and_keeps_what_was_best(
    task: Task, tmp_path: Path
) -> None:
    system = PlainLanguageModel()
    clock = Clock()
    facts = system.train(task, tmp_path / "model", SETTINGS, clock)
    assert facts["epochs"] == len(clock.curve) == 8
    assert facts["words"] == 8 * (60 * 8 + 3 + 1)
    assert facts["dev_perplexity"] == pytest.approx(
        min(point["score"] for point in clock.curve), abs=0.001
    )
    assert facts["dev_perplexity"] < 4
    system.load(tmp_path / "model", SETTINGS)
    score = TextWorker(system).score_text(task["sources"]["dev"])
    assert math.exp(score["nats"] / score["words"]) == pytest.approx(
        facts["dev_perplexity"], abs=0.001
    )
    assert (score["words"], score["known_words"]) == (28, 27)
    assert len(system.predict_one("the cat").split()) <= SETTINGS["words"]
    assert len(system.predict(["the cat", ""])) == 2
    assert [path.name for path in system.model_files(tmp_path / "model", SETTINGS)] == ["model.pt"]


def test_rate_is_divided_where_dev_gets_no_better(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([5.0, 4.0, 4.5, 4.0, 3.0])

    def score(*_: object) -> plain_lm.Score:
        nats = math.log(next(scores))
        return plain_lm.Score(nats, 1, nats, 1)

    rates: list[float] = []
    epoch = Trainer.epoch

    def noted(trainer: Trainer, *arguments: Any) -> int:  # noqa: ANN401 - those of `Trainer.epoch`
        rates.append(trainer.optimizer.param_groups[0]["lr"])
        return epoch(trainer, *arguments)

    monkeypatch.setattr(plain_lm, "evaluate", score)
    monkeypatch.setattr(Trainer, "epoch", noted)
    PlainLanguageModel().train(task, tmp_path / "model", {**SETTINGS, "epochs": 5}, Clock())
    assert rates == [20.0, 20.0, 20.0, 5.0, 1.25]


def test_limit_ends_training_and_the_model_is_kept(task: Task, tmp_path: Path) -> None:
    settings = {**SETTINGS, "minutes": 1e-9, "epochs": 0}
    system = PlainLanguageModel()
    facts = system.train(task, tmp_path / "model", settings, Clock())
    assert (facts["epochs"], facts["words"]) == (1, 0)
    system.load(tmp_path / "model", settings)


def test_slices_are_trained_on_with_the_words_of_all_of_train(task: Task, tmp_path: Path) -> None:
    part = tmp_path / "slice.txt"
    part.write_text(f"{LINE}\n" * 2, "utf-8")
    system = PlainLanguageModel()
    system.prepare_training(task, "", str(part), SETTINGS)
    assert system.train_slice() == system.train_slice() == 16
