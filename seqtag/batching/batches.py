"""Which sequences share a batch, and the arrays that a batch is made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Padded sequences of words, every distinct word of the batch given once.

    Of words that the network has seen before, the vector is given that it then computed; of new
    words, all from which it computes one.

    Attributes:
        lengths: (batch,) number of tokens of each sequence.
        types: (batch, length) number of each token's word: below ``len(known)`` the row of a known
            word, from there on ``len(known)`` plus the row of a new one; 0 at padding.
        features: (batch, length, features) the value of each token's features; 0 at padding.
        dense: (batch, length, numbers) float32, numbers that are given of each token; 0 at padding.
        known: (known, size) float32, the vector of each distinct known word. Without rows it may
            be of any size.
        words: (new,) number of each distinct new word in the word vocabulary.
        vectors: (new,) number of each distinct new word among those with a pretrained vector;
            empty where the model has no such vectors.
        mapped: (new, size) float32, the vector of each distinct new word in a file of vectors; no
            columns where the model has no such file.
        ngrams: (ngrams,) surface features of all distinct new words, one after the other.
        ngram_offsets: (new,) where each distinct new word's features begin in ``ngrams``; a
            word may have none.
        characters: (new, characters) character numbers of each distinct new word, padded with 0;
            no columns where the model reads no characters, else at least one.
        character_lengths: (new,) number of characters of each distinct new word; empty where the
            model reads no characters.
    """

    lengths: IntArray
    types: IntArray
    features: IntArray
    dense: FloatArray
    known: FloatArray
    words: IntArray
    vectors: IntArray
    mapped: FloatArray
    ngrams: IntArray
    ngram_offsets: IntArray
    characters: IntArray
    character_lengths: IntArray

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """(batch, length), True where there is a token."""
        return np.arange(self.types.shape[1])[None, :] < self.lengths[:, None]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return every array by its name: the arguments of a model's ``forward``."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def plan_batches(
    lengths: npt.NDArray[np.integer],
    batch_tokens: int,
    *,
    batch_sentences: int = 0,
    shuffle: np.random.Generator | None = None,
) -> list[IntArray]:
    """Group sequences of similar length into batches sized in padded tokens.

    A batch holds as many sequences as fit into ``batch_tokens`` when all are padded to the
    longest, and not more than ``batch_sentences``; at least one. When shuffling, sequences of the
    same length change places, lengths are blurred a little so that group borders move, and batches
    come in random order.

    Args:
        lengths: (sequences,) number of tokens of each sequence.
        batch_tokens: Padded tokens in a batch.
        batch_sentences: Sequences in a batch at most; 0 for any number.
        shuffle: Source of randomness; without one, batches go from short to long.

    Returns:
        The indices of each batch's sequences, every sequence exactly once.
    """
    keys = lengths.astype(np.float64)
    order = np.arange(len(lengths))
    if shuffle is not None:
        order = shuffle.permutation(len(lengths))
        keys = keys * shuffle.uniform(1.0, 1.1, len(lengths))
    order = order[np.argsort(keys[order], kind="stable")]
    batches = []
    start = longest = 0
    most = batch_sentences or len(lengths)
    for position, length in enumerate(lengths[order].tolist()):
        longest = max(longest, length)
        size = position - start + 1
        if position > start and (longest * size > batch_tokens or size > most):
            batches.append(order[start:position])
            start, longest = position, length
    if start < len(order):
        batches.append(order[start:])
    if shuffle is not None:
        batches = [batches[i] for i in shuffle.permutation(len(batches))]
    return batches
