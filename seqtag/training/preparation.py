"""What a tagger is made of, counted on the training part alone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import overload

import numpy as np
import numpy.typing as npt

from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.schemes import OUTSIDE, Scheme, convert, detect_scheme, encode_spans, split_tag
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vector_lookup import MappedVectors
from seqtag.text.vocabulary import count_vocabulary
from seqtag.training.inputs import build_inputs
from seqtag.training.spec import ModelSpec, ReaderSpec, TaggerSpec

logger = logging.getLogger("seqtag")

MOST_AUXILIARY_TAGS = 1000
"""A column with more is no list of classes, and would cost more than all the rest."""


class Part(Sequence[Sentence]):
    """Some of a sequence's sentences, looked up where they are.

    Args:
        sentences: All sentences.
        indices: Which of them, in the order that they come in.
    """

    def __init__(self, sentences: Sequence[Sentence], indices: npt.NDArray[np.integer]) -> None:
        self._sentences = sentences
        self._indices = indices

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Sentence: ...

    @overload
    def __getitem__(self, index: slice) -> Part: ...

    def __getitem__(self, index: int | slice) -> Sentence | Part:
        """Return a sentence, or a smaller part."""
        if isinstance(index, slice):
            return Part(self._sentences, self._indices[index])
        return self._sentences[int(self._indices[index])]


def split_dev(
    sentences: Sequence[Sentence], share: float
) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    """Split a part off the training sentences to measure progress on.

    Which sentences these are does not depend on a run's seed, so that scores can be compared.

    Args:
        sentences: All training sentences.
        share: Part of the sentences that is split off; at least one sentence is.

    Returns:
        Train and dev, both in the order of the file. A single sentence is both.
    """
    if len(sentences) < 2:
        return sentences, sentences
    train, dev = split_numbers(len(sentences), share)
    return Part(sentences, train), Part(sentences, dev)


def split_numbers(count: int, share: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Split the numbers below ``count`` into those of train and of dev, both in rising order.

    Args:
        count: How many there are, at least 2.
        share: Part of them that dev gets; at least one number.
    """
    is_dev = np.zeros(count, dtype=np.bool_)
    is_dev[np.random.default_rng(0).permutation(count)[: max(1, round(count * share))]] = True
    return np.flatnonzero(~is_dev), np.flatnonzero(is_dev)


def resolve_training(config: RunConfig, tokens: int) -> RunConfig:
    """Fill in what goes by the size of the training part.

    Args:
        config: The configuration, with 0 for what is to be chosen.
        tokens: Tokens of the training part.
    """
    training = config.training
    # Steps are what teaches, and a small corpus gives few of them, unless its batches are small.
    batch_tokens = training.batch_tokens or round(float(np.clip(tokens / 250, 500, 2000)))
    # Small corpora need more passes, large ones would take too long with as many; and however
    # small a corpus is, it takes some hundred steps to learn anything, and to learn where to look
    # in another text some thousand.
    usual, steps = np.clip(2e6 / tokens, 8, 20), 300
    if config.task == "classify":
        # The encoder of a classifier is small and begins with what the linear path knows.
        usual = np.clip(1.3e6 / tokens, 4, 40)
    elif config.task == "translate":
        read = 11e6 if config.units.source == "char" else 7e6
        usual, steps = np.clip(read / tokens, 8, 30), 2000
    elif config.task == "generate":
        # Half of what is seen once is not learnt; a text of many millions teaches by its length.
        read = 8e6 if config.units.text == "char" else 12e6
        usual, steps = np.clip(read / tokens, 1, 30), 1000
    needed = min(steps * batch_tokens / tokens, 100)
    chosen = max(1, round(max(usual, needed) * training.epochs_factor))
    epochs = training.epochs or chosen
    return replace(config, training=replace(training, epochs=epochs, batch_tokens=batch_tokens))


def build_spec(
    config: RunConfig,
    sentences: Sequence[Sentence],
    columns: Sequence[str],
    *,
    format: str,
    file_columns: str,
    file_width: int,
    vectors: Sequence[str] = (),
    vector_size: int = 0,
    mapped: MappedVectors | None = None,
    gazetteer: Gazetteer | None = None,
    language_models: Sequence[ReaderSpec] = (),
    base: ModelSpec | None = None,
) -> TaggerSpec:
    """Build a tagger's vocabularies and tag columns.

    Args:
        config: The run's configuration.
        sentences: The training part.
        columns: Names of the tag columns, the main one first.
        format: Format of the files.
        file_columns: The files' column specification.
        file_width: Number of columns in the files.
        vectors: Words with a pretrained vector.
        vector_size: Size of a pretrained vector.
        mapped: Pretrained vectors in a file of their own.
        gazetteer: Phrases to be looked up.
        language_models: Language models whose states are read.
        base: The model that the new one starts from; its words, characters, n-grams, tags, values
            of features and vectors are kept, and its gazetteer where no other is given.

    Raises:
        ConfigError: A tag scheme is asked for and the tags are no spans; or ``base`` has vectors
            of its own, or phrases of other labels.
    """
    tagger = base if isinstance(base, TaggerSpec) else None
    is_only = len(columns) == 1
    tag_columns = [
        _build_column(config, sentences, name, tagger, is_only=is_only) for name in columns
    ]
    asked = [s for s in (config.head.scheme, config.data.scheme) if s not in ("auto", "none")]
    # A scheme that comes from the run to start from is for its spans, not for those of this one.
    if asked and base is None and all(column.scheme is None for column in tag_columns):
        raise ConfigError(
            f"scheme {asked[0]} is asked for, but tags such as "
            f"{tag_columns[0].tags.items[0]!r} are no spans; check --columns"
        )
    inputs = build_inputs(
        config,
        sentences,
        format=format,
        file_columns=file_columns,
        vectors=vectors,
        vector_size=vector_size,
        mapped=mapped,
        gazetteer=gazetteer,
        language_models=language_models,
        base=base,
    )
    return TaggerSpec(
        **inputs.fields(),
        columns=tag_columns,
        file_width=file_width,
        comment=config.data.comment,
    )


def _build_column(
    config: RunConfig,
    sentences: Sequence[Sentence],
    name: str,
    base: TaggerSpec | None,
    *,
    is_only: bool,
) -> TagColumn:
    """Find a column's schemes and list its tags."""
    file_scheme = _find_scheme(config, _tags(sentences, name), name)
    scheme = file_scheme
    if file_scheme is not None:
        wanted = config.head.scheme
        # What tells the first, last and only token of a span apart is learnt best.
        scheme = "bioes" if wanted == "auto" else wanted
    counts = Counter(chain.from_iterable(_tags(sentences, name)))
    if scheme is not None:
        # Every tag of every label, so that any sentence has a valid sequence of tags.
        labels = {split_tag(tag)[1] for tag in counts} - {""}
        converted = (convert(tags, scheme) for tags in _tags(sentences, name))
        counts = Counter(chain.from_iterable(converted))
        counts.update(dict.fromkeys(_all_tags(labels, scheme), 0))
    source = None if base is None else base.source_of(name, scheme, is_only=is_only)
    first = () if base is None or source is None else base.columns[source].tags.items
    crf = scheme is not None if config.head.crf == "auto" else config.head.crf
    return TagColumn(
        name=name,
        tags=count_vocabulary(counts, has_unknown=False, min_count=0, first=first),
        file_scheme=file_scheme,
        scheme=scheme,
        crf=crf,
    )


def build_auxiliary(
    sentences: Sequence[Sentence], names: Sequence[str], *, named: bool = False
) -> list[TagColumn]:
    """Return the tag columns that are learnt beside a tagger's and are no part of it.

    A column that says the same of every token, as one that nobody has filled in, is left out, and
    so is one with more than `MOST_AUXILIARY_TAGS` different values.

    Args:
        sentences: The training part.
        names: Names of the columns.
        named: Whether the user named them, who is then warned of those that are left out.
    """
    columns = []
    for name in names:
        counts = Counter(chain.from_iterable(_tags(sentences, name)))
        if 1 < len(counts) <= MOST_AUXILIARY_TAGS:
            tags = count_vocabulary(counts, has_unknown=False)
            columns.append(
                TagColumn(name=name, tags=tags, file_scheme=None, scheme=None, crf=False)
            )
        else:
            logger.log(
                logging.WARNING if named else logging.INFO,
                "column %s is not learnt beside the tags: it has %s",
                name,
                f"{len(counts):,} different values, more than {MOST_AUXILIARY_TAGS:,}"
                if len(counts) > 1
                else "the same value at every token",
            )
    return columns


def _tags(sentences: Iterable[Sentence], name: str) -> Iterator[list[str]]:
    """Yield each sentence's tags of a column."""
    return (sentence.tags_by[name] for sentence in sentences)


def _find_scheme(config: RunConfig, tags: Iterable[Sequence[str]], name: str) -> Scheme | None:
    """Return the scheme of a column in the files, None where its tags are no spans."""
    wanted = config.data.scheme
    if wanted == "none":
        return None
    detection = detect_scheme(tags)
    if detection is None:
        return None
    if wanted != "auto":
        return wanted
    logger.info("column %s: spans in scheme %s", name, detection.scheme)
    if detection.first_fault is not None:
        sentence, token = detection.first_fault
        logger.warning(
            "column %s: %d tags break scheme %s, first token %d of sentence %d; "
            "they are read as conlleval does",
            *(name, detection.faults, detection.scheme, token + 1, sentence + 1),
        )
    return detection.scheme


def _all_tags(labels: Iterable[str], scheme: Scheme) -> set[str]:
    """Return all tags that a scheme has for some labels: those of spans of all sizes in a row."""
    tags = {OUTSIDE}
    for label in labels:
        spans = [(0, 3, label), (3, 6, label), (6, 7, label)]
        tags.update(encode_spans(spans, 8, scheme))
    return tags


def in_file_scheme(
    column: TagColumn, sentences: Sequence[Sentence], part: str
) -> Sequence[Sentence]:
    """Return sentences with a column's tags in the scheme of the training files.

    Two files of one corpus are not always written in the same scheme. Compared as they are, no
    span of the one would be one of the other.

    Args:
        column: The column.
        sentences: Annotated sentences of another file.
        part: What to call them.
    """
    scheme = column.file_scheme
    detection = None if scheme is None else detect_scheme(_tags(sentences, column.name))
    if scheme is None or detection is None or detection.scheme == scheme:
        return sentences
    converted = [convert(tags, scheme) for tags in _tags(sentences, column.name)]
    if all(a == b for a, b in zip(converted, _tags(sentences, column.name), strict=True)):
        return sentences  # it holds nothing in which the schemes differ
    logger.warning(
        "column %s: %s is written in scheme %s, it is read as %s like the training data",
        *(column.name, part, detection.scheme, scheme),
    )
    return [
        replace(s, tags_by={**s.tags_by, column.name: tags})
        for s, tags in zip(sentences, converted, strict=True)
    ]


def count_unknown_tags(
    columns: Sequence[TagColumn], sentences: Iterable[Sentence]
) -> dict[str, Counter[str]]:
    """Count the tags that the training part does not have.

    Returns:
        For each column with such tags their numbers, as they are called in the files.
    """
    unknown = {}
    for column in columns:
        counts: Counter[str] = Counter()
        for sentence in sentences:
            tags = sentence.tags_by[column.name]
            own = column.to_model(tags)
            counts.update(a for a, b in zip(tags, own, strict=True) if b not in column.tags)
        if counts:
            unknown[column.name] = counts
    return unknown
