from __future__ import annotations

import dataclasses
import itertools
import random
import weakref
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqtag.batching import WordCache, word_cache
from seqtag.config import RunConfig, resolve
from seqtag.decoding import Transitions, marginals, viterbi
from seqtag.engines.torch import TorchEngine
from seqtag.errors import ConfigError
from seqtag.io.arrays import map_rows
from seqtag.models.arrays import potentials, run_model, to_tensors
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary
from seqtag.training import objective as objective_base
from seqtag.training import tagging
from seqtag.training.loop import Trainer
from seqtag.training.objective import in_memory
from seqtag.training.preparation import build_spec
from seqtag.training.tagging import TaggingObjective, build_model, make_objective
from tests.helpers import batch_of

SETTINGS: dict[str, dict[str, Any]] = {
    "embedding": {"word_size": 8, "ngram_size": 8},
    "encoder": {"hidden_size": 16, "num_layers": 1, "dropout": 0.1},
    "training": {"epochs": 6, "batch_tokens": 60, "learning_rate": 0.05, "average": 0.5},
    "head": {"scheme": "bioes"},
}


def make_config(**sections: dict[str, Any]) -> RunConfig:
    given = {name: values | sections.get(name, {}) for name, values in SETTINGS.items()}
    return resolve(sections | given)


def make_sentences(count: int, seed: int, longest: int = 9) -> list[Sentence]:
    """Return sentences in which capitals begin names, and ``-ly`` makes an adverb."""
    chance = random.Random(seed)
    sentences = []
    for _ in range(count):
        tokens: list[str] = []
        names: list[str] = []
        words: list[str] = []
        while len(tokens) < chance.randint(1, longest):
            stem = "".join(chance.choices("abdegiklmnoprstu", k=4))
            kind = chance.choice(["name", "adverb", "noun"])
            if kind == "name":
                tokens += [stem.capitalize(), stem.capitalize()]
                names += ["B-PER", "I-PER"]
                words += ["PROPN", "PROPN"]
            else:
                tokens.append(stem + ("ly" if kind == "adverb" else ""))
                names.append("O")
                words.append("ADV" if kind == "adverb" else "NOUN")
        sentences.append(Sentence(tokens, {"NER": names, "POS": words}))
    return sentences


TRAIN, DEV = make_sentences(60, 1), make_sentences(15, 2)


def make_toy(
    config: RunConfig | None = None, train: list[Sentence] = TRAIN, dev: list[Sentence] = DEV
) -> TaggingObjective:
    config = config or make_config()
    spec = build_spec(
        config,
        train,
        ["NER", "POS"],
        format="conll",
        file_columns="token=0,tag=1+2",
        file_width=3,
    )
    return make_objective(config, spec, train, dev)


def test_a_tagger_learns() -> None:
    """A whole training on a toy corpus: loss falls, scores rise, unseen words are tagged."""
    objective = make_toy()
    trainer = Trainer(objective, make_config().training, seed=1)
    history = [p.record for p in trainer.run() if p.record is not None]
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    trainer.load_best()
    score, scores = objective.score()
    assert score == trainer.state.best_score
    assert scores["by_column"]["NER"]["f1"] > 0.9
    assert scores["by_column"]["POS"]["accuracy_unseen"] > 0.9


@pytest.mark.parametrize(
    "chosen",
    [
        {"optimizer": "sgd", "learning_rate": 2.0},
        {"mixed_precision": "bf16"},
        {"class_weights": "balanced"},
        {"label_smoothing": 0.1, "schedule": "onecycle"},
    ],
)
def test_a_tagger_learns_in_other_ways(chosen: dict[str, Any]) -> None:
    config = make_config(training={"epochs": 12, **chosen})
    objective = make_toy(config)
    trainer = Trainer(objective, config.training, seed=1)
    list(trainer.run())
    trainer.load_best()
    _, scores = objective.score()
    assert scores["by_column"]["NER"]["f1"] > 0.9
    assert scores["by_column"]["POS"]["accuracy_unseen"] > 0.9
    assert {p.dtype for p in objective.model.parameters()} == {torch.float32}


def test_drawn_tags_are_those_of_the_teachers_for_the_same_sentence() -> None:
    """As many of each tag as the teachers' probabilities say, columns and sentences in order."""
    config = make_config(
        distillation={"teachers": 2, "sequences": 40, "share": 1.0}, encoder={"max_length": 6}
    )
    train = make_sentences(12, 3)
    objective = make_toy(config, train)
    teachers = [objective.with_seed(seed) for seed in (5, 6)]
    for teacher in teachers:
        for head in teacher.model.heads_in_order():
            head.projection.weight.data.mul_(3.0)
    objective.learn_from(teachers)
    assert objective._drawn is not None
    expected = []
    for teacher in teachers:
        engine = TorchEngine(teacher.model)
        rows = [objective._rows[a:b, :1] for a, b in itertools.pairwise(objective._starts)]
        parts: list[list[npt.NDArray[np.floating]]] = [[], []]
        for sequence in rows:
            (emissions, _) = engine(objective._featurizer.batch([sequence]))
            for part, scores, moves in zip(parts, emissions, engine.transitions, strict=True):
                part.append(marginals(scores, np.array([len(sequence)]), moves)[0])
        expected.append([np.concatenate(part) for part in parts])
    for column, drawn in enumerate(np.split(objective._drawn, 2, axis=1)):
        n_tags = len(objective.spec.columns[column].tags)
        shares = (drawn[:, :, None] == np.arange(n_tags)).mean(axis=1)
        wanted = (expected[0][column] + expected[1][column]) / 2
        assert np.abs(shares - wanted).mean() < 0.03
        assert np.abs(shares - wanted).max() < 0.25


def test_words_of_one_teacher_are_in_memory_at_a_time_and_no_more_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objective = make_toy(make_config(distillation={"teachers": 4, "sequences": 3}))
    teachers = [objective.with_seed(seed) for seed in range(4)]
    monkeypatch.setattr(tagging, "_DRAWING_TOKENS", 100)
    objective.learn_from(teachers)
    expected = objective._drawn
    assert expected is not None
    caches: list[weakref.ref[WordCache]] = []
    others = []

    class Watched(WordCache):
        def __init__(self, size: int, max_words: int) -> None:
            super().__init__(size, max_words)
            assert max_words == 30
            others.append(sum(cache() is not None for cache in caches))
            caches.append(weakref.ref(self))

    monkeypatch.setattr(objective_base, "WordCache", Watched)
    monkeypatch.setattr(word_cache, "MAX_WORD_TYPES", 30)
    objective.learn_from(teachers)
    assert objective._drawn is not None
    assert np.array_equal(objective._drawn, expected)
    assert len(others) > 2 * len(teachers)
    assert not any(others)


def test_a_model_learns_what_its_teachers_know_from_their_tags_alone() -> None:
    config = make_config(distillation={"teachers": 1, "share": 1.0})
    objective = make_toy(config)
    teacher = objective.with_seed(9)
    list(Trainer(teacher, config.training, seed=9).run())
    objective.learn_from([teacher])
    assert objective._drawn is not None
    # Without right tags to learn from, whatever the gold columns say.
    objective._rows = objective._rows.copy()
    objective._rows[:, 1:] = 0
    trainer = Trainer(objective, config.training, seed=1)
    list(trainer.run())
    trainer.load_best()
    _, scores = objective.score()
    assert scores["by_column"]["NER"]["f1"] > 0.85


def test_weights_and_smoothing_of_the_configuration_are_those_of_the_loss() -> None:
    settings = {"class_weights": "PER=2,O=0.5,ADV=3", "label_smoothing": 0.2}
    objective = make_toy(make_config(training=settings))
    model = objective.model
    with mock.patch.object(model, "loss", wraps=model.loss) as loss:
        objective.loss(np.arange(8))
    columns = objective.spec.columns
    names = [{"PER": 2.0, "O": 0.5}, {"ADV": 3.0}]
    expected = [
        [named.get(tag.removeprefix(tag[:2]), named.get(tag, 1.0)) for tag in column.tags.items]
        for column, named in zip(columns, names, strict=True)
    ]
    given = loss.call_args.kwargs
    assert [weights.tolist() for weights in given["weights"]] == expected
    assert given["smoothing"] == 0.2


def test_balanced_weights_have_a_mean_of_one_over_the_tokens_of_training() -> None:
    objective = make_toy(make_config(training={"class_weights": "balanced"}))
    model, total, tokens = objective.model, 0.0, 0
    with mock.patch.object(model, "loss", wraps=model.loss) as loss:
        for indices in objective.plan(np.random.default_rng(0)):
            _, count = objective.loss(indices)
            tokens += count
            (_, tags, lengths), given = loss.call_args.args, loss.call_args.kwargs
            mask = torch.arange(tags[0].shape[1]) < lengths[:, None]
            total += float(given["weights"][0][tags[0]][mask].sum())
    assert total / tokens == pytest.approx(1.0, abs=1e-4)


def test_unknown_name_of_a_class_is_refused() -> None:
    with pytest.raises(ConfigError, match="names 'LOC'"):
        make_toy(make_config(training={"class_weights": "LOC=2"}))


@pytest.mark.parametrize("stop", [1, 7, "epoch"])
def test_resumed_training_of_a_tagger_is_the_uninterrupted_one(stop: int | str) -> None:
    config = make_config(training={"epochs": 2})
    whole = Trainer(make_toy(config), config.training, seed=3)
    steps = [p.steps for p in whole.run()]
    first = Trainer(make_toy(config), config.training, seed=3)
    run = first.run()
    for _ in range(steps[0] if stop == "epoch" else int(stop)):
        next(run)
    arrays, state = first.checkpoint()
    second = Trainer(make_toy(config), config.training, seed=3)
    second.restore(arrays, state)
    list(second.run())
    expected, found = whole.checkpoint()[0], second.checkpoint()[0]
    assert expected.keys() == found.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_seed_decides_the_first_weights_and_the_callers_random_numbers_are_left_alone() -> None:
    states = torch.get_rng_state()
    first, same = make_toy(), make_toy()
    assert torch.equal(torch.get_rng_state(), states)
    other = make_objective(resolve({**SETTINGS, "seed": 2}), first.spec, TRAIN, DEV)
    name = "encoder.forwards.0.weight_ih_l0"
    assert torch.equal(first.model.state_dict()[name], same.model.state_dict()[name])
    assert not torch.equal(first.model.state_dict()[name], other.model.state_dict()[name])


def test_every_token_is_trained_on_once_an_epoch() -> None:
    objective = make_toy()
    plan = objective.plan(np.random.default_rng(0))
    tokens = [objective.loss(indices)[1] for indices in plan]
    assert sum(tokens) == sum(len(sentence) for sentence in TRAIN)
    assert max(tokens) <= 60


def test_loss_is_the_models_for_each_sentence_by_itself() -> None:
    objective = make_toy()
    objective.model.eval()
    spec = objective.spec
    total = 0.0
    for sentence in TRAIN[:8]:
        arguments = to_tensors(batch_of(spec.featurizer(), [sentence.tokens]).arrays(), "cpu")
        tags = [
            torch.tensor([column.tags.encode(column.to_model(sentence.tags_by[column.name]))])
            for column in spec.columns
        ]
        loss = objective.model.loss(objective.model(**arguments)[0], tags, arguments["lengths"])
        total += loss.item() * len(sentence)
    loss, tokens = objective.loss(np.arange(8))
    assert tokens == sum(len(sentence) for sentence in TRAIN[:8])
    assert loss.item() == pytest.approx(total / tokens, rel=1e-5)


def test_long_sentence_is_cut_into_pieces_of_valid_tags() -> None:
    """A span at a piece's edge becomes two whole ones; no piece's tags are forbidden."""
    long = Sentence(
        [f"w{i}" for i in range(11)],
        {"NER": ["B-PER", *["I-PER"] * 10], "POS": ["X"] * 11},
    )
    objective = make_toy(make_config(encoder={"max_length": 4}), [long], [long])
    plan = objective.plan(np.random.default_rng(0))
    assert sum(len(indices) for indices in plan) == 3
    losses = [objective.loss(indices) for indices in plan]
    assert sum(tokens for _, tokens in losses) == 11
    assert all(loss.item() < 100 for loss, _ in losses)


def test_sentences_without_tokens_are_passed_over() -> None:
    empty = Sentence([], {"NER": [], "POS": []})
    objective = make_toy(train=[empty, *TRAIN], dev=[empty, *DEV])
    plan = objective.plan(np.random.default_rng(0))
    assert sum(len(indices) for indices in plan) == len(TRAIN)
    without = make_toy()
    for toy in (objective, without):
        toy.model.eval()
    assert objective.score() == without.score()


def test_no_dev_sentence_scores_nothing() -> None:
    score, scores = make_toy(dev=[]).score()
    assert score == 0.0
    assert scores["by_column"]["POS"]["accuracy"] == 0.0


def test_rarely_seen_words_are_dropped_more_often() -> None:
    train = [Sentence(["a", "b", "b", "b"], {"NER": ["B-X"] * 4, "POS": ["X"] * 4})]
    config = make_config(embedding={"unknown_word_dropout": 0.5})
    objective = make_toy(config, train)
    keep = objective.model.embedding.keep_probability
    words = objective.spec.words
    assert keep[words["a"]].item() == pytest.approx(1 - 0.5 / 1.5)
    assert keep[words["b"]].item() == pytest.approx(1 - 0.5 / 3.5)
    assert keep[words["never"]].item() == 1.0


def test_word_of_the_base_that_training_lacks_has_no_dropout() -> None:
    config = make_config(embedding={"unknown_word_dropout": 0.0})
    base = make_toy(config, [Sentence(["old"], {"NER": ["B-X"], "POS": ["X"]})], []).spec
    for strength in (0.0, 0.5):
        config = make_config(embedding={"unknown_word_dropout": strength})
        spec = build_spec(
            config,
            TRAIN,
            ["NER", "POS"],
            format="conll",
            file_columns="",
            file_width=3,
            base=base,
        )
        keep = make_objective(config, spec, TRAIN, DEV).model.embedding.keep_probability
        assert keep[spec.words["old"]].item() == 1.0
        assert keep.isfinite().all()


@pytest.mark.parametrize("max_length", [4, 100])
def test_predictions_are_those_of_each_sentence_by_itself(max_length: int) -> None:
    """Scores on dev are compared with those of tags decoded one sentence at a time."""
    config = make_config(encoder={"max_length": max_length})
    dev = [sentence for sentence in DEV if len(sentence) <= max_length]
    assert len(dev) >= 3
    objective = make_toy(config, dev=dev)
    model, spec = objective.model.eval(), objective.spec
    right = {column.name: 0 for column in spec.columns}
    for sentence in dev:
        batch = batch_of(spec.featurizer(), [sentence.tokens])
        emissions, _ = run_model(model, batch.arrays(), "cpu")
        heads = zip(spec.columns, emissions, potentials(model), strict=True)
        for column, scores, moves in heads:
            paths, _ = viterbi(scores, batch.lengths, Transitions(*moves))
            tags = column.to_file([column.tags.items[number] for number in paths[0]])
            gold = sentence.tags_by[column.name]
            right[column.name] += sum(a == b for a, b in zip(tags, gold, strict=True))
    _, found = objective.score()
    tokens = sum(len(sentence) for sentence in dev)
    accuracies = {name: scores["accuracy"] for name, scores in found["by_column"].items()}
    assert accuracies == {name: n / tokens for name, n in right.items()}


def test_model_has_a_head_for_each_column_and_rows_for_words_and_characters() -> None:
    config = make_config(embedding={"characters": "cnn"})
    spec = make_toy(config).spec
    shapes = {name: tuple(w.shape) for name, w in build_model(spec).state_dict().items()}
    assert shapes["embedding.words.weight"] == (len(spec.words), 8)
    assert shapes["embedding.characters.embedding.weight"][0] == spec.num_characters
    assert shapes["heads.0.matrix"] == (5, 5)
    assert shapes["heads.1.projection.weight"] == (3, 32)
    assert "heads.1.matrix" not in shapes


def test_sentences_on_disk_train_the_same_model() -> None:
    spec = make_toy().spec
    trained = []
    for keep in (in_memory, map_rows):
        objective = make_objective(make_config(), spec, TRAIN, DEV, keep=keep)
        for _ in Trainer(objective, make_config().training, 1).run():
            pass
        trained.append((objective.fingerprint, objective.model.state_dict()))
    (first, weights), (second, others) = trained
    assert first == second
    assert all(torch.equal(weights[name], others[name]) for name in weights)


def test_order_differs_between_epochs() -> None:
    objective = make_toy()
    orders = [objective.plan(np.random.default_rng([1, 2, epoch])) for epoch in (0, 1)]
    first, second = (np.concatenate(order).tolist() for order in orders)
    assert sorted(first) == sorted(second)
    assert first != second


def test_fingerprint_tells_other_data_apart() -> None:
    word = Sentence(["New"], {"NER": ["O"], "POS": ["NOUN"]})
    same_word = Sentence(["New"], {"NER": ["O"], "POS": ["ADV"]})
    objectives = [
        make_toy(),
        make_toy(train=[*TRAIN, word]),
        make_toy(train=[*TRAIN, same_word]),
        make_toy(dev=DEV[1:]),
    ]
    assert len({objective.fingerprint for objective in objectives}) == 4
    assert make_toy().fingerprint == objectives[0].fingerprint


def test_fingerprint_tells_other_ngrams_apart() -> None:
    spec = make_toy().spec
    assert spec.ngrams is not None
    turned = Vocabulary(reversed(spec.ngrams.items), has_unknown=False)
    specs = [spec, dataclasses.replace(spec, ngrams=turned)]
    first, second = (make_objective(make_config(), s, TRAIN, DEV).fingerprint for s in specs)
    assert first != second


def test_words_without_a_shared_ngram_are_learnt() -> None:
    train = [Sentence(["12", "b", "%CD"], {"NER": ["O", "B-X", "O"], "POS": ["A", "B", "C"]})]
    objective = make_toy(train=train, dev=train)
    assert objective.spec.ngrams is not None
    assert not len(objective.spec.ngrams)
    assert objective.model.embedding.ngrams is not None
    before = objective.model.embedding.ngrams.weight.detach().clone()
    list(Trainer(objective, make_config(training={"epochs": 30}).training, seed=1).run())
    assert torch.equal(objective.model.embedding.ngrams.weight, before)
    assert objective.score()[0] == 1.0


@pytest.mark.parametrize("what", ["vectors", "words with a vector", "phrases", "case"])
def test_fingerprint_tells_other_knowledge_apart(what: str) -> None:
    """Also where it changes nothing but what is read of the dev part."""
    dev = [Sentence(["Only", "here"], {"NER": ["O", "O"], "POS": ["NOUN", "NOUN"]})]

    def fingerprint(*, other: bool) -> int:
        changed = what if other else ""
        words = ["b", "a"] if changed == "words with a vector" else ["a", "b"]
        numbers = np.array([[1.0, 2.0], [3.0, 5.0 if changed == "vectors" else 4.0]], dtype="f4")
        phrase = ["elsewhere" if changed == "phrases" else "only"]
        gazetteer = Gazetteer([(phrase, "X")], ignore_case=changed != "case")
        spec = build_spec(
            make_config(),
            TRAIN,
            ["NER", "POS"],
            format="conll",
            file_columns="token=0,tag=1+2",
            file_width=3,
            vectors=words,
            vector_size=2,
            gazetteer=gazetteer,
        )
        return make_objective(make_config(), spec, TRAIN, dev, vectors=numbers).fingerprint

    assert fingerprint(other=False) == fingerprint(other=False)
    assert fingerprint(other=False) != fingerprint(other=True)
