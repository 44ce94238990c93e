"""Files of texts with their translations, in several formats."""

from seqtag.io.parallel.filtering import PairFilter
from seqtag.io.parallel.layout import (
    ParallelFormat,
    ParallelLayout,
    guess_parallel_format,
    named_parallel_format,
    pair_paths,
    parallel_layout,
)
from seqtag.io.parallel.reader import read_pairs

__all__ = [
    "PairFilter",
    "ParallelFormat",
    "ParallelLayout",
    "guess_parallel_format",
    "named_parallel_format",
    "pair_paths",
    "parallel_layout",
    "read_pairs",
]
