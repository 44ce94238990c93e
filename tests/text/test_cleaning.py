from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.cleaning import MASK, LineCleaner, encode_masked
from seqtag.text.tokenization import Tokenizer, TokenizerKind
from seqtag.text.units import learn_units

LINE = "well @-@ known , he did n't say <unk> ."


@pytest.mark.parametrize(
    ("cleaner", "clean"),
    [
        (LineCleaner("keep"), LINE),
        (LineCleaner("undo"), f"well-known, he didn't say {MASK}."),
        (LineCleaner("split"), f"well - known , he did n't say {MASK} ."),
        (LineCleaner("split", "space"), f"well - known , he did n't say {MASK} ."),
    ],
)
def test_traces_of_tokenization(cleaner: LineCleaner, clean: str) -> None:
    assert cleaner(LINE, mask=MASK) == clean


def test_words_that_were_left_out_are_nothing_without_a_mask() -> None:
    for artefacts in ("undo", "split"):
        assert LineCleaner(artefacts)("the <unk> sat") == "the sat"
        assert LineCleaner(artefacts)("<unk> sat") == " sat"[artefacts == "split" :]
    assert LineCleaner("undo")("it is <unk> .") == "it is."
    assert LineCleaner("split", "space")("it is <unk> .") == "it is ."


@pytest.mark.parametrize("kind", ["char", "word", "space", "subword"])
def test_no_space_is_left_of_words_that_were_left_out(kind: str) -> None:
    """Nor is one in front of the mark behind them, which would be written behind other words."""
    clean = LineCleaner("undo")
    lines = ["it is red .", "it is <unk> , or <unk> 's red ; <unk> ( <unk> ) ."]
    tokenizer: TokenizerKind = "space" if kind == "space" else "spacy"
    unit = "word" if kind == "space" else kind
    units = learn_units(unit, map(clean, lines), min_count=1, size=60, tokenizer=tokenizer)  # type: ignore[arg-type]  # one of its kinds
    _, texts = encode_masked(units, clean(lines[1], mask=MASK))
    assert "".join(texts).replace(MASK, "_").strip() in (
        "it is _, or _'s red; _ (_).",
        "it is_, or_'s red;_ (_).",
    )
    assert sum(MASK in text for text in texts) == 4
    for text, behind in pairwise(texts):
        assert not (text == " " and MASK in behind)
        assert not (MASK in text and behind[:1] == " " and behind[1:2] in (",", "'", ")"))
    assert not {" ,", " 's", " )", " ."} & set(units.items)


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
