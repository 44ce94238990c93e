"""Attention as a picture: units read as columns, units written as rows, weights as shades.

The picture is a piece of SVG with styles of its own alone. Letters and lines take the colour of the
text around it, and shades are translucent, so that it goes with light and dark pages.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.text.markup import visible

END = "end"
"""Stands for the end of a text, in slanted letters."""

LONGEST_LABEL = 24
"""Characters shown of a unit; the pointer on it shows them all."""

LEAST_SHOWN = 0.005
"""Weights below this leave their cell empty."""

COLOR = "#ea7317"
"""An orange that is seen on light and dark grounds."""

_CELL = 24.0
_FONT = 13.0
_GAP = 8.0
_MARGIN = 4.0
_SLANT = math.radians(50)
_FAMILY = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"
_LETTERS = f"font-size:{_FONT:g}px;fill:currentColor;font-weight:400"
_FAINT = f"font-size:{_FONT - 2:g}px;fill:currentColor;opacity:.7;font-weight:400"
_STANDALONE = (
    "<style>svg{color:#1c2127;background:#fff}"
    "@media (prefers-color-scheme:dark){svg{color:#e4e8ec;background:#12161a}}</style>"
)
_SCALE = (0.0, 0.25, 0.5, 0.75, 1.0)

# Widths of letters in ems, roughly: a picture has to leave room for labels without a font at hand.
_NARROW = frozenset("iljtfrI.,;:'`!|()[]/\\")
_WIDE = frozenset("mwMW@%&—…")


@dataclass(frozen=True, slots=True)
class _Label:
    """What stands at a row or column.

    Attributes:
        text: What is shown.
        whole: What it stands for.
        is_end: Whether it is the end and not a unit.
        width: How much room it takes.
    """

    text: str
    whole: str
    is_end: bool
    width: float


def attention_picture(
    tokens: Sequence[str],
    source_tokens: Sequence[str],
    attention: npt.ArrayLike,
    *,
    standalone: bool = False,
) -> str:
    """Draw an attention matrix as SVG.

    Args:
        tokens: The units written, readable.
        source_tokens: The units read, readable.
        attention: (tokens + 1, source tokens + 1) weights from 0 to 1; the last row and the last
            column are for the ends.
        standalone: Whether the picture is a file of its own, which has its own ground.

    Raises:
        ValueError: The weights do not fit the units.
    """
    weights = np.asarray(attention, dtype=np.float64)
    if weights.shape != (len(tokens) + 1, len(source_tokens) + 1):
        raise ValueError(
            f"attention has shape {weights.shape}: it must be "
            f"({len(tokens) + 1}, {len(source_tokens) + 1}), one more than the units each way"
        )
    rows = [*map(_unit, tokens), _end()]
    columns = [*map(_unit, source_tokens), _end()]
    left = _MARGIN + max(row.width for row in rows) + _GAP
    upright = all(column.width <= _CELL - 3 for column in columns[:-1])
    top = _MARGIN + _height(columns, upright=upright) + _GAP
    bottom = top + _CELL * len(rows)
    width, height = _right(columns, left, upright=upright) + _MARGIN, bottom + _GAP + _CELL
    name = "Attention: how much each unit read (columns) counts for each unit written (rows)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{name}" '
        f'direction="ltr" font-family="{_FAMILY}" style="direction:ltr">',
        f"<title>{name}</title>",
        _STANDALONE if standalone else "",
        _grid(left, top, len(columns), len(rows)),
        *_cells(left, top, rows, columns, weights),
        *(_column(left, top, place, label, upright) for place, label in enumerate(columns)),
        *(
            _text(label, left - _GAP, top + _CELL * (place + 0.5) + _FONT * 0.35, "end")
            for place, label in enumerate(rows)
        ),
        _scale(left, bottom + _GAP),
        "</svg>",
    ]
    return "".join(parts)


def shown_unit(unit: str) -> str:
    """Return a unit as it can be seen: marks of combination get something to stand on."""
    text = visible(unit)
    if text and unicodedata.category(text[0]) in ("Mn", "Mc", "Me"):
        return f"\u25cc{text}"
    return text


def _unit(unit: str) -> _Label:
    whole = shown_unit(unit)
    text = whole if len(whole) <= LONGEST_LABEL else whole[: LONGEST_LABEL - 1] + "…"
    return _Label(text, whole, False, _FONT * sum(map(_em, text)))


def _end() -> _Label:
    return _Label(END, END, True, _FONT * sum(map(_em, END)))


def _em(character: str) -> float:
    """Return about how wide a character is."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.95
    return 0.72 if character.isupper() else 0.6


def _height(columns: Sequence[_Label], *, upright: bool) -> float:
    """Return how high the labels of columns are."""
    if upright:
        return _FONT
    return max(column.width for column in columns) * math.sin(_SLANT) + _FONT * math.cos(_SLANT)


def _right(columns: Sequence[_Label], left: float, *, upright: bool) -> float:
    """Return how far to the right cells, the labels of columns and the scale reach."""
    ends = [left + _CELL * len(columns), left + 250.0]
    if not upright:
        ends += [
            left + _CELL * (place + 0.5) + column.width * math.cos(_SLANT) + _FONT / 2
            for place, column in enumerate(columns)
        ]
    return max(ends)


def _grid(left: float, top: float, columns: int, rows: int) -> str:
    """Draw the lines between cells."""
    right, bottom = left + _CELL * columns, top + _CELL * rows
    lines = [f"M{left:.1f} {top + _CELL * row:.1f}H{right:.1f}" for row in range(rows + 1)]
    lines += [f"M{left + _CELL * c:.1f} {top:.1f}V{bottom:.1f}" for c in range(columns + 1)]
    return f'<path d="{"".join(lines)}" fill="none" stroke="currentColor" stroke-opacity=".13"/>'


def _cells(
    left: float,
    top: float,
    rows: Sequence[_Label],
    columns: Sequence[_Label],
    weights: npt.NDArray[np.float64],
) -> list[str]:
    """Draw the shades, each with its weight for the pointer."""
    return [
        f'<rect x="{left + _CELL * column + 1:.1f}" y="{top + _CELL * row + 1:.1f}" '
        f'width="{_CELL - 2:g}" height="{_CELL - 2:g}" rx="3" fill="{COLOR}" '
        f'fill-opacity="{opacity(weights[row, column]):.2f}">'
        f"<title>{html.escape(columns[column].whole)} → {html.escape(rows[row].whole)}: "
        f"{weights[row, column]:.0%}</title></rect>"
        for row, column in np.argwhere(weights >= LEAST_SHOWN)
    ]


def opacity(weight: float) -> float:
    """Return how much of the colour a weight has: faint ones a little more than their share."""
    share: float = min(max(float(weight), 0.0), 1.0) ** 0.8
    return share


def _column(left: float, top: float, place: int, label: _Label, upright: bool) -> str:
    x, y = left + _CELL * (place + 0.5), top - _GAP
    if upright:
        return _text(label, x, y + _FONT * 0.1, "middle")
    # Turned around the foot of its letters' middle, which stands over the middle of the column.
    turn = f' transform="rotate({-math.degrees(_SLANT):g} {x:.1f} {y:.1f})"'
    return _text(label, x, y + _FONT * 0.35, "start", turn)


def _text(label: _Label, x: float, y: float, anchor: str, more: str = "") -> str:
    slanted = ";font-style:italic;opacity:.7" if label.is_end else ""
    title = f"<title>{html.escape(label.whole)}</title>" if label.text != label.whole else ""
    space = '<tspan style="fill-opacity:.4">▁</tspan>' if label.text.startswith("▁") else ""
    letters = html.escape(label.text.removeprefix("▁") if space else label.text)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{_LETTERS}{slanted}"'
        f"{more}>{title}{space}{letters}</text>"
    )


def _scale(left: float, top: float) -> str:
    """Draw what shades mean."""
    size = 14.0
    y = top + (_CELL - size) / 2
    base = y + size * 0.5 + (_FONT - 2) * 0.35
    parts = [f'<text x="{left:.1f}" y="{base:.1f}" style="{_FAINT}">attention 0%</text>']
    begin = left + 78.0
    for place, weight in enumerate(_SCALE):
        parts.append(
            f'<rect x="{begin + place * (size + 2):.1f}" y="{y:.1f}" width="{size:g}" '
            f'height="{size:g}" rx="2" fill="{COLOR}" fill-opacity="{opacity(weight):.2f}" '
            f'stroke="currentColor" stroke-opacity=".25" stroke-width=".75"/>'
        )
    end = begin + len(_SCALE) * (size + 2) + 4
    parts.append(f'<text x="{end:.1f}" y="{base:.1f}" style="{_FAINT}">100%</text>')
    return "".join(parts)
