"""From sentences to rows of numbers, and from rows to batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.batching.batches import Batch
from seqtag.batching.words import WordTable
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary

Rows: TypeAlias = npt.NDArray[np.int32]
"""(length, 1 + features): for each token the row of its word in a table, and its features."""


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

    def fresh(self) -> Featurizer:
        """Return one of the same kind that has not seen any word yet."""
        return Featurizer(self.table.fresh(), self.features, self.gazetteer)

    def rows(self, sentence: Sentence) -> Rows:
        """Return a sentence's rows (length, 1 + features).

        Raises:
            KeyError: The sentence lacks a feature column.
        """
        columns: list[npt.NDArray[np.integer]] = [self.table.rows(sentence.tokens)[:, None]]
        for name, values in self.features.items():
            numbers = values.encode(sentence.features_by[name])
            columns.append(np.array(numbers, dtype=np.int32).reshape(-1, 1))
        if self.gazetteer is not None:
            columns.append(self.gazetteer.match(sentence.tokens))
        return np.hstack(columns).astype(np.int32, copy=False)

    def batch(self, sequences: Sequence[Rows]) -> Batch:
        """Make a batch.

        Args:
            sequences: Rows (length, 1 + features); at least one token in all.
        """
        lengths = np.array([len(s) for s in sequences], dtype=np.int64)
        mask = np.arange(int(lengths.max()))[None, :] < lengths[:, None]
        rows = np.concatenate(sequences)
        distinct, inverse = np.unique(rows[:, 0], return_inverse=True)
        types = np.zeros(mask.shape, dtype=np.int64)
        types[mask] = inverse
        features = np.zeros((*mask.shape, rows.shape[1] - 1), dtype=np.int64)
        features[mask] = rows[:, 1:]
        described = self.table.describe(distinct.astype(np.int64))
        return Batch(lengths=lengths, types=types, features=features, **described)
