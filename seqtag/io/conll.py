"""CoNLL files: one token a line with its columns, a blank line behind each sentence.

Columns are split at tabs where the line has one, else at runs of spaces. A line whose first column
or token is ``-DOCSTART-`` marks the beginning of a document and holds no token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from seqtag.errors import DataError
from seqtag.io.block import ASCII_SPACE, Block, Kind, gather_rows, plural, replace_texts
from seqtag.io.columns import Columns
from seqtag.io.lines import Lines
from seqtag.text.sentence import Sentence

DOCUMENT_MARK = "-DOCSTART-"
_SPACES = re.compile("( +)")
_ADVICE = "name the columns that the file has, such as --columns token=0,tag=-1"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns stand in the rows of one file.

    Attributes:
        width: The number of columns of a row.
        token: The index of the token.
        tags: The index of each tag; ``width`` and above where rows are still without it.
        features: The index of each feature.
    """

    width: int
    token: int
    tags: tuple[int, ...]
    features: tuple[int, ...] = ()


def split_row(text: str) -> list[str]:
    """Return the columns of a row."""
    if "\t" in text:
        return text.split("\t")
    return [column for column in text.split(" ") if column]


def column_count(block: Block) -> int:
    """Return the number of columns of a block's rows, 0 for a block without tokens."""
    return len(split_row(block.lines.texts[block.rows[0]])) if block.rows else 0


def conll_blocks(
    lines: Iterable[Lines],
    columns: Columns,
    *,
    path: str,
    comment: str | None = None,
    tags_required: bool = False,
    trained_columns: int | None = None,
) -> Iterator[Block]:
    """Read the sentences of a CoNLL file.

    Args:
        lines: The lines of the file.
        columns: Which columns hold tokens and tags.
        path: What messages call the file.
        comment: What comment lines start with; without it, there are none.
        tags_required: Whether every row must have every tag column.
        trained_columns: The number of columns of the files that the model was trained on. It tells
            a file without tags from one with them where tag columns are counted from the end.

    Yields:
        A block for each sentence, and one for lines behind the last sentence.

    Raises:
        DataError: A row lacks a column, or differs from the rows above in their number.
    """
    layout: _Layout | None = None
    first_text = ""
    for gathered, rows in gather_rows(lines, make_kind_of(columns, comment)):
        texts = gathered.texts
        cells_of: list[list[str]] = []
        for row in rows:
            text = texts[row]
            cells = split_row(text)
            if layout is None:
                first_text = text
                number = gathered.number + row
                layout = _find_layout(columns, len(cells), trained_columns, path, number)
                if tags_required:
                    _check_tags(layout, columns, path, number)
            elif len(cells) != layout.width:
                has_comment = text.startswith("#") or first_text.startswith("#")
                number = gathered.number + row
                raise _ragged_error(number, len(cells), layout.width, has_comment, path)
            cells_of.append(cells)
        yield Block(path, gathered, rows, _make_sentence(cells_of, columns, layout))


def tagged_conll(
    block: Block,
    columns: Columns,
    tags: Sequence[Sequence[str]],
    *,
    confidence: Sequence[Sequence[float]] | None = None,
    trained_columns: int | None = None,
) -> str:
    """Return a block's lines with new tags in the tag columns; everything else stays as it is.

    A tag column that the rows have is replaced; one that would come right behind their last one is
    appended. To rows of a token alone, all tag columns are appended.

    Args:
        block: A block of the file.
        columns: The columns with which the block was read.
        tags: For each of ``columns.tags`` the tags, one a token.
        confidence: For each tag column the probability of each tag, to be appended as columns.
        trained_columns: As for ``conll_blocks``.

    Raises:
        DataError: A tag has no place in its row, since a column before it is missing or since it
            has a space and the columns are separated by spaces.
    """
    if not block.rows:
        return replace_texts(block, ())
    width = column_count(block)
    first = block.lines.number + block.rows[0]
    layout = _find_layout(columns, width, trained_columns, block.path, first)
    # Appended columns have to come in the order of their places, which need not be the tags' own.
    order = sorted(range(len(layout.tags)), key=layout.tags.__getitem__)
    places = [place for place in sorted(layout.tags) if place < width]
    texts = []
    for index, row in enumerate(block.rows):
        values = [tags[column][index] for column in order]
        added = values[len(places) :]
        added += [f"{probabilities[index]:.4f}" for probabilities in confidence or ()]
        try:
            text = _replace_cells(block.lines.texts[row], places, values[: len(places)])
            texts.append(_append_cells(text, added))
        except ValueError as error:
            line = block.lines.number + row
            raise DataError(str(error), path=block.path, line=line) from error
    return replace_texts(block, texts)


def find_columns(
    columns: Columns, width: int, *, path: str, number: int
) -> tuple[int, tuple[int, ...]]:
    """Return where the token and each tag stand in the rows of a file with tags.

    Args:
        columns: The columns.
        width: The number of columns of a row.
        path: What messages call the file.
        number: The line of the first such row.

    Raises:
        DataError: The rows lack a column.
    """
    layout = _find_layout(columns, width, None, path, number)
    _check_tags(layout, columns, path, number)
    return layout.token, layout.tags


def make_kind_of(columns: Columns, comment: str | None) -> Callable[[str], Kind]:
    """Return a function that tells from a line's text what it is to its sentence."""
    token = int(columns.token)

    def kind_of(text: str) -> Kind:
        if not text.strip(ASCII_SPACE):
            return Kind.BLANK
        if comment and text.startswith(comment):
            return Kind.COMMENT
        if DOCUMENT_MARK in text and _is_document_mark(split_row(text), token):
            return Kind.BOUNDARY
        return Kind.ROW

    return kind_of


def _is_document_mark(cells: list[str], token: int) -> bool:
    if cells[0] == DOCUMENT_MARK or cells[0].startswith(DOCUMENT_MARK + " "):
        return True
    return -len(cells) <= token < len(cells) and cells[token] == DOCUMENT_MARK


def _make_sentence(rows: list[list[str]], columns: Columns, layout: _Layout | None) -> Sentence:
    if layout is None:
        return Sentence([])
    tags_by = {
        name: [cells[place] for cells in rows]
        for name, place in zip(columns.tags, layout.tags, strict=True)
        if place < layout.width
    }
    features_by = {
        name: [cells[place] for cells in rows]
        for name, place in zip(columns.features, layout.features, strict=True)
    }
    return Sentence([cells[layout.token] for cells in rows], tags_by, features_by=features_by)


def _find_layout(
    columns: Columns, width: int, trained_columns: int | None, path: str, number: int
) -> _Layout:
    """Return where the columns stand in rows of ``width`` columns, the first in line ``number``."""
    count = len(columns.tags)
    if width == 1 and not columns.features:
        return _Layout(1, 0, tuple(range(1, count + 1)))
    token = int(columns.token)
    tags = [int(name) for name in columns.tags]
    full = width
    tags_last = sorted(tags) == list(range(-count, 0))
    if tags_last and trained_columns is not None and width == trained_columns - count:
        full = trained_columns
    token_place = token + full if token < 0 else token
    if not 0 <= token_place < width:
        message = f"there is no token column {token}, the line has {plural(width, 'column')}"
        raise DataError(f"{message}; {_ADVICE}", path=path, line=number)
    places = [tag + full if tag < 0 else tag for tag in tags]
    behind = width
    for place, tag in sorted(zip(places, tags, strict=True)):
        if place < 0 or place > behind:
            message = f"there is no tag column {tag}, the line has {plural(width, 'column')}"
            raise DataError(f"{message}; {_ADVICE}", path=path, line=number)
        behind += place == behind
    features = tuple(n + full if n < 0 else n for n in map(int, columns.features))
    for name, place in zip(columns.features, features, strict=True):
        if not 0 <= place < width:
            message = f"there is no feature column {name}, the line has {plural(width, 'column')}"
            raise DataError(f"{message}; {_ADVICE}", path=path, line=number)
    if len({token_place, *features, *places}) <= count + len(features):
        message = f"in lines of {plural(width, 'column')}, '{columns.spec}' names one of them twice"
        raise DataError(f"{message}; {_ADVICE}", path=path, line=number)
    return _Layout(width, token_place, tuple(places), features)


def _check_tags(layout: _Layout, columns: Columns, path: str, number: int) -> None:
    if layout.width == 1:
        message = "there is no tag column, the line has 1 column; give a file with tokens and tags"
        raise DataError(message, path=path, line=number)
    for name, place in zip(columns.tags, layout.tags, strict=True):
        if place >= layout.width:
            width = plural(layout.width, "column")
            message = f"there is no tag column {name}, the line has {width} (the first is 0)"
            raise DataError(f"{message}; {_ADVICE}", path=path, line=number)


def _ragged_error(
    number: int, found: int, expected: int, has_comment: bool, path: str
) -> DataError:
    advice = "give all lines the same columns"
    if has_comment:
        advice += ", or train with --set data.comment=# if lines that start with # are comments"
    message = f"line {number} has {plural(found, 'column')}, the lines above have {expected}"
    return DataError(f"{message}; {advice}", path=path, line=number)


def _replace_cells(text: str, places: Sequence[int], new: Sequence[str]) -> str:
    """Return a row with other columns at ``places``, byte for byte the same between them.

    Raises:
        ValueError: A new column does not fit between the separators of the row.
    """
    if "\t" in text:
        pieces = text.split("\t")
        for place, tag in zip(places, new, strict=True):
            _check_fits(tag, "\t")
            pieces[place] = tag
        return "\t".join(pieces)
    # The separators stand between the columns, an empty piece before one that leads the row.
    pieces = _SPACES.split(text)
    shift = 0 if pieces[0] else 2
    for place, tag in zip(places, new, strict=True):
        _check_fits(tag, " ")
        pieces[2 * place + shift] = tag
    return "".join(pieces)


def _append_cells(text: str, new: Sequence[str]) -> str:
    """Return a row with further columns behind its last one.

    Raises:
        ValueError: A new column holds the separator of the row.
    """
    # With a tab, spaces around a lone token would become a part of it.
    separator = " " if " " in text and "\t" not in text else "\t"
    for tag in new:
        _check_fits(tag, separator)
        text += tag if separator == " " and text.endswith(" ") else separator + tag
    return text


def _check_fits(tag: str, separator: str) -> None:
    if "\t" in tag or "\n" in tag:
        raise ValueError(f"the tag {tag!r} holds a tab or a line end; write jsonl")
    if separator == " " and (" " in tag or not tag):
        raise ValueError(
            f"the tag '{tag}' does not fit into a line whose columns are separated by spaces; "
            "separate them by tabs, or write jsonl"
        )
