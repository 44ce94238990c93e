"""The sections that only classifiers have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolingConfig:
    """How a text's tokens become one answer; for classifiers."""

    kind: Literal["additive", "dot", "mean", "max", "last"] = key(
        "additive", "additive and dot: attention; last: the encoder's last states"
    )
    heads: int = key(1, "heads of the attention", low=1, high=64)
    size: int = key(128, "hidden units of additive attention", low=1, high=8192)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearConfig:
    """The linear path beside the encoder, which counts n-grams; for classifiers."""

    word_ngrams: int = key(2, "words of the longest n-gram; 0: no linear path", low=0, high=5)
    character_ngrams: int = key(
        5, "characters of the longest n-gram within a word, from 3 on; 0: none", low=0, high=10
    )
    max_ngrams: int = key(2**21, "n-grams that are counted, at most", low=1, high=2**26)
    cost: float = key(1.5, "cost of mistakes against that of large weights", low=1e-6, high=1e6)
    folds: int = key(
        5, "parts of train, for each of which the encoder hears what the rest says", low=2, high=100
    )

    @property
    def longest(self) -> tuple[int, int]:
        """Words of the longest n-gram of words, and characters of that of characters."""
        return self.word_ngrams, self.character_ngrams
