"""Labels that look like slips for others: ``Loc`` beside ``LOC``, ``PERS`` beside ``PER``."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping

# A label this much rarer than its neighbour may be a slip of it.
_RARER = 5
# Shorter words are near each other for good reasons: NP and VP, A0 and A1.
_SHORTEST = 3
# So are short words of one length: DNA and RNA, ADJP and ADVP, ARGM-DIR and ARGM-DIS.
_SHORTEST_REPLACED = 6
# More labels than these are not compared each with each.
_MOST_COMPARED = 500

_SEPARATOR = re.compile(r"[\s_-]")


def find_slips(counts: Mapping[str, int], *, are_spans: bool) -> dict[str, str]:
    """Find labels that are most likely misspelt.

    Labels that differ only in case, in compatible characters (as by full-width letters) or in what
    separates their words are always taken for the same. A letter more, less, exchanged or replaced
    counts for labels of spans alone, where the one is much rarer than the other: tags of other
    kinds are near each other by design (``NNP`` and ``NNPS``, ``obj`` and ``iobj``).

    Args:
        counts: How often each label occurs, in order of first occurrence.
        are_spans: Whether they are labels of spans.

    Returns:
        For each such label the more frequent one (the earlier one at a tie) that is meant.
    """
    slips: dict[str, str] = {}
    families: dict[str, list[str]] = {}
    for label in counts:
        families.setdefault(_spelling(label), []).append(label)
    for family in families.values():
        best = max(family, key=counts.__getitem__)
        slips.update((label, best) for label in family if label != best)
    if are_spans and len(counts) <= _MOST_COMPARED:
        frequent = sorted(counts, key=lambda label: -counts[label])
        for label in counts:
            for other in frequent:
                if counts[label] * _RARER > counts[other]:
                    break
                if label not in slips and is_one_slip(label, other):
                    slips[label] = other
    return slips


def is_one_slip(label: str, other: str) -> bool:
    """Tell whether one slip of the pen, and hardly a different meaning, is between two labels.

    One letter may be missing or two be exchanged in a word of three letters and more, and one be
    replaced in a word of six and more. Digits tell things apart (``ARG0``, ``ARG1``).
    """
    words, others = _SEPARATOR.split(label), _SEPARATOR.split(other)
    if len(words) != len(others):
        # ``workofart`` for ``work-of-art``
        return _SEPARATOR.sub("", label) == _SEPARATOR.sub("", other)
    different = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    first, second = sorted(different[0], key=len)
    if len(first) < _SHORTEST or len(second) - len(first) > 1:
        return False
    start = len(os.path.commonprefix([first, second]))
    rest, longer = first[start:], second[start:]
    if not (rest[:2] + longer[:2]).isalpha():
        return False
    if len(first) < len(second):
        return rest == longer[1:]
    if rest[2:] == longer[2:] and rest[:2] == longer[1::-1]:
        return True
    return len(first) >= _SHORTEST_REPLACED and rest[1:] == longer[1:]


def _spelling(label: str) -> str:
    """Return what labels have in common that differ in writing only."""
    if not any(c.isalnum() for c in label):
        return label  # a punctuation mark's own tag
    folded = unicodedata.normalize("NFKC", label).casefold()
    return _SEPARATOR.sub("-", folded.strip())
