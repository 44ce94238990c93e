"""Tokens coloured by weight: one heat map, as HTML for notebooks and pages, or for a terminal.

A token's shade tells its weight between two others: what it would be if all tokens counted the
same, 1 / n for n tokens, which has no colour, and the largest of the text, which has the full
colour if it is at least twice that. So even weights look even, however long the text.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEAST_FULL = 2.0
"""So many times the mean weight the largest weight must be to have the full colour."""

LEVELS = 6
"""Shades that are told apart, the faintest one being none."""

_COLOR = (242, 140, 40)
"""Red, green and blue of the colour, an orange that is seen on light and dark grounds."""

_OPACITY = 0.55
"""Of the full colour; with more of it, light letters on a dark ground could not be read."""

# Line ends and tabs; and joiners, which have no shape, but which scripts and emoji need.
_KEPT = "\n\t\u200c\u200d"

# Codes of the 256 colours of terminals, from faint to full, with a dark text colour on them. They
# are about as bright as each other: the faint ones must not shine on a dark ground.
_TERMINAL = (None, 144, 180, 179, 215, 208)
_DARK = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text.

    Attributes:
        text: Its characters.
        weight: How much it counts; None for what stands between tokens.
        level: Its shade, from 0, none, to `LEVELS` - 1.
    """

    text: str
    weight: float | None
    level: int


def shade_levels(weights: Sequence[float] | npt.NDArray[np.floating]) -> list[int]:
    """Return the shade of each token by its weight.

    Args:
        weights: (tokens,) weights that sum to 1.
    """
    relative = np.asarray(weights, dtype=np.float64) * len(weights)
    # From the mean weight on, in steps of equal ratio. To the nearest step, so that weights that
    # are even but for rounding have no colour.
    top = max(LEAST_FULL, float(relative.max(initial=0.0)))
    shades = np.log2(np.maximum(relative, 1e-9)) / math.log2(top) * (LEVELS - 1)
    return [int(level) for level in np.clip(np.rint(shades), 0, LEVELS - 1)]


def pieces_of(
    text: str,
    offsets: Sequence[tuple[int, int]],
    weights: Sequence[float] | npt.NDArray[np.floating],
) -> list[Piece]:
    """Cut a text into its tokens and what stands between them.

    Args:
        text: The text.
        offsets: For each token where it begins and ends in the text.
        weights: For each token how much it counts.
    """
    pieces = []
    end = 0
    shades = shade_levels(weights)
    for (start, following), weight, level in zip(offsets, weights, shades, strict=True):
        if start > end:
            pieces.append(Piece(text[end:start], None, 0))
        pieces.append(Piece(text[start:following], float(weight), level))
        end = following
    if end < len(text):
        pieces.append(Piece(text[end:], None, 0))
    return pieces


def as_html(pieces: Sequence[Piece]) -> str:
    """Return pieces as a fragment of HTML, with styles of its own alone.

    The colour is translucent, so that it goes with light and dark pages; the pointer on a token
    shows its weight.
    """
    red, green, blue = _COLOR
    parts = []
    for piece in pieces:
        shown = html.escape(visible(piece.text))
        if piece.weight is None:
            parts.append(shown)
            continue
        share = piece.level / (LEVELS - 1)
        style = f"background:rgba({red},{green},{blue},{_OPACITY * share:.2f});border-radius:.2em"
        attributes = f' style="{style}"' if piece.level else ""
        parts.append(f'<span title="{piece.weight:.3f}"{attributes}>{shown}</span>')
    return f'<span style="white-space:pre-wrap">{"".join(parts)}</span>'


def as_terminal(pieces: Sequence[Piece], *, color: bool) -> str:
    """Return pieces as text for a terminal.

    Args:
        pieces: The pieces.
        color: Whether the terminal shows 256 colours. Without, each token that would be coloured
            has its weight behind it, as in ``gripping[0.62]``.
    """
    parts = []
    for piece in pieces:
        shown = visible(piece.text)
        code = _TERMINAL[piece.level]
        if code is None:
            parts.append(shown)
        elif color:
            parts.append(f"\x1b[48;5;{code};38;5;{_DARK}m{shown}\x1b[0m")
        else:
            parts.append(f"{shown}[{piece.weight:.2f}]")
    return "".join(parts)


def visible(text: str) -> str:
    """Return a text with characters that would steer a terminal or hide as what stands for them.

    Line ends, tabs and joiners stay.
    """
    return "".join(
        c if c in _KEPT or c.isprintable() or unicodedata.category(c) == "Zs" else ascii(c)[1:-1]
        for c in text
    )
