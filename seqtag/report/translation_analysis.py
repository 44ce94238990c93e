"""What pages about translators tell: what is right, where texts differ, symbols, lengths."""

from __future__ import annotations

import bisect
import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seqtag.report.translation_results import TranslationResult
from seqtag.text.translation import Translation

MOST_CELLS = 250_000
"""Pairs of symbols that two texts may have to be aligned; with more of them they are left out."""

MOST_ALL_CELLS = 5_000_000
"""The same of all texts together."""

_JOINERS = "\u200c\u200d"

Stretch: TypeAlias = tuple[int, int]
"""Where a piece of a text begins and ends."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text that was translated.

    Attributes:
        number: Its place among the pairs.
        reference: The right answer, of several the nearest.
        quality: How near the translation is to a right answer, from 0 to 100.
        right: Whether it is one.
    """

    number: int
    reference: str
    quality: float
    right: bool


@dataclass(frozen=True, slots=True)
class SymbolConfusion:
    """A symbol that is written instead of another.

    Attributes:
        wanted: The right one; None where none should be.
        given: What is written; None for nothing.
        count: How often.
        share: Of how many right ones this is done.
        example: A question in which it is done.
    """

    wanted: str | None
    given: str | None
    count: int
    share: float | None
    example: int


def writes_characters(translations: Iterable[Translation]) -> bool:
    """Tell whether the symbols of translations are characters; else they have spaces between."""
    units = characters = words = 0
    for translation in translations:
        units += len(translation.tokens)
        characters += len(translation.text)
        words += len(translation.text.split())
    return abs(units - characters) < abs(units - words)


def symbols(text: str, *, by_character: bool) -> list[str]:
    """Return the symbols of a text as the symbol error rate counts them."""
    return list(text) if by_character else text.split()


def find_questions(result: TranslationResult, *, by_character: bool) -> list[Question]:
    """Return what was asked, with the right answers.

    Where the translator works on characters, lines with the same source are one question with
    several right answers, as they are for the scores.
    """
    lines: dict[object, list[int]] = {}
    for number, translation in enumerate(result.translations):
        key = translation.source if result.reads_characters else number
        lines.setdefault(key, []).append(number)
    questions = []
    for places in lines.values():
        written = symbols(result.translations[places[0]].text, by_character=by_character)
        wanted = [symbols(result.references[n], by_character=by_character) for n in places]
        nearest = 0
        if len(places) > 1:
            pairs = [align(reference, written) for reference in wanted]
            costs = [len(written) if p is None else sum(a != b for a, b in p) for p in pairs]
            nearest = costs.index(min(costs))
        questions.append(
            Question(
                places[0],
                result.references[places[nearest]],
                max(result.quality[n] for n in places),
                written in wanted,
            )
        )
    return questions


def align(
    wanted: Sequence[str], given: Sequence[str]
) -> list[tuple[str | None, str | None]] | None:
    """Pair the symbols of two texts with as few changes as possible (Levenshtein 1966).

    Returns:
        Pairs of symbols, None in the place of what is missing in one of them; replacing is chosen
        before leaving out, and that before putting in. None for texts that are too long.
    """
    first = 0
    while first < min(len(wanted), len(given)) and wanted[first] == given[first]:
        first += 1
    last = 0
    most = min(len(wanted), len(given)) - first
    while last < most and wanted[-1 - last] == given[-1 - last]:
        last += 1
    a, b = wanted[first : len(wanted) - last], given[first : len(given) - last]
    if len(a) * len(b) > MOST_CELLS:
        return None
    ends = wanted[:first], wanted[len(wanted) - last :]
    before, after = ([(symbol, symbol) for symbol in end] for end in ends)
    return [*before, *_align_middle(a, b), *after]


def _align_middle(a: Sequence[str], b: Sequence[str]) -> list[tuple[str | None, str | None]]:
    costs = [list(range(len(b) + 1))]  # of the beginnings of both
    for row, symbol in enumerate(a, start=1):
        above, current = costs[-1], [row]
        for column, other in enumerate(b, start=1):
            replaced = above[column - 1] + (symbol != other)
            current.append(min(replaced, above[column] + 1, current[-1] + 1))
        costs.append(current)
    pairs: list[tuple[str | None, str | None]] = []
    row, column = len(a), len(b)
    while row or column:
        here = costs[row][column]
        if row and column and here == costs[row - 1][column - 1] + (a[row - 1] != b[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((a[row], b[column]))
        elif row and here == costs[row - 1][column] + 1:
            row -= 1
            pairs.append((a[row], None))
        else:
            column -= 1
            pairs.append((None, b[column]))
    return pairs[::-1]


def symbol_confusions(
    result: TranslationResult, questions: Sequence[Question], *, by_character: bool
) -> tuple[list[SymbolConfusion], int]:
    """Return which symbols are written for which, the most frequent first.

    Args:
        result: The answers.
        questions: What was asked.
        by_character: Whether symbols are characters.

    Returns:
        The confusions, and the number of wrong answers that were too long to be compared.
    """
    counts: Counter[tuple[str | None, str | None]] = Counter()
    examples: dict[tuple[str | None, str | None], int] = {}
    all_wanted: Counter[str | None] = Counter()
    cells = skipped = 0
    for place, question in enumerate(questions):
        wanted = symbols(question.reference, by_character=by_character)
        all_wanted.update(wanted)
        if question.right:
            continue
        given = symbols(result.translations[question.number].text, by_character=by_character)
        cells += len(wanted) * len(given)
        pairs = align(wanted, given) if cells <= MOST_ALL_CELLS else None
        if pairs is None:
            skipped += 1
            continue
        for pair in pairs:
            if pair[0] != pair[1]:
                counts[pair] += 1
                examples.setdefault(pair, place)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], examples[item[0]]))
    return [
        SymbolConfusion(
            wanted, given, count, count / all_wanted[wanted] if wanted else None, examples[pair]
        )
        for pair, count in ordered
        for wanted, given in [pair]
    ], skipped


def split_words(text: str) -> list[Stretch]:
    """Return where the words and marks of a text are.

    Letters of scripts that have no spaces between words, such as Chinese ones, stand alone.
    """
    found: list[Stretch] = []
    end, in_word = 0, False
    for place, character in enumerate(text):
        kind = unicodedata.category(character)[0]
        if character.isspace():
            in_word = False
            continue
        is_mark = kind == "M" or character in _JOINERS
        is_letter = kind in "LN" and unicodedata.east_asian_width(character) not in "WF"
        if found and end == place and (is_mark or (is_letter and in_word)):
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
            in_word = is_letter
        end = place + 1
    return found


def split_characters(text: str) -> list[Stretch]:
    """Return where the characters of a text are, with the marks that belong to them."""
    found: list[Stretch] = []
    for place, character in enumerate(text):
        is_mark = unicodedata.category(character)[0] == "M" or character in _JOINERS
        if found and is_mark and found[-1][1] == place:
            found[-1] = found[-1][0], place + 1
        elif not character.isspace():
            found.append((place, place + 1))
    return found


def split_spaces(text: str) -> list[Stretch]:
    """Return where a text's stretches between spaces are."""
    found, place = [], 0
    for part in text.split():
        place = text.index(part, place)
        found.append((place, place + len(part)))
        place += len(part)
    return found


def differences(first: Sequence[str], second: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Return for two lists of pieces which of each are not in the other, in the same order."""
    only = [True] * len(first), [True] * len(second)
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for start, other, size in matcher.get_matching_blocks():
        for side, begin in zip(only, (start, other), strict=True):
            side[begin : begin + size] = [False] * size
    return only


def count_between(values: Iterable[float], edges: Sequence[float]) -> list[int]:
    """Count values between edges; those beyond the outer ones count with what is next to them.

    Args:
        values: The values.
        edges: The edges, rising; a value on an edge counts above it.
    """
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect.bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return counts


def middling(
    translations: Sequence[Translation], questions: Sequence[Question], most: int, cells: int
) -> list[int]:
    """Choose questions of middling length, from good to bad ones, for pictures of attention.

    Args:
        translations: The translations.
        questions: What was asked.
        most: How many at most.
        cells: Cells that all their pictures may have together.

    Returns:
        Places in ``questions``, the best translation first.
    """

    def size(place: int) -> tuple[int, int]:
        found = translations[questions[place].number]
        return len(found.source_tokens), len(found.tokens)

    lengths = sorted(size(place)[0] for place in range(len(questions)))
    middle = lengths[len(lengths) // 2] if lengths else 0
    fitting = [
        place for place in range(len(questions)) if min(size(place)) > 0 and max(size(place)) <= 40
    ]
    near = sorted(fitting, key=lambda place: abs(size(place)[0] - middle))[: 8 * most]
    near.sort(key=lambda place: (-questions[place].quality, place))
    chosen, room = [], cells
    for number in range(min(most, len(near))):
        place = near[number * (len(near) - 1) // max(min(most, len(near)) - 1, 1)]
        height, width = (length + 1 for length in size(place))
        if height * width <= room:
            room -= height * width
            chosen.append(place)
    return chosen


def groups_of_lengths(
    values: Sequence[tuple[int, float]], groups: int = 5
) -> list[tuple[int, int, int, float]]:
    """Return the mean of values by length, in groups of about the same number.

    Args:
        values: Lengths, each with its value.
        groups: How many groups at most; what has the same length is in the same one.

    Returns:
        For each group its least and its greatest length, its number and its mean.
    """
    ordered = sorted(values, key=lambda pair: pair[0])
    found, start = [], 0
    for group in range(1, groups + 1):
        end = max(start, len(ordered) * group // groups)
        while 0 < end < len(ordered) and ordered[end][0] == ordered[end - 1][0]:
            end += 1
        part = ordered[start:end]
        if part:
            mean = sum(value for _, value in part) / len(part)
            found.append((part[0][0], part[-1][0], len(part), mean))
        start = end
    return found
