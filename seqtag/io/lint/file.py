"""One pass over an annotated file: its counts, its tags, and what is wrong in its lines."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterator, Sequence

from seqtag.errors import DataError
from seqtag.io.columns import CONLLU_COLUMNS, Columns, Format
from seqtag.io.conll import make_kind_of
from seqtag.io.conllu import absent_error, kind_of
from seqtag.io.docbin import as_conllu
from seqtag.io.lines import Source, source_name
from seqtag.io.lint.conll import ConllRows
from seqtag.io.lint.conllu import ConlluRows
from seqtag.io.lint.rows import RowReader, Rows
from seqtag.io.lint.sentence import ReadableRows
from seqtag.text.characters import shown
from seqtag.text.findings import Findings
from seqtag.text.schemes import MISSING
from seqtag.text.sentence_index import SentenceIndex
from seqtag.text.tag_counts import MOST_TAGS, TagCounts
from seqtag.text.type_counts import TypeCounts
from seqtag.text.word_faults import find_faults, may_have_faults

LONG_SENTENCE = 512
"""Sentences of more tokens are reported."""

# https://universaldependencies.org/u/pos/
_UNIVERSAL_TAGS = (
    *("ADJ", "ADV", "INTJ", "NOUN", "PROPN", "VERB"),
    *("ADP", "AUX", "CCONJ", "DET", "NUM", "PART", "PRON", "SCONJ"),
    *("PUNCT", "SYM", "X", MISSING),
)
# From so many rows it is concluded how many columns a CoNLL file has.
_HEAD_ROWS = 2000


class Scan:
    """What a pass over a file gathers.

    Attributes:
        format: The file's format.
        columns: Which columns hold tokens and tags.
        findings: The problems.
        types: Its words.
        tags: Its tags, column by column.
        index: Its sentences, but for those with rows that cannot be read.
        width: Number of columns.
        separator: What separates them: ``tabs`` or ``spaces``.
        documents: Number of document marks.
        sentences: Number of sentences.
        tokens: Number of tokens.
        longest: Tokens of the longest sentence.
        longest_line: The line in which that begins.
    """

    def __init__(
        self, format: Format, columns: Columns, findings: Findings, known: TypeCounts | None
    ) -> None:
        self.format = format
        self.columns = columns
        self.findings = findings
        self.types = TypeCounts(known)
        self.tags = [TagCounts() for _ in columns.tags]
        self.index = SentenceIndex(len(columns.tags))
        self.width = 0
        self.separator = ""
        self.documents = 0
        self.sentences = 0
        self.tokens = 0
        self.longest = 0
        self.longest_line = 0
        self._length = 0  # of the sentence that has begun, and its line
        self._line = 0
        several = len(columns.tags) > 1
        self._nouns = [f"{name} tag" if several else "tag" for name in columns.tags]

    def add(self, rows: Rows, readable: ReadableRows) -> None:
        """Add the rows of a sentence, or of a part of it."""
        lines, tokens, tags, gaps = readable
        if rows.begins:
            self._length, self._line = 0, rows.lines[0]
        self._length += len(tokens)
        if rows.ends and self._length:
            self._end_sentence()
        if not tokens:
            return
        gaps = [*gaps, *([] if rows.begins else [0]), *([] if rows.ends else [len(tokens)])]
        joined = "\n".join(tokens)
        self.tokens += len(tokens)
        self.types.add(tokens)
        if may_have_faults(tokens, joined):
            self._report_faults(tokens, lines, "token")
        for counts, values, noun in zip(self.tags, tags, self._nouns, strict=True):
            counts.add(values, lines, gaps)
            if counts.odd and not counts.odd.isdisjoint(values):
                self._report_faults(values, lines, noun)
        if not gaps:
            self.index.add(joined, ["\n".join(values) for values in tags], self._line, len(tokens))

    def has(self, name: str) -> bool:
        """Tell whether there is a tag column of this name."""
        return name in self.columns.tags

    def column(self, name: str) -> TagCounts:
        """Return the tags of a column."""
        return self.tags[self.columns.tags.index(name)]

    def labels(self, name: str, *, are_spans: bool) -> dict[str, tuple[int, int]]:
        """Return how often each label of a tag column occurs and in which line first.

        Labels that are wrong by themselves are left out.

        Args:
            name: The column.
            are_spans: Whether to return the labels of spans, or else the tags.
        """
        if are_spans:
            return self.column(name).labels()
        tags = self.column(name).tags()
        if self._is_universal(name):
            return {tag: found for tag, found in tags.items() if tag in _UNIVERSAL_TAGS}
        return tags

    def check_tags(self) -> None:
        """Report what only all the tags of a column together show.

        Raises:
            DataError: A key occurs in no word's MISC.
        """
        for name, counts, noun in zip(self.columns.tags, self.tags, self._nouns, strict=True):
            is_key = self.format == "conllu" and name not in CONLLU_COLUMNS
            if is_key and counts.counts.keys() == {MISSING}:
                raise absent_error(name, self.findings.path)
            if counts.is_open:
                line = list(counts.first_lines.values())[-1]
                message = f"column {name} has more than {MOST_TAGS:,} different tags"
                self.findings.add(line, "columns", f"{message}; name the tag column with --columns")
            scheme = counts.scheme()
            for line, tag in counts.foreign_tags():
                message = f"the {noun} '{shown(tag)}' is none of the scheme {scheme}"
                self.findings.add(line, "foreign-tag", message)
            for line, previous, following in counts.faults():
                message = f"{_describe_step(previous, following)} in the scheme {scheme}"
                self.findings.add(line, "transition", message)
            if self._is_universal(name):
                self._check_universal(counts)

    def _is_universal(self, name: str) -> bool:
        """Tell whether a column can hold the universal tags only."""
        return self.format == "conllu" and name == "UPOS"

    def _end_sentence(self) -> None:
        self.sentences += 1
        if self._length > self.longest:
            self.longest, self.longest_line = self._length, self._line
        if self._length > LONG_SENTENCE:
            message = f"the sentence has {self._length:,} tokens; are blank lines missing?"
            self.findings.add(self._line, "long-sentence", message)

    def _report_faults(self, words: Sequence[str], lines: Sequence[int], noun: str) -> None:
        for word, line in zip(words, lines, strict=True):
            for kind, message in find_faults(word, noun):
                self.findings.add(line, kind, message)

    def _check_universal(self, counts: TagCounts) -> None:
        for tag, (count, line) in counts.tags().items():
            if tag not in _UNIVERSAL_TAGS:
                near = difflib.get_close_matches(tag.upper(), _UNIVERSAL_TAGS, n=2)
                message = f"'{shown(tag)}' ({times(count)}) is no universal tag"
                message += f"; did you mean {' or '.join(near)}?" if near else ""
                self.findings.add(line, "foreign-tag", message)


def scan_file(
    source: Source,
    columns: Columns,
    format: Format,
    *,
    comment: str | None = None,
    limit: int | None = None,
    known: TypeCounts | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> Scan:
    """Read an annotated file once and note all that can be told from it alone.

    Args:
        source: A path, ``"-"`` for standard input, or an open binary file; plain or gzipped.
        columns: Which columns hold tokens and tags.
        format: The format of the file.
        comment: What comment lines start with, for CoNLL; those of CoNLL-U start with ``#``.
        limit: How many problems of each kind are kept; None for all.
        known: The words of the training file, if there is one.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        DataError: The file cannot be read, is in another encoding, or holds no sentence or not
            the columns.
    """
    findings = Findings(source_name(source), limit)
    scan = Scan(format, columns, findings, known)
    if format == "conllu":
        shown = as_conllu(source, (*columns.tags, *columns.features), required=True)
        reader = RowReader(shown, kind_of, "#", findings, progress)
    else:
        reader = RowReader(source, make_kind_of(columns, comment), comment, findings, progress)
    rows = iter(reader)
    head = _take_head(rows)
    parser: ConllRows | ConlluRows
    if not head:
        raise _no_sentence_error(scan)
    if format == "conllu":
        parser = ConlluRows(columns, findings)
    else:
        parser = ConllRows(columns, head, findings)
    for part in itertools.chain(head, rows):
        scan.add(part, parser.read(part))
    scan.width, scan.separator, scan.documents = parser.width, parser.separator, reader.documents
    if not scan.tokens:
        raise _no_sentence_error(scan)
    scan.check_tags()
    return scan


def _take_head(rows: Iterator[Rows]) -> list[Rows]:
    head: list[Rows] = []
    left = _HEAD_ROWS
    while left > 0 and (part := next(rows, None)):
        head.append(part)
        left -= len(part.texts)
    return head


def _no_sentence_error(scan: Scan) -> DataError:
    path = scan.findings.path
    first = next(iter(scan.findings.problems()), None)
    if first is None:
        return DataError("holds no sentence; give a file with annotated sentences", path=path)
    message = f"no row can be read: {first.message}"
    if first.kind == "columns" and scan.format == "conllu":
        message += "; give a file of other columns a name that ends in .conll"
    return DataError(message, path=path, line=first.line)


def times(count: int) -> str:
    """Return ``once`` or ``2 times``."""
    return "once" if count == 1 else f"{count:,} times"


def _describe_step(previous: str | None, following: str | None) -> str:
    if previous is None:
        return f"'{shown(following or '')}' cannot begin a sentence"
    if following is None:
        return f"'{shown(previous)}' cannot end a sentence"
    return f"'{shown(following)}' cannot follow '{shown(previous)}'"
