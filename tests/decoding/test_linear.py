from __future__ import annotations

import math

import numpy as np
import pytest

from seqtag.decoding.linear import MOST_EVIDENCE, LinearPath, read_texts

WEIGHTS = np.array([[1.0, -1.0], [2.0, -2.0], [-3.0, 3.0], [0.5, -0.5]], dtype=np.float32)
SCALES = np.array([3.0, 4.0, 1.0, 2.0], dtype=np.float32)
PATH = LinearPath(
    words=2,
    weights=WEIGHTS,
    scales=SCALES,
    bias=np.array([0.5, 0.0], dtype=np.float32),
    evidence_scale=np.array([2.0], dtype=np.float32),
)


class Texts:
    """Two texts of three and two tokens; n-grams 0 and 1 are of words, 2 and 3 of characters."""

    words = ((np.array([0, 0]), np.array([0, 2])), (np.array([1]), np.array([0])))
    characters = (np.array([2, 3, 3]), np.array([1, 1, 4]))
    starts = np.array([0, 3, 5])

    def distinct(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        assert count == 4
        return np.array([0, 1, 2, 3, 3]), np.array([0, 0, 0, 0, 1])


def test_logits_by_hand() -> None:
    """The length of 3 and 4 is 5, that of 1 and 2 the root of 5; n-gram 0 counts once."""
    logits, _ = read_texts(PATH, Texts(), 4)
    root = math.sqrt(5.0)
    first = (1.0 + 2.0) / 5.0 + (-3.0 + 0.5) / root
    assert np.allclose(logits, [[0.5 + first, -first], [0.5 + 0.25, -0.25]])


def test_evidence_by_hand() -> None:
    """An n-gram of two words counts at both of them."""
    _, evidence = read_texts(PATH, Texts(), 4)
    root = math.sqrt(5.0)
    tokens = [(1.0 + 2.0) / 5.0, 2.0 / 5.0 + (-3.0 + 0.5) / root, 1.0 / 5.0, 0.0, 0.5 / 2.0]
    assert evidence.dtype == np.float32
    assert np.allclose(evidence, [[2.0 * value, -2.0 * value] for value in tokens], atol=1e-6)


def test_evidence_is_limited() -> None:
    loud = LinearPath(2, 1000.0 * WEIGHTS, SCALES, PATH.bias, PATH.evidence_scale)
    _, evidence = read_texts(loud, Texts(), 4)
    assert evidence.max() == MOST_EVIDENCE
    assert evidence.min() == -MOST_EVIDENCE


def test_text_without_known_ngrams_gets_the_bias() -> None:
    none = np.zeros(0, dtype=np.int64)
    logits, factors = PATH.logits(none, none, 3)
    assert np.allclose(logits, [[0.5, 0.0]] * 3)
    assert not factors.any()
    starts = np.array([0, 1, 1, 3])
    evidence = PATH.evidence([(none, none)], (none, none), starts, factors)
    assert evidence.shape == (3, 2)
    assert not evidence.any()


@pytest.mark.parametrize("words", [0, 4])
def test_one_kind_of_ngrams_may_be_missing(words: int) -> None:
    path = LinearPath(words, WEIGHTS, SCALES, PATH.bias, PATH.evidence_scale)
    logits, _ = path.logits(np.array([1, 2]), np.array([0, 0]), 1)
    length = math.sqrt(4.0**2 + 1.0)
    assert np.allclose(logits, [[0.5 + (2.0 - 3.0) / length, (-2.0 + 3.0) / length]])
