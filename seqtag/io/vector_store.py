"""Word vectors as a file that is mapped into memory, where each word's is looked up.

The file is one of the safetensors library, so that others can read it as well:

- ``vectors`` (rows, size): a row for each word, and behind these one for each number of an n-gram;
- ``hashes`` (words,): hashes of the words, in rising order;
- ``order`` (words,): for each of these the number of the word;
- ``ends`` (words,): where each word ends in ``text``;
- ``text`` (bytes,): the words, one behind the other, in UTF-8;
- ``padding``: nothing, so that numbers of eight bytes lie at places that eight divides.

How n-grams are numbered stands in its metadata. The system reads the pages that are looked at and
drops them again when it needs the memory, so that a store of any size costs little of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from seqtag.errors import DataError
from seqtag.io.files import os_data_error
from seqtag.io.vector_blocks import BLOCK_ROWS, FETCH, Block, VectorContents
from seqtag.text.hashed_ngrams import HashedNgrams
from seqtag.text.vector_lookup import FloatArray, lookup_forms

_KIND = "seqtag word vectors 1"
_HEADER_SIZE = 1016
_START = 8 + _HEADER_SIZE
_TYPES = {"F16": "<f2", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}
_LAYOUT = {
    "vectors": (("F16", "F32"), 2),
    "hashes": (("I64",), 1),
    "order": (("I32",), 1),
    "ends": (("I64",), 1),
    "text": (("U8",), 1),
}
"""The types that an array may have, and its dimensions."""

_HASH_SIZE = 8
_COPIED = 1 << 24
_GROUP_WORDS = 256
_WHOLE = "</s>"  # the one word that fastText takes no n-grams of


class VectorStore:
    """Word vectors in a mapped file; threads may share one.

    Args:
        content: The file, whole.
        name: What messages call it.

    Attributes:
        size: Numbers of a vector.

    Raises:
        ValueError: This is no such file, or it is damaged.
    """

    def __init__(self, content: mmap.mmap, name: str) -> None:
        self._content = content
        self._name = name
        arrays, about = _parse(content)
        self._vectors = arrays["vectors"]
        self._hashes, self._order, self._ends = (arrays[n] for n in ("hashes", "order", "ends"))
        self._text = arrays["text"]
        self._ngrams = None if about is None else HashedNgrams(**about)
        self.size: int = self._vectors.shape[1]
        self._check()
        self._advise("MADV_RANDOM")  # else many pages are read around each that is wanted

    def _check(self) -> None:
        count = len(self._hashes)
        buckets = 0 if self._ngrams is None else self._ngrams.buckets
        if not len(self._order) == len(self._ends) == count:
            raise ValueError("the words are not as many as their hashes")
        if len(self._vectors) != count + buckets or not self.size:
            raise ValueError("the vectors are not as many as the words and n-grams")
        if count:
            steps = np.diff(self._ends, prepend=0)
            if self._order.min() < 0 or self._order.max() >= count or steps.min() < 0:
                raise ValueError("the words are not where they should be")

    def __len__(self) -> int:
        """Return the number of words with a vector of their own."""
        return len(self._hashes)

    @property
    def has_ngrams(self) -> bool:
        """Whether words that are not listed have a vector as well."""
        return self._ngrams is not None

    @property
    def megabytes(self) -> int:
        """Size of the file in megabytes, rounded up."""
        return -(-len(self._content) // 10**6)

    def vectors(self, words: Sequence[str]) -> FloatArray:
        """Return the vectors (words, size) of some words; zeros for words without one.

        A word that is not listed is looked up in its other forms, see
        `seqtag.text.vector_lookup.lookup_forms`; where none of these is listed either, its vector
        is the mean of those of its n-grams. So is that of listed words of fastText's, with the
        word's own among them.

        Raises:
            DataError: A number of them is none.
        """
        found = np.zeros((len(words), self.size), dtype=np.float32)
        for number, word in enumerate(words):
            rows = self._rows(word)
            if rows:
                found[number] = self._vectors[rows].astype(np.float32).mean(axis=0)
            if number % _GROUP_WORDS == _GROUP_WORDS - 1:
                self._advise("MADV_DONTNEED")
        return self._checked(found)

    def _checked(self, vectors: FloatArray) -> FloatArray:
        if not np.isfinite(vectors).all():
            raise DataError(f"a value is no finite number; {FETCH}", path=self._name)
        return vectors

    def _rows(self, word: str) -> list[int]:
        """Return the rows whose mean is a word's vector."""
        for form in lookup_forms(word):
            number = self._find(form)
            if number is not None:
                if self._ngrams is None or form == _WHOLE:
                    return [number]
                return [number, *self._ngram_rows(form)]
        return self._ngram_rows(word) if self._ngrams is not None and word else []

    def _ngram_rows(self, word: str) -> list[int]:
        assert self._ngrams is not None
        return [len(self) + number for number in self._ngrams.numbers(word)]

    def _find(self, word: str) -> int | None:
        """Return the number of a listed word, the first one if it is listed twice."""
        content = _encoded(word)
        wanted = _hashed(content)
        place = int(np.searchsorted(self._hashes, wanted))
        while place < len(self._hashes) and self._hashes[place] == wanted:
            number = int(self._order[place])
            start = int(self._ends[number - 1]) if number else 0
            if self._text[start : int(self._ends[number])].tobytes() == content:
                return number
            place += 1
        return None

    def contents(self) -> VectorContents:
        """Return all that the store holds, in order.

        Raises:
            DataError: While it is read: a number is none.
        """
        return VectorContents(
            self.size, self._words(), self._ngrams, self._blocks(len(self), len(self._vectors))
        )

    def _words(self) -> Iterator[Block]:
        start = number = 0
        for block in self._blocks(0, len(self)):
            words = []
            for _ in block:
                end = int(self._ends[number])
                words.append(self._text[start:end].tobytes().decode("utf-8", "replace"))
                start, number = end, number + 1
            yield words, block

    def _blocks(self, start: int, end: int) -> Iterator[FloatArray]:
        for place in range(start, end, BLOCK_ROWS):
            with self._in_order():
                vectors = self._vectors[place : min(place + BLOCK_ROWS, end)].astype(np.float32)
            yield self._checked(vectors)

    def write(self, file: BinaryIO) -> None:
        """Write the store into another file.

        Raises:
            OSError: It cannot be written.
        """
        with memoryview(self._content) as content:
            for start in range(0, len(content), _COPIED):
                with self._in_order():
                    file.write(content[start : start + _COPIED])

    @contextlib.contextmanager
    def _in_order(self) -> Iterator[None]:
        """Have pages read ahead, and let the system have their memory behind that."""
        self._advise("MADV_SEQUENTIAL")
        yield
        self._advise("MADV_DONTNEED")
        self._advise("MADV_RANDOM")

    def _advise(self, advice: str) -> None:
        """Tell the system how the file is read; not every system is told so."""
        with contextlib.suppress(AttributeError, OSError):
            self._content.madvise(getattr(mmap, advice))


def open_store(file: BinaryIO, name: str) -> VectorStore:
    """Map a store; the file may be closed then.

    Args:
        file: The file.
        name: What messages call it.

    Raises:
        DataError: This is no store, or it is damaged.
        OSError: It cannot be mapped.
    """
    try:
        return VectorStore(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), name)
    except ValueError as error:
        raise DataError(f"{error}: the file is damaged; {FETCH}", path=name) from error


def write_store(
    file: BinaryIO, contents: VectorContents, name: str, place: str, *, half: bool = True
) -> None:
    """Write word vectors as a store.

    Args:
        file: Where to; from its beginning.
        contents: The vectors.
        name: What messages call the file that they come from.
        place: What messages call the file that is written.
        half: Whether numbers are kept in 16 bits, which is half as much and exact to one part in
            two thousand, and not in 32.

    Raises:
        DataError: There is no vector, a number is too large for 16 bits, or the file cannot be
            written.
    """
    with _writing(place):
        file.seek(_START)
    text, ends, hashes = bytearray(), array("q"), array("q")
    kind, rows = "F16" if half else "F32", 0
    for words, vectors in contents.words:
        for word in words:
            content = _encoded(word)
            text += content
            ends.append(len(text))
            hashes.append(_hashed(content))
        rows += _write_rows(file, vectors, kind, name, place)
    for vectors in contents.ngram_rows:
        rows += _write_rows(file, vectors, kind, name, place)
    if not rows:
        raise DataError("the file holds no vectors; give another", path=name)
    numbers = np.array(hashes, dtype=np.int64)
    order = np.argsort(numbers, kind="stable")  # so that of equal words the first comes first
    width = contents.size * np.dtype(_TYPES[kind]).itemsize
    parts: list[tuple[str, str, npt.NDArray[Any]]] = [
        ("padding", "U8", np.zeros(-rows * width % 8)),
        ("hashes", "I64", numbers[order]),
        ("ends", "I64", np.array(ends)),
        ("order", "I32", order),
        ("text", "U8", np.frombuffer(bytes(text), dtype=np.uint8)),
    ]
    end = rows * width
    header: dict[str, Any] = {"__metadata__": _metadata(contents.ngrams)}
    header["vectors"] = _entry(kind, (rows, contents.size), 0, end)
    with _writing(place):
        for key, kind, values in parts:
            little = values.astype(_TYPES[kind])
            file.write(little.data)
            header[key] = _entry(kind, little.shape, end, end + little.nbytes)
            end += little.nbytes
        described = json.dumps(header, separators=(",", ":")).encode().ljust(_HEADER_SIZE)
        assert len(described) == _HEADER_SIZE
        file.seek(0)
        file.write(_HEADER_SIZE.to_bytes(8, "little") + described)
        file.flush()


def _write_rows(file: BinaryIO, vectors: FloatArray, kind: str, name: str, place: str) -> int:
    with np.errstate(over="ignore"):
        values = vectors.astype(_TYPES[kind])
    if not np.isfinite(values).all():
        raise DataError("a value is too large for 16 bits; scale the vectors", path=name)
    with _writing(place):
        file.write(values.data)
    return len(values)


@contextlib.contextmanager
def _writing(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise os_data_error(error, place, "written") from error


def _entry(kind: str, shape: tuple[int, ...], start: int, end: int) -> dict[str, Any]:
    return {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}


def _metadata(ngrams: HashedNgrams | None) -> dict[str, str]:
    about = {} if ngrams is None else {"ngrams": json.dumps(asdict(ngrams), ensure_ascii=False)}
    return {"kind": _KIND, **about}


def is_store(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a store."""
    return head[8:].startswith(b'{"__metadata__":{"kind":"' + _KIND.encode() + b'"')


def _parse(content: mmap.mmap) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any] | None]:
    """Return a store's arrays, and how its n-grams are numbered.

    Raises:
        ValueError: The header does not fit the file.
    """
    if int.from_bytes(content[:8], "little") != _HEADER_SIZE or not is_store(content[:_START]):
        raise ValueError("these are no word vectors of seqtag's")
    try:
        header = json.loads(content[8:_START])
        arrays = {
            name: _array(content, header[name], kinds, dimensions)
            for name, (kinds, dimensions) in _LAYOUT.items()
        }
        metadata = header["__metadata__"].get("ngrams")
        about = None if metadata is None else json.loads(metadata)
        if about is not None:
            _check_ngrams(about)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("the header is damaged") from error
    return arrays, about


def _array(
    content: mmap.mmap, entry: dict[str, Any], kinds: tuple[str, ...], dimensions: int
) -> npt.NDArray[Any]:
    shape, (start, end) = entry["shape"], entry["data_offsets"]
    numbers = (start, end, *shape)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("the header is damaged")
    if entry["dtype"] not in kinds or len(shape) != dimensions:
        raise ValueError("the header is damaged")
    kind = np.dtype(_TYPES[entry["dtype"]])
    count = int(np.prod(shape, dtype=object))
    if end - start != count * kind.itemsize or _START + end > len(content):
        raise ValueError("the header does not fit the file")
    found = np.frombuffer(content, kind, count, _START + start) if count else np.zeros(0, kind)
    return found.reshape(shape)


def _check_ngrams(about: dict[str, Any]) -> None:
    kinds = {"kind": str, "begin": str, "end": str}
    for item in fields(HashedNgrams):
        if type(about[item.name]) is not kinds.get(item.name, int):
            raise TypeError(item.name)
    sizes = about["shortest"] >= 1 and about["longest"] >= 0 and 1 <= about["hash_count"] <= 4
    if about["kind"] not in ("fasttext", "floret") or about["buckets"] < 1 or not sizes:
        raise ValueError("the header is damaged")


def _encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _hashed(content: bytes) -> int:
    digest = hashlib.blake2b(content, digest_size=_HASH_SIZE).digest()
    return int.from_bytes(digest, "little", signed=True)
