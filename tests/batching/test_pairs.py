from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching.pairs import pair_batch, plan_pairs, source_batch


def test_batch_holds_sources_with_their_ends_and_targets_a_step_apart() -> None:
    batch = pair_batch([[4, 5, 6], [7]], [[8], [9, 4, 5]])
    assert batch.sources.tolist() == [[4, 5, 6, 3], [7, 3, 0, 0]]
    assert batch.source_lengths.tolist() == [4, 2]
    assert batch.inputs.tolist() == [[2, 8, 0, 0], [2, 9, 4, 5]]
    assert batch.targets.tolist() == [[8, 3, 0, 0], [9, 4, 5, 3]]
    assert batch.mask.tolist() == [[True, True, False, False], [True] * 4]
    arrays = batch.arrays()
    assert set(arrays) == {"sources", "source_lengths", "inputs", "targets", "mask"}
    assert all(arrays[name].dtype == np.int64 for name in arrays if name != "mask")


def test_unknown_units_are_to_be_written_like_any_other() -> None:
    assert pair_batch([[1]], [[1, 1]]).mask.all()


def test_arrays_make_the_batch_that_lists_make() -> None:
    sources, targets = [[4, 5], [6]], [[7], [8, 9, 4]]
    lists = pair_batch(sources, targets)
    arrays = pair_batch(
        [np.array(row, dtype=np.int32) for row in sources],
        [np.array(row, dtype=np.int32) for row in targets],
    )
    for name, array in lists.arrays().items():
        assert np.array_equal(array, arrays.arrays()[name])


def test_empty_texts_are_their_ends() -> None:
    read, lengths = source_batch([[], [4]])
    assert read.tolist() == [[3, 0], [4, 3]]
    assert lengths.tolist() == [1, 2]
    batch = pair_batch([[4]], [[]])
    assert batch.inputs.tolist() == [[2]]
    assert batch.targets.tolist() == [[3]]


LENGTHS = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=60)


@given(LENGTHS, st.integers(1, 100), st.integers(0, 8), st.none() | st.integers(0, 99))
def test_every_pair_is_in_one_batch_and_no_batch_is_too_large(
    lengths: list[tuple[int, int]], tokens: int, sentences: int, seed: int | None
) -> None:
    source, target = np.array(lengths, dtype=np.int64).reshape(-1, 2).T
    shuffle = None if seed is None else np.random.default_rng(seed)
    batches = plan_pairs(source, target, tokens, batch_sentences=sentences, shuffle=shuffle)
    assert sorted(index for batch in batches for index in batch.tolist()) == [*range(len(lengths))]
    for batch in batches:
        size = len(batch)
        longest = max(source[batch].max(), target[batch].max())
        assert size == 1 or longest * size <= tokens
        assert not sentences or size <= sentences
    # Targets of a length stand together: batches share a length only where one ends and the
    # next begins.
    ranges = sorted((target[batch].min(), target[batch].max()) for batch in batches)
    for (_, last), (first, _) in zip(ranges, ranges[1:], strict=False):
        assert last <= first


def test_pairs_of_a_length_come_with_others_in_each_epoch() -> None:
    length = np.full(40, 5)
    shuffle = np.random.default_rng(1)
    epochs = [plan_pairs(length, length, 20, shuffle=shuffle) for _ in range(2)]
    companies = [{tuple(sorted(batch.tolist())) for batch in epoch} for epoch in epochs]
    assert companies[0] != companies[1]


def test_batches_come_in_random_order_and_the_same_from_the_same_seed() -> None:
    source = target = np.repeat(np.arange(1, 21), 5)

    def plan(seed: int) -> list[list[int]]:
        shuffle = np.random.default_rng(seed)
        return [batch.tolist() for batch in plan_pairs(source, target, 40, shuffle=shuffle)]

    assert plan(1) == plan(1)
    assert plan(1) != plan(2)
    firsts = [target[batch[0]] for batch in plan(1)]
    assert firsts != sorted(firsts)
    ordered = [target[batch[0]] for batch in plan_pairs(source, target, 40)]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize("shuffled", [False, True])
def test_little_is_padding(shuffled: bool) -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(2, 40, 3000)
    source = np.maximum(1, target + rng.integers(-4, 5, 3000))
    batches = plan_pairs(source, target, 1000, shuffle=rng if shuffled else None)
    padded = sum(len(batch) * target[batch].max() for batch in batches)
    assert target.sum() / padded > 0.97
