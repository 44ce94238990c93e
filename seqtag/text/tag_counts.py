"""The tags of one column of a file of any length: counts, scheme, and what breaks the scheme."""

from __future__ import annotations

import itertools
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeAlias

from seqtag.text.schemes import MISSING, OUTSIDE, Scheme, begins, is_allowed, split_tag
from seqtag.text.word_faults import find_faults

Step: TypeAlias = tuple[str | None, str | None]
"""A tag behind another; None at a sentence's edge."""

MOST_TAGS = 100_000
"""A column of more different tags is no tag column, and not counted any further."""

# So many tokens in spans a column of spans has at least for each tag that is none of spans.
_SPANS_PER_FOREIGN = 5
# With so many tags that are none of spans it is asked whether a column may be one of spans.
_MANY_FOREIGN = 1000
# After so many steps, schemes that fit far worse than another one are given up.
_MANY_STEPS = 1_000_000
_FAR_WORSE = 10
_OUTSIDE = frozenset((OUTSIDE, MISSING))
_SCHEMES: tuple[Scheme, ...] = ("bio", "iob1", "bioes", "bilou")  # the first one at a tie


class TagCounts:
    """Counts the tags of a column and notes the lines where they may break its scheme.

    Which scheme that is can be told at the end only. Unlike `seqtag.text.schemes.detect_scheme`,
    which tells how tags can be read without loss, this looks for the scheme that is meant: a
    single ``E-LOC`` or ``b-LOC`` among thousands of BIO tags is a fault and changes nothing.

    Attributes:
        counts: How often each tag occurs.
        first_lines: The line in which each tag occurs first.
        odd: The tags that are wrong by themselves (`seqtag.text.word_faults`). Nothing is made of
            what stands beside them.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first_lines: dict[str, int] = {}
        self.odd: set[str] = set()
        self._foreign: dict[str, array[int]] = {}  # tags that are none of spans, and their lines
        self._steps: Counter[Step] = Counter()
        self._places: dict[Step, array[int]] = {}  # the lines of steps that some scheme forbids
        self._schemes = _SCHEMES
        self._may_be_spans = True
        self._steps_left = _MANY_STEPS

    @property
    def is_open(self) -> bool:
        """Whether there are more different tags than a tag column has."""
        return len(self.counts) > MOST_TAGS

    def add(self, tags: Sequence[str], lines: Sequence[int], gaps: Collection[int] = ()) -> None:
        """Count the tags of a sentence.

        Args:
            tags: The tags.
            lines: The line of each.
            gaps: Before which of them (or behind the last one: their number) others are missing.
        """
        if self.is_open:
            return
        known = len(self.counts)
        self.counts.update(tags)
        if len(self.counts) > known:
            for tag in itertools.islice(self.counts, known, None):
                self._meet(tag, lines[tags.index(tag)])
            if self.is_open:
                self._give_up_spans()
        if self._may_be_spans and not _OUTSIDE.issuperset(tags):
            self._add_spans(tags, lines, gaps)

    def scheme(self) -> Scheme | None:
        """Return the scheme with the fewest faults; None where the tags are no spans."""
        if not self._may_be_spans or not self._describe_spans():
            return None
        return min(self._schemes, key=self._count_faults)

    def faults(self) -> list[tuple[int, str | None, str | None]]:
        """Return where a tag may not follow another: line, tag before, tag, in order of lines.

        At a sentence's edge the tag is None, and the line at its end that of the last tag. What
        follows a tag that is none of the scheme is left out.
        """
        scheme = self.scheme()
        if scheme is None:
            return []
        return sorted(
            (
                (line, previous, tag)
                for (previous, tag), lines in self._places.items()
                if not is_allowed(previous, tag, scheme)
                and _belongs_to(previous, scheme)
                and _belongs_to(tag, scheme)
                for line in lines
            ),
            key=lambda fault: (fault[0], fault[2] is None),
        )

    def foreign_tags(self) -> list[tuple[int, str]]:
        """Return line and tag where one is none of the scheme though the others are."""
        scheme = self.scheme()
        if scheme is None:
            return []
        found = [(line, tag) for tag, lines in self._foreign.items() for line in lines]
        for (_, tag), lines in self._places.items():
            if tag is not None and not _belongs_to(tag, scheme):
                found += [(line, tag) for line in lines]
        return sorted(found)

    def tags(self) -> dict[str, tuple[int, int]]:
        """Return how often each tag occurs and in which line first, without the odd ones."""
        return {
            tag: (count, self.first_lines[tag])
            for tag, count in self.counts.items()
            if tag not in self.odd
        }

    def labels(self) -> dict[str, tuple[int, int]]:
        """Return how often each label of spans occurs and in which line first.

        The labels of odd tags are left out, and there are none where the tags are no spans.
        """
        spans = self.spans()
        lines: dict[str, int] = {}
        for tag, (_, line) in self.tags().items():
            label = split_tag(tag)[1]
            if label in spans:
                lines[label] = min(line, lines.get(label, line))
        return {label: (spans[label], line) for label, line in lines.items()}

    def spans(self) -> Counter[str]:
        """Return how many spans have each label; none where the tags are no spans."""
        found: Counter[str] = Counter()
        if self.scheme() is not None:
            for (previous, tag), count in self._steps.items():
                if tag is not None and begins(previous or OUTSIDE, tag):
                    found[split_tag(tag)[1]] += count
        return found

    def _meet(self, tag: str, line: int) -> None:
        """Note what kind of tag a new one is."""
        self.first_lines[tag] = line
        if any(find_faults(tag, "tag")):
            self.odd.add(tag)
        elif self._may_be_spans and tag not in _OUTSIDE and not split_tag(tag)[1]:
            self._foreign[tag] = array("q")

    def _add_spans(
        self,
        tags: Sequence[str],
        lines: Sequence[int],
        gaps: Collection[int],
    ) -> None:
        different = set(tags)
        unusable = different & self.odd
        if not different.isdisjoint(self._foreign):
            unusable |= different & self._foreign.keys()
            for tag, line in zip(tags, lines, strict=True):
                if tag in self._foreign:
                    self._foreign[tag].append(line)
            if not self._may_still_be_spans():
                return
        steps: list[Step] = list(zip([None, *tags], [*tags, None], strict=True))
        places = [*lines, lines[-1]]
        if gaps or unusable:
            kept = [
                index
                for index, step in enumerate(steps)
                if index not in gaps and unusable.isdisjoint(step)
            ]
            steps, places = [steps[i] for i in kept], [places[i] for i in kept]
        self._add_steps(steps, places)

    def _add_steps(self, steps: list[Step], places: list[int]) -> None:
        for step in set(steps).difference(self._steps):
            if not all(is_allowed(*step, scheme) for scheme in self._schemes):
                self._places[step] = array("q")
        self._steps.update(steps)
        if len(self._steps) > MOST_TAGS:
            self._give_up_spans()
            return
        watched = self._places
        for step, line in zip(steps, places, strict=True):
            if step in watched:
                watched[step].append(line)
        self._steps_left -= len(steps)
        if self._steps_left < 0:
            self._steps_left = _MANY_STEPS
            self._give_up_schemes()

    def _give_up_schemes(self) -> None:
        """Forget the schemes that fit far worse than another, and the lines that only they need."""
        faults = {scheme: self._count_faults(scheme) for scheme in self._schemes}
        limit = _FAR_WORSE * (min(faults.values()) + _MANY_FOREIGN)
        self._schemes = tuple(scheme for scheme in self._schemes if faults[scheme] <= limit)
        self._places = {
            step: lines
            for step, lines in self._places.items()
            if not all(is_allowed(*step, scheme) for scheme in self._schemes)
        }

    def _may_still_be_spans(self) -> bool:
        """Tell whether the tags may be spans, and forget what spans need where they are none."""
        foreign = sum(map(len, self._foreign.values()))
        if foreign > _MANY_FOREIGN and not self._describe_spans():
            self._give_up_spans()
        return self._may_be_spans

    def _give_up_spans(self) -> None:
        """Take the column for one without spans, and forget what spans need."""
        self._may_be_spans = False
        self._foreign.clear()
        self._steps.clear()
        self._places.clear()

    def _describe_spans(self) -> bool:
        inside = sum(count for tag, count in self.counts.items() if self._is_in_span(tag))
        foreign = sum(map(len, self._foreign.values()))
        return inside > 0 and inside >= foreign * _SPANS_PER_FOREIGN

    def _is_in_span(self, tag: str) -> bool:
        return tag not in self.odd and bool(split_tag(tag)[1])

    def _count_faults(self, scheme: Scheme) -> int:
        return sum(n for step, n in self._steps.items() if not is_allowed(*step, scheme))


def _belongs_to(tag: str | None, scheme: Scheme) -> bool:
    """Tell whether a tag of a span has a prefix of the scheme; others and edges have."""
    label = split_tag(tag or OUTSIDE)[1]
    return is_allowed(None, tag, scheme) or is_allowed(f"B-{label}", tag, scheme)
