from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import Batch, plan_batches
from seqtag.batching.batches import IntArray

lengths_lists = st.lists(st.integers(1, 60), max_size=60)
seeds = st.one_of(st.none(), st.integers(0, 2**32))


def plan(lengths: list[int], batch_tokens: int, seed: int | None) -> list[IntArray]:
    shuffle = None if seed is None else np.random.default_rng(seed)
    return plan_batches(np.array(lengths, dtype=np.int64), batch_tokens, shuffle=shuffle)


@given(lengths_lists, st.integers(1, 200), seeds)
def test_every_sequence_is_in_exactly_one_batch(
    lengths: list[int], batch_tokens: int, seed: int | None
) -> None:
    batches = plan(lengths, batch_tokens, seed)
    assert all(len(batch) > 0 for batch in batches)
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(len(lengths)))


@given(lengths_lists, st.integers(1, 200), seeds)
def test_padded_size_stays_within_the_limit_but_for_a_single_sequence(
    lengths: list[int], batch_tokens: int, seed: int | None
) -> None:
    for batch in plan(lengths, batch_tokens, seed):
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= batch_tokens


@given(lengths_lists, st.integers(1, 200))
def test_batches_go_from_short_to_long_and_are_full(lengths: list[int], batch_tokens: int) -> None:
    batches = plan(lengths, batch_tokens, None)
    flat = [lengths[i] for batch in batches for i in batch]
    assert flat == sorted(lengths)
    for batch, following in zip(batches, batches[1:], strict=False):
        assert (len(batch) + 1) * lengths[following[0]] > batch_tokens


@given(lengths_lists, st.integers(1, 20), seeds)
def test_batches_hold_no_more_sequences_than_allowed(
    lengths: list[int], batch_sentences: int, seed: int | None
) -> None:
    shuffle = None if seed is None else np.random.default_rng(seed)
    batches = plan_batches(
        np.array(lengths, dtype=np.int64), 10**6, batch_sentences=batch_sentences, shuffle=shuffle
    )
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(len(lengths)))
    assert [len(batch) for batch in batches].count(batch_sentences) == len(
        lengths
    ) // batch_sentences


def test_sequences_of_a_shuffled_batch_are_of_similar_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 3000).tolist()
    batches = plan(lengths, 500, 1)
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert padded < 1.15 * sum(lengths)


def test_shuffling_changes_the_order_of_batches_and_who_is_together() -> None:
    lengths = [5] * 100 + [20] * 100
    first, second = plan(lengths, 100, 1), plan(lengths, 100, 2)
    sizes = [len(batch) for batch in first]
    assert sizes != sorted(sizes, reverse=True)
    assert {frozenset(b.tolist()) for b in first}.isdisjoint(
        {frozenset(b.tolist()) for b in second}
    )


def test_same_seed_gives_the_same_batches() -> None:
    lengths = np.random.default_rng(0).integers(1, 50, 200).tolist()
    first, second = plan(lengths, 100, 7), plan(lengths, 100, 7)
    assert [b.tolist() for b in first] == [b.tolist() for b in second]


def test_mask_is_true_where_there_is_a_token() -> None:
    none = np.zeros(0, dtype=np.int64)
    batch = Batch(
        lengths=np.array([2, 0, 3]),
        types=np.zeros((3, 3), dtype=np.int64),
        features=np.zeros((3, 3, 0), dtype=np.int64),
        dense=np.zeros((3, 3, 0), dtype=np.float32),
        known=np.zeros((0, 0), dtype=np.float32),
        words=none,
        vectors=none,
        mapped=np.zeros((0, 0), dtype=np.float32),
        ngrams=none,
        ngram_offsets=none,
        characters=none,
        character_lengths=none,
    )
    assert batch.mask.tolist() == [[True, True, False], [False] * 3, [True] * 3]


def test_arrays_are_all_fields_by_name() -> None:
    values = {
        name: np.array([number])
        for number, name in enumerate(
            ["lengths", "types", "features", "words", "vectors", "ngrams", "ngram_offsets"]
        )
    }
    values |= {"characters": np.array([7]), "character_lengths": np.array([8])}
    values |= {"known": np.array([9]), "dense": np.array([10]), "mapped": np.array([11])}
    assert Batch(**values).arrays() == values
