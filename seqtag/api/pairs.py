"""Files of parallel text as pairs, for training and evaluation."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from seqtag.api.corpora import ShowProgress, check_parts, corpus_files, corpus_path
from seqtag.config import DataConfig
from seqtag.errors import ConfigError
from seqtag.io.block import plural
from seqtag.io.parallel.filtering import PairFilter
from seqtag.io.parallel.layout import (
    ParallelLayout,
    guess_parallel_format,
    pair_paths,
    parallel_layout,
)
from seqtag.io.parallel.reader import read_pairs
from seqtag.text.pairs import Pair, Pairs
from seqtag.training.preparation import split_numbers
from seqtag.training.spec import TranslatorSpec

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class PairCorpus:
    """The pairs of a run.

    Attributes:
        train: The training part.
        dev: The part that progress is measured on.
        test: The part that is scored once, or nothing.
        layout: How the training file is written.
        path: What messages call it.
    """

    train: Pairs
    dev: Pairs
    test: Pairs
    layout: ParallelLayout
    path: str


def read_pair_corpus(
    data: DataConfig, left_out: PairFilter, fetching: ShowProgress | None = None
) -> PairCorpus:
    """Read a run's files, splitting dev off train where there is no dev file.

    Args:
        data: Which files, and how they are read.
        left_out: Leaves out training pairs with an empty side, and counts them.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: There is no training file, or it is not said where the two sides stand.
        DataError: A file cannot be read, holds no pair, or a line is not as it must be.
    """
    check_parts(data)
    named = data.train
    data = corpus_files(data, fetching)
    layout = _layout(data.train, data)
    train = _collect(left_out.without_empty(read_pairs(data.train, layout)))
    if not len(train):
        left_out.tell(named, 0)
    dev, test = (
        _collect(read_pairs(path, _layout(path, data), empty_allowed=False)) if path else NOTHING
        for path in (data.dev, data.test)
    )
    if not data.dev:
        train, dev = _split_dev(train, data.dev_share)
    return PairCorpus(train, dev, test, layout, named)


NOTHING = Pairs([], [], [])
"""No pairs."""


def read_pair_file(spec: TranslatorSpec, path: str, *, columns: str | None = None) -> Pairs:
    """Read a file of parallel text as a translator's own.

    Args:
        spec: The translator.
        path: The file, ``corpus:NAME/PART``, or ``-`` for standard input; of two files their
            common beginning.
        columns: Where the two sides stand, as ``source=en,target=de``; None for where they stood
            in the training files.

    Raises:
        ConfigError: It is not said where the two sides stand.
        DataError: The file cannot be read, holds no pair, or a line is not as it must be.
    """
    path = corpus_path(path, task="translate")
    source, target, header = spec.source, spec.target, spec.header
    if columns is not None:
        source, target = parse_sides(columns)
        header = "auto"
    elif guess_parallel_format(path) != spec.format:
        # What names a column of one format may be nothing in another one, but endings of two
        # files are languages, which is how columns and keys are named, too.
        source, target = _names(spec) if guess_parallel_format(path) == "pairs" else ("", "")
        header = "auto"
    layout = parallel_layout(path, source=source, target=target, header=header)
    return _collect(read_pairs(path, layout, empty_allowed=False))


def pair_files(path: str, data: DataConfig) -> tuple[str, ...]:
    """Return the files that one of a run's parts is in: two, or one.

    Raises:
        ConfigError: It is not said where the two sides stand.
    """
    layout = _layout(path, data)
    return pair_paths(path, layout) if layout.format == "pairs" else (path,)


def parse_sides(columns: str) -> tuple[str, str]:
    """Read ``source=en,target=de``.

    Raises:
        ConfigError: It is something else.
    """
    parts = (part.partition("=") for part in columns.split(","))
    sides = {name.strip(): place.strip() for name, _, place in parts}
    if set(sides) != {"source", "target"} or not all(sides.values()):
        raise ConfigError(
            f"columns are {columns!r}: for parallel text write source=0,target=1, or the names of "
            "the columns, or of two files their endings: source=en,target=de"
        )
    return sides["source"], sides["target"]


def _names(spec: TranslatorSpec) -> tuple[str, str]:
    """Return what a translator's files call the two sides, if they give them names."""
    are_numbers = spec.source.lstrip("-").isdecimal() or spec.target.lstrip("-").isdecimal()
    return ("", "") if are_numbers else (spec.source, spec.target)


def _layout(path: str, data: DataConfig) -> ParallelLayout:
    source, target = data.source, data.target
    if data.columns:
        source, target = parse_sides(data.columns)
    return parallel_layout(
        path, format=data.format, source=source, target=target, header=data.header
    )


def _collect(pairs: Iterable[Pair]) -> Pairs:
    sources, targets, lines = [], [], []
    for pair in pairs:
        sources.append(" ".join(pair.source.split()))
        targets.append(" ".join(pair.target.split()))
        lines.append(pair.line)
    return Pairs(sources, targets, lines)


def _split_dev(pairs: Pairs, share: float) -> tuple[Pairs, Pairs]:
    """Split a part off the training pairs, all pairs of a source together."""
    distinct = list(dict.fromkeys(pairs.sources))
    if len(distinct) < 2:
        logger.warning(
            "no dev file, and no training pair that can be spared: progress is measured on train, "
            "so that the scores on dev say nothing"
        )
        return pairs, pairs
    _, chosen = split_numbers(len(distinct), share)
    held = {distinct[number] for number in chosen.tolist()}
    train = [number for number, source in enumerate(pairs.sources) if source not in held]
    dev = [number for number, source in enumerate(pairs.sources) if source in held]
    logger.warning(
        "no dev file: %d of the %s are set aside to measure progress",
        *(len(dev), plural(len(pairs), "training pair")),
    )
    return pairs.choose(train), pairs.choose(dev)
