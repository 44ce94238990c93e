"""A list of distinct strings, each with its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

UNKNOWN = 0
"""The number that stands for every string outside a vocabulary with an unknown entry."""


class Vocabulary:
    """Strings numbered in order.

    With ``has_unknown`` number 0 is no string: it is what an unlisted string is given. Without it
    (tags, say) an unlisted string has no number and raises ``KeyError``.

    Args:
        items: The distinct strings, in the order of their numbers.
        has_unknown: Whether number 0 is kept for unlisted strings.

    Raises:
        ValueError: A string is listed twice.
    """

    def __init__(self, items: Iterable[str], *, has_unknown: bool) -> None:
        self.items = list(items)
        self.has_unknown = has_unknown
        self._numbers = {item: n for n, item in enumerate(self.items, start=int(has_unknown))}
        if len(self._numbers) != len(self.items):
            raise ValueError("a vocabulary lists a string twice")

    def __len__(self) -> int:
        """Return how many numbers there are, the unknown entry included."""
        return len(self.items) + self.has_unknown

    def __iter__(self) -> Iterator[str]:
        """Yield the strings in the order of their numbers."""
        return iter(self.items)

    def __contains__(self, item: str) -> bool:
        """Tell whether a string is listed."""
        return item in self._numbers

    def __getitem__(self, item: str) -> int:
        """Return a string's number; for an unlisted one ``UNKNOWN`` or ``KeyError``."""
        if self.has_unknown:
            return self._numbers.get(item, UNKNOWN)
        return self._numbers[item]

    def encode(self, items: Sequence[str]) -> list[int]:
        """Return the number of each string."""
        return [self[item] for item in items]

    def encode_listed(self, items: Iterable[str]) -> list[int]:
        """Return the number of each string that is listed; the others are left out."""
        numbers = map(self._numbers.get, items)
        return [number for number in numbers if number is not None]


def count_vocabulary(
    counts: Mapping[str, int],
    *,
    has_unknown: bool,
    min_count: int = 1,
    max_items: int | None = None,
    first: Sequence[str] = (),
) -> Vocabulary:
    """Make a vocabulary of counted strings, the frequent ones first.

    Args:
        counts: How often each string occurs.
        has_unknown: As for `Vocabulary`.
        min_count: Strings that occur less often are left out.
        max_items: How many strings are taken at most, the most frequent ones; but ``first`` whole.
        first: Strings that come before all others, whatever their count.
    """
    listed = set(first)
    rest = [item for item, n in counts.items() if n >= min_count and item not in listed]
    # Ties are broken by the string itself, so that the order of the file does not matter.
    rest.sort(key=lambda item: (-counts[item], item))
    if max_items is not None:
        del rest[max(0, max_items - len(first)) :]
    return Vocabulary([*first, *rest], has_unknown=has_unknown)
