"""Headers of tables, and where text and label stand."""

from __future__ import annotations

import pytest

from seqtag.errors import ConfigError, DataError
from seqtag.io.labelled import Header, parse_text_columns
from seqtag.io.labelled.entries import Entry, Flaw
from seqtag.io.labelled.layout import TableEntries
from seqtag.io.labelled.table import Record


def entries(
    rows: list[str],
    spec: str | None = None,
    *,
    header: Header = "auto",
    labels_required: bool = True,
    width: int = 0,
) -> TableEntries:
    return TableEntries(
        (Record(number, number, row.split("|")) for number, row in enumerate(rows, 1)),
        parse_text_columns(spec, "csv"),
        path="x.csv",
        header=header,
        labels_required=labels_required,
        width=width,
    )


def found(table: TableEntries) -> list[tuple[str, str | None]]:
    return [(entry.text, entry.label) for entry in table if isinstance(entry, Entry)]


@pytest.mark.parametrize(
    ("first", "spec", "header", "has_header"),
    [
        ("text|label", None, "auto", True),
        ("Review| Sentiment ", None, "auto", True),
        ("SENTENCE|Label", "text=0,label=-1", "auto", True),
        ("stars|review", "text=1,label=0", "auto", True),
        ("label|text", None, "auto", False),  # the other way round than what is asked for
        ("review|good", None, "auto", False),
        ("words|label", None, "auto", False),
        ("text|label", None, "no", False),
        ("a|b", None, "yes", True),
        ("words|mark", "text=words,label=mark", "auto", True),
        ("words|mark", "text=words,label=1", "auto", True),
        ("words|mark", "text=words,label=mark", "yes", True),
    ],
)
def test_header(first: str, spec: str | None, header: Header, has_header: bool) -> None:
    table = entries([first, "c|d"], spec, header=header)
    rows = found(table)
    assert table.has_header == has_header
    assert len(rows) == (1 if has_header else 2)
    assert set(rows[-1]) == {"c", "d"}


def test_header_of_a_single_column_where_labels_are_not_asked_for() -> None:
    assert found(entries(["text", "a"], labels_required=False)) == [("a", None)]
    assert found(entries(["a", "text"], labels_required=False)) == [("a", None), ("text", None)]


def test_columns_are_found_by_name_and_from_the_end() -> None:
    rows = ["id| Text |n|Class", "1|a|2|x"]
    assert found(entries(rows, "text=Text,label=Class")) == [("a", "x")]
    assert found(entries(rows[1:], "text=1,label=-1")) == [("a", "x")]
    assert found(entries(rows[1:], "text=-3,label=3")) == [("a", "x")]


@pytest.mark.parametrize(
    ("first", "spec", "message"),
    [
        (
            "id|text",
            "text=text,label=labl",
            "no column 'labl'; the header names 'id', 'text'; name",
        ),
        ("text|label", "text=txt,label=label", "no column 'txt'; .* did you mean 'text'?"),
        ("text|label|text", "text=text,label=label", "several columns have the name 'text'"),
        ("a|b", "text=0,label=2", "no column 2 for the label: the line has 2 columns"),
        ("a|b", "text=-3,label=0", "no column -3 for the text"),
        ("a|b", "text=1,label=-1", "text and label are both column 1 of 2"),
    ],
)
def test_missing_columns_are_told(first: str, spec: str, message: str) -> None:
    with pytest.raises(DataError, match=f"^x.csv:1: .*{message}"):
        list(entries([first, first], spec))


def test_names_need_a_header() -> None:
    with pytest.raises(ConfigError, match="names of columns stand in a header, and header is no"):
        entries(["a|b"], "text=review,label=stars", header="no")


def test_rows_of_another_width_are_told_and_passed_over() -> None:
    items = list(entries(["a|b|c", "a|b", "c|d", "e"], width=2))
    assert [(item.line, isinstance(item, Flaw)) for item in items] == [
        (1, True),
        (2, False),
        (3, False),
        (4, True),
    ]
    assert items[0] == Flaw(
        1, "columns", "the line has 3 columns, others have 2; give all lines the same"
    )
