"""What several annotated files show together, and all the sentences of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from seqtag.io.lint.file import Scan, times
from seqtag.io.lint.leaks import report_leaks
from seqtag.text.characters import shown
from seqtag.text.findings import Overlap
from seqtag.text.labels import find_slips
from seqtag.text.schemes import MISSING
from seqtag.text.sentence_index import find_conflicts

# Any words may stand in these columns, and some differ in nothing but case.
_OPEN_COLUMNS = frozenset(("FORM", "LEMMA"))


def report_labels(scans: Sequence[Scan], train: Scan | None, parts: Sequence[Scan]) -> None:
    """Report labels that training lacks, and those that look like slips for others.

    Args:
        scans: All files.
        train: The training file, if there is one.
        parts: The files that are held against it.
    """
    for name in _column_names(scans):
        column = [scan for scan in scans if scan.has(name)]
        if name in _OPEN_COLUMNS or any(scan.column(name).is_open for scan in column):
            continue
        are_spans = any(scan.column(name).scheme() for scan in column)
        labels = [scan.labels(name, are_spans=are_spans) for scan in column]
        pooled: Counter[str] = Counter()
        for found in labels:
            pooled.update({label: count for label, (count, _) in found.items()})
        slips = find_slips(pooled, are_spans=are_spans)
        for scan, found in zip(column, labels, strict=True):
            unseen: set[str] = set()
            if train is not None and scan in parts and train.has(name):
                unseen = _report_unseen(scan, train, name, slips)
            for label in sorted(slips.keys() & found.keys() - unseen, key=lambda x: found[x][1]):
                count, line = found[label]
                meant = f"'{shown(slips[label])}' ({times(pooled[slips[label]])})"
                message = f"{_noun(scan, name, are_spans)} '{shown(label)}' ({times(count)})"
                scan.findings.add(
                    line, "similar-label", f"the {message} looks like a slip for {meant}"
                )


def report_shared(scan: Scan, train: Scan) -> Overlap:
    """Report the sentences of three tokens and more that a part has in common with training."""
    message = "the sentence is also in the training file"
    return report_leaks(scan, train, scan.types.unseen, message)


def report_conflicts(scans: Sequence[Scan]) -> list[int]:
    """Report sentences that have other tags than the same sentence has elsewhere.

    Tags of different schemes are not compared.

    Returns:
        For each file the number of sentences of one or two tokens with other tags. They are not
        reported, since what they mean depends on the sentences around them.
    """
    ambiguous: list[set[int]] = [set() for _ in scans]
    found: dict[tuple[int, int, str], list[str]] = {}  # by place, the columns
    for name in _column_names(scans):
        schemes = {n: s.column(name).scheme() for n, s in enumerate(scans) if s.has(name)}
        # A file without a span is in any scheme.
        usual = next(filter(None, schemes.values()), None)
        for scheme in {found or usual for found in schemes.values()}:
            numbers = [n for n, found in schemes.items() if (found or usual) == scheme]
            for number, line, place, is_short in _find_conflicts(scans, numbers, name):
                if is_short:
                    ambiguous[number].add(line)
                else:
                    found.setdefault((number, line, place), []).append(name)
    for (number, line, place), names in sorted(found.items()):
        several = len(scans[number].columns.tags) > 1
        noun = f"{', '.join(names)} tags" if several else "tags"
        message = f"the sentence has other {noun} than the same one at {place}"
        scans[number].findings.add(line, "conflict", message)
    return [len(lines) for lines in ambiguous]


def _report_unseen(scan: Scan, train: Scan, name: str, slips: Mapping[str, str]) -> set[str]:
    """Report the labels of a part that training lacks, and return them."""
    are_spans = bool(scan.column(name).scheme() and train.column(name).scheme())
    known = train.labels(name, are_spans=are_spans)
    found = scan.labels(name, are_spans=are_spans)
    unseen = found.keys() - known.keys() - {MISSING}
    for label in sorted(unseen, key=lambda label: found[label][1]):
        count, line = found[label]
        message = f"the {_noun(scan, name, are_spans)} '{shown(label)}' ({times(count)})"
        message += f" does not occur in {train.findings.path}"
        if label in slips:
            message += f"; did you mean '{shown(slips[label])}'?"
        scan.findings.add(line, "unseen-label", message)
    return unseen


def _find_conflicts(
    scans: Sequence[Scan], numbers: Sequence[int], name: str
) -> Iterator[tuple[int, int, str, bool]]:
    """Yield number of the file, line, place of the same sentence, and whether it is short."""
    indexes = [scans[number].index for number in numbers]
    owners = np.repeat(numbers, [len(index.lines) for index in indexes])
    lines = np.concatenate([index.lines for index in indexes])
    sentences = np.concatenate([index.sentences for index in indexes])
    tags = np.concatenate([scans[n].index.tags(scans[n].columns.tags.index(name)) for n in numbers])
    is_short = np.concatenate([index.is_short for index in indexes])
    for conflict, reference in find_conflicts(sentences, tags):
        place = f"{scans[owners[reference]].findings.path}:{lines[reference]}"
        yield int(owners[conflict]), int(lines[conflict]), place, bool(is_short[conflict])


def _noun(scan: Scan, name: str, are_spans: bool) -> str:
    noun = "label" if are_spans else "tag"
    return f"{name} {noun}" if len(scan.columns.tags) > 1 else noun


def _column_names(scans: Sequence[Scan]) -> list[str]:
    return list(dict.fromkeys(name for scan in scans for name in scan.columns.tags))
