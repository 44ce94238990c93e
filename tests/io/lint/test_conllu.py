from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.io.columns import parse_columns
from seqtag.io.lint.conllu import ConlluRows
from seqtag.io.lint.rows import Rows
from seqtag.text.findings import Findings


def number(ids: list[str], *, begins: bool = True) -> tuple[list[str], list[int]]:
    """Return the tokens that rows with these IDs have, and the lines (from 1) with faults."""
    findings = Findings("x", None)
    texts = [f"{number}\tt{place}" + "\t_" * 8 for place, number in enumerate(ids)]
    rows = Rows(range(1, len(ids) + 1), texts, begins, ends=True)
    readable = ConlluRows(parse_columns(None, "conllu"), findings).read(rows)
    assert {problem.kind for problem in findings.problems()} <= {"ids"}
    return readable.tokens, [problem.line for problem in findings.problems()]


@st.composite
def valid_ids(draw: st.DrawFn) -> list[str]:
    """IDs of words, multiword tokens and empty nodes as the format asks for."""
    ids = [f"0.{node}" for node in range(1, draw(st.integers(0, 2)) + 1)]
    end = 0
    length = draw(st.integers(1, 600 if draw(st.booleans()) else 8))
    for word in range(1, length + 1):
        if word > end and word < length and draw(st.integers(0, 9)) == 0:
            end = draw(st.integers(word + 1, min(length, word + 3)))
            ids.append(f"{word}-{end}")
        ids.append(str(word))
        if draw(st.integers(0, 9)) == 0:
            ids += [f"{word}.{node}" for node in range(1, draw(st.integers(1, 2)) + 1)]
    return ids


@given(valid_ids())
def test_valid_numbers_are_no_fault(ids: list[str]) -> None:
    tokens, faults = number(ids)
    assert tokens == [f"t{place}" for place, found in enumerate(ids) if found.isdecimal()]
    assert faults == []


@given(valid_ids(), st.data())
def test_a_missing_word_is_told_where_the_next_one_stands(
    ids: list[str], data: st.DataObject
) -> None:
    words = [place for place, found in enumerate(ids) if found.isdecimal()]
    place = data.draw(st.sampled_from(words[:-1] or words))
    following = ids[place + 1 :]
    _, faults = number(ids[:place] + following)
    if not following:
        return  # it may have been the last one
    assert place + 1 in faults


@pytest.mark.parametrize(
    "wrong", ["", "0", "01", "-1", "1-", "1.", "a", "²", "1" * 5000, "1 ", "_"]
)
def test_what_is_no_number_is_told(wrong: str) -> None:
    assert number(["1", wrong, "3"])[1] == [2]


def test_one_wrong_number_is_told_once() -> None:
    assert number(["1", "7", "3", "4"])[1] == [2]
    assert number(["1", "1", "3", "4"])[1] == [2]
    assert number(["1", "3", "4", "5"])[1] == [2]
    assert number(["1", "3", "2", "4"])[1] == [2, 3, 4]


def test_numbers_are_taken_up_behind_a_row_that_cannot_be_read() -> None:
    assert number(["1", "x", "3", "4", "6"]) == (["t0", "t2", "t3", "t4"], [2, 5])
    assert number(["17", "18", "20"], begins=False)[1] == [3]
