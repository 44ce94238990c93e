"""Paragraphs of running text, each about a few people, things and places of its own."""

from __future__ import annotations

from collections.abc import Sequence

from .chance import Chance
from .clauses import KINDS
from .conllu import raw_text
from .english import English

# How many words of each kind a paragraph is about.
CAST = {"people": 3, "things": 4, "places": 2, "ideas": 3, "names": 2, "towns": 1}


def paragraph(chance: Chance, stems: Sequence[str]) -> list[str]:
    """Return the sentences of a paragraph."""
    kinds = {
        kind: [chance.choose(KINDS[kind]) for _ in range(count)] for kind, count in CAST.items()
    }
    english = English(chance, stems, kinds, invented=0.03)
    return [raw_text(english.sentence()) for _ in range(chance.between(3, 7))]
