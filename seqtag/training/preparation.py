"""What a tagger is made of, counted on the training part alone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import overload

import numpy as np
import numpy.typing as npt

from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.text.features import clip_word, count_features
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.schemes import OUTSIDE, Scheme, convert, detect_scheme, encode_spans, split_tag
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary, count_vocabulary
from seqtag.training.spec import TaggerSpec

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
    count = len(sentences)
    if count < 2:
        return sentences, sentences
    is_dev = np.zeros(count, dtype=np.bool_)
    is_dev[np.random.default_rng(0).permutation(count)[: max(1, round(count * share))]] = True
    return Part(sentences, np.flatnonzero(~is_dev)), Part(sentences, np.flatnonzero(is_dev))


def resolve_training(config: RunConfig, tokens: int) -> RunConfig:
    """Fill in what goes by the size of the training part.

    Args:
        config: The configuration, with 0 for what is to be chosen.
        tokens: Tokens of the training part.
    """
    training = config.training
    # Small corpora need more passes, large ones would take too long with as many; and however
    # small a corpus is, it takes some hundred steps to learn anything.
    usual = np.clip(2e6 / tokens, 8, 20)
    needed = min(300 * training.batch_tokens / tokens, 100)
    chosen = max(1, round(max(usual, needed) * training.epochs_factor))
    epochs = training.epochs or chosen
    return replace(config, training=replace(training, epochs=epochs))


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
    gazetteer: Gazetteer | None = None,
    base: TaggerSpec | None = None,
) -> TaggerSpec:
    """Build vocabularies and tag columns.

    Args:
        config: The run's configuration.
        sentences: The training part.
        columns: Names of the tag columns, the main one first.
        format: Format of the files.
        file_columns: The files' column specification.
        file_width: Number of columns in the files.
        vectors: Words with a pretrained vector.
        vector_size: Size of a pretrained vector.
        gazetteer: Phrases to be looked up.
        base: The tagger that the new one starts from; its words, characters, n-grams, tags, values
            of features and vectors are kept, and its gazetteer where no other is given.

    Raises:
        ConfigError: A tag scheme is asked for and the tags are no spans; or ``base`` has vectors
            of its own, or phrases of other labels.
    """
    words = Counter(chain.from_iterable(s.tokens for s in sentences))
    characters = None
    if config.embedding.characters != "none":
        counts: Counter[str] = Counter()
        for word, n in words.items():
            for character in clip_word(word):
                counts[character] += n
        first = base.characters.items if base is not None and base.characters is not None else ()
        characters = count_vocabulary(counts, has_unknown=True, first=first)
    ngrams = None
    if config.embedding.ngram_size:
        ngrams = count_vocabulary(
            count_features(words, config.embedding.ngram_min_words),
            has_unknown=False,
            max_items=config.embedding.max_ngrams,
            first=base.ngrams.items if base is not None and base.ngrams is not None else (),
        )
    tag_columns = [
        _build_column(config, sentences, name, base, is_only=len(columns) == 1) for name in columns
    ]
    asked = [s for s in (config.head.scheme, config.data.scheme) if s not in ("auto", "none")]
    # A scheme that comes from the run to start from is for its spans, not for those of this one.
    if asked and base is None and all(column.scheme is None for column in tag_columns):
        raise ConfigError(
            f"scheme {asked[0]} is asked for, but tags such as "
            f"{tag_columns[0].tags.items[0]!r} are no spans; check --columns"
        )
    known = count_vocabulary(
        words,
        has_unknown=True,
        min_count=config.embedding.word_min_count,
        max_items=config.embedding.max_words,
        first=base.words.items if base is not None else (),
    )
    features = _count_features(sentences, base)
    gazetteer = _choose_gazetteer(gazetteer, base)
    known_vectors, vector_size = _choose_vectors(vectors, vector_size, base)
    return TaggerSpec(
        # Where vectors and phrases came from is nobody's business who is given the model.
        embedding=replace(
            config.embedding,
            vectors="",
            vectors_words="all",
            gazetteers="",
            gazetteer_case=gazetteer is not None and not gazetteer.ignore_case,
        ),
        encoder=config.encoder,
        words=known,
        rare_words=frozenset(word for word in words if word not in known),
        characters=characters,
        ngrams=ngrams,
        vectors=known_vectors,
        vector_size=vector_size,
        features=features,
        gazetteer=gazetteer,
        columns=tag_columns,
        format=format,
        file_columns=file_columns,
        file_width=file_width,
        comment=config.data.comment,
        language=config.data.language,
        facts={"sentences": len(sentences), "tokens": words.total()},
    )


def _choose_vectors(
    vectors: Sequence[str], vector_size: int, base: TaggerSpec | None
) -> tuple[Vocabulary | None, int]:
    """Return the words with a pretrained vector, and a vector's size."""
    if base is not None and base.vectors is not None:
        if vectors:
            raise ConfigError(
                "the run to start from has pretrained vectors of its own, which are kept: leave "
                "embedding.vectors out"
            )
        return base.vectors, base.vector_size
    if base is not None and vectors:
        raise ConfigError(_NOT_IN_BASE.format("no pretrained vectors", "embedding.vectors"))
    return (Vocabulary(vectors, has_unknown=True), vector_size) if vectors else (None, 0)


def _count_features(
    sentences: Sequence[Sentence], base: TaggerSpec | None
) -> Mapping[str, Vocabulary]:
    """List the values of each feature column."""
    counts: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for name, values in sentence.features_by.items():
            counts.setdefault(name, Counter()).update(values)
    known = {} if base is None else base.features
    if base is not None and list(counts) != list(known):
        raise ConfigError(
            f"the run to start from reads {_listed(known)}, this one {_listed(counts)}: name the "
            "same columns in the same order"
        )
    return {
        name: count_vocabulary(
            values, has_unknown=True, first=known[name].items if name in known else ()
        )
        for name, values in counts.items()
    }


def _choose_gazetteer(given: Gazetteer | None, base: TaggerSpec | None) -> Gazetteer | None:
    """Return the phrases to look up: those given, else those of the tagger to start from."""
    if base is None:
        return given
    if base.gazetteer is None:
        if given is not None:
            raise ConfigError(_NOT_IN_BASE.format("no phrases", "embedding.gazetteers"))
        return None
    if given is not None and given.labels != base.gazetteer.labels:
        raise ConfigError(
            f"the phrases of the run to start from are labelled {', '.join(base.gazetteer.labels)},"
            f" those of embedding.gazetteers {', '.join(given.labels)}: give the same labels"
        )
    return given or base.gazetteer


_NOT_IN_BASE = (
    "the run to start from has {}, and what it knows has no use for them: leave {} out, or train "
    "from scratch"
)


def _listed(features: Iterable[str]) -> str:
    return f"feature columns {'+'.join(features)}" if list(features) else "no feature columns"


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
