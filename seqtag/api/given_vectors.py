"""Word vectors that a program gives in place of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqtag.errors import ConfigError, DataError
from seqtag.io.vectors import WordVectors
from seqtag.text.characters import LONE_SURROGATE

_NUMBERS = ("stoi", "key_to_index")  # as torchtext and gensim call them


def word_vectors(given: Any) -> WordVectors:  # noqa: ANN401 - of libraries that publish no types
    """Return vectors in memory as word vectors.

    Rows of an empty word are left out.

    Args:
        given: A `WordVectors`, a ``torchtext.vocab.Vectors``, gensim's ``KeyedVectors``, or a
            mapping from words to vectors.

    Raises:
        ConfigError: It is none of these.
        DataError: It holds no word, vectors of different sizes, or a value that is no finite
            number.
    """
    name = type(given).__name__
    array: Any
    if isinstance(given, WordVectors):
        rows, array = dict(zip(given.words, range(len(given.words)), strict=True)), given.array
    elif isinstance(given, Mapping):
        rows, array = {word: row for row, word in enumerate(given)}, list(given.values())
    else:
        found = [getattr(given, each) for each in _NUMBERS if hasattr(given, each)]
        if not found or not hasattr(given, "vectors"):
            raise ConfigError(
                f"embedding.vectors is of type {name}: give the name of a file, or word vectors of "
                "torchtext's, gensim's or a mapping's kind"
            )
        rows, array = found[0], given.vectors
    rows = {word: row for word, row in rows.items() if word != ""}
    for word in rows:
        if not isinstance(word, str) or LONE_SURROGATE.search(word):
            raise DataError(f"the {name} holds the word {word!r}, which is no text")
    if not rows:
        raise DataError(f"the {name} holds no word; give other vectors")
    try:
        plain = [_plain(row) for row in array] if isinstance(array, list) else _plain(array)
        with np.errstate(over="ignore"):
            numbers = np.asarray(plain, dtype=np.float32)[list(rows.values())]
        if numbers.ndim != 2 or not numbers.shape[1]:
            raise ValueError("each word has a vector of its own")
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        raise DataError(f"the vectors of the {name} are no table of numbers ({error})") from error
    if not np.isfinite(numbers).all():
        word = list(rows)[int(np.flatnonzero(~np.isfinite(numbers).all(axis=1))[0])]
        raise DataError(f"the vector of {word!r} holds a value that is no finite number")
    return WordVectors(list(rows), numbers)


def _plain(array: Any) -> Any:  # noqa: ANN401 - whatever is given
    """Return an array that NumPy can read, for a tensor that is trained or on another device."""
    return array.detach().cpu() if hasattr(array, "detach") else array
