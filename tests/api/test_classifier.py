from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import seqtag
from seqtag.api.classifier import check_constants
from seqtag.api.load import load_classifier, load_tagger
from seqtag.api.streams import FIRST_CHUNK_TOKENS
from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence
from tests.helpers import TINY, files, run_threads

WORDS = [*("the", "speaker", "is", "dull", "and", "the", "touch", "screen"), "is", "cold", "too"]
TEXTS = [
    "I love the touch screen, but the speaker is dull.",
    "good",
    "",
    "There is nothing cold about it.",
    " \t ",
    "The keyboard felt poorer than I expected, and so did everything else about this machine!",
]


def test_label_is_the_most_probable_one_and_attention_is_one_number_a_token(
    classifier: seqtag.Classifier,
) -> None:
    label = classifier.classify(TEXTS[0])
    assert list(label.scores) == classifier.labels
    assert sum(label.scores.values()) == pytest.approx(1.0)
    assert label.score == label.scores[label.label] == max(label.scores.values())
    assert label.tokens == classifier.tokenizer.tokenize(TEXTS[0]).tokens
    assert label.attention.shape == (len(label.tokens),)
    assert label.attention.sum() == pytest.approx(1.0)
    assert (label.attention >= 0).all()
    assert label.text == TEXTS[0]
    pieces = [label.text[start:end] for start, end in label.offsets]
    assert pieces == label.tokens


def test_evidence_is_what_the_linear_path_says(classifier: seqtag.Classifier) -> None:
    label, empty = classifier.classify("I love the touch screen."), classifier.classify("")
    assert label.evidence_by_label is not None
    assert label.evidence_by_label.shape == (len(label.tokens), len(classifier.labels))
    assert label.weights.sum() == pytest.approx(1.0)
    assert empty.evidence is not None
    assert empty.evidence.shape == empty.weights.shape == (0,)
    # The labels are two, so that what speaks for the one speaks against the other.
    assert np.allclose(label.evidence_by_label.sum(axis=1), 0.0, atol=1e-5)
    assert np.ptp(label.evidence_by_label[:, 0]) > 0.1


def test_results_do_not_depend_on_the_batch(classifier: seqtag.Classifier) -> None:
    alone = [classifier.classify(text) for text in TEXTS]
    for order in itertools.permutations(range(len(TEXTS)), 3):
        for index, label in zip(
            order, classifier.classify_many([TEXTS[n] for n in order]), strict=True
        ):
            assert label.label == alone[index].label
            assert label.scores == pytest.approx(alone[index].scores, abs=1e-5)
            assert np.allclose(label.attention, alone[index].attention, atol=1e-5)


def test_text_without_tokens_gets_the_shares_of_the_training_texts(
    classifier: seqtag.Classifier, labelled: Path
) -> None:
    lines = (labelled / "train.tsv").read_text("utf-8").splitlines()
    given = [line.split("\t")[1] for line in lines]
    empties: list[str | list[str] | Sentence] = ["", " \n\t", [], Sentence([])]
    for empty in empties:
        label = classifier.classify(empty)
        assert label.scores == pytest.approx({n: given.count(n) / len(given) for n in label.scores})
        assert label.label == max(label.scores, key=lambda name: label.scores[name])
        assert label.tokens == []
        assert label.attention.shape == (0,)


def test_tokens_are_taken_as_they_are(classifier: seqtag.Classifier) -> None:
    tokens = classifier.tokenizer.tokenize(TEXTS[3]).tokens
    assert classifier.classify(tokens).scores == classifier.classify(TEXTS[3]).scores
    assert classifier.classify(["a b", "", "."]).tokens == ["a b", "", "."]
    with pytest.raises(TypeError, match="a token is 3: give strings"):
        classifier.classify(["a", 3])  # type: ignore[list-item]  # what is refused


def test_stream_is_read_a_bounded_number_of_tokens_ahead(classifier: seqtag.Classifier) -> None:
    taken = 0

    def endless() -> Iterator[list[str]]:
        nonlocal taken
        while True:
            taken += 5
            yield ["good"] * 4

    results = classifier.classify_many(endless())
    next(results)
    assert taken <= 2 * FIRST_CHUNK_TOKENS


def test_text_beyond_the_window_is_pooled_over_all_of_it(labelled: Path, tmp_path: Path) -> None:
    settings = {**TINY, "training.epochs": 1, "encoder.max_length": 8}
    classifier = seqtag.train(task="classify", **files(labelled, "tsv"), **settings)
    label = classifier.classify(WORDS * 20)
    assert label.attention.shape == (len(WORDS) * 20,)
    assert label.attention.sum() == pytest.approx(1.0)
    assert (label.attention > 0).all()  # no token is left out
    changed = classifier.classify([*WORDS * 19, *WORDS[:-1], "horrible"])
    assert changed.scores != label.scores


def test_text_of_100_000_tokens_takes_bounded_memory(classifier: seqtag.Classifier) -> None:
    """What is kept of each token is a few numbers and the token itself."""
    tokens = (WORDS * 10_000)[:100_000]
    classifier.classify(WORDS)
    tracemalloc.start()
    try:
        label = classifier.classify(tokens)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert label.attention.sum() == pytest.approx(1.0)
    assert len(label.tokens) == 100_000
    assert peak < 500 * len(tokens)


def test_threads_share_a_classifier(classifier: seqtag.Classifier) -> None:
    expected = [label.scores for label in classifier.classify_many(TEXTS)]

    def work(_: int) -> None:
        for _ in range(5):
            assert [label.scores for label in classifier.classify_many(TEXTS)] == expected

    run_threads(work, 4)


def test_saved_classifier_is_the_same(classifier: seqtag.Classifier, tmp_path: Path) -> None:
    classifier.save(tmp_path / "model")
    again = seqtag.load(tmp_path / "model")
    assert isinstance(again, seqtag.Classifier)
    before, after = classifier._engine.weights(), again._engine.weights()
    assert before.keys() == after.keys()
    for name, weight in before.items():
        np.testing.assert_array_equal(after[name], weight)
    # The last bits go by where weights lie in memory.
    for found, label in zip(
        again.classify_many(TEXTS), classifier.classify_many(TEXTS), strict=True
    ):
        assert found.scores == pytest.approx(label.scores, abs=1e-6)


def test_damaged_linear_path_is_refused(classifier: seqtag.Classifier) -> None:
    constants = dict(classifier._engine.constants)
    wrong = {
        "linear.keys": constants["linear.keys"][::-1],
        "linear.weights": constants["linear.weights"][:-1],
        "output.bias": np.zeros(3),
    }
    for name, array in wrong.items():
        with pytest.raises(ValueError, match=r"in no order|asks for"):
            check_constants(classifier.spec, constants | {name: array})
    del constants["linear.scales"]
    with pytest.raises(ValueError, match=r"linear\.scales is missing"):
        check_constants(classifier.spec, constants)


def test_model_of_the_other_task_is_refused(label_run: Path, ner_run: Path) -> None:
    assert isinstance(load_classifier(label_run), seqtag.Classifier)
    with pytest.raises(ConfigError, match="this model labels texts and tags no tokens"):
        load_tagger(label_run)
    with pytest.raises(ConfigError, match="this model tags tokens and labels no texts"):
        load_classifier(ner_run)
