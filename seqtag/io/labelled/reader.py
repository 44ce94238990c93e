"""Labelled texts of any format, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from seqtag.errors import ConfigError, DataError
from seqtag.io.docbin import as_json_lines
from seqtag.io.labelled.columns import LabelledFormat, TextColumns
from seqtag.io.labelled.entries import Entry, Flaw, bare_label, find_flaws
from seqtag.io.labelled.fasttext import fasttext_entries
from seqtag.io.labelled.folder import folder_entries
from seqtag.io.labelled.jsonl import json_entries
from seqtag.io.labelled.layout import Header, TableEntries
from seqtag.io.labelled.table import csv_records, tsv_records
from seqtag.io.lines import Lines, Source, read_line_groups, source_name
from seqtag.text.labelled import LabelledText


def read_labelled(
    source: Source,
    columns: TextColumns,
    format: LabelledFormat,
    *,
    header: Header = "auto",
    labels_required: bool,
) -> Iterator[LabelledText]:
    r"""Read a file of labelled texts, each as soon as its last line has arrived.

    Lines end at LF or CRLF. In TSV, a tab separates the columns and every other character stands
    for itself; CSV is that of RFC 4180 (see `seqtag.io.labelled.table`). All rows of a table have
    the same number of columns. Blank lines are passed over, unless labels are not asked for and a
    line is a text.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped. For
            the format ``folder`` the path of a folder.
        columns: Which columns hold text and label; of no meaning where the format has none.
        format: The format of the file.
        header: Whether the first row of a table holds the names of its columns (see
            `seqtag.io.labelled.layout`).
        labels_required: Whether each text must have a label and not be empty, as for training and
            evaluation, or is to be given a label. Then a label that is there is passed on.

    Yields:
        The texts in order, with their labels.

    Raises:
        ConfigError: The format and what is asked for do not go together.
        DataError: The file cannot be read, a line of it is not what the format asks for, or labels
            are required and it has no text.
    """
    path = source_name(source)
    entries: Iterable[Entry | Flaw]
    if format == "folder":
        entries = folder_entries(_folder_path(source), labels_required=labels_required)
    else:
        entries = make_entries(
            read_line_groups(as_json_lines(source, required=labels_required)),
            columns,
            format,
            path=path,
            header=header,
            labels_required=labels_required,
        )
    found = False
    for entry in entries:
        if isinstance(entry, Flaw):
            raise _error(entry, path)
        for flaw in find_flaws(entry, labels_required=labels_required):
            raise _error(flaw, path)
        found = True
        yield LabelledText(entry.text, bare_label(entry), entry.line, entry.path or path)
    if labels_required and not found:
        raise DataError("holds no text; give a file with labelled texts", path=path)


def make_entries(
    groups: Iterable[Lines],
    columns: TextColumns,
    format: LabelledFormat,
    *,
    path: str,
    header: Header,
    labels_required: bool,
) -> Iterable[Entry | Flaw]:
    """Return the entries of a file of any format, and the places of which none can be made.

    Args:
        groups: The lines of the file.
        columns: As for `read_labelled`, like the other ones.
        format: The format of the file, which is no folder.
        path: What messages call it.
        header: Whether the first row of a table is a header.
        labels_required: Whether there must be labels.

    Raises:
        ConfigError: The format and what is asked for do not go together.
    """
    if format == "tsv" or format == "csv":
        return TableEntries(
            tsv_records(groups) if format == "tsv" else csv_records(groups),
            columns,
            path=path,
            header=header,
            labels_required=labels_required,
        )
    if format == "jsonl":
        return json_entries(groups, columns, labels_required=labels_required)
    if format == "fasttext":
        return fasttext_entries(groups, labels_required=labels_required)
    if labels_required:
        raise ConfigError(
            f"{path}: a file of a text a line has no labels; name the format of the file, or give "
            "one whose name ends in .tsv, .csv, .jsonl or .ft"
        )
    return _plain_entries(groups)


def _plain_entries(groups: Iterable[Lines]) -> Iterator[Entry]:
    for lines in groups:
        for number, text in enumerate(lines.texts, lines.number):
            yield Entry(number, number, text, None)


def _folder_path(source: Source) -> str:
    if not isinstance(source, str | os.PathLike) or os.fspath(source) == "-":
        raise ConfigError("a folder of labelled texts is read from its path; give one")
    return os.fspath(source)


def _error(flaw: Flaw, path: str) -> DataError:
    return DataError(flaw.message, path=flaw.path or path, line=flaw.line)
