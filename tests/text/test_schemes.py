from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from seqtag.text.schemes import (
    SCHEMES,
    Detection,
    Scheme,
    begins,
    convert,
    detect_scheme,
    encode_spans,
    ends,
    find_spans,
    fold_map,
    is_allowed,
    span_rules,
    split_tag,
)

LABELS = ["X", "Y", "creative-work", "B-X", "-", "O"]
ALL_TAGS = ["O", "_", *(f"{prefix}-{label}" for label in "XY" for prefix in "BIESLU")]


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[tuple[int, int, str]], int]:
    """Return spans, some of them side by side, and the sentence's length."""
    spans = []
    length = 0
    for _ in range(draw(st.integers(0, 5))):
        start = length + draw(st.integers(0, 2))
        length = start + draw(st.integers(1, 4))
        spans.append((start, length, draw(st.sampled_from(LABELS))))
    return spans, length + draw(st.integers(0, 2))


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("B-PER", ("B", "PER")),
        ("I-creative-work", ("I", "creative-work")),
        ("E--", ("E", "-")),
        ("S-O", ("S", "O")),
        ("L-B-X", ("L", "B-X")),
        ("U- ", ("U", " ")),
    ],
)
def test_tag_is_split_at_the_first_hyphen(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag) == parts


@pytest.mark.parametrize(
    "tag", ["O", "_", "", "-", "B", "B-", "-PER", "NN", "b-PER", "X-PER", "O-X"]
)
def test_anything_else_is_outside(tag: str) -> None:
    assert split_tag(tag) == ("O", "")
    assert find_spans([tag]) == []


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("", []),
        ("O O", []),
        ("I-X I-X O I-X", [(0, 2, "X"), (3, 4, "X")]),  # IOB1, or a stray I
        ("I-X B-X I-X", [(0, 1, "X"), (1, 3, "X")]),
        ("I-X I-Y", [(0, 1, "X"), (1, 2, "Y")]),
        ("B-X I-Y O", [(0, 1, "X"), (1, 2, "Y")]),
        ("B-X I-X B-X", [(0, 2, "X"), (2, 3, "X")]),
        ("B-X _ I-X", [(0, 1, "X"), (2, 3, "X")]),
        ("B-X I-X E-X S-X B-X E-X", [(0, 3, "X"), (3, 4, "X"), (4, 6, "X")]),
        ("B-X I-X L-X U-X B-X L-X", [(0, 3, "X"), (3, 4, "X"), (4, 6, "X")]),
        ("E-X E-X", [(0, 1, "X"), (1, 2, "X")]),
        ("E-X I-X O", [(0, 1, "X"), (1, 2, "X")]),
        ("S-X I-X O", [(0, 1, "X"), (1, 2, "X")]),
        ("I-X E-X O", [(0, 2, "X")]),
        ("B-X E-Y", [(0, 1, "X"), (1, 2, "Y")]),
        ("I-X S-X I-X", [(0, 1, "X"), (1, 2, "X"), (2, 3, "X")]),
    ],
)
def test_spans_are_read_by_the_rules_of_conlleval(
    tags: str, spans: list[tuple[int, int, str]]
) -> None:
    assert find_spans(tags.split()) == spans


@given(st.lists(st.sampled_from(["O", *(f"{p}-{label}" for label in "XY" for p in "BIES")])))
def test_spans_are_those_of_seqeval(tags: list[str]) -> None:
    expected = [(start, end + 1, label) for label, start, end in get_entities(tags)]
    assert find_spans(tags) == expected


@given(st.lists(st.sampled_from(ALL_TAGS)))
def test_spans_begin_and_end_where_begins_and_ends_say(tags: list[str]) -> None:
    around = ["O", *tags, "O"]
    spans = find_spans(tags)
    starts = [i for i in range(len(tags)) if begins(around[i], tags[i])]
    stops = [i + 1 for i in range(len(tags)) if ends(tags[i], around[i + 2])]
    assert [start for start, _, _ in spans] == starts
    assert [end for _, end, _ in spans] == stops


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-X I-X I-X B-X I-Y O I-X"),
        ("bio", "B-X I-X I-X B-X B-Y O B-X"),
        ("bioes", "B-X I-X E-X S-X S-Y O S-X"),
        ("bilou", "B-X I-X L-X U-X U-Y O U-X"),
    ],
)
def test_spans_are_written_in_each_scheme(scheme: Scheme, tags: str) -> None:
    spans = [(6, 7, "X"), (0, 3, "X"), (3, 4, "X"), (4, 5, "Y")]
    assert encode_spans(spans, 7, scheme) == tags.split()


@given(layouts())
def test_spans_come_back_from_every_scheme(layout: tuple[list[tuple[int, int, str]], int]) -> None:
    spans, length = layout
    for scheme in SCHEMES:
        tags = encode_spans(spans, length, scheme)
        assert len(tags) == length
        assert find_spans(tags) == spans


@given(layouts())
def test_conversion_between_any_two_schemes_and_back_loses_nothing(
    layout: tuple[list[tuple[int, int, str]], int],
) -> None:
    for source, target in itertools.product(SCHEMES, repeat=2):
        tags = encode_spans(*layout, source)
        assert convert(convert(tags, target), source) == tags


@given(st.lists(st.sampled_from(ALL_TAGS)), st.sampled_from(SCHEMES))
def test_conversion_of_broken_tags_keeps_their_spans(tags: list[str], scheme: Scheme) -> None:
    assert find_spans(convert(tags, scheme)) == find_spans(tags)


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 2, "X"), (1, 3, "X")],
        [(0, 0, "X")],
        [(2, 1, "X")],
        [(-1, 1, "X")],
        [(2, 4, "X")],
        [(0, 1, "")],
    ],
)
def test_spans_that_no_tags_can_express_are_refused(spans: list[tuple[int, int, str]]) -> None:
    with pytest.raises(ValueError, match="in a sentence of 3 tokens"):
        encode_spans(spans, 3, "bio")


def test_unknown_scheme_is_refused_with_the_known_ones() -> None:
    message = "unknown tag scheme 'iob2': use one of iob1, bio, bioes, bilou"
    unknown: Scheme = "iob2"  # type: ignore[assignment]
    with pytest.raises(ValueError, match=message):
        encode_spans([], 0, unknown)
    with pytest.raises(ValueError, match=message):
        convert([], unknown)
    with pytest.raises(ValueError, match=message):
        is_allowed("O", "O", unknown)
    with pytest.raises(ValueError, match=message):
        fold_map([], "bio", unknown)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_allowed_sequences_are_exactly_those_that_spans_are_written_as(scheme: Scheme) -> None:
    """All sequences of up to three of all schemes' tags."""
    tags = [tag for tag in ALL_TAGS if tag != "_"]
    for length in range(4):
        for sequence in itertools.product(tags, repeat=length):
            steps = itertools.pairwise([None, *sequence, None])
            allowed = all(is_allowed(previous, tag, scheme) for previous, tag in steps)
            assert allowed == (convert(sequence, scheme) == list(sequence)), sequence


def detect(*sentences: str) -> Detection | None:
    return detect_scheme([sentence.split() for sentence in sentences])


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["O B-X I-X O", "B-Y"], "bio"),
        (["B-X O", "B-X"], "bio"),
        (["I-X I-X O", "I-X B-X I-Y"], "iob1"),
        (["I-X O"], "iob1"),
        (["O", "O B-X E-X"], "bioes"),
        (["S-X S-X O _"], "bioes"),
        (["B-X I-X L-X"], "bilou"),
        (["", "U-creative-work", ""], "bilou"),
    ],
)
def test_scheme_is_detected_without_faults(sentences: list[str], scheme: Scheme) -> None:
    assert detect(*sentences) == Detection(scheme, 0, None)


@pytest.mark.parametrize(
    ("sentences", "detection"),
    [
        # More strays than first B- that IOB1 would not write, and the other way round.
        (["O I-X O I-X", "I-X B-X B-Y"], Detection("iob1", 1, (1, 2))),
        (["O B-X B-X", "O I-X I-X B-X", "I-X B-Y"], Detection("bio", 2, (1, 1))),
        (["B-X O", "I-X O"], Detection("bio", 1, (1, 0))),  # as bad as iob1: the common scheme
        (["S-X", "O B-X O E-X", "B-X"], Detection("bioes", 3, (1, 2))),
        (["U-X", "O B-X"], Detection("bilou", 1, (1, 1))),
        (["U-X U-X S-X"], Detection("bilou", 1, (0, 2))),
        (["U-X S-X S-X"], Detection("bioes", 1, (0, 0))),
    ],
)
def test_faults_are_counted_and_the_first_is_located(
    sentences: list[str], detection: Detection
) -> None:
    assert detect(*sentences) == detection


@pytest.mark.parametrize(
    "sentences",
    [[], [""], ["O O", "_"], ["DT NN"], ["O B-X", "O NN"], ["b-X O"], ["B X"], ["B-"], ["M-X B-X"]],
)
def test_tags_that_are_no_spans_have_no_scheme(sentences: list[str]) -> None:
    assert detect(*sentences) is None


@given(st.lists(layouts(), min_size=1), st.sampled_from(SCHEMES))
def test_scheme_that_wrote_the_tags_fits_them(
    sentences: list[tuple[list[tuple[int, int, str]], int]], scheme: Scheme
) -> None:
    sequences = [encode_spans(spans, length, scheme) for spans, length in sentences]
    detection = detect_scheme(sequences)
    if not any(spans for spans, _ in sentences):
        assert detection is None
        return
    assert detection is not None
    assert detection.faults == 0
    assert [convert(tags, detection.scheme) for tags in sequences] == sequences


def test_detection_reads_a_stream_once_and_stops_where_spans_are_ruled_out() -> None:
    def stream() -> Iterator[Sequence[str]]:
        yield ["O", "B-X"]
        yield ["NN"]
        pytest.fail("read on")

    assert detect_scheme(stream()) is None


def test_span_rules_tabulate_begins_and_ends() -> None:
    rules = span_rules(ALL_TAGS)
    assert rules.labels == ("X", "Y")
    for row, tag in enumerate(ALL_TAGS):
        number = int(rules.label_of_tag[row])
        assert (rules.labels[number] if number >= 0 else "") == split_tag(tag)[1]
        assert rules.begins_at_start[row] == begins("O", tag)
        assert rules.ends_at_end[row] == ends(tag, "O")
        for column, following in enumerate(ALL_TAGS):
            assert rules.begins[row, column] == begins(tag, following)
            assert rules.ends[row, column] == ends(tag, following)
    assert rules.begins.dtype == rules.ends.dtype == np.bool_


@given(layouts())
def test_folding_tag_by_tag_converts_where_it_is_possible(
    layout: tuple[list[tuple[int, int, str]], int],
) -> None:
    for source, target in itertools.product(SCHEMES, repeat=2):
        tags = encode_spans(*layout, source)
        possible = source == target or (source in ("bioes", "bilou") and target != "iob1")
        assert fold_map(tags, source, target) == (convert(tags, target) if possible else None)


def test_folding_knows_the_tags_of_its_scheme_only() -> None:
    assert fold_map(["_", "O", "S-X"], "bioes", "bio") == ["O", "O", "B-X"]
    with pytest.raises(ValueError, match="tag 'U-X' is none of scheme bioes"):
        fold_map(["B-X", "U-X"], "bioes", "bio")
