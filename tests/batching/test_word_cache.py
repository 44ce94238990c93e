from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import WordCache, most_words
from seqtag.batching.word_cache import MAX_WORD_MEMORY, MAX_WORD_TYPES
from tests.helpers import run_threads

SIZE = 3


def vectors_of(rows: list[int]) -> npt.NDArray[np.float32]:
    """Return a vector for each row that tells which it is of."""
    vectors = np.array(rows, dtype=np.int64)[:, None] + np.arange(SIZE) / 4
    return vectors.astype(np.float32)


steps = st.lists(
    st.tuples(st.booleans(), st.lists(st.integers(0, 3000), max_size=8, unique=True)), max_size=12
)


@given(steps, st.integers(1, 2500))
def test_what_was_put_is_known_up_to_the_limit(
    steps: list[tuple[bool, list[int]]], max_words: int
) -> None:
    """A set beside the cache tells what it must know after any puts and takes."""
    cache = WordCache(SIZE, max_words)
    expected: set[int] = set()
    for is_put, rows in steps:
        numbers = np.array(rows, dtype=np.int64)
        if is_put:
            cache.put(numbers, vectors_of(rows))
            expected |= {row for row in rows if row < max_words}
        is_known, vectors = cache.take(numbers)
        assert is_known.tolist() == [row in expected for row in rows]
        known = [row for row in rows if row in expected]
        assert vectors.shape == (len(known), SIZE)
        assert vectors.dtype == np.float32
        assert np.array_equal(vectors, vectors_of(known))


def test_threads_may_fill_it_at_the_same_time() -> None:
    """While it grows under them, nobody sees a vector that is not the word's."""
    cache = WordCache(SIZE, 100_000)

    def work(number: int) -> None:
        random = np.random.default_rng(number)
        for step in range(200):
            rows = random.choice(100 * (step + 1), 40, replace=False)
            is_known, vectors = cache.take(rows)
            assert np.array_equal(vectors, vectors_of(rows[is_known].tolist()))
            cache.put(rows[~is_known], vectors_of(rows[~is_known].tolist()))
            again, _ = cache.take(rows)
            assert again.all()

    run_threads(work, 4)


def test_words_are_bounded_by_number_and_by_bytes() -> None:
    assert most_words(0) == MAX_WORD_TYPES
    assert 0 < most_words(1000) * 4000 <= MAX_WORD_MEMORY
    assert most_words(1000) < most_words(500) < MAX_WORD_TYPES
