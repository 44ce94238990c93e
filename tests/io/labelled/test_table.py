"""Rows of TSV and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqtag.io.labelled import table
from seqtag.io.labelled.entries import Flaw
from seqtag.io.labelled.table import Record, csv_records, tsv_records
from seqtag.io.lines import Lines, read_line_groups

# All that text can hold, and often what has a meaning in a table or elsewhere is a line end.
wild = st.text(
    st.one_of(
        st.sampled_from("\t \r\n\",;'a\x0b\x85\u2028\ufeff"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)
rows_of_cells = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(wild, min_size=width, max_size=width), max_size=8)
)


def records(text: str) -> list[Record | Flaw]:
    return list(csv_records(read_line_groups(io.BytesIO(text.encode()))))


def cells(text: str) -> list[list[str]]:
    found = records(text)
    assert not [flaw for flaw in found if isinstance(flaw, Flaw)]
    return [record.cells for record in found if isinstance(record, Record)]


def written(rows: Sequence[Sequence[str]], quote_all: bool) -> str:
    """Return rows as Python's own module writes them."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL).writerows(rows)
    return file.getvalue()


@given(rows_of_cells, st.booleans())
def test_what_the_csv_module_writes_comes_back(rows: list[list[str]], quote_all: bool) -> None:
    first = ["a", "b"]  # a comma in the first line tells what separates
    if not quote_all:  # a row of a space without quotes is a blank line
        rows = [row for row in rows if len(row) > 1 or row[0].strip(" ") or not row[0]]
    assert cells("\ufeff" + written([first, *rows], quote_all)) == [first, *rows]


@given(st.text(st.sampled_from('ab,"\n'), max_size=30))
@example('a,"b\n"c')
def test_any_text_is_read_as_by_the_csv_module(text: str) -> None:
    """The other reader gives up at the first broken quote."""
    text = "x,y\n" + text
    expected: list[list[str]] = []
    is_broken = False
    try:
        # The module alone would also join what follows a quoted field with it.
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if row:
                expected.append(row)
    except csv.Error:
        is_broken = True
    found = records(text)
    good = [record.cells for record in found if isinstance(record, Record)]
    assert any(isinstance(record, Flaw) for record in found) == is_broken
    assert good[: len(expected)] == expected


@given(st.text(st.sampled_from('ab,;"\r\n'), max_size=60))
def test_reading_goes_on_behind_a_broken_quote(text: str) -> None:
    found = records(text)
    lines = [record.line for record in found]
    assert lines == sorted(lines)
    plain = {
        number
        for number, line in enumerate(text.split("\n"), 1)
        if line.removesuffix("\r").strip(" ")
    }
    covered: set[int] = set()
    for record in found:
        end = record.line if isinstance(record, Flaw) else record.end
        covered |= set(range(record.line, end + 1))
    assert plain <= covered | {1} if found else not plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
        ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
        ('"a,b","say ""x"""\n', [["a,b", 'say "x"']]),
        ('5" screen,good\n', [['5" screen', "good"]]),
        ('a, "b"\n', [["a", ' "b"']]),
        ('"a\nb",c\n', [["a\nb", "c"]]),
        ('"a\r\nb",c\r\n', [["a\r\nb", "c"]]),
        ('"",""\n,\n', [["", ""], ["", ""]]),
        ("a,b\n\n  \nc,d\n\n", [["a", "b"], ["c", "d"]]),
        ("a;b\nc,x;d\n", [["a", "b"], ["c,x", "d"]]),
        ('"a,x";b\nc;d\n', [["a,x", "b"], ["c", "d"]]),
        ("a,b;c\nd,e\n", [["a", "b;c"], ["d", "e"]]),
        ("a\rb,c\r\r\n", [["a\rb", "c\r"]]),
        ("a\u2028b,c\x85\n", [["a\u2028b", "c\x85"]]),
        ("", []),
    ],
)
def test_csv(text: str, expected: list[list[str]]) -> None:
    assert cells(text) == expected


def test_lines_of_a_row_are_those_of_the_file() -> None:
    found = records('a,b\n"c\n\nd","e\n"\n\nf,g\n')
    assert [(record.line, record[1]) for record in found] == [(1, 1), (2, 5), (7, 7)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('a,b\n"c,d\ne,f\n', 2, "not closed anywhere"),
        ('a,b\n"c\n",d\ne,"f\ng,h\n', 4, "not closed anywhere"),
        ('a,b\n"c"d,e\n', 2, "is closed before 'd,e'"),
        ('a,b\n"c,d\ne,f\n"g",h\n', 2, "is closed in line 4 before 'g\",h'"),
        ('a,b\n"c" ,d\n', 2, "is closed before ' ,d'"),
    ],
)
def test_a_broken_quote_is_named_where_it_was_opened(text: str, line: int, message: str) -> None:
    flaws = [record for record in records(text) if isinstance(record, Flaw)]
    assert [(flaw.line, flaw.kind) for flaw in flaws][:1] == [(line, "quotes")]
    assert message in flaws[0].message
    assert 'twice ("")' in flaws[0].message


def test_one_broken_quote_hides_no_other_row() -> None:
    found = records('a,b\n"c,d\ne,f\n"g\nh",i\nj,k\n')
    assert [record.line for record in found] == [1, 2, 3, 4, 6]
    assert [type(record) for record in found] == [Record, Flaw, Record, Record, Record]


def test_fields_may_be_larger_than_the_csv_module_allows() -> None:
    large = "x\n" * 100_000
    assert cells(f'a,b\n"{large}",c\n') == [["a", "b"], [large, "c"]]
    assert csv.field_size_limit() == 131_072  # which stays as it was


def test_a_quote_never_closed_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_QUOTED", 1000)
    taken = 0

    def lines() -> Iterator[Lines]:
        nonlocal taken
        yield Lines(1, ["a,b", '"c,d'])
        for number in range(3, 10_000, 10):
            taken += 10
            yield Lines(number, ["more,text"] * 10)

    found = csv_records(lines())
    flaw = next(record for record in found if isinstance(record, Flaw))
    assert (flaw.line, taken) == (2, 100)  # lines of ten characters with the line feed
    assert "not closed within 1,000 characters" in flaw.message
    assert next(found) == Record(3, 3, ["more", "text"])


@given(st.lists(st.lists(wild.map(lambda t: t.translate({9: 32, 10: 32})), min_size=2), max_size=6))
def test_tsv_takes_everything_between_tabs_as_it_is(rows: list[list[str]]) -> None:
    text = "".join("\t".join(row) + "|\n" for row in rows)  # no CR before the line end
    found = list(tsv_records(read_line_groups(io.BytesIO(b"\xef\xbb\xbf" + text.encode()))))
    expected = [[*row[:-1], row[-1] + "|"] for row in rows]
    assert [record.cells for record in found if record.cells != [""]] == expected
    assert [record.line for record in found][: len(rows)] == list(range(1, len(found) + 1))[
        : len(rows)
    ]
