"""From sentences to rows of numbers, and from rows to batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch, IntArray
from seqtag.batching.word_cache import WordCache
from seqtag.batching.words import WordTable
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary

Rows: TypeAlias = npt.NDArray[np.int32]
"""(length, 1 + features): for each token the row of its word in a table, and its features."""

Dense: TypeAlias = npt.NDArray[np.float32]
"""(tokens, numbers): numbers that are given of each token."""


class Featurizer:
    """Turns sentences into all that a model reads of them; threads may share one.

    Args:
        table: Describes the words.
        features: For each feature column the values that have a number; others get 0.
        gazetteer: Phrases whose places in a sentence are features too, one for each label.
    """

    def __init__(
        self, table: WordTable, features: Mapping[str, Vocabulary], gazetteer: Gazetteer | None
    ) -> None:
        self.table = table
        self.features = features
        self.gazetteer = gazetteer

    def rows(self, *sentences: Sentence) -> Rows:
        """Return the rows (length, 1 + features) of some sentences, one behind the other.

        Raises:
            KeyError: A sentence lacks a feature column.
        """
        words = self.table.rows(list(chain.from_iterable(s.tokens for s in sentences)))[:, None]
        if not self.features and self.gazetteer is None:
            return words
        columns: list[npt.NDArray[np.integer]] = [words]
        for name, values in self.features.items():
            column = chain.from_iterable(s.features_by[name] for s in sentences)
            numbers = values.encode(list(column))
            columns.append(np.array(numbers, dtype=np.int32).reshape(-1, 1))
        if self.gazetteer is not None:
            none = np.zeros((0, len(self.gazetteer.labels)), dtype=np.int32)
            columns.append(np.vstack([none, *(self.gazetteer.match(s.tokens) for s in sentences)]))
        return np.hstack(columns).astype(np.int32, copy=False)

    def batch(self, sequences: Sequence[Rows], dense: Dense | None = None) -> Batch:
        """Make a batch in which every word is new, as for training.

        Args:
            sequences: Rows (length, 1 + features); at least one token in all.
            dense: (tokens, numbers) given of each token, one sequence behind the other; None for
                none.
        """
        lengths = np.array([len(s) for s in sequences], dtype=np.int64)
        batch, _ = self.batch_with_cache(np.concatenate(sequences), lengths, None, dense)
        return batch

    def batch_with_cache(
        self,
        rows: Rows,
        lengths: IntArray,
        cache: WordCache | None,
        dense: Dense | None = None,
    ) -> tuple[Batch, IntArray]:
        """Make a batch in which words are known that are in a cache.

        Args:
            rows: (tokens, 1 + features) rows of all sequences, one behind the other; at least one.
            lengths: (batch,) number of tokens of each sequence.
            cache: The vectors of known words; None where none is known.
            dense: (tokens, numbers) given of each token; None for none.

        Returns:
            The batch; and the rows (new,) of its new words in the table.
        """
        mask = np.arange(int(lengths.max()))[None, :] < lengths[:, None]
        distinct, inverse = np.unique(rows[:, 0], return_inverse=True)
        known = np.zeros((0, 0), dtype=np.float32)
        if cache is not None:
            is_known, known = cache.take(distinct)
            # Known words come first.
            order = np.argsort(~is_known, kind="stable")
            places = np.empty_like(order)
            places[order] = np.arange(len(order))
            distinct, inverse = distinct[order], places[inverse]
        new = distinct[len(known) :].astype(np.int64)
        types = np.zeros(mask.shape, dtype=np.int64)
        types[mask] = inverse
        features = np.zeros((*mask.shape, rows.shape[1] - 1), dtype=np.int64)
        features[mask] = rows[:, 1:]
        numbers = np.zeros((*mask.shape, 0 if dense is None else dense.shape[1]), dtype=np.float32)
        if dense is not None:
            numbers[mask] = dense
        batch = Batch(
            lengths=lengths,
            types=types,
            features=features,
            dense=numbers,
            known=known,
            **self.table.describe(new),
        )
        return batch, new
