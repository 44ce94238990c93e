from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching import ngrams as ngrams_module
from seqtag.batching.ngrams import NgramFinder, NgramTable, _hash, list_ngrams
from seqtag.text.sentence import Sentence
from tests.helpers import run_threads

TEXTS = st.lists(st.lists(st.sampled_from(["a", "B", "the", "Film", "film", "été"]), max_size=6))


def sentences_of(texts: list[list[str]]) -> list[Sentence]:
    return [Sentence(list(tokens)) for tokens in texts]


def plain_ngrams(texts: list[list[str]], longest: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield each n-gram of words with the number of its first token, by definition."""
    for size in range(1, longest + 1):
        start = 0
        for tokens in texts:
            for first in range(len(tokens) - size + 1):
                yield tuple(token.lower() for token in tokens[first : first + size]), start + first
            start += len(tokens)


@given(TEXTS, st.integers(1, 4))
def test_ngrams_of_words_are_those_within_each_text(texts: list[list[str]], longest: int) -> None:
    """Equal n-grams have equal hashes, and different ones different ones."""
    bags = NgramFinder((longest, 0)).bags(sentences_of(texts))
    found = list(zip(bags.words[bags.tokens], range(len(bags.tokens)), strict=True))
    for keys, places in bags.longer:
        found += list(zip(keys, places.tolist(), strict=True))
    expected = list(plain_ngrams(texts, longest))
    assert [place for _, place in found] == [place for _, place in expected]
    assert len(bags.longer) == longest - 1
    names = dict(zip([ngram for ngram, _ in expected], [key for key, _ in found], strict=True))
    assert [names[ngram] for ngram, _ in expected] == [key for key, _ in found]
    assert len(set(names.values())) == len(names)
    assert bags.starts.tolist() == np.cumsum([0, *map(len, texts)]).tolist()


def test_ngrams_of_characters_are_those_within_a_word_with_its_edges() -> None:
    bags = NgramFinder((1, 4)).bags(sentences_of([["it", "it"], ["", "Odd"]]))
    words = [["<it", "it>", "<it>"], [], ["<od", "odd", "dd>", "<odd", "odd>"]]
    expected = []
    for place, ngrams in enumerate(words):
        expected += [(key, place) for key in sorted(map(_hash, ngrams))]
    keys, places = bags.characters
    assert list(zip(keys.tolist(), places.tolist(), strict=True)) == expected
    assert bags.tokens.tolist() == [0, 0, 1, 2]


def test_hashes_stay_the_same() -> None:
    """Models on disk hold them."""
    assert _hash("film") == 6569835820675580736
    bags = NgramFinder((2, 0)).bags(sentences_of([["a", "film"]]))
    assert bags.longer[0][0].tolist() == [-4601384358520295636]


@given(TEXTS)
def test_order_of_a_pair_matters(texts: list[list[str]]) -> None:
    first, second = (
        NgramFinder((2, 0)).bags(sentences_of([tokens])).longer[0][0]
        for tokens in (["good", "film"], ["film", "good"])
    )
    assert first[0] != second[0]


@given(TEXTS, TEXTS)
def test_table_gives_listed_ngrams_their_numbers_and_leaves_others_out(
    known: list[list[str]], texts: list[list[str]]
) -> None:
    finder = NgramFinder((2, 4))
    words, characters = list_ngrams(finder, [sentences_of(known)], 10**6)
    assert (words[:-1] < words[1:]).all()
    assert (characters[:-1] < characters[1:]).all()
    table = NgramTable((2, 4), words, characters)
    raw, found = NgramFinder((2, 4)).bags(sentences_of(texts)), table.bags(sentences_of(texts))
    assert np.array_equal(raw.tokens, found.tokens)
    inside = np.isin(raw.words, words)
    assert (found.words[~inside] == -1).all()
    assert words[found.words[inside]].tolist() == raw.words[inside].tolist()
    for (keys, places), (numbers, own) in zip(raw.longer, found.longer, strict=True):
        inside = np.isin(keys, words)
        assert words[numbers].tolist() == keys[inside].tolist()
        assert own.tolist() == places[inside].tolist()
    inside = np.isin(raw.characters[0], characters)
    numbers, own = found.characters
    assert characters[numbers - len(words)].tolist() == raw.characters[0][inside].tolist()
    assert own.tolist() == raw.characters[1][inside].tolist()


def test_most_frequent_ngrams_are_listed_where_there_are_too_many() -> None:
    texts = [["often", "often", "often"], ["twice", "twice"], ["once"]]
    words, _ = list_ngrams(NgramFinder((1, 0)), [sentences_of([text]) for text in texts], 2)
    assert words.tolist() == sorted([_hash("often"), _hash("twice")])


def test_words_count_once_for_a_text_and_pairs_too() -> None:
    texts = sentences_of([["a", "b", "a", "b"], [], ["b"]])
    words, characters = list_ngrams(NgramFinder((2, 0)), [texts], 10**6)
    bags = NgramTable((2, 0), words, characters).bags(texts)
    ngrams, own = bags.entries(len(words))
    expected = [sorted(map(_hash, "ab")), [], [_hash("b")]]
    for text, hashes in enumerate(expected):
        found = words[ngrams[own == text]].tolist()
        assert len(found) == len(set(found))
        assert set(hashes) <= set(found)
    assert np.bincount(own, minlength=3).tolist() == [4, 0, 1]  # a, b, "a b" and "b a"


def test_words_are_forgotten_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams_module, "MAX_WORDS", 3)
    texts = sentences_of([[f"w{n}", f"w{n + 1}"] for n in range(20)])
    words, characters = list_ngrams(NgramFinder((2, 4)), [texts], 10**6)
    table = NgramTable((2, 4), words, characters)
    expected = [bags_of(table, text) for text in texts]
    assert [bags_of(table, text) for text in texts] == expected
    assert len(table._words) <= 3 + 2


def bags_of(table: NgramTable, sentence: Sentence) -> list[list[int]]:
    bags = table.bags([sentence])
    pairs = [bags.characters, *bags.longer]
    return [bags.words[bags.tokens].tolist(), *(numbers.tolist() for numbers, _ in pairs)]


def test_threads_share_a_table() -> None:
    texts = sentences_of([[f"w{n}", f"w{n + 1}"] for n in range(50)])
    words, characters = list_ngrams(NgramFinder((2, 4)), [texts], 10**6)
    expected = [bags_of(NgramTable((2, 4), words, characters), text) for text in texts]
    table = NgramTable((2, 4), words, characters)

    def work(_: int) -> None:
        assert [bags_of(table, text) for text in texts] == expected

    run_threads(work, 4)
