"""Files of word vectors, opened in the way that a test expects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqtag.io.vector_store import VectorStore
from seqtag.io.vectors import WordVectors, open_vectors


def read_vectors(path: str | Path, wanted: Callable[[str], bool] | None = None) -> WordVectors:
    """Return the vectors of a file without n-grams, read into memory."""
    vectors = open_vectors(path, wanted)
    assert isinstance(vectors, WordVectors)
    return vectors


def map_vectors(path: str | Path) -> VectorStore:
    """Return the vectors of a file, mapped."""
    vectors = open_vectors(path, mapped=True)
    assert isinstance(vectors, VectorStore)
    return vectors


def holds_ngrams(path: str | Path) -> bool:
    """Tell whether a file is mapped because it has vectors of n-grams."""
    return isinstance(open_vectors(path), VectorStore)
