from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.errors import ConfigError
from seqtag.text.subwords import (
    MAX_PART,
    VARIANTS,
    Algorithm,
    BytePairs,
    Subwords,
    Unigrams,
    learn_subwords,
    subwords_from_json,
)
from seqtag.text.units import SPECIAL, UNKNOWN
from tests.helpers import ROOT

# Words that are made of others, as often as in a language.
_STEMS = ["lauf", "haus", "tür", "garten", "kind", "spiel", "buch", "feld", "wasser", "berg"]
_ENDS = ["", "e", "en", "er", "ung", "lich", "keit", "s"]
WORDS = [first + second + end for first in _STEMS for second in ["", *_STEMS] for end in _ENDS]
TEXTS = [
    " ".join(WORDS[int(place)] for place in row) + "."
    for row in np.random.default_rng(1).geometric(0.01, (400, 8)) % len(WORDS)
]

words = st.text("lauftrginkdsphbe", min_size=1, max_size=30)


@pytest.fixture(scope="module")
def pairs() -> BytePairs:
    learnt = learn_subwords(TEXTS, size=200)
    assert isinstance(learnt, BytePairs)
    return learnt


@pytest.fixture(scope="module")
def unigrams() -> Unigrams:
    learnt = learn_subwords(TEXTS, algorithm="unigram", size=200)
    assert isinstance(learnt, Unigrams)
    return learnt


def library_pairs(units: BytePairs) -> tokenizers.models.BPE:
    merges = [(units.items[first], units.items[second]) for first, second in units.merges]
    numbers = {item: number for number, item in enumerate(units.items, SPECIAL)}
    return tokenizers.models.BPE(numbers, merges)


@given(st.one_of(words, st.sampled_from(WORDS)))
def test_merges_are_those_of_the_library(pairs: BytePairs, word: str) -> None:
    found = library_pairs(pairs).tokenize(f" {word}")
    assert pairs.encode(word).numbers == [token.id for token in found]
    assert pairs.sample([word], 0.0, np.random.default_rng(1)) == [[token.id for token in found]]


@given(st.one_of(words, st.sampled_from(WORDS)))
def test_segmentation_is_as_probable_as_the_librarys(unigrams: Unigrams, word: str) -> None:
    listed = list(zip(unigrams.items, unigrams.scores, strict=True))
    found = tokenizers.models.Unigram([*listed, ("<unk>", -100.0)], len(listed), False)
    theirs = [unigrams.scores[token.id] for token in found.tokenize(f" {word}")]
    ours = [unigrams.scores[number - SPECIAL] for number in unigrams.encode(word).numbers]
    assert sum(ours) == pytest.approx(sum(theirs))


def test_pairs_are_merged_by_hand() -> None:
    # a+b comes before b+c, and only then the space is taken in.
    units = BytePairs([" ", "a", "b", "c", "ab", "bc", " ab"], [(1, 2), (2, 3), (0, 4)])
    assert units.encode("abc").pieces == ["▁ab", "c"]
    assert units.encode("bcabbc").pieces == ["▁", "bc", "ab", "bc"]


def test_most_probable_segmentation_is_found_by_hand() -> None:
    units = Unigrams([" ", "a", "b", "ab", " a"], [-1.0, -2.0, -3.0, -3.5, -2.5])
    # " " ab: -4.5; " a" b: -5.5; " " a b: -6.
    assert units.encode("ab").pieces == ["▁", "ab"]
    assert units.encode("aa").pieces == ["▁a", "a"]


def test_commonest_pairs_are_merged_first() -> None:
    units = learn_subwords(["ab cab dab cd"], size=6, min_count=1)
    assert [item for item in units.items if len(item) > 1] == ["ab"]


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_learnt_subwords_are_parts_of_words(algorithm: Algorithm) -> None:
    units = learn_subwords(TEXTS, algorithm=algorithm, size=200)
    assert len(units.items) == 200
    assert len({f" {stem}" for stem in _STEMS} & set(units.items)) > 3
    lengths = [len(numbers) for numbers in units.encode_many(TEXTS)]
    assert sum(lengths) < 3 * 9 * len(TEXTS)


def test_learning_increases_the_likelihood_of_unigrams(unigrams: Unigrams) -> None:
    """Probabilities that were learnt are better than shares of counts, and sum to one."""
    assert np.exp(unigrams.scores).sum() == pytest.approx(1.0, abs=0.01)
    counts = Counter(
        text[start : start + len(item)]
        for text in (f" {text}" for text in TEXTS)
        for item in unigrams.items
        for start in range(len(text))
        if text.startswith(item, start)
    )
    total = counts.total()
    naive = Unigrams(unigrams.items, [float(np.log(counts[i] / total)) for i in unigrams.items])

    def likelihood(units: Unigrams) -> float:
        return sum(
            units.scores[number - SPECIAL]
            for numbers in units.encode_many(TEXTS)
            for number in numbers
        )

    assert likelihood(unigrams) > likelihood(naive)


@pytest.mark.parametrize("threads", ["false", "true"])
def test_every_process_learns_the_same(threads: str, pairs: BytePairs, unigrams: Unigrams) -> None:
    code = (
        "import json\nfrom tests.text.test_subwords import TEXTS, learn_subwords\n"
        "for name in ('bpe', 'unigram'):\n"
        "    print(json.dumps(learn_subwords(TEXTS, algorithm=name, size=200).to_json()))"
    )
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": threads, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        pairs.to_json(),
        unigrams.to_json(),
    ]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_text(pairs: BytePairs, rate: float) -> None:
    texts = [*TEXTS, "", "ein ł łł buch?", "12 Kinder"]
    found = pairs.sample(texts, rate, np.random.default_rng(1))
    for text, numbers in zip(texts, found, strict=True):
        copies = iter([c for c in pairs.encode(text).texts if c not in pairs])
        places = [next(copies) if number == UNKNOWN else None for number in numbers]
        assert pairs.decode(numbers, places) == text


def test_dropout_is_repeatable_and_follows_its_seed(pairs: BytePairs) -> None:
    first = pairs.sample(TEXTS, 0.1, np.random.default_rng(1))
    assert pairs.sample(TEXTS, 0.1, np.random.default_rng(1)) == first
    assert pairs.sample(TEXTS, 0.1, np.random.default_rng(2)) != first
    rng = np.random.default_rng(1)
    assert pairs.sample(TEXTS, 0.1, rng) == first
    assert pairs.sample(TEXTS, 0.1, rng) != first


def test_more_dropout_makes_more_units(pairs: BytePairs) -> None:
    rng = np.random.default_rng(1)
    sizes = [sum(map(len, pairs.sample(TEXTS, rate, rng))) for rate in (0.0, 0.1, 0.5, 0.9)]
    assert sizes == sorted(set(sizes))


def test_share_of_merges_left_out_is_the_rate() -> None:
    units = BytePairs([" ", "a", " a"], [(0, 1)])
    rng = np.random.default_rng(1)
    whole = sum(len(units.sample(["a"], 0.3, rng)[0]) == 1 for _ in range(2000))
    assert whole / 2000 == pytest.approx(0.7, abs=0.04)


def test_segmentations_have_the_probabilities_of_the_paper() -> None:
    """Checked against the paper's loop, which draws for every pair in every step."""
    units = BytePairs([" ", "a", "b", "ab", " ab"], [(1, 2), (0, 3)])
    rng = np.random.default_rng(1)
    ours = Counter(tuple(units.sample(["ab"], 0.4, rng)[0]) for _ in range(4000))
    ranks = {("a", "b"): 0, (" ", "ab"): 1}
    theirs: Counter[tuple[int, ...]] = Counter()
    for _ in range(4000):
        pieces = [" ", "a", "b"]
        while True:
            kept = [
                (ranks[pair], place)
                for place, pair in enumerate(pairwise(pieces))
                if pair in ranks and rng.random() >= 0.4
            ]
            if not kept:
                break
            _, place = min(kept)
            pieces[place : place + 2] = ["".join(pieces[place : place + 2])]
        theirs[tuple(units.items.index(piece) + SPECIAL for piece in pieces)] += 1
    assert set(ours) == set(theirs)
    for numbers, count in theirs.items():
        assert ours[numbers] / 4000 == pytest.approx(count / 4000, abs=0.04)


def test_frequent_word_is_segmented_a_few_times_only(pairs: BytePairs) -> None:
    found = pairs.sample(["wasserfeldkeit"] * 500, 0.5, np.random.default_rng(1))
    assert 1 < len(set(map(tuple, found))) <= VARIANTS


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_impossible_rate_is_refused(pairs: BytePairs, rate: float) -> None:
    with pytest.raises(ValueError, match="cannot be left out"):
        pairs.sample(TEXTS, rate, np.random.default_rng(1))


def test_unigrams_have_no_merges_to_leave_out(unigrams: Unigrams) -> None:
    with pytest.raises(ValueError, match="byte-pair encoding"):
        unigrams.sample(TEXTS, 0.1, np.random.default_rng(1))


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_unknown_characters_are_one_unit_and_copied(algorithm: Algorithm) -> None:
    units = learn_subwords(TEXTS, algorithm=algorithm, size=200)
    encoded = units.encode("haus 张伟buch张, ł")
    assert encoded.texts == [" haus", " ", "张伟", *encoded.texts[3:-3], "张,", " ", "ł"]
    assert [text for text in encoded.texts if text not in units] == ["张伟", "张,", "ł"]
    assert units.decode(encoded.numbers, encoded.texts) == "haus 张伟buch张, ł"
    assert encoded.pieces[0] == "▁haus"


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_digits_and_punctuation_marks_stand_alone(algorithm: Algorithm) -> None:
    units = learn_subwords(["(2016), 2016!? 2016"] * 50, algorithm=algorithm, size=50)
    shown = units.encode("2016!? (2016)").pieces
    assert [piece.strip("▁") for piece in shown if piece != "▁"] == [*"2016!?(2016)"]


def test_marks_stay_with_their_letters() -> None:
    units = learn_subwords(["हिन्दी में"] * 9, size=50)
    assert len(units.encode("हिन्दी").numbers) == 1


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_rare_characters_are_unknown(algorithm: Algorithm) -> None:
    units = learn_subwords(["aab abc"], algorithm=algorithm, size=8)
    assert {item for item in units.items if len(item) == 1} == {" ", "a", "b"}


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_more_characters_than_subwords(algorithm: Algorithm) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E40))) + "一丁" * 5
    units = learn_subwords([text] * 2, algorithm=algorithm, size=8)
    assert len(units.items) == 8
    assert {" ", "一", "丁"} <= set(units.items)


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
@settings(max_examples=20)
@given(st.lists(st.text(st.characters(), max_size=30), max_size=5), st.integers(1, 3))
def test_subwords_can_be_learnt_from_anything(
    algorithm: Algorithm, texts: list[str], min_count: int
) -> None:
    units = learn_subwords(texts, algorithm=algorithm, size=30, min_count=min_count)
    assert len(units.items) <= 30
    for text in texts:
        encoded = units.encode(text)
        assert units.decode(encoded.numbers, encoded.texts) == " ".join(text.split())
    assert subwords_from_json(json.loads(json.dumps(units.to_json()))) == units


def test_long_runs_take_no_long_time() -> None:
    started = time.perf_counter()
    for algorithm in ("bpe", "unigram"):
        units = learn_subwords(["abc" * 100_000, *TEXTS[:20]], algorithm=algorithm, size=60)
        for text in ("ab" * 200_000, "1" * 200_000, "ł" * 200_000, "(" * 200_000):
            encoded = units.encode(text)
            assert units.decode(encoded.numbers, encoded.texts) == text
        assert all(len(item) <= MAX_PART for item in units.items)
    assert time.perf_counter() - started < 60


def test_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ConfigError, match="pip install tokenizers"):
        learn_subwords(["a"], size=20)


def test_learnt_subwords_need_no_library(pairs: BytePairs, monkeypatch: pytest.MonkeyPatch) -> None:
    value = pairs.to_json()
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    assert subwords_from_json(value).encode("haus").pieces == ["▁haus"]


@pytest.mark.parametrize(
    ("items", "merges"),
    [
        (["a", "b"], [(0, 1)]),
        (["a", "b", "ab"], [(0, 1), (0, 1)]),
        (["a", "b", "ab"], [(0, 3)]),
        (["a", "b", "ab"], [(-2, 1)]),
        (["a", "a"], []),
    ],
)
def test_impossible_merges_are_refused(items: list[str], merges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"pair|unit"):
        BytePairs(items, merges)


@pytest.mark.parametrize("scores", [[], [0.0, 0.0], [float("nan")], [float("inf")]])
def test_impossible_scores_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="score"):
        Unigrams(["a"], scores)


def test_subwords_are_compared_by_what_they_do(pairs: BytePairs, unigrams: Unigrams) -> None:
    assert pairs == learn_subwords(TEXTS, size=200)
    assert pairs != unigrams
    assert pairs != "pairs"
    assert isinstance(pairs, Subwords)
