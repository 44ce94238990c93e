"""Examples of a program's own, written to files of those formats that are read without loss.

What a format cannot hold is refused, with the number of the example, from 1.
"""

from __future__ import annotations

import contextlib
import json
import operator
import os
import re
from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex, TypeAlias

from seqtag.errors import DataError
from seqtag.io.block import Kind, plural
from seqtag.io.columns import Columns
from seqtag.io.conll import make_kind_of
from seqtag.io.files import write_whole
from seqtag.io.labelled.entries import half_character_fault
from seqtag.text.characters import shown
from seqtag.text.sentence import Sentence

Path: TypeAlias = str | os.PathLike[str]

_SEPARATOR = re.compile("[\t\n\r]")
_MARK = "\ufeff"  # which readers take for that of the encoding, where a file begins with it


class _Fault(Exception):  # noqa: N818 - becomes one that tells of the example
    """What is wrong with an example."""


def write_sentences(
    examples: Iterable[Any], path: Path, part: str, columns: Columns, *, comment: str = ""
) -> str:
    """Write sentences with their tags as CoNLL, with tabs between the columns.

    Args:
        examples: Each a `Sentence` with tags, or ``(tokens, tags)`` with any number of further tag
            columns behind them.
        path: The file to write.
        part: What messages call the examples.
        columns: The columns by which the file is to be read.
        comment: What comment lines begin with; "" for nothing.

    Returns:
        The columns that the file has, as `seqtag.io.columns.parse_columns` reads them.

    Raises:
        DataError: There is no example, one is not as it must be or cannot be kept in this format,
            or the file cannot be written.
    """
    kind_of = make_kind_of(columns, comment or None)
    widths: list[tuple[int, int]] = []  # of the first example: its features and its tags

    def lines(example: Any) -> str:  # noqa: ANN401 - whatever is given
        tokens, features, tags = _columns_of(example)
        if not widths:
            widths.append((len(features), len(tags)))
        if widths[0] != (len(features), len(tags)):
            raise _Fault(
                f"has {_widths(len(features), len(tags))}, and the first one has "
                f"{_widths(*widths[0])}; give all of them the same"
            )
        rows = ["\t".join(cells) for cells in zip(tokens, *features, *tags, strict=True)]
        for row in rows:
            kind = kind_of(row)
            if kind is not Kind.ROW and not (kind is Kind.BOUNDARY and len(rows) == 1):
                raise _Fault(f"the token '{shown(row[:40])}' would be read as {_NAMES[kind]}")
        return "\n".join([*rows, "", ""])

    _write(examples, path, part, lines)
    features, tags = widths[0]
    names = [str(number) for number in range(1, 1 + features + tags)]
    if len(names) == 1:
        return Columns("0", ("-1",)).spec  # as by default, whatever other files have between them
    return Columns("0", (*names[features:],), (*names[:features],)).spec


def write_labelled(examples: Iterable[Any], path: Path, part: str, text: str, label: str) -> None:
    """Write labelled texts as JSON Lines.

    Args:
        examples: Each ``(text, label)``, two strings; or a string, which is the text, and a whole
            number, which is the label, in any order.
        path: The file to write.
        part: What messages call the examples.
        text: The key of the texts.
        label: The key of the labels.

    Raises:
        DataError: As for `write_sentences`.
    """

    def line(example: Any) -> str:  # noqa: ANN401 - whatever is given
        found = _labelled(example)
        return _json_line({text: found[0], label: found[1]})

    _write(examples, path, part, line)


def write_pairs(examples: Iterable[Any], path: Path, part: str, source: str, target: str) -> None:
    """Write texts with their translations as JSON Lines.

    Args:
        examples: Each ``(source, target)``, two strings.
        path: The file to write.
        part: What messages call the examples.
        source: The key of the texts.
        target: The key of their translations.

    Raises:
        DataError: As for `write_sentences`.
    """

    def line(example: Any) -> str:  # noqa: ANN401 - whatever is given
        texts = _parts(example)
        if len(texts) != 2 or not all(isinstance(each, str) for each in texts):
            raise _Fault(f"is {_shape(example)}; give (source, target), two strings")
        return _json_line({source: _text("source", texts[0]), target: _text("target", texts[1])})

    _write(examples, path, part, line)


def write_lines(examples: Iterable[Any], path: Path, part: str) -> None:
    """Write lines of plain text.

    Args:
        examples: The lines, each a string; a line feed at its end is no part of it.
        path: The file to write.
        part: What messages call the examples.

    Raises:
        DataError: As for `write_sentences`.
    """

    def line(example: Any) -> str:  # noqa: ANN401 - whatever is given
        if not isinstance(example, str):
            raise _Fault(f"is {_shape(example)}; give lines of text, which are strings")
        text = _text("line", example).removesuffix("\n")
        if "\n" in text or text.endswith("\r"):
            raise _Fault(f"the line '{shown(text[:40])}' holds a line end; give each line alone")
        return f"{text}\n"

    _write(examples, path, part, line)


def _widths(features: int, tags: int) -> str:
    return f"{plural(features, 'feature column')} and {plural(tags, 'tag column')}"


_NAMES = {
    Kind.BLANK: "a blank line; leave it out",
    Kind.COMMENT: "a comment; leave data.comment out",
    Kind.BOUNDARY: "the beginning of a document; give it as a sentence of its own",
}


def _write(examples: Iterable[Any], path: Path, part: str, lines: Callable[[Any], str]) -> None:
    """Write what a function makes of each example, as soon as it is given."""
    number = 0
    with write_whole(path) as file:
        for number, example in enumerate(examples, start=1):
            try:
                text = lines(example)
            except _Fault as fault:
                raise DataError(f"{part}, example {number}: {fault}") from fault
            if number == 1 and text.startswith(_MARK):
                file.write(_MARK)
            file.write(text)
        if not number:
            raise DataError(
                f"{part} has no examples; give some (an iterator can be gone through only once)"
            )


def _json_line(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _columns_of(example: object) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """Return tokens, feature columns and tag columns."""
    if isinstance(example, Sentence):
        tokens, features = example.tokens, [*example.features_by.values()]
        tags = [*example.tags_by.values()]
    else:
        parts = _parts(example)
        if len(parts) < 2 or any(isinstance(p, str) or not isinstance(p, Iterable) for p in parts):
            raise _Fault(f"is {_shape(example)}; give (tokens, tags), two lists of strings")
        tokens, *tags = map(_parts, parts)
        features = []
    if not tokens:
        raise _Fault("has no tokens; leave it out")
    if not tags:
        raise _Fault("has no tags; give each token one")
    names = ["token", *("feature" for _ in features), *("tag" for _ in tags)]
    for name, column in zip(names, [tokens, *features, *tags], strict=True):
        if len(column) != len(tokens):
            raise _Fault(f"has {plural(len(tokens), 'token')} and {plural(len(column), name)}")
        for cell in column:
            if not isinstance(cell, str) or not cell:
                raise _Fault(f"the {name} {cell!r} is {'empty' if cell == '' else 'no string'}")
            if _SEPARATOR.search(_text(name, cell)):
                raise _Fault(f"the {name} '{shown(cell[:40])}' holds a tab or a line end")
    return tokens, features, tags


def _labelled(example: object) -> tuple[str, str]:
    """Return text and label."""
    parts = _parts(example)
    if len(parts) == 2:
        text, label = parts if isinstance(parts[0], str) else reversed(parts)
        if isinstance(label, bool):
            label = str(label).lower()  # as JSON has it
        elif isinstance(label, SupportsIndex):
            with contextlib.suppress(TypeError):  # a tensor of another type
                label = str(operator.index(label))
        if isinstance(text, str) and isinstance(label, str):
            for name, value in (("text", text), ("label", label)):
                if not _text(name, value).strip():
                    raise _Fault(f"the {name} is empty; write one, or leave the example out")
            if _SEPARATOR.search(label):
                raise _Fault(f"the label '{shown(label[:40])}' holds a tab or a line end")
            return text, label
    raise _Fault(
        f"is {_shape(example)}; give (text, label), where the label is a string or a whole number, "
        "as with ((text, label) for _, label, text in data)"
    )


def _parts(example: object) -> list[Any]:
    """Return what a tuple, a list or another iterable holds; of all else nothing."""
    return [*example] if isinstance(example, Iterable) and not isinstance(example, str) else []


def _text(name: str, text: str) -> str:
    """Return a text that can be written."""
    if fault := half_character_fault(text):
        raise _Fault(f"the {name}, {fault}")
    return text


def _shape(example: object) -> str:
    """Return of which types an example is, such as ``(str, int)``."""
    if isinstance(example, tuple | list):
        return f"({', '.join(type(each).__name__ for each in example)})"
    return f"of type {type(example).__name__}"
