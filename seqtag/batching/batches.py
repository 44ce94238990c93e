"""Which sequences share a batch, and the arrays that a batch is made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Padded sequences of words, every distinct word of the batch described once.

    Attributes:
        lengths: (batch,) number of tokens of each sequence.
        types: (batch, length) row of each token's word in the arrays below; 0 at padding.
        features: (batch, length, features) the value of each token's features; 0 at padding.
        words: (types,) number of each distinct word in the word vocabulary.
        vectors: (types,) number of each distinct word among those with a pretrained vector; empty
            where the model has no such vectors.
        ngrams: (ngrams,) hashed surface features of all distinct words, one after the other.
        ngram_offsets: (types,) where each distinct word's features begin in ``ngrams``.
        characters: (types, characters) character numbers of each distinct word, padded with 0;
            no columns where the model reads no characters.
        character_lengths: (types,) number of characters of each distinct word.
    """

    lengths: IntArray
    types: IntArray
    features: IntArray
    words: IntArray
    vectors: IntArray
    ngrams: IntArray
    ngram_offsets: IntArray
    characters: IntArray
    character_lengths: IntArray

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """(batch, length), True where there is a token."""
        return np.arange(self.types.shape[1])[None, :] < self.lengths[:, None]

    def arrays(self) -> dict[str, IntArray]:
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
    longest, and not more than ``batch_sentences``; at least one. When shuffling, sequences of the same length change places, lengths
    are blurred a little so that group borders move, and batches come in random order.

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
