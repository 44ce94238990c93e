"""From tokens to padded NumPy arrays, in batches of similar length."""

from seqtag.batching.batches import Batch, plan_batches
from seqtag.batching.emissions import Encoding, compute_emissions
from seqtag.batching.featurizer import Dense, Featurizer, Rows
from seqtag.batching.pairs import PairBatch, pair_batch, plan_pairs, source_batch
from seqtag.batching.windows import Window, cut, overlapping_windows
from seqtag.batching.word_cache import WordCache, most_words
from seqtag.batching.words import WordTable

__all__ = [
    "Batch",
    "Dense",
    "Encoding",
    "Featurizer",
    "PairBatch",
    "Rows",
    "Window",
    "WordCache",
    "WordTable",
    "compute_emissions",
    "cut",
    "most_words",
    "overlapping_windows",
    "pair_batch",
    "plan_batches",
    "plan_pairs",
    "source_batch",
]
