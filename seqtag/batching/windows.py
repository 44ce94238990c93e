"""Sequences past the length limit: pieces for training, overlapping windows for prediction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a long sequence that is encoded at once.

    Attributes:
        start: The first token read.
        end: Behind the last token read.
        keep_start: The first token whose result is taken from this window.
        keep_end: Behind the last token whose result is taken from this window.
    """

    start: int
    end: int
    keep_start: int
    keep_end: int


def overlapping_windows(length: int, max_length: int) -> list[Window]:
    """Cover a sequence with windows that overlap by half.

    Every token is kept from exactly one window; except at the sequence's edges it has at least a
    quarter of ``max_length`` tokens (rounded down) of context on either side there.

    Args:
        length: Tokens of the sequence.
        max_length: Tokens of a window, at least 4.
    """
    if length <= max_length:
        return [Window(0, length, 0, length)]
    stride = max_length // 2
    starts = list(range(0, length - max_length, stride)) + [length - max_length]
    windows = []
    keep_start = 0
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end = start + max_length
        # Neighbours meet in the middle of what they share.
        keep_end = length if following is None else (following + end) // 2
        windows.append(Window(start, end, keep_start, keep_end))
        keep_start = keep_end
    return windows


def cut(length: int, max_length: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of pieces of nearly equal length, none longer than ``max_length``.

    A sequence without tokens is one empty piece.
    """
    pieces = max(1, -(-length // max_length))
    for piece in range(pieces):
        yield length * piece // pieces, length * (piece + 1) // pieces
