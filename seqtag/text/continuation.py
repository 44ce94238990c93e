"""From a prompt to the numbers that a language model reads, and from those it writes to a text.

A text is lines here, and behind each the number `END`. White space inside a line is a single space
as everywhere in `seqtag.text.units`; that a prompt ends in one tells something, though: a new word
has begun.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.text.cleaning import MASK, LineCleaner, encode_masked
from seqtag.text.unit_base import END, SPECIAL, UNKNOWN, Units

BoolArray: TypeAlias = npt.NDArray[np.bool_]

LINE_END = "\n"
"""What is written for `END`."""

_APOSTROPHES = frozenset("'\u2019")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The beginning of a text, to be continued.

    Attributes:
        numbers: Its units, `UNKNOWN` for what is none of them, and `END` behind each line but the
            last, which goes on.
        ends_in_space: Whether there is a space at its end that is not among ``numbers``, so that
            the next unit has to begin with one; see `starts_word`.
    """

    numbers: list[int]
    ends_in_space: bool


def read_prompt(units: Units, text: str, clean: LineCleaner | None = None) -> Prompt:
    """Return a prompt in units.

    Of characters, the space at its end is one, if it is listed. Words and subwords begin with their
    spaces, and the next one has to begin with this. At the beginning of a line, and where no unit
    has a space, it means nothing.

    Args:
        units: What the language model reads.
        text: The prompt, of any number of lines; nothing for the beginning of a text.
        clean: Makes lines into what the model has learnt; None where they are learnt as they are.

    Raises:
        ConfigError: As for `Units.encode` and `LineCleaner`.
    """
    numbers: list[int] = []
    lines = text.split(LINE_END)
    for line in lines:
        read, _ = encode_masked(units, line if clean is None else clean(line, mask=MASK))
        numbers += [*read, END]
    del numbers[-1]  # the last line goes on
    ends_in_space = lines[-1][-1:].isspace() and not lines[-1].isspace()
    if ends_in_space and units.kind == "char":
        if " " in units:
            numbers.append(SPECIAL + units.items.index(" "))
        ends_in_space = False
    return Prompt(numbers, ends_in_space and bool(starts_word(units).any()))


def starts_word(units: Units) -> BoolArray:
    """Return (units,) which numbers are those of units that begin with a space."""
    starts = [item.startswith(" ") for item in units.items]
    return np.array([False] * SPECIAL + starts, dtype=np.bool_)


class WordEnds:
    """Where words end, of whatever units they are made.

    A word is letters and digits without a space between them, and an apostrophe between two of
    these is part of it: ``does`` has ended in front of ``n't`` as little as in front of ``n``.

    Args:
        units: What texts are written in.

    Attributes:
        letters: (units,) which numbers are those of units that begin with a letter or digit.
        apostrophes: (units,) which are those of an apostrophe and nothing else: the word in front
            of it goes on if a letter or digit comes behind.
    """

    def __init__(self, units: Units) -> None:
        items = [""] * SPECIAL + units.items
        self.letters: BoolArray = np.array([_is_letter(item[:1]) for item in items])
        self.apostrophes: BoolArray = np.array([item in _APOSTROPHES for item in items])
        glued = [item[:1] in _APOSTROPHES and _is_letter(item[1:2]) for item in items]
        # What may follow: nothing; behind an apostrophe; behind a letter.
        self._further = (
            np.zeros(len(items), dtype=np.bool_),
            self.letters,
            self.letters | self.apostrophes | np.array(glued),
        )
        self._may_go_on = tuple(bool(further.any()) for further in self._further)

    def goes_on(self, text: str) -> BoolArray:
        """Return (units,) which numbers go on with the word at a text's end, or may do so."""
        return self._further[_end_of(text)]

    def may_go_on(self, text: str) -> bool:
        """Tell whether anything goes on with the word at a text's end."""
        return self._may_go_on[_end_of(text)]


def _end_of(text: str) -> int:
    """Return 2 for a text that ends in a letter or digit, 1 with an apostrophe behind, else 0."""
    if _is_letter(text[-1:]):
        return 2
    return 1 if text[-1:] in _APOSTROPHES and _is_letter(text[-2:-1]) else 0


def _is_letter(character: str) -> bool:
    """Tell whether a character is a letter, a digit, or a mark that is set on one."""
    return character.isalnum() or (
        character != "" and unicodedata.category(character).startswith("M")
    )


def follows_word(units: Units, prompt: Prompt) -> BoolArray:
    """Return (units,) which numbers may come behind a prompt whose last word is whole.

    No letter or digit does without a space, and behind a word no apostrophe, which might be part of
    it.
    """
    last = prompt.numbers[-1] if prompt.numbers else END
    is_space = np.array([False] * SPECIAL + [item == " " for item in units.items], dtype=np.bool_)
    if not (prompt.ends_in_space or last == END or is_space[last]):
        ends = WordEnds(units)
        word = "x" if last == UNKNOWN else units.written(last)
        return ~(ends.letters | ends.goes_on(word))
    if units.kind == "char":
        return ~is_space
    starts = starts_word(units)
    starts[END] = last == END
    return starts


class Pieces:
    """What a language model writes, unit by unit, as it is to be printed.

    The pieces together are a text of clean lines: words with single spaces between them, without
    any at the ends of lines. Therefore a space comes with what follows it.

    Args:
        units: What the language model writes.
        prompt: The text that is continued. Behind a space or at the beginning of a line no
            further space is printed.
    """

    def __init__(self, units: Units, prompt: str = "") -> None:
        self._units = units
        self._printed: list[str] = []
        self._is_spaced = not prompt or prompt[-1].isspace()
        self._space = ""

    @property
    def text(self) -> str:
        """All that has been returned to be printed."""
        return "".join(self._printed)

    def add(self, number: int) -> str:
        r"""Return what is to be printed for the next unit.

        Args:
            number: The unit's; `END` is ``"\n"``, `UNKNOWN` is written as `UNKNOWN_MARK`, and other
                numbers without a unit say nothing.

        Raises:
            IndexError: There is no such number.
        """
        piece = LINE_END if number == END else self._spaced(self._units.written(number))
        if piece:
            self._printed.append(piece)
            self._is_spaced = number == END
            self._space = ""
        return piece

    def _spaced(self, written: str) -> str:
        """Return a unit with the space that is due before it, or nothing if it is all space."""
        bare = written.removeprefix(" ")
        if bare != written and not self._is_spaced:
            self._space = " "
        return self._space + bare if bare else ""
