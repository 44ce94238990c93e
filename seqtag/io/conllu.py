"""CoNLL-U files: ten columns separated by tabs, comments, multiword tokens and empty nodes.

The format is that of Universal Dependencies, https://universaldependencies.org/format.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from seqtag.errors import DataError
from seqtag.io.block import ASCII_SPACE, Block, Kind, gather_rows, plural, replace_texts
from seqtag.io.columns import CONLLU_COLUMNS, Columns, nearest_column
from seqtag.io.lines import Lines
from seqtag.text.sentence import Sentence

_WIDTH = len(CONLLU_COLUMNS)
_MISC = CONLLU_COLUMNS.index("MISC")
_NOTHING = "_"
# A multiword token (1-2) or an empty node (8.1).
_NO_WORD = re.compile(r"[0-9]+[-.][0-9]+")


def conllu_blocks(
    lines: Iterable[Lines], columns: Columns, *, path: str, tags_required: bool = False
) -> Iterator[Block]:
    """Read the sentences of a CoNLL-U file; their tokens are its words (rows with an integer ID).

    Args:
        lines: The lines of the file.
        columns: Which columns hold tokens and tags; a word without the MISC key of a tag column
            has the tag ``_``.
        path: What messages call the file.
        tags_required: Whether each MISC key of a tag or feature must occur in the file.

    Yields:
        A block for each sentence, and one for lines behind the last sentence.

    Raises:
        DataError: A row has not ten columns or no valid ID, or a required MISC key does not occur.
    """
    token_place = CONLLU_COLUMNS.index(columns.token)
    required = (*columns.tags, *columns.features) if tags_required else ()
    absent = {name for name in required if name not in CONLLU_COLUMNS}
    words_seen = False
    depth = _depth(columns.token, *columns.tags, *columns.features)
    for gathered, rows in gather_rows(lines, kind_of):
        texts = gathered.texts
        words = []
        tokens = []
        cells_of = []
        for row in rows:
            text = texts[row]
            if text.count("\t") != _WIDTH - 1:
                raise _width_error(gathered.number + row, text.count("\t") + 1, path)
            cells = text.split("\t", depth)
            number = cells[0]
            if number.isdecimal() and number.isascii():
                words.append(row)
                tokens.append(cells[token_place])
                cells_of.append(cells)
            elif not _NO_WORD.fullmatch(number):
                message = f"'{number}' is no CoNLL-U ID; number words 1, 2, ... (or 1-2, 8.1)"
                raise DataError(message, path=path, line=gathered.number + row)
        tags_by = {name: read_tags(cells_of, name) for name in columns.tags}
        features_by = {name: read_tags(cells_of, name) for name in columns.features}
        found = {**tags_by, **features_by}
        absent = {name for name in absent if all(value == _NOTHING for value in found[name])}
        words_seen = words_seen or bool(words)
        yield Block(path, gathered, words, Sentence(tokens, tags_by, features_by=features_by))
    if absent and words_seen:
        raise absent_error(min(absent), path)


def tagged_conllu(
    block: Block,
    columns: Columns,
    tags: Sequence[Sequence[str]],
    *,
    confidence: Sequence[Sequence[float]] | None = None,
) -> str:
    """Return a block's lines with new tags for its words; everything else stays as it is.

    Args:
        block: A block of the file.
        columns: The columns with which the block was read.
        tags: For each of ``columns.tags`` the tags, one a word. The tag ``_`` adds no MISC key.
        confidence: For each tag column the probability of each tag, which goes into MISC as
            ``UPOSConfidence=0.9731``.

    Raises:
        DataError: A tag holds a character that its column cannot.
    """
    names = () if confidence else columns.tags
    if names and all(name in CONLLU_COLUMNS for name in names) and _all_fit(tags):
        return replace_texts(block, _with_columns(block, names, tags))
    texts = []
    for index, row in enumerate(block.rows):
        cells = block.lines.texts[row].split("\t")
        try:
            for name, values in zip(columns.tags, tags, strict=True):
                set_tag(cells, name, values[index])
            for name, chances in zip(columns.tags, confidence or (), strict=False):
                set_confidence(cells, name, chances[index])
        except ValueError as error:
            line = block.lines.number + row
            raise DataError(str(error), path=block.path, line=line) from error
        texts.append("\t".join(cells))
    return replace_texts(block, texts)


def _depth(*names: str) -> int:
    """Return how often a row must be split for columns, or keys in MISC, to stand by themselves."""
    return 1 + max(CONLLU_COLUMNS.index(n) if n in CONLLU_COLUMNS else _MISC for n in names)


def _all_fit(tags: Sequence[Sequence[str]]) -> bool:
    """Tell whether all tags may stand in a column."""
    different = {tag for column in tags for tag in column}
    return not any("\t" in tag or "\n" in tag for tag in different)


def _with_columns(
    block: Block, names: Sequence[str], tags: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Yield the rows of a block's words with new tags in columns, as nearly always."""
    places = [CONLLU_COLUMNS.index(name) for name in names]
    depth = _depth(*names)
    for row, *new in zip(block.rows, *tags, strict=True):
        cells = block.lines.texts[row].split("\t", depth)
        for place, tag in zip(places, new, strict=True):
            cells[place] = tag
        yield "\t".join(cells)


def set_tag(cells: list[str], name: str, tag: str) -> None:
    """Put a tag into a row of ten columns, in a column or under a key in MISC.

    Raises:
        ValueError: The tag holds a character that has another meaning there.
    """
    if name in CONLLU_COLUMNS:
        if "\t" in tag or "\n" in tag:
            raise ValueError(f"the tag {tag!r} holds a tab or a line end; write jsonl")
        cells[CONLLU_COLUMNS.index(name)] = tag
        return
    if any(mark in tag for mark in "\t\n|"):
        raise ValueError(f"the tag {tag!r} holds a tab, a line end or '|'; write jsonl")
    if tag != _NOTHING or _misc_value(cells[_MISC], name) != _NOTHING:
        cells[_MISC] = _set_misc(cells[_MISC], name, tag)


def set_confidence(cells: list[str], name: str, probability: float) -> None:
    """Put the probability of a tag column's tag into a row's MISC."""
    cells[_MISC] = _set_misc(cells[_MISC], f"{name}Confidence", f"{probability:.4f}")


def kind_of(text: str) -> Kind:
    """Tell from a line's text what it is to its sentence."""
    if text.startswith("#"):
        return Kind.COMMENT
    return Kind.ROW if text.strip(ASCII_SPACE) else Kind.BLANK


def read_tags(rows: list[list[str]], name: str) -> list[str]:
    """Return the tag of each word, from a column or from under a key in MISC.

    Args:
        rows: The ten columns of each word.
        name: The column or key; a word without the key has the tag ``_``.
    """
    if name in CONLLU_COLUMNS:
        place = CONLLU_COLUMNS.index(name)
        return [cells[place] for cells in rows]
    return [_misc_value(cells[_MISC], name) for cells in rows]


def _misc_value(misc: str, key: str) -> str:
    start = key + "="
    if start in misc:
        for item in misc.split("|"):
            if item.startswith(start):
                return item[len(start) :]
    return _NOTHING


def _set_misc(misc: str, key: str, value: str) -> str:
    new = f"{key}={value}"
    if misc in ("", _NOTHING):
        return new
    items = misc.split("|")
    for place, item in enumerate(items):
        if item.startswith(key + "="):
            items[place] = new
            return "|".join(items)
    return f"{misc}|{new}"


def _width_error(line: int, found: int, path: str) -> DataError:
    message = (
        f"the line has {plural(found, 'column')}, CoNLL-U has {_WIDTH}, separated by tabs; "
        "put the line right, or give a file of other columns a name that ends in .conll"
    )
    return DataError(message, path=path, line=line)


def absent_error(name: str, path: str) -> DataError:
    """Return the error for a key that occurs in no word's MISC."""
    near = nearest_column(name)
    advice = f"did you mean {near}?" if near else "name a key that it has, or a column such as UPOS"
    return DataError(f"no word has the key '{name}' in its MISC column; {advice}", path=path)
