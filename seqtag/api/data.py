"""Annotated files as sentences, for training and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from seqtag.config import DataConfig
from seqtag.errors import ConfigError
from seqtag.io.annotated import read_blocks
from seqtag.io.block import plural
from seqtag.io.columns import Columns, Format, guess_format, parse_columns
from seqtag.io.conll import column_count
from seqtag.io.sentence_store import SentenceStore
from seqtag.text.sentence import Sentence
from seqtag.training.spec import TaggerSpec


@dataclass(frozen=True, slots=True)
class Layout:
    """How an annotated file is written.

    Attributes:
        format: Its format.
        columns: Its columns.
        comment: Beginning of comment lines; None for none.
        width: Number of columns of the files that the model was trained on; None if unknown.
    """

    format: Format
    columns: Columns
    comment: str | None
    width: int | None = None


def training_layout(data: DataConfig) -> Layout:
    """Return the layout of a run's files.

    Raises:
        ConfigError: The columns are not understood.
    """
    format: Format = "conllu" if data.format == "conllu" else "conll"
    if data.format == "auto":
        format = guess_format(data.train)
    return Layout(format, parse_columns(data.columns or None, format), data.comment or None)


def prediction_layout(spec: TaggerSpec, format: Format, columns: str | None) -> Layout:
    """Return the layout of a file that a tagger is applied to.

    Args:
        spec: The tagger.
        format: The file's format.
        columns: Column specification; None for that of the training files, or where these had
            another format, for the format's default.

    Raises:
        ConfigError: The columns are not understood, or are not as many as the tagger has.
    """
    comment = spec.comment or None
    if columns is None and format == spec.format:
        return Layout(format, parse_columns(spec.file_columns, format), comment, spec.file_width)
    count = len(spec.columns)
    if columns is None:
        if spec.features:
            raise ConfigError(
                f"the model reads features ({'+'.join(spec.features)} of {spec.format}): name "
                "their columns with --columns, such as feature=1,tag=-1"
            )
        if format == "conll":
            names = [str(n) for n in range(-count, 0)]
        elif count > 1:
            names = [f"Tag{n}" for n in range(1, count + 1)]
        else:
            names = ["UPOS" if spec.columns[0].scheme is None else "Tag"]
        columns = f"tag={'+'.join(names)}"
    parsed = parse_columns(columns, format)
    for role, given, wanted in (
        ("tag", parsed.tags, [column.name for column in spec.columns]),
        ("feature", parsed.features, list(spec.features)),
    ):
        if len(given) != len(wanted):
            raise ConfigError(
                f"--columns names {plural(len(given), f'{role} column')}, but the model has "
                f"{len(wanted)}" + (f" ({'+'.join(wanted)})" if wanted else "")
            )
    width = spec.file_width if format == spec.format else None
    return Layout(format, parsed, comment, width)


def read_sentences(path: str, layout: Layout) -> tuple[SentenceStore, int]:
    """Read all sentences of an annotated file, to be kept on disk.

    Args:
        path: The file.
        layout: How it is written.

    Returns:
        The sentences, and for CoNLL the number of columns of the first.

    Raises:
        DataError: The file cannot be read, holds no sentence, or a line is not as it must be.
    """
    width = 0

    def read() -> Iterator[Sentence]:
        nonlocal width
        blocks = read_blocks(
            path, layout.columns, layout.format, comment=layout.comment, tags_required=True
        )
        for block in blocks:
            if block.rows:
                width = width or column_count(block)
                yield block.sentence

    return SentenceStore(read()), width


def rename_columns(sentences: Iterable[Sentence], spec: TaggerSpec) -> list[Sentence]:
    """Return annotated sentences whose columns are called as the tagger calls them."""
    names = [column.name for column in spec.columns]
    return [
        replace(
            sentence,
            tags_by=dict(zip(names, sentence.tags_by.values(), strict=True)),
            features_by=rename_features(sentence, spec),
        )
        for sentence in sentences
    ]


def rename_features(sentence: Sentence, spec: TaggerSpec) -> dict[str, list[str]]:
    """Return a sentence's features by the names under which the tagger knows them."""
    if not sentence.tokens:  # what follows a file's last sentence
        return {}
    return dict(zip(spec.features, sentence.features_by.values(), strict=True))
