"""What `seqtag.lint` finds: counts of files, and problems in their lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

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
        sentences: How many of its sentences of three tokens and more occur in training.
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
class LintReport:
    """The findings of `seqtag.lint`.

    Attributes:
        files: What each file holds.
        problems: The problems by file and line, of each kind in each file no more than asked for;
            ``files`` tells how many there are.
        counts: Number of problems of each kind, all files together.
    """

    files: list[FileSummary]
    problems: list[Problem]
    counts: dict[Kind, int]

    @property
    def clean(self) -> bool:
        """Whether there is no problem."""
        return not self.counts


class Findings:
    """Collects the problems of a file: the first ones of each kind, and how many there are.

    Attributes:
        path: What messages call the file.
        counts: Number of problems of each kind.

    Args:
        path: What messages call the file.
        limit: How many problems of each kind are kept; None for all.
    """

    def __init__(self, path: str, limit: int | None) -> None:
        self.path = path
        self.counts: Counter[Kind] = Counter()
        self._limit = limit
        self._kept: list[Problem] = []

    def add(self, line: int, kind: Kind, message: str) -> None:
        """Add a problem; those of a kind come in order of lines."""
        self.counts[kind] += 1
        if self._limit is None or self.counts[kind] <= self._limit:
            self._kept.append(Problem(self.path, line, kind, message))

    def problems(self) -> list[Problem]:
        """Return the problems in order of lines."""
        return sorted(self._kept, key=lambda problem: problem.line)
