"""Plain text to learn a language from: a file of lines, or a folder of such files.

Blank lines part documents. In a folder each file is a document or more, so that a blank line comes
between two of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqtag.errors import DataError
from seqtag.io.labelled.folder import SUFFIXES, list_texts
from seqtag.io.lines import (
    Line,
    Lines,
    Source,
    decode_lines,
    other_encoding,
    read_pieces,
    source_name,
)

_PACKED = "unpack it and give the text that is in it"
_OTHER_FILES = {
    b"PK\x03\x04": f"this is a zip archive or an office document; {_PACKED}",
    b"\xfd7zXZ\0": f"this is packed with xz; {_PACKED}",
    b"BZh91AY&SY": f"this is packed with bzip2; {_PACKED}",
    b"\x28\xb5\x2f\xfd": f"this is packed with zstd; {_PACKED}",
    b"7z\xbc\xaf\x27\x1c": f"this is a 7z archive; {_PACKED}",
    b"%PDF-": "this is a PDF document; save what it says as plain text and give that",
}


def read_texts(source: Source) -> Iterator[Line]:
    """Read plain text line by line.

    Args:
        source: A file, plain or gzipped; a folder, of which the files ``*.txt`` and ``*.txt.gz``
            are read in the order of their names, with a blank line between two where the first
            does not end in one; ``"-"`` for standard input; or an open binary file.

    Yields:
        The lines in order, numbered in each file.

    Raises:
        DataError: A file cannot be read, is not UTF-8 or no text at all (with the line); or it, or
            a folder as a whole, holds nothing but white space.
    """
    for lines in read_text_groups(source):
        yield from lines


def read_text_groups(source: Source) -> Iterator[Lines]:
    """Read plain text, many lines at once: as `read_texts`, but as groups of lines."""
    has_text = False
    is_blank, number = True, 1  # the last line, and the number of the one behind it
    for file in text_files(source):
        name = source_name(file)
        for lines in decode_lines(_checked(read_pieces(file), name), name):
            if lines.number == 1 and not is_blank:
                yield Lines(number, [""])
            has_text = has_text or any(map(str.strip, lines.texts))
            is_blank, number = not lines.texts[-1].strip(), lines.number + len(lines)
            yield lines
    if not has_text:
        raise DataError("holds no text; give one that does", path=source_name(source))


def text_files(source: Source) -> list[Source]:
    """Return the files to be read: a source itself, or the texts of a folder.

    Args:
        source: As for `read_texts`.

    Raises:
        DataError: A folder cannot be read, or has no texts in it.
    """
    if not isinstance(source, str | os.PathLike) or not Path(source).is_dir():
        return [source]
    _, files = list_texts(Path(source))
    if not files:
        names = " or ".join(f"NAME{suffix}" for suffix in SUFFIXES)
        raise DataError(f"the folder holds no text; texts are files {names}", path=source)
    return [*files]


def _checked(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Pass on the bytes of a text.

    Raises:
        DataError: They are those of another file.
    """
    number = 1
    is_other = False  # text in an encoding that has zeros in it, of which the decoder tells more
    for piece in pieces:
        if number == 1:
            is_other = other_encoding(piece) is not None
            for mark, message in _OTHER_FILES.items():
                if piece.startswith(mark):
                    raise DataError(message, path=name)
        place = -1 if is_other else piece.find(b"\0")
        if place >= 0:
            message = "has a zero byte, which no text has; give a text file in UTF-8"
            raise DataError(message, path=name, line=number + piece.count(b"\n", 0, place))
        yield piece
        number += piece.count(b"\n")
