"""What several files of labelled texts show together, and all the texts of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from seqtag.io.lint.file import times
from seqtag.io.lint.labelled import LabelledScan
from seqtag.io.lint.leaks import report_leaks
from seqtag.text.characters import shown
from seqtag.text.findings import Overlap
from seqtag.text.labels import find_slips
from seqtag.text.sentence_index import find_conflicts, first_alike


def report_labels(
    scans: Sequence[LabelledScan], train: LabelledScan | None, parts: Sequence[LabelledScan]
) -> None:
    """Report labels that training lacks, that look like slips for others, or that are too rare.

    A label that occurs once is reported where a model may learn from it: not in the parts.

    Args:
        scans: All files.
        train: The training file, if there is one.
        parts: The files that are held against it.
    """
    scans = [scan for scan in scans if not scan.is_open]
    pooled: Counter[str] = Counter()
    for scan in scans:
        pooled.update({label: count for label, (count, _) in scan.found_labels().items()})
    slips = find_slips(pooled, are_spans=False)
    for scan in scans:
        is_part = any(scan is part for part in parts)
        known = None if train is None or train.is_open or not is_part else train.labels
        for label, (count, line) in scan.found_labels().items():
            called = f"the label '{shown(label)}' ({times(count)})"
            if known is not None and label not in known:
                message = f"{called} does not occur in {train.findings.path if train else ''}"
                if label in slips:
                    message += f"; did you mean '{shown(slips[label])}'?"
                scan.findings.add(line, "unseen-label", message)
            elif label in slips:
                meant = f"'{shown(slips[label])}' ({times(pooled[slips[label]])})"
                scan.findings.add(line, "similar-label", f"{called} looks like a slip for {meant}")
            elif count == 1 and not is_part and len(scan.labels) > 1:
                message = f"the label '{shown(label)}' occurs once; nobody learns from one text"
                scan.findings.add(line, "rare-label", message)


def report_shared(scan: LabelledScan, train: LabelledScan) -> Overlap:
    """Report the texts of three tokens and more that a part has in common with training."""
    message = "the text is also in the training file"
    return report_leaks(scan, train, scan.types.unseen, message)


def report_repeated(scan: LabelledScan) -> None:
    """Report the texts of three tokens and more that stand in the file before, labelled alike."""
    if not len(scan.index.lines):
        return
    first_of_each = first_alike(scan.index)
    is_again = (first_of_each != np.arange(len(first_of_each))) & ~scan.index.is_short
    for number in np.flatnonzero(is_again).tolist():
        place = scan.findings.place(int(scan.index.lines[first_of_each[number]]))
        message = f"the same text with the same label stands before, at {place}"
        scan.findings.add(int(scan.index.lines[number]), "repeated", message)


def report_conflicts(scans: Sequence[LabelledScan]) -> list[int]:
    """Report texts that have another label than the same text has elsewhere.

    Returns:
        For each file the number of texts of one or two tokens with other labels, which are not
        reported.
    """
    indexes = [scan.index for scan in scans]
    owners = np.repeat(np.arange(len(scans)), [len(index.lines) for index in indexes])
    lines = np.concatenate([index.lines for index in indexes])
    texts = np.concatenate([index.sentences for index in indexes])
    labels = np.concatenate([index.tags(0) for index in indexes])
    is_short = np.concatenate([index.is_short for index in indexes])
    ambiguous = [0] * len(scans)
    found: list[tuple[int, int, str]] = []
    for conflict, reference in find_conflicts(texts, labels):
        owner = int(owners[conflict])
        if is_short[conflict]:
            ambiguous[owner] += 1
        else:
            place = scans[owners[reference]].findings.place(int(lines[reference]))
            found.append((owner, int(lines[conflict]), place))
    for owner, line, place in sorted(found):
        message = f"the text has another label than the same one at {place}"
        scans[owner].findings.add(line, "conflict", message)
    return ambiguous
