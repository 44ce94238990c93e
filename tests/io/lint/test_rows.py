from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.io.block import gather_rows
from seqtag.io.columns import parse_columns
from seqtag.io.conll import make_kind_of
from seqtag.io.lines import read_line_groups
from seqtag.io.lint import rows as rows_module
from seqtag.io.lint.rows import DAMAGED, RowReader
from seqtag.text.findings import Findings

KIND_OF = make_kind_of(parse_columns(None, "conll"), "%")
LINES = st.lists(
    st.sampled_from(
        [b"a O", b"% c", b"", b"\t", b"-DOCSTART- O", b"x -DOCSTART-", b"\xef\xbb\xbfa"]
    )
    | st.text("a %\r\x85\ufeff", max_size=5).map(str.encode)
)
CONTENTS = st.tuples(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans()).map(
    lambda drawn: drawn[1].join([*drawn[0], *([b""] if drawn[2] else [])])
)


def ignore(size: int) -> None:
    """Take no note of the progress."""
    del size


def read(content: bytes) -> list[tuple[list[int], list[str]]]:
    """Return lines and texts of the rows of each sentence."""
    reader = RowReader(io.BytesIO(content), KIND_OF, "%", Findings("x", None), ignore)
    sentences: list[tuple[list[int], list[str]]] = []
    may_begin = True
    for part in reader:
        assert part.begins == may_begin
        may_begin = part.ends
        if part.begins:
            sentences.append(([], []))
        sentences[-1][0].extend(part.lines)
        sentences[-1][1].extend(part.texts)
    assert may_begin
    return sentences


@given(CONTENTS)
def test_rows_are_those_of_the_reader(content: bytes) -> None:
    gathered = gather_rows(read_line_groups(io.BytesIO(content)), KIND_OF)
    expected = [
        ([lines[row].number for row in rows], [lines[row].text for row in rows])
        for lines, rows in gathered
        if rows
    ]
    assert read(content) == expected


@given(CONTENTS, st.integers(1, 9))
def test_parts_of_long_sentences_are_the_same_rows(content: bytes, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = read(content)
        patch.setattr(rows_module, "_MOST_ROWS", most)
        patch.setattr("seqtag.io.lines._CHUNK_SIZE", most)
        assert read(content) == whole


def test_document_marks_are_counted() -> None:
    content = b"-DOCSTART- -X-\n\na O\n-DOCSTART- -X-\nb O\n"
    reader = RowReader(io.BytesIO(content), KIND_OF, None, Findings("x", None), ignore)
    assert [part.texts for part in reader] == [["a O"], ["b O"]]
    assert reader.documents == 2


def test_lines_that_are_not_utf8_are_told_and_passed() -> None:
    content = b"a O\n\xff O\n% \xff\nb O\n\xc3\n"
    findings = Findings("x", None)
    reader = RowReader(io.BytesIO(content), KIND_OF, "%", findings, ignore)
    (part,) = reader
    assert list(part.lines) == [1, 2, 4, 5]
    assert part.texts == ["a O", DAMAGED, "b O", DAMAGED]
    assert [problem.line for problem in findings.problems()] == [2, 3, 5]


def test_comments_that_begin_with_a_letter_are_passed_over() -> None:
    kind_of = make_kind_of(parse_columns(None, "conll"), "REM")
    reader = RowReader(
        io.BytesIO(b"REM x\na O\nREM y\nb O\n"), kind_of, "REM", Findings("x", 1), ignore
    )
    (part,) = reader
    assert (list(part.lines), part.texts) == ([2, 4], ["a O", "b O"])
