"""Examples written to files: what is read from these again, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import parse_columns
from seqtag.io.examples import write_labelled, write_lines, write_pairs, write_sentences
from seqtag.io.labelled import TextColumns, read_labelled
from seqtag.io.parallel import ParallelLayout
from seqtag.io.parallel import read_pairs as read_parallel
from seqtag.io.plain_text import read_texts
from seqtag.text.sentence import Sentence

TOKEN_AND_TAG = parse_columns(None, "conll")
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def sentences(examples: Iterable[Any], path: Path) -> str:
    return write_sentences(examples, path, "train", TOKEN_AND_TAG)


def labelled(examples: Iterable[Any], path: Path) -> None:
    write_labelled(examples, path, "train", "text", "label")


def pairs(examples: Iterable[Any], path: Path) -> None:
    write_pairs(examples, path, "train", "en", "de")


def lines(examples: Iterable[Any], path: Path) -> None:
    write_lines(examples, path, "train")


def read_sentences(path: Path, columns: str) -> list[Sentence]:
    blocks = read_blocks(path, parse_columns(columns, "conll"), "conll", tags_required=True)
    return [block.sentence for block in blocks if block.rows]


@given(st.lists(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=3), min_size=1, max_size=3))
def test_sentences_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[str, str, str]]]
) -> None:
    path = tmp_path_factory.mktemp("written") / "train.conll"
    examples = [tuple(map(list, zip(*sentence, strict=True))) for sentence in rows]
    try:
        columns = sentences(examples, path)
    except DataError:
        cells = "".join(cell for sentence in rows for row in sentence for cell in row)
        # A row of nothing but these would be a blank line.
        blank = any(not "".join(row).strip(" \v\f") for sentence in rows for row in sentence)
        assert blank or set(cells) & set("\t\n\r")
        assert not path.exists()
        return
    assert columns == "token=0,tag=1+2"
    found = [(s.tokens, *s.tags_by.values()) for s in read_sentences(path, columns)]
    assert found == examples


def test_features_of_sentences_stand_before_their_tags(tmp_path: Path) -> None:
    sentence = Sentence(["a b", "c"], {"UPOS": ["X", "Y"]}, features_by={"case": ["low", "up"]})
    columns = sentences([sentence], tmp_path / "train.conll")
    assert columns == "token=0,feature=1,tag=2"
    (found,) = read_sentences(tmp_path / "train.conll", columns)
    assert found.tokens == sentence.tokens
    assert [*found.tags_by.values(), *found.features_by.values()] == [["X", "Y"], ["low", "up"]]


def test_document_mark_is_one_as_in_files(tmp_path: Path) -> None:
    mark, sentence = (["-DOCSTART-"], ["O"]), (["a", "b"], ["X", "Y"])
    columns = sentences([mark, sentence, mark, sentence], tmp_path / "train.conll")
    assert columns == "token=0,tag=-1"
    found = read_sentences(tmp_path / "train.conll", columns)
    assert [(s.tokens, s.tags) for s in found] == [sentence, sentence]


@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4))
def test_labelled_texts_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, examples: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("written") / "train.jsonl"
    try:
        labelled(iter(examples), path)
    except DataError:
        assert any(not (t.strip() and b.strip()) or set(b) & set("\t\n\r") for t, b in examples)
        return
    found = read_labelled(path, TextColumns("text", "label"), "jsonl", labels_required=True)
    # The reader takes white space around a label for none of it.
    assert [(item.text, item.label) for item in found] == [
        (text, label.strip(" \t\r\v\f\n")) for text, label in examples
    ]


@pytest.mark.parametrize(
    ("example", "wanted"),
    [
        (("a text", "good"), ("a text", "good")),
        ((3, "a text"), ("a text", "3")),
        (("a text", 0), ("a text", "0")),
        (("a text", True), ("a text", "true")),
        (["4", 5], ("4", "5")),
    ],
)
def test_whole_number_is_the_label_on_either_side(
    tmp_path: Path, example: object, wanted: tuple[str, str]
) -> None:
    path = tmp_path / "train.jsonl"
    labelled([example], path)
    (found,) = read_labelled(path, TextColumns("text", "label"), "jsonl", labels_required=True)
    assert (found.text, found.label) == wanted


@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4))
def test_pairs_come_back(
    tmp_path_factory: pytest.TempPathFactory, examples: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("written") / "train.jsonl"
    pairs(iter(examples), path)
    found = read_parallel(path, ParallelLayout("jsonl", "en", "de"))
    assert [(pair.source, pair.target) for pair in found] == examples


@given(st.lists(ANY | st.just(""), min_size=1, max_size=5))
def test_lines_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, examples: list[str]
) -> None:
    assume(any(map(str.strip, examples)) and not any("\0" in line for line in examples))
    path = tmp_path_factory.mktemp("written") / "train.txt"
    try:
        lines(iter(examples), path)
    except DataError:
        bare = [line.removesuffix("\n") for line in examples]
        assert any("\n" in line or line.endswith("\r") for line in bare)
        return
    found = [line.text for line in read_texts(path)]
    assert found == [line.removesuffix("\n") for line in examples]


Write = Callable[[Iterable[Any], Path], object]


@pytest.mark.parametrize(
    ("write", "good", "bad", "message"),
    [
        (sentences, (["a"], ["X"]), ("a", "X"), "is (str, str); give (tokens, tags)"),
        (sentences, (["a"], ["X"]), "a/X", "is of type str; give (tokens, tags)"),
        (sentences, (["a"], ["X"]), (["a"], ["X", "Y"]), "has 1 token and 2 tags"),
        (sentences, (["a"], ["X"]), (["a"], ["X"], ["Y"]), "has 0 feature columns and 2 tag col"),
        (sentences, (["a"], ["X"]), ([], []), "has no tokens"),
        (sentences, (["a"], ["X"]), Sentence(["a"]), "has no tags"),
        (sentences, (["a"], ["X"]), (["a\tb"], ["X"]), r"the token 'a\tb' holds a tab"),
        (sentences, (["a"], ["X"]), (["a"], [""]), "the tag '' is empty"),
        (sentences, (["a"], ["X"]), (["a"], [7]), "the tag 7 is no string"),
        (sentences, (["a"], ["X"]), (["\ud800"], ["X"]), "holds half a character"),
        (sentences, (["a"], ["X"]), (["-DOCSTART-", "b"], ["X", "Y"]), "would be read as the beg"),
        (labelled, ("a", "X"), ("a", "b", 1), "is (str, str, int); give (text, label)"),
        (labelled, ("a", "X"), ("in", 1, "a"), "as with ((text, label) for _, label, text in"),
        (labelled, ("a", "X"), (1, 2), "is (int, int); give (text, label)"),
        (labelled, ("a", "X"), ("a", 1.5), "is (str, float); give (text, label)"),
        (labelled, ("a", "X"), "ab", "is of type str; give (text, label)"),
        (labelled, ("a", "X"), ("a", " "), "the label is empty"),
        (labelled, ("a", "X"), (1, " \n"), "the text is empty"),
        (labelled, ("a", "X"), ("a", "b\tc"), r"the label 'b\tc' holds a tab"),
        (pairs, ("a", "b"), ("a",), "is (str); give (source, target)"),
        (pairs, ("a", "b"), ("a", 1), "is (str, int); give (source, target)"),
        (lines, "a", ("a", "b"), "is (str, str); give lines of text"),
        (lines, "a", "b\nc", r"the line 'b\nc' holds a line end"),
        (lines, "a", "b\r\n", r"the line 'b\r' holds a line end"),
    ],
)
def test_fault_is_told_with_the_number_of_the_example(
    tmp_path: Path, write: Write, good: object, bad: object, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        write(iter([good, good, bad]), tmp_path / "train")
    assert str(caught.value).startswith("train, example 3: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [sentences, labelled, pairs, lines])
def test_no_example_is_refused(tmp_path: Path, write: Write) -> None:
    with pytest.raises(DataError, match="train has no examples"):
        write(iter([]), tmp_path / "train")
    assert list(tmp_path.iterdir()) == []


def test_comment_is_refused_as_a_token(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="example 1: the token '#.*' would be read as a comment"):
        write_sentences(
            [(["#1"], ["X"])], tmp_path / "train.conll", "train", TOKEN_AND_TAG, comment="#"
        )
