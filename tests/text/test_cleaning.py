from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.cleaning import MASK, LineCleaner
from seqtag.text.tokenization import Tokenizer, TokenizerKind

LINE = "well @-@ known , he did n't say <unk> ."


@pytest.mark.parametrize(
    ("cleaner", "clean"),
    [
        (LineCleaner("keep"), LINE),
        (LineCleaner("undo"), f"well-known, he didn't say {MASK} ."),
        (LineCleaner("split"), f"well - known , he did n't say {MASK} ."),
        (LineCleaner("split", "space"), f"well - known , he did n't say {MASK} ."),
    ],
)
def test_traces_of_tokenization(cleaner: LineCleaner, clean: str) -> None:
    assert cleaner(LINE, mask=MASK) == clean


def test_words_that_were_left_out_are_nothing_without_a_mask() -> None:
    assert LineCleaner("split")("the <unk> sat") == "the sat"


@pytest.mark.parametrize("tokenizer", ["space", "spacy"])
@given(line=st.text("ab,.'\"- $5\t", max_size=30))
def test_split_lines_have_the_characters_of_the_line(line: str, tokenizer: TokenizerKind) -> None:
    split = LineCleaner("split", tokenizer)(line)
    assert split.replace(" ", "") == "".join(line.split())
    assert split == " ".join(split.split())


@given(st.lists(st.sampled_from(["Hello", "didn't", "(", ")", "well-known", ".", "$5"])))
def test_split_lines_are_the_tokens_that_taggers_are_given(words: list[str]) -> None:
    line = " ".join(words)
    clean = LineCleaner("undo")(line)
    assert LineCleaner("split")(line).split() == Tokenizer("en").tokenize(clean).tokens
