"""What the sections of a page about a translator's answers have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seqtag.report.html import Html, details, element
from seqtag.report.mistakes import folded
from seqtag.report.translation_analysis import (
    Question,
    find_questions,
    split_characters,
    split_spaces,
    split_words,
    writes_characters,
)
from seqtag.report.translation_results import TranslationResult
from seqtag.report.translation_texts import Pair, Split, pair_example

EXAMPLES = 6
"""Translations that are shown at once of the worst and of those chosen by chance."""

MORE_EXAMPLES = 14
"""Further ones that are folded away."""


@dataclass(frozen=True)
class View:
    """The answers, and what several sections read of them.

    Attributes:
        result: The answers.
    """

    result: TranslationResult

    @cached_property
    def by_character(self) -> bool:
        """Whether symbols are characters, and not what stands between spaces."""
        return self.result.reads_characters and writes_characters(self.result.translations)

    @cached_property
    def questions(self) -> list[Question]:
        """What was asked, each once."""
        return find_questions(self.result, by_character=self.by_character)

    @cached_property
    def worst(self) -> list[int]:
        """Places of the questions with wrong answers, the worst first."""
        wrong = [place for place, question in enumerate(self.questions) if not question.right]
        return sorted(wrong, key=lambda place: self.questions[place].quality)

    @property
    def split(self) -> Split:
        """Finds the pieces of texts that are compared."""
        if not self.result.reads_characters:
            return split_words
        return split_characters if self.by_character else split_spaces

    @property
    def thing(self) -> str:
        """What a question is called."""
        return "word" if self.result.reads_characters else "text"

    def pair(self, place: int) -> Pair:
        """Return a question with its answer."""
        question = self.questions[place]
        translation = self.result.translations[question.number]
        return Pair(translation, question.reference, question.number, question.quality)

    def pairs(self, places: Sequence[int]) -> list[Html]:
        """Return questions with their answers, some of them folded away."""
        chosen = places[: EXAMPLES + MORE_EXAMPLES]
        return self.folded([pair_example(self.pair(place), self.split) for place in chosen])

    def folded(self, examples: Sequence[Html]) -> list[Html]:
        """Show some examples and fold the others away; short ones stand side by side."""
        if not self.result.reads_characters:
            return folded(examples, EXAMPLES)
        shown, rest = examples[: 2 * EXAMPLES], examples[2 * EXAMPLES :]
        content = [element("div", *shown, class_="examples short")]
        if rest:
            more = element("div", *rest, class_="examples short")
            content.append(details(f"{len(rest)} more", more))
        return content
