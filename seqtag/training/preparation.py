"""What a tagger is made of, counted on the training part alone."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.text.features import clip_word
from seqtag.text.schemes import OUTSIDE, Scheme, convert, detect_scheme, encode_spans, split_tag
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import count_vocabulary
from seqtag.training.spec import TaggerSpec

logger = logging.getLogger("seqtag")


def split_dev(sentences: Sequence[Sentence], share: float) -> tuple[list[Sentence], list[Sentence]]:
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
        return list(sentences), list(sentences)
    chosen = np.random.default_rng(0).permutation(count)[: max(1, round(count * share))]
    held_out = set(chosen.tolist())
    train = [s for i, s in enumerate(sentences) if i not in held_out]
    return train, [sentences[i] for i in sorted(held_out)]


def resolve_training(config: RunConfig, tokens: int) -> RunConfig:
    """Fill in what goes by the size of the training part.

    Args:
        config: The configuration, with 0 for what is to be chosen.
        tokens: Tokens of the training part.
    """
    training = config.training
    # Small corpora need more passes, large ones would take too long with as many; and however
    # small a corpus is, it takes some hundred steps to learn anything.
    usual = np.clip(1.6e6 / tokens, 8, 20)
    needed = min(300 * training.batch_tokens / tokens, 100)
    epochs = training.epochs or round(max(usual, needed))
    return dataclasses.replace(config, training=dataclasses.replace(training, epochs=epochs))


def build_spec(
    config: RunConfig,
    sentences: Sequence[Sentence],
    columns: Sequence[str],
    *,
    format: str,
    file_columns: str,
    file_width: int,
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
        base: The tagger that the new one starts from; its words, characters and tags are kept.

    Raises:
        ConfigError: A tag scheme is asked for and the tags are no spans.
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
        first=base.words.items if base is not None else (),
    )
    return TaggerSpec(
        embedding=config.embedding,
        encoder=config.encoder,
        words=known,
        rare_words=frozenset(word for word in words if word not in known),
        characters=characters,
        columns=tag_columns,
        format=format,
        file_columns=file_columns,
        file_width=file_width,
        comment=config.data.comment,
        language=config.data.language,
        facts={"sentences": len(sentences), "tokens": words.total()},
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
    tags = [sentence.tags_by[name] for sentence in sentences]
    file_scheme = _find_scheme(config, tags, name)
    scheme = file_scheme
    if file_scheme is not None:
        wanted = config.head.scheme
        # What tells the first, last and only token of a span apart is learnt best.
        scheme = "bioes" if wanted == "auto" else wanted
    counts = Counter(chain.from_iterable(tags))
    if scheme is not None:
        # Every tag of every label, so that any sentence has a valid sequence of tags.
        labels = {split_tag(tag)[1] for tag in counts} - {""}
        counts = Counter(chain.from_iterable(convert(t, scheme) for t in tags))
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


def _find_scheme(config: RunConfig, tags: Sequence[Sequence[str]], name: str) -> Scheme | None:
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


def in_file_scheme(column: TagColumn, sentences: Sequence[Sentence], part: str) -> list[Sentence]:
    """Return sentences with a column's tags in the scheme of the training files.

    Two files of one corpus are not always written in the same scheme. Compared as they are, no
    span of the one would be one of the other.

    Args:
        column: The column.
        sentences: Annotated sentences of another file.
        part: What to call them.
    """
    scheme = column.file_scheme
    detection = None if scheme is None else detect_scheme(s.tags_by[column.name] for s in sentences)
    if scheme is None or detection is None or detection.scheme == scheme:
        return list(sentences)
    converted = [convert(s.tags_by[column.name], scheme) for s in sentences]
    if all(tags == s.tags_by[column.name] for tags, s in zip(converted, sentences, strict=True)):
        return list(sentences)  # it holds nothing in which the schemes differ
    logger.warning(
        "column %s: %s is written in scheme %s, it is read as %s like the training data",
        *(column.name, part, detection.scheme, scheme),
    )
    return [
        Sentence(s.tokens, {**s.tags_by, column.name: tags})
        for s, tags in zip(sentences, converted, strict=True)
    ]


def count_unknown_tags(
    columns: Sequence[TagColumn], sentences: Sequence[Sentence]
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
