"""What a part has in common with the training part."""

from __future__ import annotations

from typing import Protocol

from seqtag.text.findings import Findings, Overlap
from seqtag.text.sentence_index import SentenceIndex, find_shared


class _Scan(Protocol):
    """What a pass over a file of any task gathers."""

    @property
    def index(self) -> SentenceIndex:
        """Its sentences, texts or pairs."""

    @property
    def findings(self) -> Findings:
        """The problems."""


def report_leaks(scan: _Scan, train: _Scan, unseen: int, message: str) -> Overlap:
    """Report what has three tokens and more and stands in the training part as well.

    Args:
        scan: The part.
        train: The training part.
        unseen: How many of the part's tokens are words that do not occur in training.
        message: What is wrong; the place in training is told behind it.
    """
    shared = 0
    for line, line_in_train in find_shared(scan.index, train.index):
        place = train.findings.place(line_in_train)
        scan.findings.add(line, "leak", f"{message}, at {place}")
        shared += 1
    return Overlap(shared, int((~scan.index.is_short).sum()), unseen)
