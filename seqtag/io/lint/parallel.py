"""One pass over parallel text: counts, and what is wrong in its pairs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence

from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.labelled.entries import Flaw
from seqtag.io.lines import Source
from seqtag.io.lint.lossy import LossyLines, hidden_fault
from seqtag.io.parallel import ParallelLayout
from seqtag.io.parallel.entries import TablePairs, half_character, parallel_entries, parallel_files
from seqtag.text.characters import shown
from seqtag.text.findings import Findings, Kind, Problem, SideSummary
from seqtag.text.pairs import Pair
from seqtag.text.sentence_index import SHORT, SentenceIndex
from seqtag.text.type_counts import TypeCounts

MAX_TOKENS = 200
"""Texts of more tokens are reported, unless another number is given."""

MAX_RATIO = 9.0
"""Pairs of which one side has more than so many times the characters of the other are reported."""

_LEAST_UNEVEN = 40  # characters that the longer side of such a pair has at least
_ROLES = ("source", "target")


class SideScan:
    """What a pass gathers of one side.

    Attributes:
        name: The ending of the file, the column or the key.
        findings: The problems of its file, which both sides share where it is the same.
        types: Its words.
        lengths: How many texts have each number of tokens.
        longest: Tokens of the longest text.
        longest_line: The line in which that stands.
    """

    def __init__(self, name: str, findings: Findings, known: TypeCounts | None) -> None:
        self.name = name
        self.findings = findings
        self.types = TypeCounts(known)
        self.lengths: Counter[int] = Counter()
        self.longest = -1
        self.longest_line = 0

    def add(self, tokens: Sequence[str], line: int) -> None:
        """Add the tokens of a text."""
        self.types.add(tokens)
        self.lengths[len(tokens)] += 1
        if len(tokens) > self.longest:
            self.longest, self.longest_line = len(tokens), line

    def summary(self) -> SideSummary:
        """Return the counts."""
        ordered = itertools.chain.from_iterable(
            itertools.repeat(length, count) for length, count in sorted(self.lengths.items())
        )
        return SideSummary(
            path=self.findings.path,
            name=self.name,
            tokens=sum(length * count for length, count in self.lengths.items()),
            types=len(self.types),
            median=next(itertools.islice(ordered, (self.lengths.total() - 1) // 2, None)),
            longest=self.longest,
            longest_line=self.longest_line,
            empty=self.lengths[0],
        )


class ParallelScan:
    """What a pass over parallel text gathers.

    Attributes:
        layout: How it is written.
        sides: The texts and their translations.
        index: The sources, with their translations for tags, but for pairs with an empty side; for
            a length the mean of both sides.
        width: Number of columns of a table, else 0.
        has_header: Whether a table's first row is a header.

    Args:
        layout: How it is written.
        findings: Those of the sources' file and of the translations' file, or the same ones.
        known: The sources of the training part.
        max_tokens: Texts of more tokens are reported.
        max_ratio: So are pairs of which one side has more than so many times the characters of the
            other.
    """

    def __init__(
        self,
        layout: ParallelLayout,
        findings: tuple[Findings, Findings],
        known: ParallelScan | None,
        max_tokens: int,
        max_ratio: float,
    ) -> None:
        self.layout = layout
        types = [side.types for side in known.sides] if known else [None, None]
        self.sides: tuple[SideScan, SideScan] = (
            SideScan(layout.source, findings[0], types[0]),
            SideScan(layout.target, findings[1], types[1]),
        )
        self.index = SentenceIndex(1)
        self.width = 0
        self.has_header = False
        self._max_tokens = max_tokens
        self._max_ratio = max_ratio

    @property
    def path(self) -> str:
        """What messages call the file, or that of the sources."""
        return self.findings.path

    @property
    def findings(self) -> Findings:
        """The problems of the file, or of that of the sources, which has those of whole pairs."""
        return self.sides[0].findings

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return self.sides[0].lengths.total()

    def counts(self) -> Counter[Kind]:
        """Return the number of problems of each kind."""
        found = Counter(self.findings.counts)
        if self.sides[1].findings is not self.findings:
            found.update(self.sides[1].findings.counts)
        return found

    def problems(self) -> list[Problem]:
        """Return the problems in order of lines."""
        found = self.findings.problems()
        if self.sides[1].findings is not self.findings:
            found += self.sides[1].findings.problems()
        return sorted(found, key=lambda problem: problem.line)

    def add_flaw(self, flaw: Flaw) -> None:
        """Add a place of which no pair can be made."""
        other = self.sides[1].findings
        findings = other if flaw.path == other.path else self.findings
        findings.add(flaw.line, flaw.kind, flaw.message)

    def add(self, pair: Pair) -> None:
        """Add a pair."""
        tokens = [text.split() for text in (pair.source, pair.target)]
        half = half_character(pair)
        if half is not None:
            self.add_flaw(half)
        for side, text, words, role in zip(
            self.sides, (pair.source, pair.target), tokens, _ROLES, strict=True
        ):
            side.add(words, pair.line)
            if not words:
                message = f"the {role} is empty; write one, or take the pair out"
                side.findings.add(pair.line, "empty", message)
            elif len(words) > self._max_tokens:
                message = f"the {role} has {len(words):,} tokens; so long a pair teaches little"
                side.findings.add(pair.line, "long-sentence", message)
            if half is None and (fault := hidden_fault(text, role)):
                side.findings.add(pair.line, "characters", fault)
        if not (tokens[0] and tokens[1]):
            return
        self._compare(pair, tokens[0], tokens[1])
        length = (len(tokens[0]) + len(tokens[1])) // 2
        self.index.add("\n".join(tokens[0]), ["\n".join(tokens[1])], pair.line, length)

    def _compare(self, pair: Pair, source: Sequence[str], target: Sequence[str]) -> None:
        """Report sides that are the same, or of lengths that do not go together."""
        if len(source) > SHORT and source == target:
            message = f"source and target are both '{shown(pair.source)}'; is it untranslated?"
            self.findings.add(pair.line, "untranslated", message)
        sizes = [sum(map(len, words)) for words in (source, target)]
        if max(sizes) >= _LEAST_UNEVEN and max(sizes) > self._max_ratio * min(sizes):
            message = (
                f"the source has {plural(sizes[0], 'character')} and the target {sizes[1]}, "
                "without spaces; do they belong together?"
            )
            self.findings.add(pair.line, "ratio", message)


def scan_parallel(
    source: Source,
    layout: ParallelLayout,
    *,
    limit: int | None = None,
    known: ParallelScan | None = None,
    max_tokens: int = MAX_TOKENS,
    max_ratio: float = MAX_RATIO,
    progress: Callable[[int], object] = lambda size: None,
) -> ParallelScan:
    """Read parallel text once and note all that can be told from it alone.

    Args:
        source: As for `seqtag.io.parallel.read_pairs`.
        layout: How it is written.
        limit: How many problems of each kind are kept for a file; None for all.
        known: What was found in the training part, if there is one.
        max_tokens: Texts of more tokens are reported.
        max_ratio: So are pairs of which one side has more than so many times the characters of the
            other.
        progress: Is told how many more bytes have been read, time and again.

    Raises:
        ConfigError: Two files are to be read from standard input.
        DataError: A file cannot be read, is in another encoding, or holds no pair or not the
            columns.
    """
    files, paths = parallel_files(source, layout)
    findings = [Findings(path, limit) for path in paths]
    lines = [LossyLines(*file, progress) for file in zip(files, findings, strict=True)]
    scan = ParallelScan(layout, (findings[0], findings[-1]), known, max_tokens, max_ratio)
    entries = parallel_entries(lines, layout, paths)
    for entry in entries:
        # Of a line that is damaged, nothing more is said, but that it has no partner.
        is_damaged = any(file.is_damaged(entry.line, entry.line) for file in lines)
        if isinstance(entry, Pair):
            if not is_damaged:
                scan.add(entry)
        elif not is_damaged or entry.kind == "line-counts":
            scan.add_flaw(entry)
    if isinstance(entries, TablePairs):
        scan.width, scan.has_header = entries.width, entries.has_header
    if not scan.pairs:
        raise _no_pair_error(scan)
    return scan


def _no_pair_error(scan: ParallelScan) -> DataError:
    first = next(iter(scan.problems()), None)
    if first is None:
        message = "holds no pair; give texts and their translations"
        return DataError(message, path=scan.path)
    return DataError(f"no pair can be read: {first.message}", path=first.path, line=first.line)
