from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text import tag_counts
from seqtag.text.schemes import (
    SCHEMES,
    Scheme,
    detect_scheme,
    encode_spans,
    find_spans,
    is_allowed,
)
from seqtag.text.tag_counts import TagCounts

SPAN_TAGS = ["O", "_", *(f"{prefix}-{label}" for prefix in "BIESLU" for label in "XY")]


@st.composite
def sentences(draw: st.DrawFn) -> list[list[tuple[int, int, str]]]:
    """Spans of some sentences of 8 tokens, at least one in all."""
    found: list[list[tuple[int, int, str]]] = []
    for _ in range(draw(st.integers(1, 5))):
        edges = sorted(draw(st.sets(st.integers(0, 8), max_size=8)))
        spans = [
            (start, end, draw(st.sampled_from("XY")))
            for start, end in zip(edges, edges[1:], strict=False)
            if draw(st.booleans())
        ]
        found.append(spans)
    found.append([(0, 2, "X"), (3, 4, "Y"), (4, 6, "Y")])  # tells all schemes apart
    return found


def count(sequences: Iterable[Sequence[str]]) -> TagCounts:
    """Count tags that stand one a line, with a blank line behind each sentence."""
    counts = TagCounts()
    line = 1
    for tags in sequences:
        counts.add(tags, range(line, line + len(tags)))
        line += len(tags) + 1
    return counts


@given(sentences(), st.sampled_from(SCHEMES))
def test_valid_tags_have_their_scheme_and_no_faults(
    spans: list[list[tuple[int, int, str]]], scheme: Scheme
) -> None:
    sequences = [encode_spans(found, 8, scheme) for found in spans]
    counts = count(sequences)
    detection = detect_scheme(sequences)
    assert detection is not None
    assert counts.scheme() == detection.scheme == scheme
    assert counts.faults() == []
    assert counts.foreign_tags() == []
    assert counts.spans() == Counter(label for found in spans for _, _, label in found)


@given(st.lists(st.lists(st.sampled_from(SPAN_TAGS), min_size=1, max_size=8), min_size=1))
def test_faults_are_all_steps_that_the_best_scheme_forbids(sequences: list[list[str]]) -> None:
    counts = count(sequences)
    places: dict[Scheme, list[tuple[int, str | None, str | None]]] = {s: [] for s in SCHEMES}
    line = 1
    for tags in sequences:
        for index, step in enumerate(zip([None, *tags], [*tags, None], strict=True)):
            for each in SCHEMES:
                if not is_allowed(*step, each):
                    places[each].append((line + min(index, len(tags) - 1), *step))
        line += len(tags) + 1
    scheme = counts.scheme()
    if scheme is None:
        assert {tag for tags in sequences for tag in tags} <= {"O", "_"}
        return
    assert len(places[scheme]) == min(map(len, places.values()))
    prefixes = {"iob1": "BI", "bio": "BI", "bioes": "BIES", "bilou": "BILU"}[scheme]

    def belongs(tag: str | None) -> bool:
        return tag in (None, "O", "_") or (tag is not None and tag[0] in prefixes)

    # What is none of the scheme is told as such, and nothing is said of what follows it.
    foreign = [(place, tag) for place, _, tag in places[scheme] if tag and not belongs(tag)]
    assert counts.foreign_tags() == sorted(foreign)
    rest = [fault for fault in places[scheme] if belongs(fault[1]) and belongs(fault[2])]
    assert counts.faults() == rest


@given(st.lists(st.lists(st.sampled_from(SPAN_TAGS), min_size=1, max_size=8), min_size=1))
def test_spans_are_those_that_are_read(sequences: list[list[str]]) -> None:
    expected = Counter(label for tags in sequences for _, _, label in find_spans(tags))
    counts = count(sequences)
    assert counts.spans() == expected
    assert {label: number for label, (number, _) in counts.labels().items()} == expected


def test_labels_and_tags_come_with_their_first_line() -> None:
    counts = count([["O", "B-X"], ["B-Y", "I-Y", "B-X", "B-X"]])
    assert counts.labels() == {"X": (3, 2), "Y": (1, 4)}
    assert counts.tags() == {"O": (1, 1), "B-X": (3, 2), "B-Y": (1, 4), "I-Y": (1, 5)}


@pytest.mark.parametrize("stray", ["E-X", "S-X", "L-X", "U-X", "b-X", "X", "B-", "o", "-", "BX"])
def test_one_stray_tag_does_not_change_the_scheme(stray: str) -> None:
    counts = count([["B-X", "I-X", "O"]] * 5 + [["O", stray, "O"]])
    assert counts.scheme() == "bio"
    assert counts.foreign_tags() == [(22, stray)]
    assert counts.faults() == []


@pytest.mark.parametrize(
    "tags",
    [
        ["O", "O"],
        ["NN", "VB"],
        ["O", "PER", "LOC"],
        ["_", "Number=Sing"],
        ["B-X", "B", "I", "LOC"],
        ["S---------", "N------S1R", "VIIA-3MS--"],
    ],
)
def test_tags_that_are_no_spans_have_no_scheme(tags: list[str]) -> None:
    counts = count([tags] * 1500)
    assert counts.scheme() is None
    assert counts.faults() == []
    assert counts.foreign_tags() == []
    assert counts.spans() == Counter()
    assert counts.counts == Counter(tags * 1500)


@pytest.mark.parametrize("odd", ["", " ", "B-X ", " O", "B-X\u200b", "O\xa0", "\ufeff"])
def test_odd_tags_are_set_apart(odd: str) -> None:
    """They are wrong by themselves; what stands beside them is no further fault."""
    counts = count([["B-X", "I-X", "O"], ["B-X", odd, "I-X"], [odd], ["O", "I-X"]])
    assert counts.odd == {odd}
    assert counts.scheme() == "bio"
    assert counts.faults() == [(12, "O", "I-X")]
    assert counts.foreign_tags() == []
    assert odd not in counts.tags()


def test_nothing_is_said_of_steps_over_a_gap() -> None:
    counts = TagCounts()
    counts.add(["B-X", "I-X", "I-Y"], [1, 2, 3])
    assert counts.faults() == [(3, "I-X", "I-Y")]
    counts.add(["I-Y", "I-Y", "I-X"], [5, 6, 8], gaps=[0, 2])
    counts.add(["B-X", "E-X", "B-X"], [10, 11, 12], gaps=[3])
    assert counts.faults() == [(3, "I-X", "I-Y")]


@given(
    st.lists(st.lists(st.sampled_from(SPAN_TAGS[:6]), min_size=1, max_size=8), min_size=1),
    sentences(),
    st.sampled_from(SCHEMES),
)
def test_giving_up_schemes_on_the_way_changes_nothing(
    odd: list[list[str]], spans: list[list[tuple[int, int, str]]], scheme: Scheme
) -> None:
    sequences = [*([encode_spans(found, 8, scheme) for found in spans] * 3), *odd]
    with pytest.MonkeyPatch.context() as patch:
        whole = count(sequences)
        patch.setattr(tag_counts, "_MANY_STEPS", 20)
        patch.setattr(tag_counts, "_MANY_FOREIGN", 10)
        early = count(sequences)
    assert early.scheme() == whole.scheme()
    assert early.faults() == whole.faults()


def test_memory_is_bounded_by_the_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of tags that fit the scheme are not kept, which would take 8 bytes each."""
    monkeypatch.setattr(tag_counts, "_MANY_STEPS", 10_000)
    tags = ["B-X", "I-X", "O", "B-Y"] * 50
    counts = TagCounts()
    tracemalloc.start()
    for line in range(0, 200_000, 200):
        counts.add(tags, range(line, line + 200))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counts.scheme() == "bio"
    assert counts.faults() == []
    assert counts.spans() == Counter({"X": 50_000, "Y": 50_000})
    assert peak < 600_000


@pytest.mark.parametrize("prefix", ["", "B-"])
def test_column_of_any_words_is_given_up(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_counts, "MOST_TAGS", 1000)
    counts = count([f"{prefix}{i}", "O", f"{prefix}{i + 1}"] for i in range(0, 4000, 2))
    assert counts.is_open
    assert counts.scheme() is None
    assert len(counts.counts) <= 1010
