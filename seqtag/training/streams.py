"""Plain text as one long stream of units, with what it takes to compare perplexities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from seqtag.batching import Rows
from seqtag.batching.stream import SKIPPED
from seqtag.text.artefacts import UNKNOWN_WORD
from seqtag.text.cleaning import MASK, LineCleaner, encode_masked
from seqtag.text.spelling import Spelling
from seqtag.text.unit_base import END, UNKNOWN, Units

if TYPE_CHECKING:  # texts are read where no network is
    from seqtag.training.objective import Keep


PIECE = 1 << 16
"""Units that are kept at once."""

_REPLACEMENT = "\ufffd"
"""Unicode's own character for one that cannot be shown."""


@dataclass(frozen=True, slots=True)
class TextStream:
    """A text as numbers.

    Attributes:
        numbers: (units,) the units of all lines, `END` behind each; `SKIPPED` for what is read as
            unknown and not counted.
        lines: Lines of the text.
        tokens: What perplexities are counted in: everything between white space, and every end of
            a line, without what is skipped.
        characters: The same in characters, a space between two tokens counted and an end as one.
            Like the tokens they are those of the text as it stands, whatever is learnt of it.
        unknown: Units that are unknown, without what is skipped.
        spelling_cost: Nats that it takes to spell them.
    """

    numbers: npt.NDArray[np.int32]
    lines: int
    tokens: int
    characters: int
    unknown: int
    spelling_cost: float


@dataclass(slots=True)
class _Counts:
    lines: int = 0
    tokens: int = 0
    characters: int = 0
    unknown: int = 0
    spelling_cost: float = 0.0


def encode_text(
    lines: Iterable[str], units: Units, spelling: Spelling, clean: LineCleaner, keep: Keep
) -> TextStream:
    """Return a text as numbers.

    Args:
        lines: Its lines, passed over once.
        units: What it is read in.
        spelling: What unknown units cost.
        clean: Makes lines into what is learnt; words that it takes for left out by the corpus
            are skipped.
        keep: Keeps the numbers: in memory or, with `seqtag.io.arrays.map_rows`, on disk.
    """
    counts = _Counts()
    rows, _ = keep(_joined(_encode_lines(lines, units, spelling, clean, counts)), 1)
    return TextStream(
        numbers=rows[:, 0],
        lines=counts.lines,
        tokens=counts.tokens,
        characters=counts.characters,
        unknown=counts.unknown,
        spelling_cost=counts.spelling_cost,
    )


def _joined(rows: Iterable[Rows]) -> Iterator[Rows]:
    """Yield rows in large pieces: what keeps them notes where each of them begins."""
    pieces: list[Rows] = []
    length = 0
    for each in rows:
        pieces.append(each)
        length += len(each)
        if length >= PIECE:
            yield np.concatenate(pieces)
            pieces, length = [], 0
    if pieces:
        yield np.concatenate(pieces)


def _encode_lines(
    lines: Iterable[str],
    units: Units,
    spelling: Spelling,
    clean: LineCleaner,
    counts: _Counts,
) -> Iterator[Rows]:
    """Yield the numbers (units, 1) of each line and count what it holds."""
    for line in lines:
        if MASK in line:  # icons in what was a PDF, for one; it stands for something else here
            line = type(line)(line.replace(MASK, _REPLACEMENT))
        words = line.split()
        text = clean(line, mask=MASK)
        masked = text.count(MASK)
        texts: list[str] = []
        if masked:
            numbers, texts = encode_masked(units, text)
        else:
            (numbers,) = units.encode_many([text])
        row = np.array([*numbers, END], dtype=np.int32)
        counts.lines += 1
        counts.tokens += len(words) - masked + 1
        if masked:
            words = line.replace(UNKNOWN_WORD, "").split()
        counts.characters += len(" ".join(words)) + 1
        unknown = np.flatnonzero(row == UNKNOWN)
        if len(unknown):
            texts = texts or units.encode(text).texts
            for place in unknown.tolist():
                if MASK in texts[place]:
                    row[place] = SKIPPED
                else:
                    counts.unknown += 1
                    counts.spelling_cost += spelling.cost(texts[place])
        yield row[:, None]
