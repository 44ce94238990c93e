"""A sentence and the spans in it: what readers yield, what taggers return."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.text.drawing import draw_sentence

FloatArray: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled run of tokens, such as an entity or a chunk.

    Attributes:
        start: Index of the first token.
        end: Index behind the last token.
        label: The span's type, such as ``PER``.
        score: Probability that exactly these tokens, and no more, form a span of this label;
            1.0 where the span was annotated and not predicted.
        text: The span as it stands in the sentence's text.
        start_char: Offset of the first character in the sentence's text.
        end_char: Offset behind the last character.
    """

    start: int
    end: int
    label: str
    score: float
    text: str
    start_char: int
    end_char: int


class Results(Protocol):
    """Results of a sentence that are computed when one of them is first asked for."""

    def of_row(self, sentence: Sentence, row: int) -> Mapping[str, Any]:
        """Return ``scores_by``, ``marginals_by`` and ``spans_by`` of the sentence in a row."""


class _Awaiting:
    """What a sentence keeps beside its fields.

    Attributes:
        _awaited: What computes its results and what the sentence is called there, its tokens at
            that time, and whether its text and offsets were given and not made from these.
    """

    __slots__ = ("_awaited",)

    _awaited: tuple[Results, int, tuple[str, ...], bool] | None

    def _await(self, awaited: tuple[Results, int, tuple[str, ...], bool] | None) -> None:
        self._awaited = awaited


@dataclass(slots=True)
class Sentence(_Awaiting):
    """Tokens with the tags of any number of columns.

    What few ask for is computed on demand: text and offsets from the tokens as they then are, and
    a tagger's probabilities and spans, these from the tokens that were tagged.

    Attributes:
        tokens: The sentence's words.
        tags_by: For each tag column its tags, one a token. The first column is the main one.
        scores_by: For each predicted column the marginal probability of each tag in ``tags_by``.
        marginals_by: For each predicted column an array (length, tags) of probabilities; the
            order of tags is that of ``Tagger.tags_by``.
        spans_by: For each column with a span scheme the spans that its tags describe.
        nbest: Where asked for, the best tag sequences of the main column with their
            probabilities, best first.
        features_by: For each feature column what it says of each token.
        text: The raw text, given together with ``offsets``; without them the tokens joined by
            single spaces.
        offsets: For each token ``(start_char, end_char)`` in ``text``.
    """

    tokens: list[str]
    tags_by: dict[str, list[str]] = field(default_factory=dict)
    scores_by: dict[str, list[float]] = field(default_factory=dict)
    marginals_by: dict[str, FloatArray] = field(default_factory=dict, repr=False)
    spans_by: dict[str, list[Span]] = field(default_factory=dict, repr=False)
    nbest: list[tuple[list[str], float]] = field(default_factory=list, repr=False)
    features_by: dict[str, list[str]] = field(default_factory=dict, repr=False)
    text: str = ""
    offsets: list[tuple[int, int]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Derive text and offsets from the tokens where no offsets were given."""
        self._await(None)
        if not self.offsets and self.tokens:
            del self.text, self.offsets

    if not TYPE_CHECKING:  # else any misspelt name would pass for an attribute

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the attribute
            """Compute an attribute that has no value yet."""
            if name == "text":
                self._complete({name: " ".join(self.tokens)})
            elif name == "offsets":
                self._complete({name: joined_offsets(self.tokens)})
            elif name in _AWAITED:
                # Another thread may have been quicker.
                if (awaited := self._awaited) is not None:
                    results, row, tokens, is_given = awaited
                    self._complete(results.of_row(self._as_tagged(tokens, is_given), row))
                    self._await(None)
            else:
                raise AttributeError(f"a sentence has no attribute {name!r}")
            return object.__getattribute__(self, name)

    def _as_tagged(self, tokens: tuple[str, ...], is_given: bool) -> Sentence:
        """Return this sentence, or one of the tokens that it had when it was tagged."""
        if tuple(self.tokens) == tokens:
            return self
        tagged = Sentence(list(tokens))
        if is_given:
            tagged.text, tagged.offsets = self.text, self.offsets
        return tagged

    def _complete(self, values: Mapping[str, Any]) -> None:
        """Set those attributes that have no value yet.

        What somebody has set is kept, and of threads that look at the same time all get the values
        of the first.
        """
        with _COMPLETING:
            for name, value in values.items():
                try:
                    object.__getattribute__(self, name)
                except AttributeError:
                    setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        """Compare all fields, arrays by their content."""
        if not isinstance(other, Sentence):
            return NotImplemented
        ours, theirs = self.marginals_by, other.marginals_by
        return (
            all(
                getattr(self, item.name) == getattr(other, item.name)
                for item in fields(self)
                if item.name != "marginals_by"
            )
            and ours.keys() == theirs.keys()
            and all(np.array_equal(ours[name], theirs[name]) for name in ours)
        )

    def __getstate__(self) -> list[Any]:
        """Return the value of each attribute, for copies of any kind."""
        return [getattr(self, item.name) for item in fields(self)]

    def __setstate__(self, state: list[Any]) -> None:
        """Take over the value of each attribute."""
        for item, value in zip(fields(self), state, strict=False):
            setattr(self, item.name, value)
        self._await(None)

    def untagged(self) -> Sentence:
        """Return a sentence of the same tokens, features and text without anything else."""
        sentence = Sentence(list(self.tokens), features_by=self.features_by)
        for name in ("text", "offsets"):
            with contextlib.suppress(AttributeError):  # it is still to be computed, here as there
                setattr(sentence, name, object.__getattribute__(self, name))
        return sentence

    def expect(self, results: Results, row: int) -> None:
        """Leave probabilities and spans to be computed on demand.

        Args:
            results: Computes them.
            row: What this sentence is called there.
        """
        del self.scores_by, self.marginals_by, self.spans_by
        try:
            object.__getattribute__(self, "offsets")
            is_given = True
        except AttributeError:
            is_given = False
        self._await((results, row, tuple(self.tokens), is_given))

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.tokens)

    @property
    def tags(self) -> list[str]:
        """The main column's tags, one a token; empty where there is no tag column."""
        return next(iter(self.tags_by.values()), [])

    @property
    def scores(self) -> list[float]:
        """The marginal probability of each of the main column's predicted tags."""
        return next(iter(self.scores_by.values()), [])

    @property
    def marginals(self) -> FloatArray:
        """The main column's marginal probabilities, an array (length, tags)."""
        return next(iter(self.marginals_by.values()), np.zeros((len(self.tokens), 0)))

    @property
    def spans(self) -> list[Span]:
        """The spans of the first column that has a span scheme."""
        return next(iter(self.spans_by.values()), [])

    def _repr_html_(self) -> str | None:
        """Return what notebooks show: the text with its spans, or the tokens with their tags."""
        return draw_sentence(self)

    def make_span(self, start: int, end: int, label: str, score: float = 1.0) -> Span:
        """Return the span over tokens ``start`` to ``end`` (exclusive)."""
        start_char, end_char = self.offsets[start][0], self.offsets[end - 1][1]
        text = self.text[start_char:end_char]
        return Span(start, end, label, score, text, start_char, end_char)


_AWAITED = frozenset({"scores_by", "marginals_by", "spans_by"})

# One for all sentences, which are many: it is held for as long as setting some attributes takes.
_COMPLETING = threading.Lock()


def joined_offsets(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Return each token's ``(start_char, end_char)`` in ``" ".join(tokens)``."""
    offsets = []
    position = 0
    for token in tokens:
        offsets.append((position, position + len(token)))
        position += len(token) + 1
    return offsets
