"""The probability of spans under a linear chain of tags."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.decoding.chain import FloatArray, IntArray, Transitions, check_batch
from seqtag.decoding.marginals import LogMatrix, Trellis, log_sum_exp

BoolArray: TypeAlias = npt.NDArray[np.bool_]


class SpanRules(Protocol):
    """Which tags begin, continue and end spans; `seqtag.text.schemes.span_rules` makes these."""

    @property
    def label_of_tag(self) -> IntArray:
        """(tags,) number of each tag's label, -1 for a tag outside of spans."""

    @property
    def begins(self) -> BoolArray:
        """(tags, tags) whether a span begins with a tag (column) after a tag (row)."""

    @property
    def begins_at_start(self) -> BoolArray:
        """(tags,) whether a span begins with a tag that begins the sentence."""

    @property
    def ends(self) -> BoolArray:
        """(tags, tags) whether a span ends with a tag (row) before a tag (column)."""

    @property
    def ends_at_end(self) -> BoolArray:
        """(tags,) whether a span ends with a tag that ends the sentence."""


def span_probability(
    emissions: npt.ArrayLike,
    lengths: npt.ArrayLike,
    transitions: Transitions,
    trellis: Trellis,
    spans: npt.ArrayLike,
    rules: SpanRules,
) -> FloatArray:
    """Compute the probability that exactly these tokens form a span of this label.

    That is the summed probability of all tag sequences that, read by the rules, have the span:
    a forward recursion from the tags before its first token to the tags behind its last, in which
    only moves take part that begin a span at the one edge, end it at the other and do neither in
    between (Culotta and McCallum 2004, "Confidence estimation for information extraction").

    Args:
        emissions: (batch, length, tags) log potentials of the tags.
        lengths: (batch,) number of tokens of each sentence.
        transitions: Log potentials of the moves between tags.
        trellis: What `forward_backward` returned for these.
        spans: (spans, 4) integers: the sentence's row in the batch, first token, end (exclusive)
            and label number.
        rules: Which tags begin, continue and end spans.

    Returns:
        (spans,) probabilities; 0 in sentences for which no path is possible.

    Raises:
        ValueError: The shapes do not agree, or a span does not lie inside of its sentence.
    """
    emissions, lengths = check_batch(emissions, lengths, transitions.n_tags)
    row, start, end, label = _check_spans(spans, lengths)
    # Longest first, so that the spans that still go on come first.
    order = np.argsort(start - end, kind="stable")
    row, start, end, label = row[order], start[order], end[order], label[order]
    entering = LogMatrix(_only(rules.begins, transitions.matrix))
    within = LogMatrix(_only(~(rules.begins | rules.ends), transitions.matrix))
    leaving = LogMatrix(_only(rules.ends, transitions.matrix).T)

    # (spans, tags): sum over all ways from the sentence's start to a tag of the span's first token.
    ways = np.empty((len(row), transitions.n_tags))
    at_start = start == 0
    before = ~at_start
    ways[at_start] = _only(rules.begins_at_start, transitions.start)
    ways[before] = entering.product(trellis.alpha[row[before], start[before] - 1])
    ways = _only(label[:, None] == rules.label_of_tag[None, :], ways)
    ways += emissions[row, start]

    # The same for its last token. Spans of the same width stop at the same step.
    width = end - start
    for step in range(1, int(width.max(initial=0))):
        running = np.count_nonzero(width > step)
        reached = within.product(ways[:running])
        ways[:running] = reached + emissions[row[:running], start[:running] + step]

    # (spans, tags): sum over all ways from a tag of the span's last token to the sentence's end.
    rest = np.empty_like(ways)
    at_end = end == lengths[row]
    behind = ~at_end
    rest[at_end] = _only(rules.ends_at_end, transitions.end)
    following = row[behind], end[behind]
    rest[behind] = leaving.product(emissions[following] + trellis.beta[following])

    log_partition = trellis.log_partition[row]
    totals = log_sum_exp(ways + rest)
    probabilities = np.empty(len(row))
    # Rounding may carry a certain span a little above 1.
    probabilities[order] = np.exp(
        np.minimum(totals - np.where(np.isfinite(log_partition), log_partition, 0.0), 0.0)
    )
    return probabilities


def _only(which: BoolArray, values: FloatArray) -> FloatArray:
    """Return the values, -inf where they are not wanted."""
    return np.where(which, values, -np.inf)


def _check_spans(
    spans: npt.ArrayLike, lengths: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the columns row, start, end and label."""
    table = np.asarray(spans, dtype=np.int64).reshape(-1, 4)
    row, start, end, label = table.T
    known = (row >= 0) & (row < len(lengths))
    sound = known & (start >= 0) & (start < end) & (label >= 0)
    sound[known] &= end[known] <= lengths[row[known]]
    if not sound.all():
        wrong = int(np.argmin(sound))
        raise ValueError(
            f"span {wrong} is {table[wrong].tolist()} (row, start, end, label): it must have at "
            f"least one token and lie inside of its sentence"
        )
    return row, start, end, label
