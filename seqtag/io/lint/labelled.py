"""One pass over a file of labelled texts: counts, labels, and what is wrong in its lines."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from seqtag.errors import DataError
from seqtag.io.docbin import as_json_lines
from seqtag.io.labelled import Header, LabelledFormat, TextColumns
from seqtag.io.labelled.entries import Entry, Flaw, bare_label, find_flaws
from seqtag.io.labelled.folder import label_files, read_whole_text
from seqtag.io.labelled.layout import LABEL_NAMES, TEXT_NAMES, TableEntries
from seqtag.io.labelled.reader import make_entries
from seqtag.io.labelled.table import Record, csv_records, tsv_records
from seqtag.io.lines import Source, source_name
from seqtag.io.lint.lossy import LossyLines, hidden_fault
from seqtag.text.characters import may_hide, shown
from seqtag.text.findings import Findings
from seqtag.text.sentence_index import SentenceIndex
from seqtag.text.type_counts import TypeCounts
from seqtag.text.word_faults import LONG, find_faults

MOST_LABELS = 10_000
"""A column of more different labels is no label column, and not counted any further."""

# From so many rows it is concluded how many columns a table has.
_HEAD_ROWS = 200


class LabelledScan:
    """What a pass over a file gathers.

    Attributes:
        format: The file's format.
        columns: Which columns hold text and label.
        findings: The problems.
        types: Its words.
        labels: How many texts have each label.
        first_lines: The line of each label's first text.
        index: The texts that have a label.
        lengths: How many texts have each number of tokens.
        width: Number of columns of a table, else 0.
        has_header: Whether a table's first row is a header.
        header_label: The label of a first row that looks like a header and is read as data.
        longest: Tokens of the longest text.
        longest_line: The line in which that begins.
    """

    def __init__(
        self,
        format: LabelledFormat,
        columns: TextColumns,
        findings: Findings,
        known: TypeCounts | None,
    ) -> None:
        self.format = format
        self.columns = columns
        self.findings = findings
        self.types = TypeCounts(known)
        self.labels: Counter[str] = Counter()
        self.first_lines: dict[str, int] = {}
        self.index = SentenceIndex(1)
        self.lengths: Counter[int] = Counter()
        self.width = 0
        self.has_header = False
        self.header_label: str | None = None
        self.longest = -1
        self.longest_line = 0
        self._first: tuple[str, str | None] | None = None

    @property
    def texts(self) -> int:
        """Number of texts."""
        return self.lengths.total()

    @property
    def tokens(self) -> int:
        """Number of tokens of all texts."""
        return sum(length * count for length, count in self.lengths.items())

    @property
    def median(self) -> int:
        """The median of the texts' numbers of tokens, the lower one of two."""
        ordered = itertools.chain.from_iterable(
            itertools.repeat(length, count) for length, count in sorted(self.lengths.items())
        )
        return next(itertools.islice(ordered, (self.texts - 1) // 2, None))

    @property
    def is_open(self) -> bool:
        """Whether there are more different labels than a label column has."""
        return len(self.labels) > MOST_LABELS

    def found_labels(self) -> dict[str, tuple[int, int]]:
        """Return how often each label occurs and in which line first, in order of these lines."""
        return {
            label: (self.labels[label], line)
            for label, line in self.first_lines.items()
            if label != self.header_label
        }

    def add(self, entry: Entry) -> None:
        """Add a text."""
        for flaw in find_flaws(entry, labels_required=True):
            self.findings.add(entry.line, flaw.kind, flaw.message)
        label = bare_label(entry)
        tokens = entry.text.split()
        if self._first is None:
            self._first = (entry.text, label)
        self.types.add(tokens)
        self.lengths[len(tokens)] += 1
        if len(tokens) > self.longest:
            self.longest, self.longest_line = len(tokens), entry.line
        if message := hidden_fault(entry.text, "text"):
            self.findings.add(entry.line, "characters", message)
        if label is None:
            return
        if label != entry.label:
            message = f"the label '{shown(label)}' has white space around it; take it out"
            self.findings.add(entry.line, "spaces", message)
        if may_hide(label) or len(label) > LONG:
            for kind, message in find_faults(label, "label"):
                self.findings.add(entry.line, kind, message)
        if not self.is_open:
            self.labels[label] += 1
            self.first_lines.setdefault(label, entry.line)
        if tokens:
            self.index.add("\n".join(tokens), [label], entry.line, len(tokens))

    def check_labels(self, *, may_have_header: bool) -> None:
        """Report what only all the labels of a file together show.

        Args:
            may_have_header: Whether the first text can be a header that was not taken for one.
        """
        if self.is_open:
            line = next(reversed(self.first_lines.values()))
            message = f"there are more than {MOST_LABELS:,} different labels"
            self.findings.add(line, "columns", f"{message}; name the label column with --columns")
            return
        if may_have_header:
            self.header_label = self._label_of_header()
        if self.header_label is not None:
            line = self.first_lines[self.header_label]
            self.findings.add(line, "header", _HEADER_MESSAGE)
        if len(self.labels) == 1 and self.texts > 1:
            (label, line), *_ = self.first_lines.items()
            message = f"all texts have the label '{shown(label)}'; there is nothing to tell apart"
            self.findings.add(line, "one-label", message)

    def _label_of_header(self) -> str | None:
        """Return the label of the first text if that looks like a header."""
        if self._first is None or self._first[1] is None:
            return None
        text, label = self._first[0].strip().lower(), self._first[1]
        if self.labels[label] != 1 or len(self.labels) < 2:
            return None
        is_known = text in TEXT_NAMES or label.lower() in LABEL_NAMES
        is_word = len(text.split()) == 1 and len(self.labels) > 2
        return label if is_known or is_word else None


def scan_labelled(
    source: Source,
    columns: TextColumns,
    format: LabelledFormat,
    *,
    header: Header = "auto",
    limit: int | None = None,
    known: TypeCounts | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> LabelledScan:
    """Read a file of labelled texts once and note all that can be told from it alone.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped. For
            the format ``folder`` the path of a folder.
        columns: Which columns hold text and label.
        format: The format of the file.
        header: Whether the first row of a table is a header.
        limit: How many problems of each kind are kept; None for all.
        known: The words of the training file, if there is one.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        DataError: The file cannot be read, is in another encoding, or holds no text or not the
            columns.
    """
    name = source_name(source)
    if format == "folder":
        files = list(label_files(name, labels_required=True))
        findings = Findings(name, limit, [str(path) for path, _ in files])
        scan = LabelledScan(format, columns, findings, known)
        for entry in _folder_entries(files, findings, progress):
            scan.add(entry)
    else:
        findings = Findings(name, limit)
        scan = LabelledScan(format, columns, findings, known)
        lines = LossyLines(as_json_lines(source), findings, progress)
        table: TableEntries | None = None
        entries: Iterable[Entry | Flaw]
        if format in ("tsv", "csv"):
            records = (tsv_records if format == "tsv" else csv_records)(lines)
            entries = table = _make_table(records, columns, name, header)
        else:
            entries = make_entries(
                lines, columns, format, path=name, header=header, labels_required=True
            )
        for item in entries:
            if lines.is_damaged(item.line, item.end if isinstance(item, Entry) else item.line):
                continue
            if isinstance(item, Entry):
                scan.add(item)
            else:
                findings.add(item.line, item.kind, item.message)
        if table is not None:
            scan.width, scan.has_header = table.width, table.has_header
    if not scan.texts:
        raise _no_text_error(scan)
    is_table = scan.width > 0 and not scan.has_header
    scan.check_labels(may_have_header=is_table and header == "auto")
    return scan


def _make_table(
    records: Iterator[Record | Flaw], columns: TextColumns, path: str, header: Header
) -> TableEntries:
    """Return the entries of a table whose rows have as many columns as most of the first ones."""
    head = list(itertools.islice(records, _HEAD_ROWS))
    # Of less than two columns, none would be left for the labels.
    widths = Counter(
        len(record.cells) for record in head if isinstance(record, Record) and len(record.cells) > 1
    )
    return TableEntries(
        itertools.chain(head, records),
        columns,
        path=path,
        header=header,
        labels_required=True,
        width=widths.most_common(1)[0][0] if widths else 0,
    )


def _folder_entries(
    files: Sequence[tuple[Path, str | None]],
    findings: Findings,
    progress: Callable[[int], object],
) -> Iterator[Entry]:
    """Yield the texts of files, their numbers for lines, and report those that are not UTF-8."""
    for number, (path, label) in enumerate(files, 1):
        try:
            text = read_whole_text(path)
        except DataError as error:
            if error.line is None:
                raise
            findings.add(number, "encoding", f"in line {error.line}, {error.message}")
            continue
        yield Entry(number, number, text, label)
        progress(len(text.encode("utf-8")))


def _no_text_error(scan: LabelledScan) -> DataError:
    path = scan.findings.path
    first = next(iter(scan.findings.problems()), None)
    if first is None:
        return DataError(f"holds no text; {_WHAT[scan.format == 'folder']}", path=path)
    return DataError(f"no text can be read: {first.message}", path=first.path, line=first.line)


_HEADER_MESSAGE = (
    "the first row looks like a header and is read as a text; say --header yes, or --header no if "
    "it is a text"
)
_WHAT = {
    False: "give a file with labelled texts",
    True: "a folder of labelled texts has a folder for each label, with files NAME.txt",
}
