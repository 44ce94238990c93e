from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.cleaning import MASK
from seqtag.training import word_vectors
from seqtag.training.sparse import SparseMatrix
from seqtag.training.word_vectors import FAR, NEAR, Contexts, leading_directions, learn_vectors

TEXT = [
    ["The", "cat", "sat", "on", "the", "mat", "."],
    ["A", "dog", "sat", "on", "a", "<unk>", "mat", "."],
    [],
    ["Cats"],
    f"the dog saw {MASK} the cat ; the cat saw the dog .".split(),
]


def slow_counts(
    sentences: Sequence[Sequence[str]], weights: dict[int, int]
) -> Counter[tuple[str, str]]:
    """Count words with what stands beside them, token by token; a weight for each place."""
    counts: Counter[tuple[str, str]] = Counter()
    for tokens in sentences:
        edged = ["", *tokens, ""]
        for i, word in enumerate(tokens, start=1):
            for place, weight in weights.items():
                if 0 <= i + place < len(edged):
                    context = edged[i + place].lower()
                    if not {word, context} & {"<unk>", MASK}:
                        counts[word, context] += weight
    return counts


def slow_information(
    contexts: Contexts, counts: Counter[tuple[str, str]]
) -> npt.NDArray[np.float64]:
    """Return positive pointwise mutual information (words, contexts), pair by pair."""
    counts = Counter(
        {
            (word, context): n
            for (word, context), n in counts.items()
            if word in contexts.words and context in contexts.contexts
        }
    )
    of_word: Counter[str] = Counter()
    of_context: Counter[str] = Counter()
    for (word, context), n in counts.items():
        of_word[word] += n
        of_context[context] += n
    smoothed = {context: n**0.75 for context, n in of_context.items()}
    total = sum(smoothed.values())
    found = np.zeros((len(contexts.words), len(contexts.contexts)))
    for (word, context), n in counts.items():
        likelier = (n / of_word[word]) / (smoothed[context] / total)
        place = contexts.words.index(word), contexts.contexts.index(context)
        found[place] = max(0.0, math.log(likelier))
    return found


def check_matrix(matrix: SparseMatrix, wanted: npt.NDArray[np.float64]) -> None:
    np.testing.assert_allclose(matrix.rows.to_dense().numpy(), wanted, atol=1e-6)
    np.testing.assert_allclose(matrix.columns.to_dense().numpy(), wanted.T, atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 3, 1 << 20])
@pytest.mark.parametrize("max_words", [4, 100])
def test_matrices_are_those_of_counting_by_hand(
    chunk: int, max_words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_vectors, "CHUNK", chunk)
    contexts = Contexts.read(iter(TEXT), max_words)
    for place in (-5, -2, -1, 1, 2, 3):
        counts = slow_counts(TEXT, {place: 1})
        check_matrix(contexts.beside(place), slow_information(contexts, counts))
    weights = {place: 6 - abs(place) for place in range(-5, 6) if place}
    check_matrix(contexts.around(), slow_information(contexts, slow_counts(TEXT, weights)))


_TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "B", "c", "<unk>"]), max_size=8), max_size=6)


@given(sentences=_TEXTS, chunk=st.integers(1, 9), place=st.sampled_from([-3, -2, -1, 1, 2]))
def test_any_text_is_counted_as_by_hand(sentences: list[list[str]], chunk: int, place: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_vectors, "CHUNK", chunk)
        contexts = Contexts.read(sentences, 100)
        if contexts.words:
            wanted = slow_information(contexts, slow_counts(sentences, {place: 1}))
            check_matrix(contexts.beside(place), wanted)


@given(sentences=_TEXTS, size=st.integers(1, 6), max_words=st.integers(1, 5))
def test_any_text_gives_vectors_no_longer_than_one(
    sentences: list[list[str]], size: int, max_words: int
) -> None:
    words, vectors = learn_vectors(sentences, size=size, max_words=max_words)
    counts = Counter(token for tokens in sentences for token in tokens if token != "<unk>")
    assert [counts[word] for word in words] == sorted(counts.values(), reverse=True)[:max_words]
    assert vectors.shape == (len(words), 2 * min(size, len(words)))
    assert vectors.dtype == np.float32
    for half in np.split(vectors, 2, axis=1):
        assert np.all(np.linalg.norm(half, axis=1) < 1.001)


def test_most_frequent_words_come_first_and_contexts_have_no_case() -> None:
    contexts = Contexts.read(TEXT, 3)
    assert contexts.words == ["the", "cat", "."]
    assert contexts.contexts[:3] == ["", "the", "cat"]
    assert not {"<unk>", MASK} & set(Contexts.read(TEXT, 100).words)


def test_contexts_are_the_most_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "MAX_CONTEXTS", 3)
    contexts = Contexts.read(TEXT, 100)
    assert contexts.contexts == ["", "the", "cat"]
    check_matrix(contexts.beside(-1), slow_information(contexts, slow_counts(TEXT, {-1: 1})))


def sparse(array: npt.NDArray[np.floating]) -> SparseMatrix:
    rows, columns = np.nonzero(array)
    shape = (array.shape[0], array.shape[1])
    return SparseMatrix.make(rows, columns, array[rows, columns].astype(np.float32), shape)


@pytest.mark.parametrize("shape", [(40, 25), (25, 60), (7, 30), (30, 7)])
def test_directions_are_those_of_a_full_decomposition(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    array = random.random(shape) * (random.random(shape) < 0.3)
    halves = [array[:, : shape[1] // 2], array[:, shape[1] // 2 :]]
    directions, values = leading_directions([sparse(half) for half in halves], 5)
    left, singular, _ = np.linalg.svd(array, full_matrices=False)
    np.testing.assert_allclose(values.numpy(), singular[:5], rtol=1e-4)
    products = (left[:, :5] * singular[:5]) @ left[:, :5].T
    found = (directions * values) @ directions.T
    np.testing.assert_allclose(found.numpy(), products, atol=1e-3)


def test_matrix_of_low_rank_is_rebuilt() -> None:
    random = np.random.default_rng(1)
    array = random.random((300, 6)) @ random.random((6, 200))
    directions, values = leading_directions([sparse(array)], 6)
    projected = directions.numpy() @ (directions.numpy().T @ array)
    np.testing.assert_allclose(projected, array, atol=1e-3)
    np.testing.assert_allclose(
        values.numpy(), np.linalg.svd(array, compute_uv=False)[:6], rtol=1e-4
    )


def test_there_are_no_more_directions_than_rows_or_columns() -> None:
    directions, values = leading_directions([sparse(np.eye(3, 5))], 10)
    assert directions.shape == (3, 3)
    assert values.tolist() == pytest.approx([1.0, 1.0, 1.0])


def made_up(count: int, seed: int = 0) -> list[list[str]]:
    """Return sentences of a language with two kinds of nouns and of verbs, each of 20 words."""
    random = np.random.default_rng(seed)
    sentences = []
    for _ in range(count):
        topic = int(random.integers(2))
        noun, verb, other = random.integers(20, size=3)
        sentences.append(
            ["the", f"n{topic}-{noun}", f"v{topic}-{verb}", "a", f"n{topic}-{other}", "."]
        )
    return sentences


def nearest(words: list[str], vectors: npt.NDArray[np.float32], word: str) -> list[str]:
    """Return the words whose vectors are most like that of a word."""
    order = np.argsort(-(vectors @ vectors[words.index(word)]), kind="stable")
    return [words[place] for place in order[1:11].tolist()]


def test_words_that_stand_beside_the_same_words_have_near_vectors() -> None:
    words, vectors = learn_vectors(made_up(3000), size=4, max_words=1000)
    for kind in ("n0", "n1", "v0", "v1"):
        assert {word[:2] for word in nearest(words, vectors, f"{kind}-3")} == {kind}


def test_near_vectors_tell_grammar_and_far_ones_topics() -> None:
    random = np.random.default_rng(4)
    sentences = []
    for _ in range(2000):
        topic = int(random.integers(2))
        noun, verb = random.integers(5, size=2)
        # Between words that belong together stand two that belong to all.
        sentences.append([f"n{topic}-{noun}", "x", "x", f"v{topic}-{verb}", "x", "x"])
    words, vectors = learn_vectors(sentences, size=4, max_words=1000)
    row = {word: place for place, word in enumerate(words)}
    near, far = np.split(vectors, 2, axis=1)
    same, other = [(row["n0-1"], row[word]) for word in ("n0-2", "n1-2")]
    assert (near @ near.T)[same] == pytest.approx((near @ near.T)[other], abs=0.01)
    assert (far @ far.T)[same] > (far @ far.T)[other] + 0.1


def test_vectors_repeat_to_the_bit_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    words, vectors = learn_vectors(made_up(400), size=6, max_words=50)
    torch.manual_seed(99)  # no affair of theirs
    for chunk in (1 << 20, 100):
        monkeypatch.setattr(word_vectors, "CHUNK", chunk)
        again, others = learn_vectors(iter(made_up(400)), size=6, max_words=50)
        assert again == words
        np.testing.assert_array_equal(others, vectors)


def test_order_of_sentences_does_not_matter() -> None:
    sentences = made_up(200)
    # So large that nothing is left out.
    words, vectors = learn_vectors(sentences, size=100, max_words=1000)
    again, others = learn_vectors(sentences[::-1], size=100, max_words=1000)
    assert sorted(again) == sorted(words)
    rows = [again.index(word) for word in words]
    # Directions may point elsewhere, but words are as like each other as before.
    for half, other in zip(
        np.split(vectors, 2, axis=1), np.split(others[rows], 2, axis=1), strict=True
    ):
        np.testing.assert_allclose(half @ half.T, other @ other.T, atol=1e-3)


def test_halves_are_made_of_the_places_that_are_told() -> None:
    sentences = made_up(30)
    words, vectors = learn_vectors(sentences, size=100, max_words=1000)
    size = len(words)  # so large that nothing is left out
    contexts = Contexts.read(sentences, 1000)
    assert contexts.words == words
    beside = {place: contexts.beside(place) for place in (*NEAR, *FAR)}
    for half, matrices in (
        (vectors[:, :size], [beside[place] for place in NEAR]),
        (vectors[:, size:], [*(beside[place] for place in FAR), contexts.around()]),
    ):
        dense = np.concatenate([matrix.rows.to_dense().numpy() for matrix in matrices], axis=1)
        left, singular, _ = np.linalg.svd(dense, full_matrices=False)
        wanted = left * np.sqrt(singular)
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        np.testing.assert_allclose(half @ half.T, wanted @ wanted.T, atol=1e-3)


def test_a_text_without_words_has_no_vectors() -> None:
    texts: list[list[list[str]]] = [[], [[]], [["<unk>"]]]
    for sentences in texts:
        words, vectors = learn_vectors(sentences, size=5, max_words=10)
        assert words == []
        assert vectors.shape == (0, 0)


def test_vectors_have_length_one_unless_a_word_stands_alone() -> None:
    sentences = [*made_up(100), *[["alone"]] * 1000]
    words, vectors = learn_vectors(sentences, size=10, max_words=1000)
    for half in np.split(vectors, 2, axis=1):
        np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1.0, atol=1e-4)
    gap = ["<unk>"] * 5
    words, vectors = learn_vectors([[*gap, "alone", *gap], ["a", "b"]], size=3, max_words=9)
    np.testing.assert_allclose(vectors[words.index("alone")], 0.0, atol=1e-3)
