from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.batching.batches import FloatArray
from seqtag.batching.contexts import ContextReader, Reading, UnitBatch, with_vectors
from seqtag.text.sentence import Sentence
from seqtag.text.unit_base import END, UNKNOWN
from seqtag.text.units import UnitKind, Units
from tests.generators import make_units

WORDS = ["the", "king", "sat", "cat", "zzz"]


def last_numbers(batch: UnitBatch) -> FloatArray:
    """Return the last two units that have been read at each token, the last one first."""
    behind = np.take_along_axis(batch.inputs[batch.rows], batch.steps[:, None], axis=1)
    before = np.take_along_axis(batch.inputs[batch.rows], batch.steps[:, None] - 1, axis=1)
    return np.hstack([behind, before]).astype(np.float64)


def states(reader: ContextReader, sentences: list[list[str]]) -> FloatArray:
    found = reader.read([Sentence(tokens) for tokens in sentences], last_numbers)
    return np.concatenate([np.zeros((0, reader.size)), *found])


def reading(units: Units, *directions: str) -> Reading:
    return Reading(units=units, directions=[(d, d == "backward") for d in directions], size=2)


@pytest.mark.parametrize("kind", ["char", "subword", "word"])
@given(sentences=st.lists(st.lists(st.sampled_from(WORDS), max_size=6), max_size=5))
def test_states_are_those_at_the_borders_of_tokens(
    kind: UnitKind, sentences: list[list[str]]
) -> None:
    units = make_units(kind)
    found = states(ContextReader([reading(units, "forward", "backward")]), sentences)
    expected = []
    for tokens in sentences:
        for place in range(len(tokens)):
            read = [END, *units.encode(" ".join(tokens[: place + 1])).numbers]
            left = [END, *units.encode(" ".join(tokens[place:])).numbers[::-1]]
            expected.append([*read[-1:-3:-1], *left[-1:-3:-1]])
    assert found.tolist() == np.array(expected).reshape(-1, 4).tolist()


@pytest.mark.parametrize("kind", ["char", "subword", "word"])
def test_a_token_without_a_unit_is_an_unknown_one(kind: UnitKind) -> None:
    found = states(ContextReader([reading(make_units(kind), "forward")]), [["\u00a0"]])
    assert found.tolist() == [[UNKNOWN, END]]


def test_directions_and_models_stand_side_by_side() -> None:
    units = make_units("word")
    backward = reading(units, "backward")
    forward = reading(units, "forward")
    reader = ContextReader([backward, forward])
    assert reader.size == 4
    sentences = [["the", "king", "sat"], ["cat"]]
    both = states(reader, sentences)
    assert both[:, :2].tolist() == states(ContextReader([backward]), sentences).tolist()
    assert both[:, 2:].tolist() == states(ContextReader([forward]), sentences).tolist()


def test_many_sentences_come_in_parts() -> None:
    reader = ContextReader([reading(make_units(), "forward")])
    sentences = [Sentence(["the"] * 100)] * 100
    parts = list(reader.read(sentences, last_numbers))
    assert len(parts) > 1
    assert sum(map(len, parts)) == 10_000


def test_of_nothing_there_is_nothing() -> None:
    reader = ContextReader([reading(make_units(), "forward")])
    assert list(reader.read([Sentence([])], last_numbers)) == []


def test_vectors_made_of_states_stand_in_front_of_what_is_given() -> None:
    parts = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]])]
    further = np.array([[7], [8], [9]], dtype=np.float32)

    def project(states: FloatArray) -> FloatArray:
        sums: FloatArray = states.sum(axis=1, keepdims=True)
        return sums

    assert with_vectors(parts, project, None).tolist() == [[3], [7], [11]]
    assert with_vectors(iter(parts), project, further).tolist() == [[3, 7], [7, 8], [11, 9]]
