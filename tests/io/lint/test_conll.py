from __future__ import annotations

import pytest

from seqtag.errors import DataError
from seqtag.io.columns import parse_columns
from seqtag.io.lint.conll import ConllRows
from seqtag.io.lint.rows import DAMAGED, Rows
from seqtag.io.lint.sentence import ReadableRows
from seqtag.text.findings import Findings


def read(spec: str | None, *texts: str) -> tuple[ConllRows, ReadableRows, list[tuple[int, str]]]:
    """Read rows that stand in lines 1, 2, ...; return also lines and kinds of their faults."""
    findings = Findings("x", None)
    rows = Rows(range(1, len(texts) + 1), list(texts), begins=True, ends=True)
    parser = ConllRows(parse_columns(spec, "conll"), [rows], findings)
    readable = parser.read(rows)
    return parser, readable, [(problem.line, problem.kind) for problem in findings.problems()]


def test_columns_are_found_from_both_ends() -> None:
    _, readable, faults = read("token=1,tag=0+-1", "X\ta\t_\tY", "Z\tb\t_\tW")
    assert readable.tokens == ["a", "b"]
    assert readable.tags == [["X", "Z"], ["Y", "W"]]
    assert (list(readable.lines), readable.gaps, faults) == ([1, 2], [], [])


def test_columns_of_features_are_passed_over() -> None:
    _, readable, faults = read("feature=1,tag=2", "a x O", "b y O")
    assert (readable.tokens, readable.tags, faults) == (["a", "b"], [["O", "O"]], [])


def test_most_rows_say_what_separates_columns() -> None:
    parser, readable, faults = read(None, "a\tO", "b   O", "c O", " d O ")
    assert (parser.width, parser.separator) == (2, "spaces")
    assert readable.tokens == ["a", "b", "c", "d"]
    assert faults == [(1, "separators")]
    parser, _, faults = read(None, "New York\tO", "b O", "c\tO")
    assert (parser.separator, faults) == ("tabs", [(2, "separators")])


def test_rows_with_other_columns_leave_gaps() -> None:
    _, readable, faults = read(None, "a b c", "d O", DAMAGED, "e O", "f O", "g")
    assert readable.tokens == ["d", "e", "f"]
    assert list(readable.lines) == [2, 4, 5]
    assert readable.gaps == [0, 1, 3]
    assert faults == [(1, "columns"), (6, "columns")]


@pytest.mark.parametrize(
    ("spec", "texts", "message"),
    [
        (None, [DAMAGED], "x:1: no row of it is UTF-8"),
        (None, ["a", "b O", "c"], "x:1: there is no tag column"),
        ("tag=2", ["a b c", "d O", "e O"], "x:2: there is no tag column 2"),
        ("token=5", ["a O"], "x:1: there is no token column 5"),
        ("feature=4", ["a O"], "x:1: there is no feature column 4"),
    ],
)
def test_columns_that_are_not_there_are_an_error(
    spec: str | None, texts: list[str], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(spec, *texts)
    assert str(caught.value).startswith(message)
