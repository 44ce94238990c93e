"""Texts that are too long to be translated at once, cut where it hurts least."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seqtag.text.unit_base import Units

# Where a text may be cut, the best places first: behind sentences, behind parts of them, between
# words. The marks of languages that are written without spaces need none behind them.
_PLACES = (
    re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*\s+|(?<=[。！？])[」』”’）]*"),
    re.compile(r"(?<=[,;:،])\s+|(?<=[，；：、])"),
    re.compile(r"\s+"),
)
_MIDDLE = 0.25
"""A place is good if it leaves so much of the text on either side."""


def cut_text(units: Units, text: str, limit: int) -> Iterator[str]:
    """Yield the pieces of a text, none of them longer than a limit, nothing lost but white space.

    A text that is too long is cut in two, near its middle: behind a sentence if one ends there,
    else behind a comma and the like, else between words, else anywhere; and so are its halves.

    Args:
        units: What the text is read in.
        text: The text.
        limit: Units of a piece at most; at least 1.
    """
    if len(text) < 2 or len(units.encode(text).numbers) <= limit:
        if text.strip():
            yield text
        return
    left, right = _halves(text.strip())
    yield from cut_text(units, left, limit)
    yield from cut_text(units, right, limit)


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) / 2
    for pattern in _PLACES:
        cuts = [(m.start(), m.end()) for m in pattern.finditer(text)]
        cuts = [cut for cut in cuts if abs(cut[0] - middle) <= middle * (1 - 2 * _MIDDLE)]
        if cuts:
            start, end = min(cuts, key=lambda cut: abs(cut[0] - middle))
            # Closing quotes belong to the sentence that they close.
            gap = text[start:end]
            kept = len(gap.rstrip()) if gap.strip() else 0
            return text[: start + kept], text[end:]
    # No good place near the middle: any white space, else the middle itself.
    spaces = [m.span() for m in re.finditer(r"\s+", text)]
    if spaces:
        start, end = min(spaces, key=lambda cut: abs(cut[0] - middle))
        return text[:start], text[end:]
    return text[: len(text) // 2], text[len(text) // 2 :]


# Chinese and Japanese signs and marks, and the scripts of Thai, Lao, Burmese and Khmer.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
    "|[\U00020000-\U0003ffff]"
)


def is_unspaced(character: str) -> bool:
    """Tell whether a character is of a script that puts no spaces between words."""
    return _UNSPACED.match(character) is not None
