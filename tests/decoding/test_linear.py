from __future__ import annotations

import math

import numpy as np

from seqtag.batching.ngrams import Bags
from seqtag.decoding.linear import MOST_EVIDENCE, LinearPath

WEIGHTS = np.array([[1.0, -1.0], [2.0, -2.0], [-3.0, 3.0], [0.5, -0.5]], dtype=np.float32)
SCALES = np.array([3.0, 4.0, 1.0, 2.0], dtype=np.float32)
PATH = LinearPath(
    words=2,
    weights=WEIGHTS,
    scales=SCALES,
    bias=np.array([0.5, 0.0], dtype=np.float32),
    evidence_scale=np.array([2.0], dtype=np.float32),
)


NONE = np.zeros(0, dtype=np.int64)


def bags_of(
    tokens: list[int],
    words: list[int],
    characters: list[list[int]],
    pairs: list[tuple[int, int]],
    starts: list[int],
) -> Bags:
    """Return bags of pairs (n-gram, token) and of the n-grams of each distinct word."""
    numbers = np.array([n for ngrams in characters for n in ngrams], dtype=np.int64)
    owners = np.repeat(np.arange(len(words)), [len(ngrams) for ngrams in characters])
    longer = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Bags(
        tokens=np.array(tokens, dtype=np.int64),
        words=np.array(words, dtype=np.int64),
        characters=(numbers, owners),
        longer=[(longer[:, 0], longer[:, 1])],
        starts=np.array(starts),
    )


# Two texts of three and two tokens; words 0, 1 and 2, of which 0 is n-gram 0 and has those of
# characters 2 and 3, and 1 is none and has 3; the pair of the first two tokens is n-gram 1.
TEXTS = bags_of([0, 1, 0, 1, 2], [0, -1, -1], [[2, 3], [3], []], [(1, 0)], [0, 3, 5])


def test_logits_by_hand() -> None:
    """Word 0 counts once; of characters 1, 2 and 2 have length 3."""
    logits, _ = PATH.read(TEXTS)
    first = (1.0 + 2.0) / 5.0 + (-3.0 + 0.5 + 0.5) / 3.0
    assert np.allclose(logits, [[0.5 + first, -first], [0.5 + 0.25, -0.25]])


def test_evidence_by_hand() -> None:
    """An n-gram of two words counts at both of them."""
    _, evidence = PATH.read(TEXTS)
    tokens = [
        (1.0 + 2.0) / 5.0 + (-3.0 + 0.5) / 3.0,
        2.0 / 5.0 + 0.5 / 3.0,
        1.0 / 5.0 + (-3.0 + 0.5) / 3.0,
        0.5 / 2.0,
        0.0,
    ]
    assert evidence.dtype == np.float32
    assert np.allclose(evidence, [[2.0 * value, -2.0 * value] for value in tokens], atol=1e-6)


def test_evidence_is_limited() -> None:
    loud = LinearPath(2, 1000.0 * WEIGHTS, SCALES, PATH.bias, PATH.evidence_scale)
    _, evidence = loud.read(TEXTS)
    assert evidence.max() == MOST_EVIDENCE
    assert evidence.min() == -MOST_EVIDENCE


def test_text_without_known_ngrams_gets_the_bias() -> None:
    logits, evidence = PATH.read(bags_of([0, 0, 0], [-1], [[]], [], [0, 1, 1, 3]))
    assert np.allclose(logits, [[0.5, 0.0]] * 3)
    assert evidence.shape == (3, 2)
    assert not evidence.any()


def test_what_is_said_of_a_text_does_not_depend_on_the_others() -> None:
    first = bags_of([0, 1, 0], [0, -1], [[2, 3], [3]], [(1, 0)], [0, 3])
    logits, evidence = PATH.read(first)
    together, told = PATH.read(TEXTS)
    assert np.array_equal(logits[0], together[0])
    assert np.array_equal(evidence, told[:3])


def test_entries_are_what_counts_in_each_text() -> None:
    """The same numbers come of a plain sum over them, as fitting sees a text."""
    ngrams, texts = TEXTS.entries(4)
    assert [sorted(ngrams[texts == text].tolist()) for text in (0, 1)] == [[0, 1, 2, 3, 3], [3]]
    logits, _ = PATH.read(TEXTS)
    for text in (0, 1):
        total = PATH.bias.astype(np.float64)
        for kind in (ngrams < 2, ngrams >= 2):
            found = ngrams[kind & (texts == text)]
            if len(found):
                length = math.sqrt((SCALES[found] ** 2).sum())
                total = total + WEIGHTS[found].sum(axis=0) / length
        assert np.allclose(logits[text], total, atol=1e-6)
