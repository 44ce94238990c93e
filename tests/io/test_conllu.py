"""CoNLL-U files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks, tagged_lines
from seqtag.io.block import Block
from seqtag.io.columns import parse_columns

SAMPLE = """\
# sent_id = 1
# text = Vámonos # al mar
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tVamos\tir\tVERB\tVM\tMood=Imp\t0\troot\t0:root\tNER=O|Gloss=go
2\tnos\tnosotros\tPRON\tPP\tCase=Acc\t1\tobj\t1:obj\t_
# a remark
2.1\thoy\thoy\tADV\t_\t_\t_\t_\t1:advmod\t_
3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
3\ta\ta\tADP\t_\t_\t5\tcase\t5:case\tGloss=to
4\tel\tel\tDET\t_\t_\t5\tdet\t5:det\tGloss=the|NER=B-LOC
5\tmar\tmar\tNOUN\t_\t_\t1\tobl\t1:obl\tNER=I-LOC

# sent_id = 2
1\tSí\tsí\tINTJ\t_\t_\t0\troot\t0:root\t_

# the end
"""


def read(text: str, spec: str | None = None, tags_required: bool = False) -> list[Block]:
    columns = parse_columns(spec, "conllu")
    file = io.BytesIO(text.encode())
    return list(read_blocks(file, columns, "conllu", tags_required=tags_required))


def tagged(text: str, spec: str | None, tags: str, scores: Sequence[float] = ()) -> str:
    """Return the text of one sentence with tags, one word each, in its tag column."""
    columns = parse_columns(spec, "conllu")
    (block,) = read(text, spec)
    confidence = [list(scores)] if scores else None
    return tagged_lines(block, columns, "conllu", [tags.split()], confidence=confidence)


def row(*, upos: str = "X", misc: str = "_") -> str:
    return f"1\ta\ta\t{upos}\t_\t_\t0\troot\t_\t{misc}\n"


def test_words_are_tokens_and_all_other_lines_stay() -> None:
    blocks = read(SAMPLE)
    assert [block.sentence.tokens for block in blocks] == [
        ["Vamos", "nos", "a", "el", "mar"],
        ["Sí"],
        [],
    ]
    assert [block.rows for block in blocks] == [[3, 4, 8, 9, 10], [1], []]
    lines = [line for block in blocks for line in block.lines]
    assert "".join(line.text + line.ending for line in lines) == SAMPLE


def test_the_text_is_that_of_the_words() -> None:
    sentence = read(SAMPLE)[0].sentence
    assert sentence.text == "Vamos nos a el mar"
    assert sentence.offsets[1] == (6, 9)


def test_several_columns_and_a_misc_key() -> None:
    sentence = read(SAMPLE, "token=LEMMA,tag=XPOS+FEATS+HEAD+NER")[0].sentence
    assert sentence.tokens == ["ir", "nosotros", "a", "el", "mar"]
    assert sentence.tags_by == {
        "XPOS": ["VM", "PP", "_", "_", "_"],
        "FEATS": ["Mood=Imp", "Case=Acc", "_", "_", "_"],
        "HEAD": ["0", "1", "5", "5", "1"],
        "NER": ["O", "_", "_", "B-LOC", "I-LOC"],
    }


@pytest.mark.parametrize("spec", [None, "tag=UPOS+XPOS+FEATS+DEPS", "tag=NER", "tag=Gloss+LEMMA"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("cut", [0, -1])
def test_the_gold_tags_reproduce_the_file(
    spec: str | None, ending: str, mark: str, cut: int
) -> None:
    text = mark + SAMPLE[: cut or None].replace("\n", ending)
    columns = parse_columns(spec, "conllu")
    out = [
        tagged_lines(block, columns, "conllu", list(block.sentence.tags_by.values()))
        for block in read(text, spec)
    ]
    assert "".join(out) == text


def test_the_tag_column_is_replaced_and_nothing_else() -> None:
    text = SAMPLE.split("\n\n")[0] + "\n\n"
    expected = text
    for number, tag in enumerate(["VERB", "PRON", "ADP", "DET", "NOUN"]):
        expected = expected.replace(f"\t{tag}\t", f"\tT{number}\t")
    assert tagged(text, None, "T0 T1 T2 T3 T4") == expected


@pytest.mark.parametrize(
    ("misc", "tag", "expected"),
    [
        ("_", "B", "NER=B"),
        ("", "B", "NER=B"),
        ("NER=O", "B", "NER=B"),
        ("A=1|NER=O|Z=2", "B", "A=1|NER=B|Z=2"),
        ("SubNER=O", "B", "SubNER=O|NER=B"),
        ("NER", "B", "NER|NER=B"),
        ("A=1", "_", "A=1"),
        ("NER=O", "_", "NER=_"),
        ("NER=a=b", "c=d", "NER=c=d"),
    ],
)
def test_a_misc_key_is_replaced_or_added(misc: str, tag: str, expected: str) -> None:
    assert tagged(row(misc=misc), "tag=NER", tag) == row(misc=expected)


def test_confidence_goes_into_misc() -> None:
    text = row(misc="SpaceAfter=No")
    once = tagged(text, None, "NOUN", [0.97312])
    assert once == row(upos="NOUN", misc="SpaceAfter=No|UPOSConfidence=0.9731")
    assert tagged(once, None, "VERB", [0.5]) == row(
        upos="VERB", misc="SpaceAfter=No|UPOSConfidence=0.5000"
    )
    assert tagged(row(), "tag=NER", "O", [1]) == row(misc="NER=O|NERConfidence=1.0000")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\n", "^<stream>:2: the line has 2 columns, CoNLL-U has 10, separated by tabs"),
        ("1 a a X _ _ 0 root _ _\n", "the line has 1 column, CoNLL-U has 10"),
        (row()[:-1] + "\t\n", "the line has 11 columns"),
        ("x" + row(), "^<stream>:2: 'x1' is no CoNLL-U ID; number words"),
        ("-" + row(), "'-1' is no CoNLL-U ID"),
        (row()[1:], "'' is no CoNLL-U ID"),
        ("²" + row()[1:], "'²' is no CoNLL-U ID"),
        ("٣" + row()[1:], "'٣' is no CoNLL-U ID"),
    ],
)
def test_wrong_rows_are_refused(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read("# text = a\n" + text)


@pytest.mark.parametrize("text", ["", "\n\n", "# text = a\n\n", "1-2\ta" + "\t_" * 8 + "\n\n"])
def test_a_file_without_words_is_refused_where_tags_are_required(text: str) -> None:
    assert [block.sentence.tokens for block in read(text)] in ([], [[]])
    with pytest.raises(DataError, match="holds no sentence"):
        read(text, "tag=NER", tags_required=True)


def test_a_misc_key_that_never_occurs_is_refused_where_tags_are_required() -> None:
    assert read(SAMPLE, "tag=UPSO")[0].sentence.tags == ["_"] * 5
    with pytest.raises(DataError, match="no word has the key 'UPSO' in its MISC column; did you"):
        read(SAMPLE, "tag=UPSO", tags_required=True)
    with pytest.raises(DataError, match="no word has the key 'Sentiment'.*; name a key"):
        read(SAMPLE, "tag=NER+Sentiment", tags_required=True)
    read(SAMPLE, "tag=NER+Gloss", tags_required=True)


@pytest.mark.parametrize(("spec", "tag"), [("tag=NER", "a|b"), ("tag=NER", "a\tb"), (None, "a\tb")])
def test_a_tag_that_does_not_fit_is_refused(spec: str | None, tag: str) -> None:
    columns = parse_columns(spec, "conllu")
    (block,) = read("# text = a\n" + row(), spec)
    with pytest.raises(DataError, match=r"<stream>:2: the tag '.*' holds a tab.*; write jsonl"):
        tagged_lines(block, columns, "conllu", [[tag]])


def test_a_sentence_is_there_with_its_blank_line(pipe: Callable[..., BinaryIO]) -> None:
    columns = parse_columns(None, "conllu")
    blocks = read_blocks(pipe(row().encode(), b"\n"), columns, "conllu")
    assert next(blocks).sentence.tokens == ["a"]


cell = st.text(
    st.one_of(
        st.sampled_from(" \r\x1c\x85\u00a0\u2028\ufeff#-_|="),
        st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"),
    ),
    max_size=4,
)


@given(st.lists(st.lists(cell, min_size=9, max_size=9), min_size=1, max_size=3))
def test_wild_columns_survive(rows: list[list[str]]) -> None:
    text = "".join(f"{number}\t" + "\t".join(row) + "x\n" for number, row in enumerate(rows, 1))
    (block,) = read(text, "tag=UPOS+NER")
    assert block.sentence.tokens == [row[0] for row in rows]
    columns = parse_columns("tag=UPOS+NER", "conllu")
    assert tagged_lines(block, columns, "conllu", list(block.sentence.tags_by.values())) == text


@given(cell, cell.map(lambda text: text.replace("|", "")))
def test_a_misc_value_is_read_as_it_was_written(misc: str, tag: str) -> None:
    out = tagged_lines(
        read(row(misc=misc + "x"), "tag=NER")[0],
        parse_columns("tag=NER", "conllu"),
        "conllu",
        [[tag]],
    )
    # A carriage return last in the line belongs to the line end.
    assert read(out.replace("\n", "|x\n"), "tag=NER")[0].sentence.tags == [tag]


def test_features_are_columns_or_keys() -> None:
    text = "1\ta\tb\tX\t_\t_\t_\t_\t_\tCase=Up\n2\tc\td\tY\t_\t_\t_\t_\t_\t_\n"
    (block,) = read(text, "feature=LEMMA+Case,tag=UPOS")
    assert block.sentence.features_by == {"LEMMA": ["b", "d"], "Case": ["Up", "_"]}


def test_a_feature_that_never_occurs_is_refused_where_tags_are_required() -> None:
    with pytest.raises(DataError, match="no word has the key 'Case'"):
        read("1\ta\tb\tX\t_\t_\t_\t_\t_\t_\n", "feature=Case", tags_required=True)
