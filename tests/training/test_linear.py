from __future__ import annotations

import math
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqtag.batching.ngrams import NgramTable
from seqtag.config import LinearConfig
from seqtag.text.sentence import Sentence
from seqtag.training import linear as linear_module
from seqtag.training.linear import fit_linear

WORDS = LinearConfig(word_ngrams=2, character_ngrams=0, cost=1.5)


def toy(count: int, labels: int = 2) -> tuple[list[Sentence], npt.NDArray[np.int64]]:
    """Return texts of which a word in two tells the label."""
    random = np.random.default_rng(3)
    numbers = random.integers(labels, size=count)
    sentences = []
    for number in numbers:
        words = random.choice(["the", "film", "is", "here"], 3).tolist()
        if random.random() < 0.5:
            words.insert(int(random.integers(4)), f"sign{number}")
        sentences.append(Sentence(words))
    return sentences, numbers


@pytest.mark.parametrize("labels", [2, 3])
def test_path_is_that_of_a_plain_regression_by_gradient_descent(labels: int) -> None:
    """The reference counts, scales and descends by itself, in dense matrices of named n-grams."""
    sentences, gold = toy(60, labels)
    fitted = fit_linear(WORDS, sentences, gold, labels)
    bags = [
        {*s.tokens, *(f"{a} {b}" for a, b in zip(s.tokens, s.tokens[1:], strict=False))}
        for s in sentences
    ]
    names = sorted(set().union(*bags))
    present = np.array([[name in bag for name in names] for bag in bags], dtype=np.float64)
    scales = []
    for column in present.T:
        ratios = []
        for label in range(labels):
            inside, outside = present[gold == label], present[gold != label]
            p = (1 + column[gold == label].sum()) / (inside.sum() + len(names))
            q = (labels - 1 + column[gold != label].sum()) / (
                outside.sum() + (labels - 1) * len(names)
            )
            ratios.append(abs(math.log(p / q)))
        frequency = math.log((1 + len(bags)) / (1 + column.sum())) + 1
        scales.append(math.sqrt(max(ratios)) * frequency)
    inputs = present * np.array(scales)
    inputs = torch.tensor(inputs / np.linalg.norm(inputs, axis=1, keepdims=True))
    weights = torch.zeros(len(names), labels, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(labels, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([weights, bias], lr=0.05)
    for _ in range(3000):
        logits = inputs @ weights + bias
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(gold), reduction="sum")
        loss = loss + (weights**2).sum() / (2 * WORDS.cost)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        optimizer.step()
    expected = (inputs @ weights + bias).detach().numpy()
    table = NgramTable(WORDS.longest, fitted.words, fitted.characters)
    found, _ = fitted.path.read(table.bags(sentences))
    found = found - found.mean(axis=1, keepdims=True)
    expected = expected - expected.mean(axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=0.02)


def test_what_is_said_of_a_training_text_comes_from_others() -> None:
    """A word that one text alone has tells nothing about it."""
    sentences, gold = toy(100)
    own = [Sentence([*s.tokens, f"only{n}"]) for n, s in enumerate(sentences)]
    plain, marked = fit_linear(WORDS, sentences, gold, 2), fit_linear(WORDS, own, gold, 2)
    table = NgramTable(WORDS.longest, marked.words, marked.characters)
    in_sample, _ = marked.path.read(table.bags(own))
    right = [float((logits.argmax(axis=1) == gold).mean()) for logits in (in_sample, marked.logits)]
    assert right[0] == 1.0  # learnt by heart
    assert right[1] < 0.9
    assert abs(right[1] - float((plain.logits.argmax(axis=1) == gold).mean())) < 0.15
    starts = np.cumsum([0, *(len(s.tokens) for s in own)])
    assert not marked.evidence[starts[1:] - 1].any()  # unknown to the path that it comes from
    assert marked.evidence.std() == pytest.approx(1.0, abs=1e-3)


def test_texts_of_several_chunks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences, gold = toy(50)
    config = LinearConfig(character_ngrams=4)
    whole = fit_linear(config, sentences, gold, 2)
    monkeypatch.setattr(linear_module, "CHUNK_TEXTS", 7)
    pieces = fit_linear(config, sentences, gold, 2)
    assert np.array_equal(whole.words, pieces.words)
    assert np.array_equal(whole.characters, pieces.characters)
    assert np.allclose(whole.logits, pieces.logits, atol=1e-4)
    assert np.allclose(whole.evidence, pieces.evidence, atol=1e-3)


def test_same_texts_give_the_same_path_to_the_bit() -> None:
    sentences, gold = toy(40)
    first, second = (fit_linear(LinearConfig(), sentences, gold, 2) for _ in range(2))
    assert np.array_equal(first.path.weights, second.path.weights)
    assert np.array_equal(first.logits, second.logits)
    assert np.array_equal(first.evidence, second.evidence)


def test_weights_of_labels_count() -> None:
    sentences, gold = toy(80)
    plain = fit_linear(WORDS, sentences, gold, 2)
    weighted = fit_linear(WORDS, sentences, gold, 2, np.array([1.0, 20.0], dtype=np.float32))
    votes = [Counter(fitted.logits.argmax(axis=1).tolist())[1] for fitted in (plain, weighted)]
    assert votes[1] > votes[0]


@pytest.mark.parametrize("count", [2, 3, 7])
def test_few_texts_are_enough(count: int) -> None:
    sentences = [Sentence([f"w{n}"]) for n in range(count)]
    fitted = fit_linear(LinearConfig(), sentences, np.arange(count) % 2, 2)
    assert np.isfinite(fitted.logits).all()
    assert np.isfinite(fitted.path.weights).all()
