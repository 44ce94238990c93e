"""Pretrained word vectors, in all formats that are read.

- text: GloVe's, word2vec's, fastText's (``.vec``) and floret's: `seqtag.io.text_vectors`;
- word2vec's binary format: `seqtag.io.word2vec`;
- fastText's binary models (``.bin``): `seqtag.io.fasttext_model`;
- what seqtag writes itself: `seqtag.io.vector_store`.

Vectors of the words that are needed are read into memory, whatever the size of the file; or all of
them are served from a file that is mapped into memory.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.errors import DataError
from seqtag.io import fasttext_model, text_vectors, word2vec
from seqtag.io.files import os_data_error, write_whole
from seqtag.io.vector_blocks import FETCH, Block, VectorContents
from seqtag.io.vector_store import VectorStore, is_store, open_store, write_store

_Stream: TypeAlias = BufferedReader | gzip.GzipFile

_GZIP_MAGIC = b"\x1f\x8b"
_OTHER_FILES = {
    b"PK\x03\x04": "this is a zip archive; unpack it and give the file that is in it",
    b"\xfd7zXZ\0": "this is packed with xz; unpack it and give the file",
}


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Words, each with its vector.

    Attributes:
        words: The distinct words, in the order of the file.
        array: (words, size) their vectors.
    """

    words: list[str]
    array: npt.NDArray[np.float32]


def open_vectors(
    path: str | os.PathLike[str],
    wanted: Callable[[str], bool] | None = None,
    *,
    mapped: bool = False,
) -> WordVectors | VectorStore:
    """Read word vectors into memory, or map them where they lie on the disk.

    The file is opened once, so that it may be a pipe. It is mapped if that is asked for, or if it
    has vectors of n-grams, and so one of every word. A file of another format than seqtag's own is
    first written as such a one, into the system's folder of temporary files (``TMPDIR``), where it
    has no name and is gone when it is no longer used.

    Of a word that is listed twice the first row counts. Rows whose word is empty or not UTF-8,
    which published files have, are left out, of a text with a warning.

    Args:
        path: The file, plain or gzipped.
        wanted: Of vectors that are read into memory, tells whether a word's is kept; without it,
            all are. Memory goes by what is kept.
        mapped: Whether they are to be mapped.

    Raises:
        DataError: The file cannot be read or is of another format, or is damaged (of a text with
            the line), or the temporary one cannot be written.
    """
    name = os.fspath(path)
    seen: dict[str, None] = {}

    def is_new(word: str) -> bool:
        if word in seen or not (wanted is None or wanted(word)):
            return False
        seen[word] = None
        return True

    values = array("f")
    with _reading(path) as stream:
        if is_store(stream.peek(word2vec.HEAD)):
            store = _own(stream, name)
            if mapped or store.has_ngrams:
                return store
            contents = _filtered(store.contents(), is_new)
        else:
            contents = _contents(stream, name, None if mapped else is_new)
            if mapped or contents.ngrams is not None:
                return _store(contents, name)
        for _, vectors in contents.words:
            values.frombytes(vectors.astype(np.float32, copy=False).tobytes())
    found = np.frombuffer(values, dtype=np.float32).reshape(-1, contents.size)
    return WordVectors(list(seen), found)


def open_own(path: str | os.PathLike[str]) -> VectorStore:
    """Map a file that `write_vectors` or a model has written.

    Raises:
        DataError: It cannot be read, or is another file.
    """
    with _reading(path) as stream:
        return _own(stream, os.fspath(path))


def write_vectors(path: str | os.PathLike[str], vectors: WordVectors) -> None:
    """Write word vectors as a store, exactly and whole or not at all.

    Raises:
        DataError: The file cannot be written.
    """
    name = os.fspath(path)
    contents = VectorContents(vectors.array.shape[1], iter([(vectors.words, vectors.array)]))
    with write_whole(path, "wb") as file:
        write_store(file, contents, name, name, half=False)


@contextlib.contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[_Stream]:
    """Open a file, gzipped or not, and say what is wrong with it if it cannot be read."""
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            if file.peek(2).startswith(_GZIP_MAGIC):
                with gzip.open(file) as unpacked:
                    yield unpacked
            else:
                yield file
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"the gzip data is damaged ({error}); {FETCH}", path=name) from error
    except OSError as error:
        raise os_data_error(error, name, "read") from error


def _contents(stream: _Stream, name: str, wanted: Callable[[str], bool] | None) -> VectorContents:
    """Return what a file of any format but seqtag's own holds.

    Args:
        stream: The file, from its beginning.
        name: What messages call it.
        wanted: Tells whether a word's vector is kept, if the file has none of n-grams.
    """
    head = stream.peek(word2vec.HEAD)
    for magic, message in _OTHER_FILES.items():
        if head.startswith(magic):
            raise DataError(message, path=name)
    if head.startswith(fasttext_model.MAGIC):
        contents = fasttext_model.read_contents(stream, name)
        return contents if contents.ngrams is not None else _filtered(contents, wanted)
    header = word2vec.read_header(head)
    if header is not None:
        return VectorContents(header[1], word2vec.read_blocks(stream, name, wanted))
    return text_vectors.read_contents(stream, name, wanted)


def _filtered(contents: VectorContents, wanted: Callable[[str], bool] | None) -> VectorContents:
    if wanted is None:
        return contents

    def blocks() -> Iterator[Block]:
        for words, vectors in contents.words:
            places = [place for place, word in enumerate(words) if wanted(word)]
            yield [words[place] for place in places], vectors[places]

    return replace(contents, words=blocks())


def _own(stream: _Stream, name: str) -> VectorStore:
    if isinstance(stream, gzip.GzipFile):
        raise DataError("seqtag's own files of vectors are mapped: unpack it", path=name)
    return open_store(stream, name)


def _store(contents: VectorContents, name: str) -> VectorStore:
    """Write vectors into a temporary file, and map it."""
    place = tempfile.gettempdir()
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    except OSError as error:
        raise os_data_error(error, place, "written") from error
    with file:
        write_store(file, contents, name, place)
        return open_store(file, name)
