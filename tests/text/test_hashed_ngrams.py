"""N-grams have the numbers that fastText, floret and spaCy give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.strings import StringStore
from spacy.vectors import Vectors  # type: ignore[import-not-found]  # a compiled module

from seqtag.text.hashed_ngrams import MAX_WORD, HashedNgrams, murmur3

WORDS = ["the", "Straße", "漢字かな", "a", "naïve", "x" * 60, "<s>", "\U0001f600smile", "1,000.5"]

some_word = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - the library has no types
    """Return a small model that floret trained as fastText does."""
    floret = pytest.importorskip("floret", reason="needs the floret library: pip install floret")
    text = tmp_path_factory.mktemp("floret") / "text.txt"
    text.write_text(" ".join(WORDS * 20) + "\n", "utf-8")
    settings = {"dim": 4, "bucket": 997, "minn": 2, "maxn": 5, "minCount": 1, "epoch": 1}
    return floret.train_unsupervised(str(text), mode="fasttext", thread=1, verbose=0, **settings)


@pytest.mark.parametrize("word", [*WORDS, "", "unseen", "Straßenbahn", "\u0301"])
def test_fasttext_numbers_n_grams_so(model: Any, word: str) -> None:  # noqa: ANN401 - as above
    listed = len(model.get_words())
    _, numbers = model.get_subwords(word)
    wanted = [number - listed for number in numbers.tolist() if number >= listed]
    assert HashedNgrams("fasttext", 997, 2, 5).numbers(word) == wanted


@given(
    word=some_word,
    sizes=st.tuples(st.integers(1, 4), st.integers(0, 3)),
    hash_count=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    marks=st.sampled_from([("<", ">"), ("\u00ab", "\u00bb"), ("__", "#")]),
)
@settings(max_examples=200)
def test_spacy_numbers_n_grams_as_floret_does(
    word: str, sizes: tuple[int, int], hash_count: int, seed: int, marks: tuple[str, str]
) -> None:
    shortest, longest = sizes[0], sum(sizes)
    rows = np.eye(50, dtype=np.float32)
    spacy_vectors = Vectors(
        mode="floret",
        strings=StringStore(),
        data=rows,
        hash_count=hash_count,
        hash_seed=seed,
        minn=shortest,
        maxn=longest,
        bow=marks[0],
        eow=marks[1],
    )
    ngrams = HashedNgrams(
        "floret", 50, shortest, longest, hash_count, seed, begin=marks[0], end=marks[1]
    )
    found = rows[ngrams.numbers(word)].mean(axis=0)
    np.testing.assert_allclose(found, spacy_vectors[word], atol=1e-6)


def test_long_words_are_cut_and_odd_ones_have_numbers() -> None:
    ngrams = HashedNgrams("fasttext", 100, 3, 6)
    assert ngrams.numbers("ab" * MAX_WORD) == ngrams.numbers("ab" * (MAX_WORD // 2))
    assert ngrams.numbers("a\ud800b") == ngrams.numbers("a?b")
    assert HashedNgrams("fasttext", 100, 3, 0).numbers("word") == []


def test_murmur_hash_is_the_published_one() -> None:
    """The value that the published test of the algorithm's author is to come to."""
    keys = [bytes(range(number)) for number in range(256)]
    hashes = b"".join(_bytes(murmur3(key, 256 - number)) for number, key in enumerate(keys))
    verification = int.from_bytes(_bytes(murmur3(hashes, 0))[:4], "little")
    assert verification == 0x6384BA69


def _bytes(halves: tuple[int, int]) -> bytes:
    return b"".join(half.to_bytes(8, "little") for half in halves)
