"""Descriptions of columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError
from seqtag.io.columns import Columns, Format, guess_format, nearest_column, parse_columns


@pytest.mark.parametrize(
    ("spec", "format", "expected"),
    [
        (None, "conll", Columns("0", ("-1",))),
        ("", "conll", Columns("0", ("-1",))),
        ("tag=3", "conll", Columns("0", ("3",))),
        ("token=1", "conll", Columns("1", ("-1",))),
        ("token=0,tag=3", "conll", Columns("0", ("3",))),
        (" tag = 03 , token = -2 ", "conll", Columns("-2", ("3",))),
        ("tag=1+3+-1", "conll", Columns("0", ("1", "3", "-1"))),
        ("feature=1+2", "conll", Columns("0", ("-1",), ("1", "2"))),
        ("feature=UPOS+Case,tag=NER", "conllu", Columns("FORM", ("NER",), ("UPOS", "Case"))),
        (None, "conllu", Columns("FORM", ("UPOS",))),
        ("tag=UPOS+XPOS+FEATS", "conllu", Columns("FORM", ("UPOS", "XPOS", "FEATS"))),
        ("token=LEMMA,tag=NER", "conllu", Columns("LEMMA", ("NER",))),
    ],
)
def test_columns(spec: str | None, format: Format, expected: Columns) -> None:
    assert parse_columns(spec, format) == expected


index = st.integers(-20, 20).map(str)
name = st.sampled_from(["FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "NER", "Sense", "Ner-2"])


@given(st.lists(index, min_size=2, unique=True), st.data())
def test_a_conll_spec_is_read_back(names: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(2, len(names)))
    columns = Columns(names[0], tuple(names[1:cut]), tuple(names[cut:]))
    assert parse_columns(columns.spec, "conll") == columns


@given(st.lists(name.filter(lambda name: name != "FORM"), min_size=1, unique=True))
def test_a_conllu_spec_is_read_back(names: list[str]) -> None:
    columns = Columns("FORM", tuple(names))
    assert parse_columns(columns.spec, "conllu") == columns


@pytest.mark.parametrize(
    ("spec", "format", "message"),
    [
        ("3", "conll", "'3' is not of the form role=column; write it like 'token=0,tag=-1'"),
        ("token=", "conll", "not of the form role=column"),
        ("tag=1,", "conll", "not of the form role=column"),
        ("tags=1", "conll", "unknown role 'tags'; did you mean tag"),
        ("colour=1", "conll", "unknown role 'colour'; the roles are token, feature, tag"),
        ("tag=1,tag=2", "conll", "tag is given twice; join several columns as in tag=1"),
        ("tag=UPOS", "conll", "tag is 'UPOS', but a CoNLL column is a number"),
        ("tag=1+", "conll", "tag is '', but"),
        ("tag=1.5", "conll", "tag is '1.5', but"),
        ("tag=٣", "conll", "but a CoNLL column is a number"),
        ("token=1,tag=1", "conll", "column 1 is named twice"),
        ("tag=-1+-1", "conll", "column -1 is named twice"),
        ("tag=3", "conllu", "tag is '3', but a CoNLL-U column has a name; write it like"),
        ("tag=upos", "conllu", "no column 'upos'; did you mean UPOS?"),
        ("token=UPOS", "conllu", "stand in FORM or LEMMA, not in 'UPOS'"),
        ("feature=2,tag=2", "conll", "column 2 is named twice"),
        ("feature=0", "conll", "column 0 is named twice"),
        ("feature=POS", "conll", "feature is 'POS', but a CoNLL column is a number"),
        ("feature=MISC", "conllu", "MISC holds no features; .* such as feature=NER"),
        ("tag=MISC", "conllu", "MISC holds no tags; .* such as tag=NER"),
        ("tag=ID", "conllu", "ID holds no tags"),
        ("tag=_", "conllu", "'_' can be no column and no key in MISC"),
        ("tag=a b", "conllu", "'a b' can be no column"),
        ("tag=a=b", "conllu", "'a=b' can be no column"),
        ("token=LEMMA,tag=LEMMA", "conllu", "column LEMMA is named twice"),
    ],
)
def test_wrong_columns(spec: str, format: Format, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_columns(spec, format)


@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("a.conllu", "conllu"),
        ("a.CoNLLU", "conllu"),
        ("a/b.conllu.gz", "conllu"),
        ("a.conll", "conll"),
        ("a.conllu/b.txt", "conll"),
        ("-", "conll"),
    ],
)
def test_the_name_tells_the_format(path: str, format: Format) -> None:
    assert guess_format(path) == format


def test_nearest_column() -> None:
    assert nearest_column("upso") == "UPOS"
    assert nearest_column("Sentiment") is None
