from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import Batch, Encoding, Featurizer, Rows, WordCache, compute_emissions
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.emissions import Emissions, Network
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, plain_featurizer

ALPHABET = [f"w{number}" for number in range(30)]
VOCABULARY = Vocabulary(ALPHABET, has_unknown=True)


def local_network(radius: int) -> Network:
    """Return a network of two heads that sees ``radius`` tokens to either side."""

    def run(batch: Batch) -> tuple[Emissions, FloatArray]:
        vectors = batch.words[:, None].astype(np.float32)
        described = np.concatenate([batch.known.reshape(-1, 1), vectors])[:, 0]
        numbers = np.where(batch.mask, described[batch.types], 0)
        padded = np.pad(numbers, ((0, 0), (radius, radius)))
        length = numbers.shape[1]
        seen = np.stack([padded[:, i : i + length] for i in range(2 * radius + 1)], axis=2)
        emissions = [seen.astype(np.float64), seen.sum(axis=2, keepdims=True).astype(np.float64)]
        return emissions, vectors

    return run


def sequences_of(sentences: Sequence[Sequence[str]]) -> tuple[Featurizer, Rows, IntArray]:
    """Return a featurizer, the sentences' rows one behind the other, and their lengths."""
    featurizer = plain_featurizer(VOCABULARY)
    rows = featurizer.rows(*(Sentence(list(tokens)) for tokens in sentences))
    return featurizer, rows, np.array([len(tokens) for tokens in sentences], dtype=np.int64)


def run_over(
    rows: Rows,
    lengths: IntArray,
    network: Network,
    featurizer: Featurizer,
    cache: WordCache,
    *,
    batch_tokens: int,
    max_length: int,
) -> Iterator[tuple[IntArray, IntArray, Emissions]]:
    return compute_emissions(
        Encoding(
            rows=rows,
            lengths=lengths,
            network=network,
            featurizer=featurizer,
            cache=cache,
            batch_tokens=batch_tokens,
            max_length=max_length,
        )
    )


@given(
    st.lists(st.integers(1, 70), max_size=12),
    st.integers(4, 40),
    st.integers(1, 120),
    st.integers(0, 2**32),
)
def test_emissions_are_those_of_the_whole_sequence(
    lengths: list[int], max_length: int, batch_tokens: int, seed: int
) -> None:
    """Windows change nothing for a network that looks no further than their margins."""
    rng = np.random.default_rng(seed)
    sentences = [rng.choice(ALPHABET, size=length).tolist() for length in lengths]
    featurizer, rows, _ = sequences_of(sentences)
    run = local_network(max_length // 4)
    found: dict[int, Emissions] = {}
    for indices, batch_lengths, emissions in run_over(
        rows,
        np.array(lengths, dtype=np.int64),
        run,
        featurizer,
        WordCache(1, 20),
        batch_tokens=batch_tokens,
        max_length=max_length,
    ):
        assert all(len(scores) == len(indices) == len(batch_lengths) for scores in emissions)
        for row, (index, length) in enumerate(zip(indices, batch_lengths, strict=True)):
            assert index not in found
            assert length == lengths[index]
            found[int(index)] = [scores[row, :length] for scores in emissions]
    assert sorted(found) == list(range(len(lengths)))
    for index, emissions in found.items():
        whole, _ = run(batch_of(featurizer, [sentences[index]]))
        for scores, expected in zip(emissions, whole, strict=True):
            assert np.array_equal(scores, expected[0])


@pytest.mark.parametrize("batch_tokens", [1, 16, 40])
def test_network_never_gets_more_than_a_batch_nor_longer_than_a_window(batch_tokens: int) -> None:
    featurizer, rows, lengths = sequences_of([ALPHABET[:n] for n in (3, 30, 8, 5, 12)])
    shapes: list[tuple[int, ...]] = []

    def run(batch: Batch) -> tuple[Emissions, FloatArray]:
        shapes.append(batch.types.shape)
        return [np.zeros((*batch.types.shape, 1))], np.zeros((len(batch.words), 1))

    results = run_over(
        rows,
        lengths,
        run,
        featurizer,
        WordCache(1, 100),
        batch_tokens=batch_tokens,
        max_length=8,
    )
    assert sum(int(lengths.sum()) for _, lengths, _ in results) == 58
    assert all(length <= 8 for _, length in shapes)
    assert all(rows == 1 or rows * length <= batch_tokens for rows, length in shapes)


def test_long_sequence_is_a_batch_of_its_own_in_one_piece() -> None:
    featurizer, rows, lengths = sequences_of([ALPHABET, ALPHABET[:2]])
    cache = WordCache(1, 100)
    results: list[tuple[IntArray, IntArray, Emissions]] = list(
        run_over(
            rows, lengths, local_network(1), featurizer, cache, batch_tokens=100, max_length=10
        )
    )
    assert [indices.tolist() for indices, _, _ in results] == [[1], [0]]
    assert [scores.shape for scores in results[1][2]] == [(1, 30, 3), (1, 30, 1)]


def test_nothing_comes_of_nothing() -> None:
    featurizer, rows, lengths = sequences_of([])
    cache = WordCache(1, 100)
    none = run_over(
        rows, lengths, local_network(1), featurizer, cache, batch_tokens=10, max_length=10
    )
    assert not list(none)


def test_every_word_is_described_to_the_network_once() -> None:
    featurizer, rows, lengths = sequences_of([ALPHABET[:n] for n in (3, 9, 8, 5, 12)])
    described: list[int] = []

    def run(batch: Batch) -> tuple[Emissions, FloatArray]:
        described.extend(batch.words.tolist())
        return local_network(1)(batch)

    cache = WordCache(1, 100)
    for _ in range(2):
        for _ in run_over(rows, lengths, run, featurizer, cache, batch_tokens=16, max_length=10):
            pass
    assert sorted(described) == sorted(VOCABULARY[word] for word in ALPHABET[:12])
