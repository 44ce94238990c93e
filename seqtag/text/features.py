"""What a word looks like: its affixes, character n-grams and shape.

As in fastText (Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information") these
have vectors, so that unseen words share what is learnt of seen ones. They are listed and not hashed
into buckets: a feature that one word of training alone has tells no more than that word, and in a
bucket it would lend what is learnt of that word to words that have nothing in common with it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Collection
from itertools import compress

import numpy as np
import numpy.typing as npt

MAX_CHARACTERS = 40
"""Longer words are represented by their first and last characters, half of this each."""

_AFFIX_LENGTHS = range(1, 5)
_NGRAM_LENGTHS = range(3, 6)

_RUN = re.compile(r"(.)\1+", re.DOTALL)


class _Shapes(dict[int, str]):
    """What stands for each character in a shape, by its code, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        self[code] = "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c
        return self[code]


_SHAPES = _Shapes()

_COUNTERS = 1 << 22  # 16 MB


def clip_word(word: str) -> str:
    """Return the word, or its first and last characters where it is very long.

    A pasted blob of 300,000 characters would otherwise cost as much as a corpus.
    """
    half = MAX_CHARACTERS // 2
    return word if len(word) <= MAX_CHARACTERS else word[:half] + word[-half:]


def word_shape(word: str) -> str:
    """Return the word with its letters as ``X`` and ``x`` and its digits as ``d``.

    >>> word_shape("McDonald's-24")
    "XxXxxxxx'x-dd"
    """
    return word.translate(_SHAPES)


def short_shape(shape: str) -> str:
    """Return a shape with every run of the same character as one.

    >>> short_shape("XxXxxxxx'x-dd")
    "XxXx'x-d"
    """
    return _RUN.sub(r"\1", shape)


def word_features(word: str) -> list[str]:
    """Return the surface features of a word, each with a mark of its kind in front.

    They are the lower-cased word, its affixes of 1 to 4 characters, its n-grams of 3 to 5
    characters with the word's edges marked, its shape and its shape with runs collapsed.
    """
    word = clip_word(word)
    lower = word.lower()
    shape = word_shape(word)
    edged = f"<{lower}>"
    features = [f"w{lower}", f"h{shape}", f"r{short_shape(shape)}"]
    features += [f"p{lower[:n]}" for n in _AFFIX_LENGTHS if n <= len(lower)]
    features += [f"s{lower[-n:]}" for n in _AFFIX_LENGTHS if n <= len(lower)]
    for n in _NGRAM_LENGTHS:
        features += [f"n{edged[i : i + n]}" for i in range(len(edged) - n + 1)]
    return features


def count_features(words: Collection[str], min_words: int) -> Counter[str]:
    """Count in how many of some words each surface feature occurs.

    Most features of a large vocabulary occur in one word only. They are sorted out by counting
    checksums first, so that memory goes by the features that are returned.

    Args:
        words: Distinct words.
        min_words: Features of fewer words are left out.
    """
    checksums = np.zeros(_COUNTERS, dtype=np.int32)
    for word in words:
        checksums[_places(set(word_features(word)))] += 1
    counts: Counter[str] = Counter()
    for word in words:
        features = list(set(word_features(word)))
        # No feature occurs in more words than its checksum.
        enough = checksums[_places(features)] >= min_words
        counts.update(compress(features, enough.tolist()))
    return Counter({feature: n for feature, n in counts.items() if n >= min_words})


def _places(features: Collection[str]) -> npt.NDArray[np.int64]:
    """Return for each feature the place of its counter."""
    crc32 = zlib.crc32
    return np.array(
        [crc32(f.encode("utf-8", "surrogatepass")) % _COUNTERS for f in features], dtype=np.int64
    )
