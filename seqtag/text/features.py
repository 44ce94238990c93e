"""What a word looks like: its affixes, character n-grams and shape, hashed into buckets.

Hashing follows fastText (Bojanowski et al. 2017, "Enriching Word Vectors with Subword
Information"): every n-gram is a row of one table, so unseen words share rows with seen ones and
no list of n-grams has to be kept.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

MAX_CHARACTERS = 40
"""Longer words are represented by their first and last characters, half of this each."""

_AFFIX_LENGTHS = range(1, 5)
_NGRAM_LENGTHS = range(3, 6)


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
    return "".join(
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    )


def short_shape(shape: str) -> str:
    """Return a shape with every run of the same character as one.

    >>> short_shape("XxXxxxxx'x-dd")
    "XxXx'x-d"
    """
    return "".join(c for i, c in enumerate(shape) if i == 0 or c != shape[i - 1])


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


def hashed_features(word: str, buckets: int) -> npt.NDArray[np.int64]:
    """Return the bucket (0 to ``buckets`` - 1) of every surface feature of a word.

    CRC-32 is used because it is the same on every machine and Python version.
    """
    crc32 = zlib.crc32
    return np.array(
        [crc32(f.encode("utf-8", "surrogatepass")) % buckets for f in word_features(word)],
        dtype=np.int64,
    )
