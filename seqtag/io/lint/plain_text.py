"""One pass over plain text: counts, and what is wrong in its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from seqtag.errors import DataError
from seqtag.io.lines import Line, Source, source_name
from seqtag.io.lint.lossy import LossyLines, hidden_fault
from seqtag.io.plain_text import text_files
from seqtag.text.artefacts import MARKS, UNKNOWN_WORD
from seqtag.text.findings import Findings, Kind, Overlap, Part, Problem, TextSummary
from seqtag.text.sentence_index import SentenceIndex, find_shared
from seqtag.text.type_counts import TypeCounts

LONG_LINE = 10_000
"""Lines of more tokens are reported."""


class PlainScan:
    """What a pass over plain text gathers.

    Attributes:
        path: What messages call the file or the folder.
        index: Its lines, but for blank ones and those that are not UTF-8.
        types: Its tokens.

    Args:
        path: What messages call it.
        known: What was found in the training part.
    """

    def __init__(self, path: str, known: PlainScan | None) -> None:
        self.path = path
        self.index = SentenceIndex(0)
        self.types: TypeCounts = TypeCounts(known.types if known else None)
        self._known = known
        self._findings: list[Findings] = []
        self._counts: Counter[str] = Counter()
        self._longest = (-1, path, 0)

    def problems(self) -> list[Problem]:
        """Return the problems by file and line."""
        return [problem for findings in self._findings for problem in findings.problems()]

    def begin_file(self, findings: Findings) -> None:
        """Begin with another file."""
        self._findings.append(findings)

    def add(self, line: Line) -> None:
        """Add a line."""
        findings, counts = self._findings[-1], self._counts
        tokens = line.text.split()
        counts["lines"] += 1
        counts["characters"] += len(line.text)
        counts["tokens"] += len(tokens)
        if fault := hidden_fault(line.text, "line"):
            findings.add(line.number, "characters", fault)
        if len(tokens) > self._longest[0]:
            self._longest = len(tokens), findings.path, line.number
        if len(tokens) > LONG_LINE:
            message = f"the line has {len(tokens):,} tokens; are the ends of lines lost?"
            findings.add(line.number, "long-sentence", message)
        if not tokens:
            counts["blank"] += 1
            return
        self.types.add(tokens)
        self.index.add("\n".join(tokens), [], line.number, len(tokens))
        if UNKNOWN_WORD in line.text:
            counts["unknown"] += tokens.count(UNKNOWN_WORD)
        if "@" in line.text:
            counts["marks"] += sum(map(tokens.count, MARKS))

    def summary(self, part: Part | None) -> TextSummary:
        """Return the counts, those of a dev or test part held against the training part."""
        problems: Counter[Kind] = Counter()
        for findings in self._findings:
            problems.update(findings.counts)
        counts = self._counts
        overlap = None
        if self._known is not None and part in ("dev", "test"):
            shared = sum(1 for _ in find_shared(self.index, self._known.index))
            overlap = Overlap(shared, int((~self.index.is_short).sum()), self.types.unseen)
        longest, longest_path, longest_line = self._longest
        return TextSummary(
            path=self.path,
            part=part,
            lines=counts["lines"],
            blank=counts["blank"],
            tokens=counts["tokens"],
            types=len(self.types),
            characters=counts["characters"],
            longest=longest,
            longest_path=longest_path,
            longest_line=longest_line,
            repeated=self.index.count_repeated(),
            unknown=counts["unknown"],
            marks=counts["marks"],
            overlap=overlap,
            problems=dict(problems),
        )


def scan_plain_text(
    source: Source,
    *,
    limit: int | None = None,
    known: PlainScan | None = None,
    progress: Callable[[int], object] = lambda size: None,
) -> PlainScan:
    """Read plain text once and note all that can be told from it alone.

    Args:
        source: As for `seqtag.io.plain_text.read_texts`.
        limit: How many problems of each kind are kept for a file; None for all.
        known: What was found in the training part, if there is one.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        DataError: A file cannot be read, is in another encoding, or there is no text.
    """
    scan = PlainScan(source_name(source), known)
    for file in text_files(source):
        findings = Findings(source_name(file), limit)
        scan.begin_file(findings)
        for line in _sound_lines(LossyLines(file, findings, progress)):
            scan.add(line)
    if not len(scan.index.lines):
        raise DataError("holds no text that can be read; give one that does", path=scan.path)
    return scan


def _sound_lines(lines: LossyLines) -> Iterator[Line]:
    """Yield the lines that are UTF-8."""
    for group in lines:
        yield from (line for line in group if not lines.is_damaged(line.number, line.number))
