"""CoNLL files."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks, tagged_lines
from seqtag.io.block import Block
from seqtag.io.columns import parse_columns
from seqtag.io.conll import column_count


def read(
    text: str,
    spec: str | None = None,
    *,
    comment: str | None = None,
    tags_required: bool = False,
    trained_columns: int | None = None,
) -> list[Block]:
    blocks = read_blocks(
        io.BytesIO(text.encode()),
        parse_columns(spec, "conll"),
        "conll",
        comment=comment,
        tags_required=tags_required,
        trained_columns=trained_columns,
    )
    return list(blocks)


def tokens(text: str, spec: str | None = None, comment: str | None = None) -> list[list[str]]:
    return [block.sentence.tokens for block in read(text, spec, comment=comment)]


def tagged(
    text: str,
    spec: str | None = None,
    tag: str = "T",
    trained_columns: int | None = None,
    confidence: float | None = None,
) -> str:
    """Return the text with ``T0`` in its first tag column, ``T1`` in the second and so on."""
    columns = parse_columns(spec, "conll")
    pieces = []
    for block in read(text, spec, trained_columns=trained_columns):
        count = len(block.sentence)
        tags = [[f"{tag}{place}"] * count for place in range(len(columns.tags))]
        scores = None if confidence is None else [[confidence] * count for _ in columns.tags]
        pieces.append(
            tagged_lines(
                block, columns, "conll", tags, confidence=scores, trained_columns=trained_columns
            )
        )
    return "".join(pieces)


def original(blocks: list[Block]) -> str:
    lines = [line for block in blocks for line in block.lines]
    return "".join(line.prefix + line.text + line.ending for line in lines)


wild_text = st.text(
    st.one_of(
        st.sampled_from("\t \r\n\x0b\x1c\x85\u00a0\u2028\ufeff#-a"),
        st.characters(exclude_categories=["Cs"]),
    )
)
# What a column of a line split at tabs may hold: all but the tab and the line feed.
cell = st.text(
    st.one_of(
        st.sampled_from(" \r\x0b\x1c\x85\u00a0\u2028\ufeff#-a"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"),
    ),
    max_size=5,
)
# What a column of a line split at spaces may hold. A carriage return last would end the line.
word = cell.map(lambda text: text.replace(" ", "").rstrip("\r")).filter(bool)
visible = word.filter(lambda text: text.strip("\r\v\f") != "" and not text.startswith("\ufeff"))


class TestReading:
    def test_columns_at_tabs(self) -> None:
        (block,) = read("New York\tB\na\u00a0b\x85\t O \n")
        assert block.sentence.tokens == ["New York", "a\u00a0b\x85"]
        assert block.sentence.tags_by == {"-1": ["B", " O "]}

    def test_columns_at_runs_of_spaces(self) -> None:
        (block,) = read("  EU   NNP B-ORG \nrejects VBZ O\n", "tag=1+2")
        assert block.sentence.tokens == ["EU", "rejects"]
        assert block.sentence.tags_by == {"1": ["NNP", "VBZ"], "2": ["B-ORG", "O"]}

    def test_columns_from_the_end(self) -> None:
        (block,) = read("0\tEU\tNNP\tO\n", "token=-3,tag=-1+-2")
        assert block.sentence.tokens == ["EU"]
        assert block.sentence.tags_by == {"-1": ["O"], "-2": ["NNP"]}

    @pytest.mark.parametrize("blank", ["", " ", "\t", "\t \t", "\r", "\x0b\x0c"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_white_space_ends_a_sentence(self, blank: str, ending: str) -> None:
        text = ending.join(["a O", blank, "b O", ""])
        assert tokens(text) == [["a"], ["b"]]

    @pytest.mark.parametrize("token", ["\u00a0", "\u2028", "\x85", "\x1c", "\u3000"])
    def test_other_spaces_are_tokens(self, token: str) -> None:
        assert tokens(f"a\n{token}\n") == [["a", token]]

    def test_an_empty_column_is_a_token(self) -> None:
        assert tokens("a\tO\n\tO\nb\tO\n") == [["a", "", "b"]]

    @pytest.mark.parametrize(
        "mark",
        [
            "-DOCSTART-",
            "-DOCSTART- -X- -X- O",
            "-DOCSTART- -X- O O",
            "-DOCSTART-\tO",
            "-DOCSTART- (1 EU)",
            "-DOCSTART- (1 EU)\tO",
            "1\t-DOCSTART-\tO",
        ],
    )
    @pytest.mark.parametrize("blank", ["", "\n"])
    def test_document_marks_are_no_tokens_and_end_a_sentence(self, mark: str, blank: str) -> None:
        spec = "token=1,tag=2"
        text = f"{mark}\n{blank}1\ta\tO\n{mark}\n{blank}1\tb\tO\n"
        blocks = read(text, spec, tags_required=True)
        assert [block.sentence.tokens for block in blocks] == [["a"], ["b"]]
        assert original(blocks) == text
        assert tagged(text, spec) == text.replace("\ta\tO", "\ta\tT0").replace("b\tO", "b\tT0")

    def test_a_longer_word_is_no_document_mark(self) -> None:
        assert tokens("x-DOCSTART- O\n-DOCSTART-x O\n") == [["x-DOCSTART-", "-DOCSTART-x"]]

    def test_tokens_may_start_with_a_hash(self) -> None:
        assert tokens("# O\n#tag O\n") == [["#", "#tag"]]

    def test_comments_where_there_is_a_prefix(self) -> None:
        text = "# id 1\na O\n# a remark of any length\nb O\n\n"
        assert tokens(text, comment="#") == [["a", "b"]]
        assert original(read(text, comment="#")) == text

    def test_blocks_hold_the_whole_file(self) -> None:
        text = "\ufeff\n\n-DOCSTART- -X-\n\na O\nb O\n \n\nc O\n\n\n-DOCSTART-"
        blocks = read(text)
        assert original(blocks) == text
        assert [len(block.lines) for block in blocks] == [7, 3, 2]
        assert [block.rows for block in blocks] == [[4, 5], [1], []]

    @given(wild_text)
    def test_wild_text_is_refused_or_comes_out_unchanged(self, text: str) -> None:
        try:
            blocks = read(text)
        except DataError:
            return
        assert original(blocks) == text
        columns = parse_columns(None, "conll")
        for block in blocks:
            tags = [block.sentence.tags_by.get("-1", ["T"] * len(block.sentence))]
            assert tagged_lines(block, columns, "conll", tags).count("\n") == sum(
                line.ending != "" for line in block.lines
            )

    def test_a_sentence_is_there_with_its_blank_line(self, pipe: Callable[..., BinaryIO]) -> None:
        columns = parse_columns(None, "conll")
        blocks = read_blocks(pipe(b"a O\n", b"\n", b"b O\n", b"\n"), columns, "conll")
        assert next(blocks).sentence.tokens == ["a"]
        assert next(blocks).sentence.tokens == ["b"]

    def test_a_very_long_token(self) -> None:
        long = "x" * 300_000
        assert tokens(f"{long} O\n{long}\tO\n") == [[long, long]]
        assert tagged(f"{long} O\n{long}\tO\n{long} O") == f"{long} T0\n{long}\tT0\n{long} T0"

    def test_number_of_columns(self) -> None:
        assert [column_count(block) for block in read("a b c\n\n\n")] == [3, 0]


class TestRefusing:
    @pytest.mark.parametrize("tags_required", [True, False])
    def test_ragged_rows(self, tags_required: bool) -> None:
        text = "a\tO\n\nb\tO\nc\nd\tO\n"
        message = "^f.conll:4: line 4 has 1 column, the lines above have 2; give all lines the same"
        file = io.BytesIO(text.encode())
        file.name = "f.conll"
        blocks = read_blocks(
            file, parse_columns(None, "conll"), "conll", tags_required=tags_required
        )
        assert next(blocks).sentence.tokens == ["a"]
        with pytest.raises(DataError, match=message):
            next(blocks)

    @pytest.mark.parametrize("text", ["a O\n# one two\n", "# one two\na O\n"])
    def test_ragged_rows_that_may_be_comments(self, text: str) -> None:
        with pytest.raises(DataError, match="set data.comment=# if lines that start with #"):
            read(text)

    @pytest.mark.parametrize("spec", [None, "tag=1", "token=1,tag=2"])
    def test_no_tag_column(self, spec: str | None) -> None:
        with pytest.raises(DataError, match="no tag column, the line has 1 column; give") as caught:
            read("\na\nb\n", spec, tags_required=True)
        assert caught.value.line == 2

    @pytest.mark.parametrize("spec", ["tag=2", "tag=3", "tag=-3", "tag=1+2"])
    def test_a_tag_column_that_is_not_there(self, spec: str) -> None:
        with pytest.raises(DataError, match=r"no tag column -?[23], the line has 2 columns"):
            read("a O\n", spec, tags_required=True)

    @pytest.mark.parametrize("spec", ["token=2", "token=-3"])
    @pytest.mark.parametrize("tags_required", [True, False])
    def test_a_token_column_that_is_not_there(self, spec: str, tags_required: bool) -> None:
        with pytest.raises(DataError, match=r"no token column (2|-3), the line has 2 columns"):
            read("a O\n", spec, tags_required=tags_required)

    @pytest.mark.parametrize("spec", ["token=0,tag=-2", "token=0,tag=1+-1"])
    def test_a_column_named_twice(self, spec: str) -> None:
        with pytest.raises(DataError, match="names one of them twice"):
            read("a O\n", spec)

    @pytest.mark.parametrize("text", ["", "\n", " \n\t\r\n", "\ufeff", "-DOCSTART- -X-\n\n"])
    def test_a_file_without_sentences(self, text: str) -> None:
        with pytest.raises(DataError, match="^<stream>: holds no sentence; give a file"):
            read(text, tags_required=True)
        assert original(read(text)) == text

    @pytest.mark.parametrize("tag", ["a b", "", "a\tb"])
    def test_a_tag_that_does_not_fit_between_spaces(self, tag: str) -> None:
        columns = parse_columns(None, "conll")
        for text in ["a O\n", "a \n"]:
            (block,) = read(text)
            with pytest.raises(DataError, match=r"<stream>:1: the tag .* write jsonl"):
                tagged_lines(block, columns, "conll", [[tag]])

    def test_a_tag_that_does_not_fit_between_tabs(self) -> None:
        columns = parse_columns(None, "conll")
        for text in ["a\tO\n", "a\n"]:
            (block,) = read(text)
            with pytest.raises(DataError, match="holds a tab or a line end"):
                tagged_lines(block, columns, "conll", [["a\tb"]])


class TestTagging:
    @pytest.mark.parametrize(
        ("text", "spec", "expected"),
        [
            ("a\n", None, "a\tT0\n"),
            ("a", "tag=3", "a\tT0"),
            ("a\r\n\r\n", "tag=1+2", "a\tT0\tT1\r\n\r\n"),
            ("a \n", None, "a T0\n"),
            (" a\n", None, " a T0\n"),
            ("  a  \n", "tag=1+2", "  a  T0 T1\n"),
            ("a O\n", None, "a T0\n"),
            ("a\tO\r\n", None, "a\tT0\r\n"),
            ("  a   b  c \n", "tag=1", "  a   T0  c \n"),
            ("a   b  c\n", "tag=2+1", "a   T1  T0\n"),
            ("a b\n", "tag=2", "a b T0\n"),
            ("a\tb\n", "tag=2", "a\tb\tT0\n"),
            ("a\tb\n", "tag=1+2", "a\tT0\tT1\n"),
            ("a\tb\n", "tag=2+1", "a\tT1\tT0\n"),
            ("a\tb\n", "tag=3+2", "a\tb\tT1\tT0\n"),
            ("a\t\tc\n", "tag=1", "a\tT0\tc\n"),
            ("\ufeffa O\n", None, "\ufeffa T0\n"),
        ],
    )
    def test_tags_are_replaced_or_appended(
        self, text: str, spec: str | None, expected: str
    ) -> None:
        assert tagged(text, spec) == expected

    @pytest.mark.parametrize(
        ("text", "spec", "trained_columns", "expected"),
        [
            ("a\tb\n", None, 3, "a\tb\tT0\n"),
            ("a\tb\tc\n", None, 3, "a\tb\tT0\n"),
            ("a\tb\tc\td\n", None, 3, "a\tb\tc\tT0\n"),
            ("a b\n", "tag=-1+-2", 4, "a b T1 T0\n"),
            ("a b c\n", "tag=-1+-2", 4, "a T1 T0\n"),
            ("a b c\n", "tag=-2", 4, "a T0 c\n"),
            ("a b\n", "token=-2,tag=-1", 3, "a b T0\n"),
        ],
    )
    def test_rows_without_tags_are_told_from_rows_with_tags(
        self, text: str, spec: str | None, trained_columns: int, expected: str
    ) -> None:
        assert tagged(text, spec, trained_columns=trained_columns) == expected

    def test_tags_that_are_not_there_are_not_read(self) -> None:
        (block,) = read("a\tb\n", trained_columns=3)
        assert block.sentence.tags_by == {}
        (block,) = read("a\tb\n", "tag=1+2")
        assert block.sentence.tags_by == {"1": ["b"]}

    @pytest.mark.parametrize("spec", ["tag=3", "tag=-3", "tag=1+3"])
    def test_a_tag_that_has_no_place_is_refused_before_it_is_made(self, spec: str) -> None:
        with pytest.raises(DataError, match="no tag column -?3, the line has 2 columns"):
            read("a b\n", spec)

    def test_confidence_is_appended_behind_the_tags(self) -> None:
        assert tagged("a b c\n", "tag=1", confidence=0.97314) == "a T0 c 0.9731\n"
        assert tagged("a\n", "tag=1+2", confidence=1) == "a\tT0\tT1\t1.0000\t1.0000\n"

    def test_lines_without_tokens_stay(self) -> None:
        text = "\n-DOCSTART- -X-\n\na\n \nb\n\n\t\n"
        assert tagged(text) == "\n-DOCSTART- -X-\n\na\tT0\n \nb\tT0\n\n\t\n"

    @given(
        st.lists(st.lists(visible, min_size=1, max_size=4), min_size=1, max_size=4),
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
    )
    def test_bare_tokens_in_equal_tokens_out(
        self, sentences: list[list[str]], ending: str, last: bool
    ) -> None:
        text = (ending * 2).join(ending.join(sentence) for sentence in sentences)
        text += ending if last else ""
        out = tagged(text)
        assert [found for found in tokens(out) if found] == tokens(text) == sentences
        assert [block.sentence.tags for block in read(out)] == [
            ["T0"] * len(sentence) for sentence in sentences
        ]
        assert out.replace("\tT0", "") == text

    @given(
        st.integers(2, 4).flatmap(
            lambda width: st.lists(
                st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=4
            )
        ),
        st.data(),
    )
    def test_all_but_the_tag_stays(self, rows: list[list[str]], data: st.DataObject) -> None:
        tag = data.draw(st.integers(1, len(rows[0]) - 1))
        # Otherwise a row could be a blank line, and the last column could end in half a CRLF.
        rows = [["x" + row[0], *row[1:-1], row[-1] + "x"] for row in rows]
        text = "".join("\t".join(row) + "\n" for row in rows)
        expected = "".join("\t".join([*row[:tag], "T0", *row[tag + 1 :]]) + "\n" for row in rows)
        assert tagged(text, f"tag={tag}") == expected
        (block,) = read(text, f"tag={tag}")
        assert block.sentence.tokens == [row[0] for row in rows]
        assert block.sentence.tags == [row[tag] for row in rows]


def test_features_are_read_beside_the_tags() -> None:
    (block,) = read("a\tx\t1\tT\nb\ty\t2\tU\n", "feature=2+1,tag=-1")
    assert block.sentence.features_by == {"2": ["1", "2"], "1": ["x", "y"]}
    assert block.sentence.tags == ["T", "U"]


def test_features_of_a_file_without_tags_stand_where_they_did_in_training() -> None:
    (block,) = read("a x\nb y\n", "feature=-2,tag=-1", trained_columns=3)
    assert block.sentence.features_by == {"-2": ["x", "y"]}
    assert block.sentence.tags_by == {}
    assert tagged("a x\nb y\n", "feature=-2,tag=-1", trained_columns=3) == "a x T0\nb y T0\n"


@pytest.mark.parametrize("text", ["a\n", "a T\n"])
def test_missing_feature_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"<stream>:1: there is no feature column 2"):
        read(text, "feature=2,tag=-1")


def test_one_column_under_two_names_is_refused() -> None:
    with pytest.raises(DataError, match="names one of them twice"):
        read("a x T\n", "feature=-2,tag=1")
