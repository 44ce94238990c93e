"""Annotated files as sentences, for training and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqtag.config import DataConfig
from seqtag.errors import ConfigError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import Columns, Format, guess_format, parse_columns
from seqtag.io.conll import column_count
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
    format = guess_format(data.train) if data.format == "auto" else data.format
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
        if format == "conll":
            names = [str(n) for n in range(-count, 0)]
        elif count > 1:
            names = [f"Tag{n}" for n in range(1, count + 1)]
        else:
            names = ["UPOS" if spec.columns[0].scheme is None else "Tag"]
        columns = f"tag={'+'.join(names)}"
    parsed = parse_columns(columns, format)
    if len(parsed.tags) != count:
        wanted = "+".join(column.name for column in spec.columns)
        raise ConfigError(
            f"--columns names {len(parsed.tags)} tag columns, but the model has {count} ({wanted})"
        )
    width = spec.file_width if format == spec.format else None
    return Layout(format, parsed, comment, width)


def read_sentences(path: str, layout: Layout) -> tuple[list[Sentence], int]:
    """Read all sentences of an annotated file.

    Args:
        path: The file.
        layout: How it is written.

    Returns:
        The sentences, and for CoNLL the number of columns of the first.

    Raises:
        DataError: The file cannot be read, holds no sentence, or a line is not as it must be.
    """
    sentences: list[Sentence] = []
    width = 0
    blocks = read_blocks(
        path, layout.columns, layout.format, comment=layout.comment, tags_required=True
    )
    for block in blocks:
        if block.rows:
            if not sentences:
                width = column_count(block)
            sentences.append(block.sentence)
    return sentences, width


def rename_columns(sentences: Sequence[Sentence], spec: TaggerSpec) -> list[Sentence]:
    """Return annotated sentences whose tag columns are called as the tagger calls them."""
    names = [column.name for column in spec.columns]
    return [
        Sentence(s.tokens, dict(zip(names, s.tags_by.values(), strict=True))) for s in sentences
    ]
