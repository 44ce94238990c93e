"""What all lists of units have in common: their numbers, and the way to texts and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from seqtag.text.characters import LONE_SURROGATE

UnitKind: TypeAlias = Literal["char", "word", "subword"]

PADDING = 0
"""The number that fills batches up."""
UNKNOWN = 1
"""The number of every unit that is not listed."""
START = 2
"""The number in front of what a decoder writes."""
END = 3
"""The number behind it."""
SPECIAL = 4
"""How many numbers stand for no unit; the first unit has this number."""

UNKNOWN_MARK = "\u2047"
"""Is written for an unknown unit that nothing takes the place of."""
SPACE_MARK = "\u2581"
"""Stands for a space where units are shown."""

SPECIAL_NAMES = ("<pad>", UNKNOWN_MARK, "<s>", "</s>")
"""How the numbers without a unit are shown."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text in units, without a start and an end.

    Attributes:
        numbers: The number of each unit.
        pieces: The units for the eye, a space as `SPACE_MARK`.
        texts: What each unit stands for in the text, a space in front of it included. Where an
            unknown unit is copied, `Units.decode` is given this.
    """

    numbers: list[int]
    pieces: list[str]
    texts: list[str]


class Units(ABC):
    """Units that texts are made of, each with its number.

    White space is a single space to them, and none is at a text's beginning and end; all other
    characters are kept as they are. The first numbers stand for no unit: `PADDING`, `UNKNOWN`,
    `START` and `END`.

    Args:
        items: The units, in order; the first has the number `SPECIAL`.

    Raises:
        ValueError: A unit is empty, listed twice or nothing that a text can be made of.
    """

    kind: ClassVar[UnitKind]

    def __init__(self, items: Iterable[str]) -> None:
        self.items = list(items)
        self._numbers = {item: number for number, item in enumerate(self.items, SPECIAL)}
        if len(self._numbers) != len(self.items):
            raise ValueError("a unit is listed twice")
        for item in self.items:
            if not self._is_unit(item):
                raise ValueError(f"{item!r} is no unit of the kind {self.kind}")

    @staticmethod
    def _is_unit(item: str) -> bool:
        """Tell whether a string can be a unit: a space may only be its first character."""
        bare = item.removeprefix(" ")
        return item == " " or (len(bare.split()) == 1 and bare == bare.strip() and is_sound(bare))

    @property
    def separator(self) -> list[int]:
        """The numbers of what stands between two words, where these do not bring their space."""
        return []

    def __len__(self) -> int:
        """Return how many numbers there are, those without a unit included."""
        return SPECIAL + len(self.items)

    def __contains__(self, item: str) -> bool:
        """Tell whether a unit is listed."""
        return item in self._numbers

    def __eq__(self, other: object) -> bool:
        """Tell whether both read and write all texts alike."""
        if not isinstance(other, Units):
            return NotImplemented
        return self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it holds lists

    def encode(self, text: str) -> Encoded:
        """Return the units of a text, without a start and an end.

        Raises:
            ConfigError: spaCy is asked for and not installed, or does not know the language.
        """
        texts, numbers = self._split(text)
        return Encoded(numbers, [self._shown(piece) for piece in texts], texts)

    def encode_many(self, texts: Iterable[str]) -> list[list[int]]:
        """Return the numbers of many texts, each as `encode` gives them.

        Raises:
            ConfigError: As for `encode`.
        """
        return [self._split(text)[1] for text in texts]

    def decode(self, numbers: Iterable[int], copies: Sequence[str | None] = ()) -> str:
        """Return the text that some numbers stand for.

        ``decode(encoded.numbers, encoded.texts)`` is the text that was encoded, with its white
        space as above.

        Args:
            numbers: The numbers; those without a unit say nothing, but for `UNKNOWN`.
            copies: For each number what is written for it if it is `UNKNOWN`, as in
                `Encoded.texts`; None, or nothing for the last ones, for `UNKNOWN_MARK`.

        Raises:
            IndexError: There is no such number.
        """
        written = []
        for place, number in enumerate(map(int, numbers)):
            copy = copies[place] if number == UNKNOWN and place < len(copies) else None
            written.append(self.written(number) if copy is None else self._copied(copy))
        return " ".join("".join(written).split())

    def written(self, number: int) -> str:
        """Return what a number stands for in a text, with the space in front of it, if one is.

        Numbers without a unit stand for nothing, but for `UNKNOWN`, which is `UNKNOWN_MARK`.

        Raises:
            IndexError: There is no such number.
        """
        if number >= SPECIAL:
            return self.items[number - SPECIAL]
        if number < 0:
            raise IndexError(f"there is no unit with the number {number}")
        return self._copied(None) if number == UNKNOWN else ""

    def pieces(self, numbers: Iterable[int]) -> list[str]:
        """Return for each number what is shown of it, a space as `SPACE_MARK`.

        Raises:
            IndexError: There is no such number.
        """
        shown = []
        for number in map(int, numbers):
            if number < 0:
                raise IndexError(f"there is no unit with the number {number}")
            special = number < SPECIAL
            shown.append(
                SPECIAL_NAMES[number] if special else self._shown(self.items[number - SPECIAL])
            )
        return shown

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `seqtag.text.units.units_from_json` makes the same again."""

    @abstractmethod
    def _split(self, text: str) -> tuple[list[str], list[int]]:
        """Return what each unit of a text stands for, and its number."""

    def _shown(self, text: str) -> str:
        """Return what is shown of a unit."""
        return text.replace(" ", SPACE_MARK)

    def _copied(self, copy: str | None) -> str:
        """Return what is written for an unknown unit."""
        return UNKNOWN_MARK if copy is None else copy


def is_sound(text: str) -> bool:
    """Tell whether a text can be written to a file: it has no half of a character."""
    return text.isascii() or LONE_SURROGATE.search(text) is None


def listed_strings(value: object) -> list[str]:
    """Return a list of strings as it is.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("the units are no list of strings")
    return value
