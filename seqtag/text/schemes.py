"""Tag schemes: spans written as one tag a token, as pure functions over lists of strings.

Four schemes are known, with these tags for spans of two and one tokens and labels X and Y:

========  =====================================================================
scheme    tags
========  =====================================================================
iob1      ``I-X``; ``B-X`` only where a span directly follows one of its label
bio       ``B-X I-X``, ``B-Y`` (also called IOB2)
bioes     ``B-X E-X``, ``S-Y``
bilou     ``B-X L-X``, ``U-Y``
========  =====================================================================

All four are read by one set of rules, that of the CoNLL shared tasks' evaluation script conlleval
by Erik Tjong Kim Sang, extended to single-token prefixes. Under them every tag but ``O`` belongs to
exactly one span, so that tags which break their scheme still have a meaning: a stray ``I-X`` begins
a span.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

Scheme: TypeAlias = Literal["iob1", "bio", "bioes", "bilou"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
OUTSIDE = "O"
MISSING = "_"
"""An empty field, as CoNLL-U writes it; read as outside."""

_SPAN_PREFIXES = frozenset("BIESLU")
_OPENING = frozenset("BSU")  # always begin a span
_CLOSING = frozenset("ESLU")  # always end one

# Prefixes of a span: alone on its token, else first, inner and last.
_PREFIXES: dict[Scheme, tuple[str, str, str, str]] = {
    "iob1": ("I", "I", "I", "I"),
    "bio": ("B", "B", "I", "I"),
    "bioes": ("S", "B", "I", "E"),
    "bilou": ("U", "B", "I", "L"),
}

# Where one tag of the source says which one of the target stands at its place.
_LOCAL_PREFIXES: dict[tuple[Scheme, Scheme], dict[str, str]] = {
    ("bioes", "bio"): {"B": "B", "I": "I", "E": "I", "S": "B"},
    ("bilou", "bio"): {"B": "B", "I": "I", "L": "I", "U": "B"},
    ("bioes", "bilou"): {"B": "B", "I": "I", "E": "L", "S": "U"},
    ("bilou", "bioes"): {"B": "B", "I": "I", "L": "E", "U": "S"},
}


@dataclass(frozen=True, slots=True)
class Detection:
    """The scheme that tags are written in.

    Attributes:
        scheme: The scheme that fits best.
        faults: How many times a tag, or a sentence's end, follows a tag that it may not follow.
        first_fault: Indices of the sequence and of the token where that happens first (the last
            token for a sequence that may not end as it does); None without faults.
    """

    scheme: Scheme
    faults: int
    first_fault: tuple[int, int] | None


@dataclass(frozen=True, slots=True, eq=False)
class SpanRules:
    """`begins` and `ends` for all pairs of a list of tags.

    Attributes:
        labels: The different labels, in order of first occurrence.
        label_of_tag: (tags,) index in ``labels`` of each tag's label, -1 for an outside tag.
        begins: (tags, tags) whether a span begins with a tag (column) after a tag (row).
        begins_at_start: (tags,) whether a span begins with a tag that begins the sentence.
        ends: (tags, tags) whether a span ends with a tag (row) before a tag (column).
        ends_at_end: (tags,) whether a span ends with a tag that ends the sentence.
    """

    labels: tuple[str, ...]
    label_of_tag: npt.NDArray[np.int64]
    begins: npt.NDArray[np.bool_]
    begins_at_start: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.bool_]
    ends_at_end: npt.NDArray[np.bool_]


@lru_cache(maxsize=4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Split a tag at its first hyphen: ``B-creative-work`` is ``B`` and ``creative-work``.

    Returns:
        Prefix (one of B, I, E, S, L, U) and label; ``("O", "")`` for an outside tag, a missing
        value ``_`` and anything that is no prefix with a label.
    """
    prefix, _, label = tag.partition("-")
    return (prefix, label) if label and prefix in _SPAN_PREFIXES else (OUTSIDE, "")


def begins(previous: str, tag: str) -> bool:
    """Return whether a span begins with ``tag`` where ``previous`` stands before it.

    At a sentence's start ``previous`` is ``O``.
    """
    return bool(split_tag(tag)[1]) and _is_boundary(previous, tag)


def ends(tag: str, following: str) -> bool:
    """Return whether a span ends with ``tag`` where ``following`` stands behind it.

    At a sentence's end ``following`` is ``O``.
    """
    return bool(split_tag(tag)[1]) and _is_boundary(tag, following)


def find_spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Read the spans that tags of any scheme, used well or badly, describe.

    Returns:
        Start, end (exclusive) and label of each span, in order.
    """
    spans = []
    start, label, closed = 0, "", False  # no label: outside
    for index, tag in enumerate(tags):
        prefix, next_label = split_tag(tag)
        # The condition of `_is_boundary`, kept in line for speed.
        if next_label != label or closed or prefix in _OPENING:
            if label:
                spans.append((start, index, label))
            start, label = index, next_label
        closed = prefix in _CLOSING
    if label:
        spans.append((start, len(tags), label))
    return spans


def encode_spans(spans: Iterable[tuple[int, int, str]], length: int, scheme: Scheme) -> list[str]:
    """Write spans as tags.

    Args:
        spans: Start, end (exclusive) and label of each span, in any order.
        length: Number of tokens.
        scheme: The scheme to write.

    Returns:
        A tag for each token; ``O`` outside of spans.

    Raises:
        ValueError: A span is empty, overlaps another, lies outside of the sentence or has no
            label, or the scheme is unknown.
    """
    single, first, inner, last = _PREFIXES[_known(scheme)]
    tags = [OUTSIDE] * length
    previous_end, previous_label = 0, ""
    for start, end, label in sorted(spans):
        if not (previous_end <= start < end <= length and label):
            raise ValueError(
                f"span ({start}, {end}, {label!r}) in a sentence of {length} tokens: spans need a "
                f"label and at least one token, and may not overlap"
            )
        if end == start + 1:
            tags[start] = f"{single}-{label}"
        else:
            tags[start] = f"{first}-{label}"
            tags[start + 1 : end - 1] = [f"{inner}-{label}"] * (end - start - 2)
            tags[end - 1] = f"{last}-{label}"
        if scheme == "iob1" and start == previous_end and label == previous_label:
            tags[start] = f"B-{label}"
        previous_end, previous_label = end, label
    return tags


def convert(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Rewrite tags of any scheme in another, span by span.

    Raises:
        ValueError: The scheme is unknown.
    """
    return encode_spans(find_spans(tags), len(tags), scheme)


def is_allowed(previous: str | None, tag: str | None, scheme: Scheme) -> bool:
    """Return whether a tag may follow another in valid use of a scheme.

    Sequences all of whose steps, from and to the edges included, are allowed are exactly those
    that `encode_spans` writes. A prefix foreign to the scheme is never allowed.

    Args:
        previous: The tag before; None at the sentence's start.
        tag: The tag; None at the sentence's end.
        scheme: The scheme.

    Raises:
        ValueError: The scheme is unknown.
    """
    _known(scheme)
    # In all four schemes a sentence's edge is the same as an outside tag.
    before, before_label = split_tag(previous or OUTSIDE)
    prefix, label = split_tag(tag or OUTSIDE)
    follows_on = before in ("B", "I") and before_label == label
    if scheme == "iob1":
        return prefix in (OUTSIDE, "I") or (prefix == "B" and follows_on)
    if scheme == "bio":
        return prefix in (OUTSIDE, "B") or (prefix == "I" and follows_on)
    single, _, _, last = _PREFIXES[scheme]
    if before in ("B", "I"):
        return prefix in ("I", last) and follows_on
    return prefix in (OUTSIDE, "B", single)


def detect_scheme(sequences: Iterable[Sequence[str]]) -> Detection | None:
    """Find out which scheme tags are written in, in one pass.

    ``E-`` or ``S-`` speak for bioes, ``L-`` or ``U-`` for bilou. With neither it is iob1 or bio,
    whichever has fewer faults; bio at a tie.

    Args:
        sequences: The tags of each sentence. Reading stops early where a tag rules spans out.

    Returns:
        The scheme with its faults; None where the tags do not describe spans: one of them is
        neither ``O`` nor ``_`` nor one of the prefixes B, I, E, S, L, U with a label, or none has
        a prefix.
    """
    counts: Counter[tuple[str | None, str | None]] = Counter()
    places: dict[tuple[str | None, str | None], tuple[int, int]] = {}
    for index, tags in enumerate(sequences):
        steps = list(zip([None, *tags], [*tags, None], strict=True))
        counts.update(steps)
        if len(counts) == len(places):
            continue  # nothing new, and so it is for nearly all sentences of a large file
        for position, (previous, tag) in enumerate(steps):
            if tag is not None and not _is_span_tag(tag):
                return None
            places.setdefault((previous, tag), (index, min(position, len(tags) - 1)))
    prefixes = {split_tag(tag)[0] for _, tag in counts if tag is not None} - {OUTSIDE}
    if not prefixes:
        return None
    candidates: list[Scheme] = []
    if not prefixes.isdisjoint("ES"):
        candidates.append("bioes")
    if not prefixes.isdisjoint("LU"):
        candidates.append("bilou")
    detections = []
    for scheme in candidates or ("bio", "iob1"):
        faulty = [step for step in counts if not is_allowed(*step, scheme)]
        first = min((places[step] for step in faulty), default=None)
        detections.append(Detection(scheme, sum(counts[step] for step in faulty), first))
    return min(detections, key=lambda detection: detection.faults)


def span_rules(tags: Sequence[str]) -> SpanRules:
    """Tabulate which pairs of tags begin and end spans, for computing spans' probabilities.

    Args:
        tags: The tags of a model, in the order of its numbers.
    """
    parts = [split_tag(tag) for tag in tags]
    labels = tuple(dict.fromkeys(label for _, label in parts if label))
    numbers = {label: number for number, label in enumerate(labels)}
    label_of_tag = np.array([numbers.get(label, -1) for _, label in parts], dtype=np.int64)
    opening = np.array([prefix in _OPENING for prefix, _ in parts], dtype=np.bool_)
    closing = np.array([prefix in _CLOSING for prefix, _ in parts], dtype=np.bool_)
    inside = label_of_tag >= 0
    boundary = label_of_tag[:, None] != label_of_tag[None, :]
    boundary |= closing[:, None] | opening[None, :]
    return SpanRules(
        labels=labels,
        label_of_tag=label_of_tag,
        begins=boundary & inside[None, :],
        begins_at_start=inside,
        ends=boundary & inside[:, None],
        ends_at_end=inside,
    )


def fold_map(tags: Sequence[str], source: Scheme, target: Scheme) -> list[str] | None:
    """Map each tag of one scheme to the one that stands in its place in another.

    With it probabilities of tags of the one scheme can be added up to those of the other. In
    valid sequences it does the same as `convert`.

    Args:
        tags: Tags of the source scheme.
        source: Their scheme.
        target: The scheme asked for.

    Returns:
        The target's tag for each tag; None where a tag alone does not say which one it is.

    Raises:
        ValueError: A scheme is unknown, or a tag's prefix foreign to the source scheme.
    """
    if _known(source) == _known(target):
        return list(tags)
    prefixes = _LOCAL_PREFIXES.get((source, target))
    if prefixes is None:
        return None
    folded = []
    for tag in tags:
        prefix, label = split_tag(tag)
        if label and prefix not in prefixes:
            raise ValueError(f"tag {tag!r} is none of scheme {source}: convert the tags first")
        folded.append(f"{prefixes[prefix]}-{label}" if label else OUTSIDE)
    return folded


def _is_boundary(tag: str, following: str) -> bool:
    """Return whether two neighbours, one of them in a span, are in different spans or outside."""
    prefix, label = split_tag(tag)
    next_prefix, next_label = split_tag(following)
    return label != next_label or prefix in _CLOSING or next_prefix in _OPENING


def _is_span_tag(tag: str) -> bool:
    """Return whether a tag is one that a span scheme has, a missing value included."""
    return tag in (OUTSIDE, MISSING) or bool(split_tag(tag)[1])


def _known(scheme: Scheme) -> Scheme:
    """Return the scheme, or raise ValueError where it is none."""
    if scheme not in _PREFIXES:
        raise ValueError(f"unknown tag scheme {scheme!r}: use one of {', '.join(SCHEMES)}")
    return scheme
