"""Which word of a vector file stands for a word of a text.

Vector files treat case and digits each in their own way: most are lower-cased, some replace all
digits by ``0`` or, like the Google News vectors, by ``#``. So a word has several forms, of which
the first one that the file lists counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

_DIGIT = re.compile(r"\d")
_DIGIT_MARKS = ("0", "#")


def lookup_forms(word: str) -> tuple[str, ...]:
    """Return the different forms under which a word is looked up, the best first.

    They are the word as it is, lower-cased, capitalised and upper-cased, then, where it has digits,
    as it is and lower-cased with ``0`` and with ``#`` for each of them.

    >>> lookup_forms("mp3")
    ('mp3', 'Mp3', 'MP3', 'mp0', 'mp#')
    """
    lower = word.lower()
    forms = [word, lower, lower.capitalize(), word.upper()]
    if _DIGIT.search(word):
        forms += [_DIGIT.sub(mark, form) for mark in _DIGIT_MARKS for form in (word, lower)]
    return tuple(dict.fromkeys(forms))


def needed_forms(words: Iterable[str]) -> set[str]:
    """Return all forms of some words: of a vector file, no other word can stand for them."""
    return {form for word in words for form in lookup_forms(word)}


def has_vector(word: str, listed: Container[str]) -> bool:
    """Tell whether a form of a word is among the words that have a vector."""
    return any(form in listed for form in lookup_forms(word))


VECTOR_SCALE = 0.3
"""Root mean square of the numbers of pretrained vectors in a model."""


def scale_of(mean_square: float) -> float:
    """Return by what vectors whose numbers have a mean square are multiplied."""
    return VECTOR_SCALE / max(math.sqrt(mean_square), 1e-12)


class VectorSource(Protocol):
    """Vectors of words that lie somewhere else than in the model."""

    @property
    def size(self) -> int:
        """Numbers of a vector."""

    def vectors(self, words: Sequence[str]) -> FloatArray:
        """Return the vectors (words, size) of some words; zeros for words without one."""

    def write(self, file: BinaryIO) -> None:
        """Write all of them into a file."""


@dataclass(frozen=True, slots=True, eq=False)
class MappedVectors:
    """Pretrained vectors that a model looks up in a file of its own and does not train.

    Attributes:
        source: The vectors.
        scale: By what their numbers are multiplied.
    """

    source: VectorSource
    scale: float

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return self.source.size

    def vectors(self, words: Sequence[str]) -> FloatArray:
        """Return the vectors (words, size) of some words; zeros for words without one."""
        return self.source.vectors(words) * np.float32(self.scale)
