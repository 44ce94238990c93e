"""A table of distinct words with all that a model reads of them, filled as words turn up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch, IntArray
from seqtag.text.features import clip_word, hashed_features
from seqtag.text.vocabulary import Vocabulary


class WordTable:
    """Describes each distinct word once, however often it occurs.

    Args:
        words: The word vocabulary.
        characters: The character vocabulary, or None where the model reads no characters.
        ngram_buckets: Rows of the table of hashed surface features; 0 for none.

    Threads may share a table: rows are never taken back.
    """

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary | None,
        ngram_buckets: int,
    ) -> None:
        self.words = words
        self.characters = characters
        self.ngram_buckets = ngram_buckets
        self._lock = threading.Lock()
        self._types: dict[str, int] = {}
        self._word_numbers: list[int] = []
        self._ngrams: list[IntArray] = []
        self._characters: list[IntArray] = []

    def __len__(self) -> int:
        """Return the number of distinct words so far."""
        return len(self._types)

    def fresh(self) -> WordTable:
        """Return an empty table of the same kind."""
        return WordTable(self.words, self.characters, self.ngram_buckets)

    def _add(self, word: str) -> int:
        with self._lock:
            if word in self._types:  # another thread was quicker
                return self._types[word]
            self._word_numbers.append(self.words[word])
            if self.ngram_buckets:
                self._ngrams.append(hashed_features(word, self.ngram_buckets))
            if self.characters is not None:
                numbers = self.characters.encode(clip_word(word) or " ")
                # 0 is padding, 1 an unknown character.
                self._characters.append(np.array(numbers, dtype=np.int64) + 1)
            row = self._types[word] = len(self._types)
            return row

    def rows(self, tokens: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the table's row of each token, adding words that are new."""
        types = self._types
        return np.array(
            [row if (row := types.get(t)) is not None else self._add(t) for t in tokens],
            dtype=np.int32,
        )

    def batch(self, sequences: Sequence[npt.NDArray[np.int32]]) -> Batch:
        """Make a batch of sequences of rows.

        Args:
            sequences: One array (length,) of rows for each sequence; at least one token in all.
        """
        lengths = np.array([len(s) for s in sequences], dtype=np.int64)
        distinct, inverse = np.unique(np.concatenate(sequences), return_inverse=True)
        types = np.zeros((len(sequences), int(lengths.max())), dtype=np.int64)
        types[np.arange(types.shape[1])[None, :] < lengths[:, None]] = inverse
        chosen = distinct.tolist()
        ngrams = [self._ngrams[t] for t in chosen] if self.ngram_buckets else []
        characters = [self._characters[t] for t in chosen] if self.characters is not None else []
        character_lengths = np.array([len(c) for c in characters], dtype=np.int64)
        padded = np.zeros((len(chosen), int(character_lengths.max(initial=0))), dtype=np.int64)
        for row, numbers in zip(padded, characters, strict=False):
            row[: len(numbers)] = numbers
        ends = np.cumsum([len(n) for n in ngrams] or [0] * len(chosen), dtype=np.int64)
        return Batch(
            lengths=lengths,
            types=types,
            words=np.array([self._word_numbers[t] for t in chosen], dtype=np.int64),
            ngrams=np.concatenate(ngrams) if ngrams else np.zeros(0, dtype=np.int64),
            ngram_offsets=np.concatenate([[0], ends[:-1]]).astype(np.int64),
            characters=padded,
            character_lengths=character_lengths,
        )
