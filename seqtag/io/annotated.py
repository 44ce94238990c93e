"""Annotated text of either column format: sentences in, the same lines with new tags out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqtag.io.block import Block, check_sentences
from seqtag.io.columns import Columns, Format
from seqtag.io.conll import conll_blocks, tagged_conll
from seqtag.io.conllu import conllu_blocks, tagged_conllu
from seqtag.io.docbin import as_conllu
from seqtag.io.lines import Source, read_line_groups, source_name


def read_blocks(
    source: Source,
    columns: Columns,
    format: Format,
    *,
    comment: str | None = None,
    tags_required: bool = False,
    trained_columns: int | None = None,
) -> Iterator[Block]:
    """Read an annotated file, each sentence as soon as its last line has arrived.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped.
        columns: Which columns hold tokens and tags.
        format: The format of the file.
        comment: What comment lines start with, for CoNLL; those of CoNLL-U start with ``#``.
        tags_required: Whether the file must have sentences and tags, as for training and
            evaluation, or is to be tagged.
        trained_columns: For CoNLL, the number of columns of the files that the model was trained
            on (see ``conll_blocks``).

    Yields:
        The blocks of the file; their lines, joined, are the whole file.

    Raises:
        DataError: The file cannot be read, or a line of it is not what the format asks for.
    """
    path = source_name(source)
    lines = read_line_groups(
        as_conllu(source, (*columns.tags, *columns.features), required=tags_required)
    )
    if format == "conllu":
        blocks = conllu_blocks(lines, columns, path=path, tags_required=tags_required)
    else:
        blocks = conll_blocks(
            lines,
            columns,
            path=path,
            comment=comment,
            tags_required=tags_required,
            trained_columns=trained_columns,
        )
    return check_sentences(blocks, path) if tags_required else blocks


def tagged_lines(
    block: Block,
    columns: Columns,
    format: Format,
    tags: Sequence[Sequence[str]],
    *,
    confidence: Sequence[Sequence[float]] | None = None,
    trained_columns: int | None = None,
) -> str:
    r"""Return a block's lines with new tags in the tag columns; everything else stays as it is.

    Args:
        block: A block that ``read_blocks`` gave.
        columns: The columns with which it was read.
        format: The format in which it was read.
        tags: For each of ``columns.tags`` the tags, one a token.
        confidence: For each tag column the probability of each tag, to be written beside it: in
            CoNLL as further columns, in CoNLL-U into MISC.
        trained_columns: As for ``read_blocks``.

    Returns:
        The lines with their line ends and the byte order mark, for a file opened with
        ``newline=""`` or to be encoded as UTF-8.

    Raises:
        DataError: A tag has no place in its row.
        ValueError: There is not one tag for each token and tag column.
    """
    if block.rows and [len(column) for column in tags] != [len(block.rows)] * len(columns.tags):
        raise ValueError("there must be one tag for each token and tag column")
    if format == "conllu":
        return tagged_conllu(block, columns, tags, confidence=confidence)
    return tagged_conll(
        block, columns, tags, confidence=confidence, trained_columns=trained_columns
    )
