"""A run's sentences: its files read, brought into one scheme, and what is odd in them told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from seqtag.api.corpora import ShowProgress, check_parts, corpus_files
from seqtag.api.data import Layout, read_sentences, training_layout
from seqtag.config import RunConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.block import plural
from seqtag.io.columns import guess_format, with_more_tags
from seqtag.text.sentence import Sentence
from seqtag.training.preparation import (
    build_auxiliary,
    count_unknown_tags,
    in_file_scheme,
    split_dev,
)
from seqtag.training.spec import TaggerSpec

logger = logging.getLogger("seqtag")

_WORD_CLASSES = {"UPOS", "XPOS", "FEATS"}

# Values of training.auxiliary that name no columns.
_CHOICES = ("auto", "none")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sentences of a run.

    Attributes:
        train: The training part.
        dev: The part that progress is measured on.
        test: The part that is scored once, or nothing.
        layout: How the files are written.
        width: Number of columns of the training file.
        auxiliary: Further columns of tags that the training part has, to be learnt beside those of
            the layout; of those that the user named the ones that can teach.
    """

    train: Sequence[Sentence]
    dev: Sequence[Sentence]
    test: Sequence[Sentence]
    layout: Layout
    width: int
    auxiliary: tuple[str, ...] = ()


def read_corpus(config: RunConfig, fetching: ShowProgress | None = None) -> Corpus:
    """Read a run's files, splitting dev off train where there is no dev file.

    Args:
        config: The run's configuration.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: There is no training file.
        DataError: A file cannot be read, holds no sentence, or a line is not as it must be.
    """
    data = config.data
    check_parts(data)
    data = corpus_files(data, fetching)
    layout = training_layout(data)
    for path in (data.dev, data.test):
        if data.format == "auto" and path not in ("", "-") and guess_format(path) != layout.format:
            raise ConfigError(
                f"by its name this file is not of the training file's format, {layout.format}: "
                f"rename it, or say --set data.format={layout.format}",
                path=path,
            )
    train_part: Sequence[Sentence]
    dev: Sequence[Sentence]
    auxiliary = _auxiliary_columns(config.training.auxiliary, layout)
    train_part, width = _read_train(data.train, layout, auxiliary, config.training.auxiliary)
    if data.dev:
        dev, _ = read_sentences(data.dev, layout)
    else:
        whole = len(train_part)
        train_part, dev = split_dev(train_part, data.dev_share)
        if whole == 1:
            logger.warning(
                "no dev file, and only one training sentence: progress is measured on it, so that "
                "the scores on dev say nothing"
            )
        else:
            logger.warning(
                "no dev file: %d of the %d training sentences are set aside to measure progress",
                *(len(dev), whole),
            )
    test = read_sentences(data.test, layout)[0] if data.test else []
    if config.training.auxiliary not in _CHOICES:  # the user wants these columns
        learnt = build_auxiliary(train_part, auxiliary, named=True)
        auxiliary = tuple(column.name for column in learnt)
    return Corpus(train_part, dev, test, layout, width, auxiliary)


def _read_train(
    path: str, layout: Layout, auxiliary: Sequence[str], setting: str
) -> tuple[Sequence[Sentence], int]:
    """Read the training file with further columns.

    Raises:
        DataError: A line is not as it must be, or the file lacks one of these columns.
    """
    columns = with_more_tags(layout.columns, auxiliary, layout.format)
    try:
        return read_sentences(path, replace(layout, columns=columns))
    except DataError as error:
        if setting in _CHOICES or path == "-":
            raise
        read_sentences(path, layout)  # raises where these columns have no part in what is wrong
        raise DataError(
            f"training.auxiliary is {setting!r}: {error.message}; or {_advice(layout)}",
            path=error.path,
            line=error.line,
        ) from error


def _auxiliary_columns(setting: str, layout: Layout) -> tuple[str, ...]:
    """Return the columns to be learnt beside those of a layout.

    By themselves (``auto``) they are those that CoNLL-U has beside parts of speech: the finer
    ones, and the dependency relations, which tell the words apart that are several parts of
    speech.

    Raises:
        ConfigError: One that is named can be no column, or is read already.
    """
    tags = layout.columns.tags
    if setting == "none" or (setting == "auto" and not set(tags) <= _WORD_CLASSES):
        return ()
    if setting == "auto":
        taken = {*tags, *layout.columns.features}
        return tuple(name for name in ("XPOS", "FEATS", "DEPREL") if name not in taken)
    names = [name.strip() for name in setting.split("+")]
    try:
        read = with_more_tags(layout.columns, names, layout.format)
    except ConfigError as error:
        _, _, reason = error.message.partition("': ")
        raise ConfigError(
            f"training.auxiliary is {setting!r}: {_fault(names, layout) or reason}: "
            f"{_advice(layout)}"
        ) from error
    return read.tags[len(tags) :]


def _fault(names: Sequence[str], layout: Layout) -> str:
    """Say in short what keeps columns from being learnt beside those of a layout."""
    columns = layout.columns
    taken = [columns.token, *columns.features, *columns.tags]
    for name in names:
        if not name:
            return "a name is missing"
        if name in taken:
            return f"column {name} is read already"
        if names.count(name) > 1:
            return f"column {name} is named twice"
        is_number = name.removeprefix("-").isdecimal()
        if layout.format == "conll" and not is_number:
            return f"{name} is no number, and columns of CoNLL files have numbers"
        if layout.format == "conllu" and is_number:
            return f"{name} is a number, and columns of CoNLL-U files have names"
    return ""


def _advice(layout: Layout) -> str:
    """Say what may be given for further columns."""
    example = "XPOS+DEPREL" if layout.format == "conllu" else "1+2"
    return f"give auto, none, or columns of the training file, such as {example}"


def in_one_scheme(corpus: Corpus, spec: TaggerSpec) -> Corpus:
    """Return a corpus of which all parts are in one scheme, telling what else is odd in them."""
    for column in spec.columns:
        corpus = replace(
            corpus,
            dev=in_file_scheme(column, corpus.dev, "dev"),
            test=in_file_scheme(column, corpus.test, "test"),
        )
    tell_unknown_tags(spec, "dev", corpus.dev)
    tell_unknown_tags(spec, "test", corpus.test)
    return corpus


def tell_unknown_tags(spec: TaggerSpec, part: str, sentences: Iterable[Sentence]) -> None:
    """Tell which tags of annotated sentences a tagger cannot predict."""
    for name, counts in count_unknown_tags(spec.columns, sentences).items():
        told = ", ".join(f"{tag} ({n})" for tag, n in counts.most_common(5))
        logger.warning(
            "column %s: %s of %s with tags that training never shows, all counted as wrong: %s%s",
            *(name, plural(counts.total(), "token"), part),
            *(told, ", …" if len(counts) > 5 else ""),
        )
