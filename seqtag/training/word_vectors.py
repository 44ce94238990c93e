"""Vectors of words that are learnt from text: what stands around a word tells what it is like.

How often words stand at some place beside a word is counted, and a word's vector is what is left of
its counts when they are summed up in a few numbers. These are the leading singular vectors of the
counts as positive pointwise mutual information (Levy and Goldberg 2014, "Neural Word Embedding as
Implicit Matrix Factorization"), with the roots of singular values and smoothed counts of contexts,
as recommended by Levy et al. 2015 ("Improving Distributional Similarity with Lessons Learned from
Word Embeddings"). Nothing in it goes by a learning rate or a number of epochs.

Each place beside a word has counts of its own, as in Ling et al. 2015 ("Two/Too Simple Adaptations
of Word2Vec for Syntax Problems"). There are two vectors of each word, one behind the other: the
near one, which is made of the four nearest places and tells more of grammar, and the far one, made
of the two nearest and of a wider window, which tells more of topics.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from seqtag.text.artefacts import UNKNOWN_WORD
from seqtag.text.cleaning import MASK
from seqtag.training.sparse import SparseMatrix

MAX_CONTEXTS = 8000
"""Words of which it is counted what they stand beside, the most frequent ones."""

NEAR = (-2, -1, 1, 2)
"""Places that near vectors are made of: -1 is that of the word before."""

FAR = (-1, 1)
"""Places that far vectors are made of, together with the window."""

WINDOW = 5
"""Words on each side in the window. The nearest count five times, the farthest once."""

SMOOTHING = 0.75
"""Power of a context's count, which makes rare contexts less surprising."""

CHUNK = 1 << 20
"""Tokens whose pairs are counted at once."""

_POWER_STEPS = 3
_MORE_DIRECTIONS = 20
_NOTHING = 1e-3  # vectors shorter than this, or directions in which this share of the most is

# Numbers that stand for no word.
_EDGE = 0  # where a sentence begins or ends
_GAP = 1  # a word that the text left out
_FIRST_WORD = 2


def learn_vectors(
    sentences: Iterable[Sequence[str]], *, size: int, max_words: int
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Learn vectors of words from text.

    The result is the same whenever the same text is read with the same number of threads. Memory
    goes by the different pairs of words, and beside them takes four bytes for a token.

    Args:
        sentences: The tokens of sentences or longer pieces of text, passed over once. Those that
            stand for words left out, ``<unk>`` and those with `MASK`, keep their places and are no
            words.
        size: Numbers of each of the two vectors of a word, near and far; they are fewer where there
            are not so many words.
        max_words: So many words have vectors at most, the most frequent ones.

    Returns:
        The words, the most frequent first, and (words, 2 size) their vectors, in which the near
        half and the far half are of length 1, or 0 where a word never stands beside another.
    """
    contexts = Contexts.read(sentences, max_words)
    beside = {place: contexts.beside(place) for place in NEAR}
    near = _summarize([beside[place] for place in NEAR], size)
    beside = {place: beside[place] for place in FAR}  # the window needs the others' memory
    far = _summarize([*beside.values(), contexts.around()], size)
    return contexts.words, torch.cat([near, far], dim=1).numpy()


@dataclass(frozen=True, slots=True)
class Contexts:
    """What words of a text stand beside.

    Matrices (words, contexts) of it hold positive pointwise mutual information: the logarithm of
    how much likelier a context is beside a word than anywhere, where that is above 0, and else 0.

    Attributes:
        words: The most frequent words.
        contexts: The most frequent words in lower case; the first is "", a sentence's edge.
        numbers: (tokens and edges,) the text: for each token a number of its word, or `_GAP`; and
            `_EDGE` between sentences and around all of them.
        rows: (numbers,) which of ``words`` a number stands for, -1 for none.
        columns: (numbers,) which of ``contexts`` it stands for, -1 for none.
    """

    words: list[str]
    contexts: list[str]
    numbers: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]

    @classmethod
    def read(cls, sentences: Iterable[Sequence[str]], max_words: int) -> Contexts:
        """Read a text, as `learn_vectors` does."""
        words, numbers = _encode(sentences)
        counts = np.bincount(numbers, minlength=_FIRST_WORD + len(words))[_FIRST_WORD:]
        order = np.argsort(-counts, kind="stable")[:max_words]
        rows = np.full(_FIRST_WORD + len(words), -1, dtype=np.int64)
        rows[_FIRST_WORD + order] = np.arange(len(order))
        lower = [word.lower() for word in words]
        contexts = ["", *_most_frequent(lower, counts.tolist(), MAX_CONTEXTS - 1)]
        places = {word: place for place, word in enumerate(contexts)}
        columns = np.array([0, -1, *(places.get(word, -1) for word in lower)], dtype=np.int64)
        return cls([words[place] for place in order.tolist()], contexts, numbers, rows, columns)

    def beside(self, place: int) -> SparseMatrix:
        """Return what stands at one place beside words, such as -1 for the place before."""
        counts = _PairCounts()
        self._count(place, 1, counts)
        return self._pointwise(counts)

    def around(self) -> SparseMatrix:
        """Return what stands in the window around words."""
        counts = _PairCounts()
        for distance in range(1, WINDOW + 1):
            for place in (-distance, distance):
                self._count(place, WINDOW + 1 - distance, counts)
        return self._pointwise(counts)

    def _count(self, place: int, weight: int, counts: _PairCounts) -> None:
        """Count words together with the contexts at a place beside them."""
        for left, right in _neighbours(self.numbers, abs(place)):
            word, context = (left, right) if place > 0 else (right, left)
            rows, columns = self.rows[word], self.columns[context]
            has_both = (rows >= 0) & (columns >= 0)
            counts.add(rows[has_both] * len(self.contexts) + columns[has_both], weight)

    def _pointwise(self, counts: _PairCounts) -> SparseMatrix:
        keys, together = counts.total()
        rows, columns = np.divmod(keys, len(self.contexts))
        of_word = np.bincount(rows, together, len(self.words))
        of_context = np.bincount(columns, together, len(self.contexts)) ** SMOOTHING
        ratio = together * of_context.sum() / (of_word[rows] * of_context[columns])
        kept = ratio > 1.0
        return SparseMatrix.make(
            rows[kept].astype(np.int32),
            columns[kept].astype(np.int32),
            np.log(ratio[kept]).astype(np.float32),
            (len(self.words), len(self.contexts)),
        )


def _encode(sentences: Iterable[Sequence[str]]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Return the different words of a text in the order in which they come, and it as numbers."""
    known = {UNKNOWN_WORD: _GAP}
    words: list[str] = []
    numbers = array("i", [_EDGE])
    for tokens in sentences:
        if not tokens:
            continue
        for token in tokens:
            if token not in known:
                if MASK in token:
                    known[token] = _GAP
                else:
                    known[token] = _FIRST_WORD + len(words)
                    words.append(token)
        numbers.extend(map(known.__getitem__, tokens))
        numbers.append(_EDGE)
    return words, np.frombuffer(numbers, dtype=np.int32)


def _most_frequent(words: Iterable[str], counts: Iterable[int], most: int) -> list[str]:
    """Return the different words of a list with the highest sums of counts."""
    sums: Counter[str] = Counter()
    for word, count in zip(words, counts, strict=True):
        sums[word] += count
    return [word for word, _ in sums.most_common(most)]


class _PairCounts:
    """Counts of pairs, gathered bit by bit in memory that goes by the different pairs."""

    def __init__(self) -> None:
        self._parts: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []

    def add(self, keys: npt.NDArray[np.int64], weight: int) -> None:
        """Count some pairs.

        Args:
            keys: (pairs,) a number for each.
            weight: How much each of them counts.
        """
        part = _added_up(keys, np.full(len(keys), weight, dtype=np.int64))
        # A part is merged with those that are not much larger: each pair is moved a few times.
        while self._parts and len(self._parts[-1][0]) < 2 * len(part[0]):
            part = _added_up(*map(np.concatenate, zip(self._parts.pop(), part, strict=True)))
        self._parts.append(part)

    def total(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the different pairs in rising order, and the count of each."""
        if not self._parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return _added_up(*map(np.concatenate, zip(*self._parts, strict=True)))


def _added_up(
    keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the different keys in rising order, and for each the sum of its counts."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    is_first = np.ones(len(keys), dtype=np.bool_)
    is_first[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(is_first)
    return keys[starts], np.add.reduceat(counts[order], starts) if len(keys) else counts


def _neighbours(
    numbers: npt.NDArray[np.int32], distance: int
) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
    """Yield numbers that stand so far apart in a sentence, many at once: the left and the right.

    Sentences' edges are among them, as if they were words.
    """
    for start in range(0, len(numbers) - distance, CHUNK):
        end = min(start + CHUNK, len(numbers) - distance)
        left, right = numbers[start:end], numbers[start + distance : end + distance]
        edges = np.cumsum(numbers[start : end + distance - 1] == _EDGE)
        # No edge stands between the two.
        together = edges[distance - 1 :] == edges[: end - start]
        yield left[together], right[together]


def _summarize(matrices: Sequence[SparseMatrix], size: int) -> Tensor:
    """Return vectors (words, size) of length 1 that sum up matrices side by side."""
    directions, values = leading_directions(matrices, size)
    vectors = directions * values.sqrt()
    return functional.normalize(vectors, dim=1, eps=_NOTHING)


def leading_directions(matrices: Sequence[SparseMatrix], size: int) -> tuple[Tensor, Tensor]:
    """Return leading left singular vectors of matrices that stand side by side.

    They are found by a randomized range finder with power iterations (Halko et al. 2011, "Finding
    Structure with Randomness").

    Args:
        matrices: (rows, columns of each)
        size: How many singular vectors; fewer if there are not so many rows or columns.

    Returns:
        The vectors (rows, size) and the singular values (size,), the largest first.
    """
    widths = [matrix.columns.shape[0] for matrix in matrices]
    rows, columns = matrices[0].rows.shape[0], sum(widths)
    size = min(size, rows, columns)
    searched = min(size + _MORE_DIRECTIONS, rows, columns)

    def times(right: Tensor) -> Tensor:  # (columns, n) to (rows, n)
        result = torch.zeros(rows, right.shape[1])
        for matrix, part in zip(matrices, torch.split(right, widths), strict=True):
            result += matrix.rows @ part
        return result

    def turned_times(left: Tensor) -> Tensor:  # (rows, n) to (columns, n)
        return torch.cat([matrix.columns @ left for matrix in matrices])

    start = torch.randn(columns, searched, generator=torch.Generator().manual_seed(0))
    basis, _ = torch.linalg.qr(times(start))
    for _ in range(_POWER_STEPS):
        other, _ = torch.linalg.qr(turned_times(basis))
        basis, _ = torch.linalg.qr(times(other))
    inside = turned_times(basis)  # (columns, searched)
    squares, rotation = torch.linalg.eigh(inside.T @ inside)
    # The smallest come first.
    squares, rotation = squares.flip(0)[:size], rotation.flip(1)[:, :size]
    # What lies beyond the rank of the matrix is rounding.
    squares = torch.where(squares > _NOTHING**2 * squares[:1], squares, 0.0)
    return basis @ rotation, squares.sqrt()
