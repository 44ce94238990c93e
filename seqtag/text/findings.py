"""What `seqtag.lint` finds: counts of files, and problems in their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, Literal, Protocol, Self, TypeAlias, TypeVar

Kind: TypeAlias = Literal[
    "encoding",
    "columns",
    "separators",
    "ids",
    "empty",
    "spaces",
    "characters",
    "long-token",
    "long-sentence",
    "transition",
    "foreign-tag",
    "unseen-label",
    "similar-label",
    "conflict",
    "leak",
    # of labelled texts alone
    "quotes",
    "json",
    "label",
    "header",
    "rare-label",
    "one-label",
    "repeated",
    # of parallel text alone
    "line-counts",
    "ratio",
    "untranslated",
]
Part: TypeAlias = Literal["train", "dev", "test"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that has to be put right, or at least be looked at.

    Attributes:
        path: The file.
        line: The line, from 1.
        kind: What kind of problem it is.
        message: What is wrong.
    """

    path: str
    line: int
    kind: Kind
    message: str

    def __str__(self) -> str:
        """Return the message behind its place: ``path:line: message``."""
        return f"{self.path}:{self.line}: {self.message}"


class _Summary(Protocol):
    """What a file of any task holds."""

    @property
    def problems(self) -> dict[Kind, int]:
        """Number of problems of each kind."""


Summary = TypeVar("Summary", bound=_Summary)


@dataclass(frozen=True, slots=True)
class _Report(Generic[Summary]):
    """The findings in files of one task; see `LintReport`."""

    files: list[Summary]
    problems: list[Problem]
    counts: dict[Kind, int]

    @classmethod
    def of(cls, files: list[Summary], problems: Iterable[list[Problem]]) -> Self:
        """Make a report of what each file holds, and of the problems of each that are listed."""
        counts: Counter[Kind] = Counter()
        for file in files:
            counts.update(file.problems)
        return cls(files, list(chain.from_iterable(problems)), dict(counts.most_common()))

    @property
    def clean(self) -> bool:
        """Whether there is no problem."""
        return not self.counts


@dataclass(frozen=True, slots=True)
class TagSummary:
    """One tag column of a file.

    Attributes:
        column: Its name, as in the column specification.
        scheme: The scheme of its spans; None where its tags are no spans.
        tags: How often each tag occurs, the most frequent first.
        spans: How many spans have each label, the most frequent first.
    """

    column: str
    scheme: str | None
    tags: dict[str, int]
    spans: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a part has in common with the training part.

    Attributes:
        sentences: How many of its sentences (or texts) of three tokens and more occur in training.
        of: How many such sentences it has.
        unseen_tokens: How many of its tokens are words that do not occur in training.
    """

    sentences: int
    of: int
    unseen_tokens: int


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What a file holds.

    Attributes:
        path: What messages call it.
        part: What it was given as; None for a file without a part.
        format: ``conll`` or ``conllu``.
        width: Number of columns.
        separator: What separates them: ``tabs`` or ``spaces``.
        token: The column of the tokens, as in the column specification.
        documents: Number of document marks (``-DOCSTART-``).
        sentences: Number of sentences.
        tokens: Number of tokens in rows that can be read.
        types: Number of different tokens.
        longest: Tokens of the longest sentence.
        longest_line: The line in which that begins.
        repeated: How many sentences occur earlier in the file.
        ambiguous: How many sentences of one or two tokens have other tags than the same tokens
            have elsewhere in the files; that is no problem, since so little context allows both.
        tags: The tag columns.
        overlap: What it has in common with the training part; None without one, and for itself.
        problems: Number of problems of each kind.
    """

    path: str
    part: Part | None
    format: str
    width: int
    separator: str
    token: str
    documents: int
    sentences: int
    tokens: int
    types: int
    longest: int
    longest_line: int
    repeated: int
    ambiguous: int
    tags: list[TagSummary]
    overlap: Overlap | None
    problems: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class LabelSummary:
    """A label of texts: how many have it, and the line of the first one."""

    label: str
    count: int
    line: int


@dataclass(frozen=True, slots=True)
class LabelledSummary:
    """What a file of labelled texts holds. Tokens are words between white space.

    Attributes:
        path: What messages call it.
        part: What it was given as; None for a file without a part.
        format: ``tsv``, ``csv``, ``jsonl``, ``fasttext`` or ``folder``.
        width: Number of columns of a table, else 0.
        has_header: Whether the first row of a table holds the names of the columns.
        text: The column of the texts, as in the column specification; empty without columns.
        label: The column of the labels, likewise.
        texts: Number of texts that can be read.
        tokens: Number of their tokens.
        types: Number of different tokens.
        shortest: Tokens of the shortest text.
        median: The median of the texts' numbers of tokens, the lower one of two.
        longest: Tokens of the longest text.
        longest_line: The line in which that begins; for a folder the number of its file.
        repeated: How many texts occur earlier in the file.
        ambiguous: How many texts of one or two tokens have other labels than the same tokens have
            elsewhere in the files; that is no problem, since so few words allow both.
        labels: The labels, the most frequent first.
        overlap: What it has in common with the training part; None without one, and for itself.
        problems: Number of problems of each kind.
    """

    path: str
    part: Part | None
    format: str
    width: int
    has_header: bool
    text: str
    label: str
    texts: int
    tokens: int
    types: int
    shortest: int
    median: int
    longest: int
    longest_line: int
    repeated: int
    ambiguous: int
    labels: list[LabelSummary]
    overlap: Overlap | None
    problems: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class LabelledReport(_Report[LabelledSummary]):
    """The findings of `seqtag.lint` in labelled texts.

    Attributes:
        files: What each file holds.
        problems: As for `LintReport`.
        counts: As for `LintReport`.
    """


@dataclass(frozen=True, slots=True)
class SideSummary:
    """One side of parallel text. Tokens are words between white space.

    Attributes:
        path: What messages call the file that it stands in.
        name: The ending of the file, the column or the key.
        tokens: Number of its tokens.
        types: Number of different tokens.
        median: The median of the texts' numbers of tokens, the lower one of two.
        longest: Tokens of the longest text.
        longest_line: The line in which that stands.
        empty: How many of its texts are empty.
    """

    path: str
    name: str
    tokens: int
    types: int
    median: int
    longest: int
    longest_line: int
    empty: int


@dataclass(frozen=True, slots=True)
class ParallelSummary:
    """What parallel text holds.

    Attributes:
        path: What messages call it; of two files the one of the sources.
        part: What it was given as; None for a file without a part.
        format: ``pairs``, ``tsv`` or ``jsonl``.
        width: Number of columns of a table, else 0.
        has_header: Whether the first row of a table holds the names of the columns.
        pairs: Number of pairs that can be read.
        source: The texts.
        target: Their translations.
        repeated: How many pairs stand in the file before.
        ambiguous: How many sources of the others stand there before, with another translation.
        overlap: What the sources have in common with those of the training part, where a pair
            counts that has three tokens a side and more; None without one, and for itself.
        problems: Number of problems of each kind.
    """

    path: str
    part: Part | None
    format: str
    width: int
    has_header: bool
    pairs: int
    source: SideSummary
    target: SideSummary
    repeated: int
    ambiguous: int
    overlap: Overlap | None
    problems: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class ParallelReport(_Report[ParallelSummary]):
    """The findings of `seqtag.lint` in parallel text.

    Attributes:
        files: What each file, or two that belong together, holds.
        problems: As for `LintReport`.
        counts: As for `LintReport`.
    """


@dataclass(frozen=True, slots=True)
class TextSummary:
    """What plain text holds. Tokens are what stands between white space.

    Attributes:
        path: What messages call the file or the folder.
        part: What it was given as; None for a file without a part.
        lines: Number of lines that can be read.
        blank: How many of them hold nothing.
        tokens: Number of tokens.
        types: Number of different tokens.
        characters: Number of characters, without the ends of lines.
        longest: Tokens of the longest line.
        longest_path: What messages call the file that it stands in.
        longest_line: Its number there.
        repeated: How many of the other lines occur earlier in the text.
        unknown: How many tokens are ``<unk>``, which stands for a word that was left out.
        marks: How many tokens are marks of tokenization such as ``@-@``.
        overlap: What it has in common with the training part; None without one, and for itself.
        problems: Number of problems of each kind.
    """

    path: str
    part: Part | None
    lines: int
    blank: int
    tokens: int
    types: int
    characters: int
    longest: int
    longest_path: str
    longest_line: int
    repeated: int
    unknown: int
    marks: int
    overlap: Overlap | None
    problems: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class TextReport(_Report[TextSummary]):
    """The findings of `seqtag.lint` in plain text.

    Attributes:
        files: What each file or folder holds.
        problems: As for `LintReport`.
        counts: As for `LintReport`.
    """


@dataclass(frozen=True, slots=True)
class LintReport(_Report[FileSummary]):
    """The findings of `seqtag.lint`.

    Attributes:
        files: What each file holds.
        problems: The problems by file and line, of each kind in each file no more than asked for;
            ``files`` tells how many there are.
        counts: Number of problems of each kind, all files together.
    """


class Findings:
    """Collects the problems of a file: the first ones of each kind, and how many there are.

    Attributes:
        path: What messages call the file.
        counts: Number of problems of each kind.

    Args:
        path: What messages call the file.
        limit: How many problems of each kind are kept; None for all.
        paths: Where the lines are those of a folder's files, a line a file: what messages call
            each file.
    """

    def __init__(self, path: str, limit: int | None, paths: Sequence[str] | None = None) -> None:
        self.path = path
        self.counts: Counter[Kind] = Counter()
        self._limit = limit
        self._paths = paths
        self._kept: list[tuple[int, Problem]] = []

    def add(self, line: int, kind: Kind, message: str) -> None:
        """Add a problem; those of a kind come in order of lines."""
        self.counts[kind] += 1
        if self._limit is None or self.counts[kind] <= self._limit:
            self._kept.append((line, Problem(*self._place(line), kind, message)))

    def problems(self) -> list[Problem]:
        """Return the problems in order of lines."""
        return [problem for _, problem in sorted(self._kept, key=lambda kept: kept[0])]

    def place(self, line: int) -> str:
        """Return what messages call a line: ``path:line``."""
        path, number = self._place(line)
        return f"{path}:{number}"

    def _place(self, line: int) -> tuple[str, int]:
        return (self.path, line) if self._paths is None else (self._paths[line - 1], 1)
