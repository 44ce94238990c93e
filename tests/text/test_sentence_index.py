from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.sentence_index import SentenceIndex, find_conflicts, find_shared, first_alike

SENTENCES = st.lists(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("XY")), min_size=1, max_size=4)
)


def index(sentences: list[list[tuple[str, str]]]) -> SentenceIndex:
    """Index sentences that stand in lines 10, 20, ..."""
    found = SentenceIndex(1)
    for number, sentence in enumerate(sentences, 1):
        tokens, tags = ("\n".join(column) for column in zip(*sentence, strict=True))
        found.add(tokens, [tags], 10 * number, len(sentence))
    return found


def tokens_of(sentence: list[tuple[str, str]]) -> str:
    return " ".join(token for token, _ in sentence)


@given(SENTENCES)
def test_repeated_sentences_are_counted(sentences: list[list[tuple[str, str]]]) -> None:
    expected = len(sentences) - len({tokens_of(sentence) for sentence in sentences})
    assert index(sentences).count_repeated() == expected


@given(SENTENCES, SENTENCES)
def test_shared_sentences_are_found_with_the_first_place(
    part: list[list[tuple[str, str]]], train: list[list[tuple[str, str]]]
) -> None:
    places: dict[str, int] = {}
    for number, sentence in enumerate(train, 1):
        places.setdefault(tokens_of(sentence), 10 * number)
    expected = [
        (10 * number, places[tokens_of(sentence)])
        for number, sentence in enumerate(part, 1)
        if len(sentence) > 2 and tokens_of(sentence) in places
    ]
    assert list(find_shared(index(part), index(train))) == expected


@given(SENTENCES)
def test_conflicts_are_those_with_the_usual_tags(sentences: list[list[tuple[str, str]]]) -> None:
    occurrences: dict[str, list[int]] = {}
    for number, sentence in enumerate(sentences):
        occurrences.setdefault(tokens_of(sentence), []).append(number)
    tags = [tuple(tag for _, tag in sentence) for sentence in sentences]
    expected = set()
    for numbers in occurrences.values():
        # Counter gives the one that comes first at a tie.
        usual, _ = Counter(tags[number] for number in numbers).most_common()[0]
        reference = next(number for number in numbers if tags[number] == usual)
        expected |= {(number, reference) for number in numbers if tags[number] != usual}
    found = index(sentences)
    conflicts = list(find_conflicts(found.sentences, found.tags(0)))
    assert len(conflicts) == len(set(conflicts))
    assert set(conflicts) == expected


def test_short_sentences_are_known() -> None:
    found = index([[("a", "X")], [("a", "X")] * 2, [("a", "X")] * 3])
    assert found.is_short.tolist() == [True, True, False]
    assert found.lines.dtype == np.int64


def test_first_alike_has_the_same_tokens_and_tags() -> None:
    index = SentenceIndex(1)
    for line, (tokens, tag) in enumerate(map(tuple, ["aX", "bX", "aX", "aY", "bX", "aX"]), 1):
        index.add(tokens, [tag], line, 3)
    assert first_alike(index).tolist() == [0, 1, 0, 3, 1, 0]
