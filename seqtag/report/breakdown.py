"""Scores of parts of the tokens or spans: unseen words, long sentences, wide spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqtag.report.analysis import SpanPair, make_rates
from seqtag.text.sentence import Span

LENGTHS = (1, 6, 11, 21, 41)
"""The least lengths of the groups of sentences, in tokens."""

WIDTHS = (1, 2, 3, 5)
"""The least widths of the groups of spans, in tokens."""


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the tokens or spans.

    Attributes:
        name: What it is, such as ``known words`` or ``6–10 tokens``.
        count: Its tokens, or its annotated spans.
        score: Its accuracy, or its F1.
    """

    name: str
    count: int
    score: float


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The groups by one trait."""

    name: str
    groups: tuple[Group, ...]


def token_breakdowns(
    right: Sequence[Sequence[bool]], unseen: Sequence[Sequence[bool]]
) -> list[Breakdown]:
    """Return the accuracy by word and by sentence length; traits with one group are left out.

    Args:
        right: For each sentence, whether each tag is right.
        unseen: For each sentence, whether training never shows each word.
    """
    by_word: dict[str, list[bool]] = {_word_name(flag): [] for flag in (False, True)}
    by_length: dict[str, list[bool]] = {name: [] for name in range_names(LENGTHS)}
    for hits, flags in zip(right, unseen, strict=True):
        if hits:
            by_length[range_name(LENGTHS, len(hits))] += hits
        for hit, flag in zip(hits, flags, strict=True):
            by_word[_word_name(flag)].append(hit)
    return _informative(
        [
            Breakdown(
                name,
                tuple(Group(k, len(v), sum(v) / len(v)) for k, v in groups.items() if v),
            )
            for name, groups in (("Words", by_word), ("Sentence length", by_length))
        ]
    )


def span_breakdowns(
    pairs: Sequence[Sequence[SpanPair]], unseen: Sequence[Sequence[bool]]
) -> list[Breakdown]:
    """Return the F1 of spans by their words, by width and by sentence length.

    Args:
        pairs: The pairs of each sentence.
        unseen: For each sentence, whether training never shows each word.
    """

    def words(span: Span, sentence: int) -> str:
        return _words_name(any(unseen[sentence][span.start : span.end]))

    def width(span: Span, _: int) -> str:
        return range_name(WIDTHS, span.end - span.start)

    def length(_: Span, sentence: int) -> str:
        return range_name(LENGTHS, len(unseen[sentence]))

    return _informative(
        [
            _span_breakdown("Words of the span", pairs, words, [*map(_words_name, (False, True))]),
            _span_breakdown("Width of the span", pairs, width, range_names(WIDTHS)),
            _span_breakdown("Sentence length", pairs, length, range_names(LENGTHS)),
        ]
    )


def _span_breakdown(
    name: str,
    pairs: Sequence[Sequence[SpanPair]],
    group_of: Callable[[Span, int], str],
    names: Sequence[str],
) -> Breakdown:
    gold: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for number, sentence in enumerate(pairs):
        for pair in sentence:
            if pair.gold is not None:
                gold[group_of(pair.gold, number)] += 1
                right[group_of(pair.gold, number)] += pair.kind == "correct"
            if pair.predicted is not None:
                predicted[group_of(pair.predicted, number)] += 1
    return Breakdown(
        name,
        tuple(
            Group(group, gold[group], make_rates(right[group], gold[group], predicted[group]).f1)
            for group in names
            if gold[group]
        ),
    )


def _informative(breakdowns: Sequence[Breakdown]) -> list[Breakdown]:
    return [breakdown for breakdown in breakdowns if len(breakdown.groups) > 1]


def _word_name(unseen: bool) -> str:
    return "unseen words" if unseen else "known words"


def _words_name(unseen: bool) -> str:
    return "with unseen words" if unseen else "known words only"


def range_names(starts: Sequence[int]) -> list[str]:
    """Return the names of ranges of whole numbers that begin at these."""
    ends = [start - 1 for start in starts[1:]]
    names = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=False)]
    return [f"{name} tokens" if name != "1" else "1 token" for name in [*names, f"{starts[-1]}+"]]


def range_name(starts: Sequence[int], value: int) -> str:
    """Return the name of the range that a number lies in."""
    return range_names(starts)[sum(value >= start for start in starts) - 1]
