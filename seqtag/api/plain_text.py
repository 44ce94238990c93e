"""Plain text: which lines are learnt, which are scored on, and which are gone on with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from seqtag.api.corpora import ShowProgress, check_parts, corpus_files, corpus_path
from seqtag.config import DataConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.annotated import read_blocks
from seqtag.io.block import plural
from seqtag.io.columns import guess_format, parse_columns
from seqtag.io.docbin import SUFFIX
from seqtag.io.labelled.columns import (
    LabelledFormat,
    begins_with_label,
    named_format,
    parse_text_columns,
)
from seqtag.io.labelled.reader import read_labelled
from seqtag.io.lines import read_lines, source_name
from seqtag.io.plain_text import read_texts
from seqtag.text.cleaning import TokenLine

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some lines of a text, which are read anew each time they are asked for.

    Attributes:
        path: A file, or a folder of files.
        first: The first line, counted from 0.
        last: Where the lines end (exclusive); None for the text's end.
        kept: The lines themselves where they can be read only once, as those of a pipe.
        more: Further files, which are read behind these lines.
        is_plain: Whether it is plain text, whatever its name says.
    """

    path: str
    first: int = 0
    last: int | None = None
    kept: Sequence[str] | None = None
    more: Sequence[str] = ()
    is_plain: bool = False

    def __iter__(self) -> Iterator[str]:
        """Yield the lines.

        Raises:
            DataError: The file cannot be read, or is no text.
        """
        lines: Iterable[str]
        if self.kept is not None:
            lines = self.kept
        elif self.is_plain:
            lines = (line.text for line in read_texts(self.path))
        else:
            lines = read_any_lines(self.path)
        yield from islice(iter(lines), self.first, self.last)
        for path in self.more:
            yield ""  # another document
            yield from read_any_lines(path)


@dataclass(frozen=True, slots=True)
class TextCorpus:
    """The texts of a run.

    Attributes:
        train: What is learnt.
        dev: What progress is measured on.
        test: What is scored once; None for nothing.
    """

    train: TextPart
    dev: TextPart
    test: TextPart | None


def named_texts(key: str, names: str, fetching: ShowProgress | None = None) -> list[str]:
    """Return the paths of texts that a configuration names, with commas between.

    Args:
        key: What names them, for messages.
        names: Files, folders of files, and ``corpus:NAME/PART``.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: There is no such corpus or part, or one is standard input.
        DataError: A file cannot be fetched or written.
    """
    listed = [name.strip() for name in names.split(",") if name.strip()]
    if "-" in listed:
        raise ConfigError(
            f"{key} names standard input, which could not be read again, as these texts are: give "
            "a file"
        )
    return [corpus_path(name, fetching) for name in listed]


def annotated_task(path: str) -> Literal["tag", "classify"] | None:
    """Return for which task a file is annotated; None for plain text.

    Raises:
        DataError: Its first line has to be looked at and cannot be read.
    """
    if path.lower().removesuffix(".gz").endswith((".conll", ".conllu", SUFFIX)):
        return "tag"
    return None if _labelled_format(path) is None else "classify"


def _labelled_format(path: str) -> LabelledFormat | None:
    """Return the format of labelled texts, by name or first line; None for plain text."""
    format = named_format(path)
    if format is None and begins_with_label(path):
        return "fasttext"
    return None if format == "folder" else format  # plain texts are in folders, too


def read_any_lines(path: str) -> Iterator[str]:
    """Yield the lines of a text, or of what else holds one: sentences, labelled texts.

    Raises:
        DataError: The file cannot be read, or is not what its name says.
    """
    if annotated_task(path) == "tag":
        format = guess_format(path)
        for block in read_blocks(path, parse_columns(None, format), format):
            if block.sentence.tokens:
                yield TokenLine(" ".join(block.sentence.tokens))
    elif (labelled := _labelled_format(path)) is not None:
        columns = parse_text_columns(None, labelled)
        for text in read_labelled(path, columns, labelled, labels_required=False):
            yield text.text
    else:
        for line in read_texts(path):
            yield line.text


def read_text_corpus(data: DataConfig, fetching: ShowProgress | None = None) -> TextCorpus:
    """Find a run's texts, of which the end is set aside as dev where there is no dev file.

    Args:
        data: Which files.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: There is no training file.
        DataError: A file cannot be read, is no text, or holds too little.
    """
    check_parts(data, "text")
    if data.columns:
        raise ConfigError(f"columns are {data.columns!r}, and plain text has none: leave them out")
    named = data.train
    data = corpus_files(data, fetching)
    is_plain = data.format == "text"
    train = _part(data.train, is_plain=is_plain)
    dev = _part(data.dev, is_plain=is_plain) if data.dev else None
    test = _part(data.test, is_plain=is_plain) if data.test else None
    if dev is None:
        count = sum(1 for _ in train)
        held = max(1, round(count * data.dev_share))
        if count - held < 1:
            raise DataError(
                "a single line is no text to learn from and to measure progress on: give more, or "
                "a text of its own with --dev",
                path=named,
            )
        logger.warning(
            "no dev file: the last %s of %s are set aside to measure progress",
            *(f"{held:,}", plural(count, "line")),
        )
        dev = replace(train, first=count - held)
        train = replace(train, last=count - held)
    if more := named_texts("data.more", data.more, fetching):
        train = replace(train, more=more)
    for part, place in ((train, named), (dev, data.dev or named), (test, data.test)):
        # To their ends, since what is wrong with a test file must not be found after training.
        if part is not None and not sum(bool(line.strip()) for line in part):
            raise DataError("it holds no text", path=source_name(place))
    return TextCorpus(train, dev, test)


def read_text_file(path: str, *, is_plain: bool = False) -> TextPart:
    """Return the text of a file to score on; as `read_any_lines`, it goes by the name.

    Args:
        path: The file, a folder of files, ``corpus:NAME/PART``, or ``-`` for standard input.
        is_plain: Whether it is plain text, whatever its name says.

    Raises:
        DataError: It cannot be read, is no text, or holds none.
    """
    part = _part(corpus_path(path, task="generate"), is_plain=is_plain)
    if not any(line.strip() for line in part):
        raise DataError("it holds no text", path=source_name(path))
    return part


def read_prompts(path: str) -> Iterator[str]:
    """Yield the lines of a file or, for ``-``, of standard input: texts to be gone on with.

    Raises:
        DataError: The file cannot be read; all lines before the damage are yielded.
    """
    for line in read_lines(path):
        yield line.text


def _part(path: str, *, is_plain: bool = False) -> TextPart:
    """Return a whole text; a pipe, which is plain text, is read here and now."""
    if path == "-":
        return TextPart(path, kept=[line.text for line in read_texts(path)])
    return TextPart(path, is_plain=is_plain)
