"""Texts with their labels, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqtag.text.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Texts:
    """Tokenized texts and the label of each.

    Attributes:
        sentences: The texts; each is one sentence, however many it has.
        labels: The label of each.
    """

    sentences: Sequence[Sentence]
    labels: Sequence[str]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[Sentence, str]]:
        """Yield each text with its label."""
        return zip(self.sentences, self.labels, strict=True)
