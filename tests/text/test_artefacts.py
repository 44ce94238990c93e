from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqtag.text.artefacts import UNKNOWN_WORD, undo_artefacts

TOKENS = [
    *("@-@", "@,@", "@.@", "@", "-", ",", ".", ";", ":", "!", "?", "%", "...", "=", "<unk>"),
    *("(", ")", "[", "]", '"', '"a', 'a"', "'", "''", "``", "\u201c", "\u201d", "\u2018", "\u2019"),
    *("'s", "'S", "'ll", "'t", "n't", "N'T", "\u2019s", "'Brien", "s", "n", "t", "a", "O", "I"),
    *("$", "#", "\u00a3", "3", "04", "ships", "as", "dog", "\t", "\x85", "\ue000"),
]
lines = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join),
    st.lists(st.one_of(st.sampled_from(TOKENS), st.text()), max_size=8).map(" ".join),
    st.text(),
)


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("a white @-@ tipped one", "a white-tipped one"),
        ("1 @,@ 200 @.@ 5", "1,200.5"),
        ("It is blue , I think ; or not : see !", "It is blue, I think; or not: see!"),
        ("60 cm ( 24 in ) [ sic ] .", "60 cm (24 in) [sic]."),
        ("5 % of it ?", "5% of it?"),
        ("the city 's , I 'll , we 've , he 'd", "the city's, I'll, we've, he'd"),
        ("don 't , do n't , DON 'T , it \u2019s", "don't, don't, DON'T, it\u2019s"),
        ("Denis O 'Connor and L 'Africaine", "Denis O'Connor and L'Africaine"),
        ("costs $ 3 and \u20ac 5 , is # 8 ; in C # minor", "costs $3 and €5, is #8; in C # minor"),
        ("at 16 : 40 , but two : 4", "at 16:40, but two: 4"),
        ('the " red " and the " blue " .', 'the "red" and the "blue".'),
        ('( " red " )', '("red")'),
        ('he said "yes and " no " there', 'he said "yes and" no "there'),
        ("he said `` yes '' .", "he said ``yes''."),
        ("\u201c yes \u201d and \u2018 no \u2019 .", "\u201cyes\u201d and \u2018no\u2019."),
        ("5 \u2013 6 ... and / or", "5 \u2013 6 ... and / or"),
    ],
)
def test_traces_of_tokenization_go_away(line: str, clean: str) -> None:
    assert undo_artefacts(line) == clean


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("the ships ' guns", "the ships' guns"),
        ("of ' A ' Squadron and ' B '", "of 'A' Squadron and 'B'"),
        ("as ' a perfect vessel ' .", "as 'a perfect vessel'."),
        ("Fritz ' guns", "Fritz' guns"),
        ("in the ' 90s", "in the '90s"),
        ("<unk> ' work and ' A '", "<unk>' work and 'A'"),
    ],
)
def test_single_quotes_are_apostrophes_where_nothing_closes_them(line: str, clean: str) -> None:
    assert undo_artefacts(line) == clean


@pytest.mark.parametrize(
    "line",
    [
        "",
        'He said: "I don\'t know (1,200 of them), do you?"',
        "The ships' guns weren't O'Neill's; a 'box' is 'big'.",
        "It's 16:40, and 5% of $3.50 is little...",
        "= = Title = =",
        "= Homarus gammarus =",
    ],
)
def test_clean_lines_stay_as_they_are(line: str) -> None:
    assert undo_artefacts(line) == line


def test_white_space_becomes_single_spaces() -> None:
    assert undo_artefacts(" \tthe  dog\u3000runs \n") == "the dog runs"


def test_words_that_were_left_out_are_words_like_others() -> None:
    line = 'the " <unk> " ( <unk> ) <unk> \'s , <unk> @-@ based <unk> .'
    assert undo_artefacts(line) == 'the "<unk>" (<unk>) <unk>\'s, <unk>-based <unk>.'


@given(lines)
@example("' s '")
@example("do n 't")
@example("@-@ @-@")
@example("@ @-@ @")
def test_what_is_clean_is_clean(line: str) -> None:
    clean = undo_artefacts(line)
    assert undo_artefacts(clean) == clean
    assert clean == " ".join(clean.split())


@given(lines)
def test_nothing_but_spaces_and_marks_is_taken_away(line: str) -> None:
    marked = " ".join(line.split())
    kept = re.sub(r"(?<!\S)@([-,.])@(?!\S)", r"\1", marked)
    assert undo_artefacts(line).replace(" ", "") == kept.replace(" ", "")


@given(lines)
def test_no_word_that_was_left_out_is_lost(line: str) -> None:
    found = undo_artefacts(line).count(UNKNOWN_WORD)
    assert found == line.count(UNKNOWN_WORD)


def test_long_lines_take_little_time() -> None:
    assert undo_artefacts("a " + ", " * 50_000) == "a" + "," * 50_000
    assert undo_artefacts("' " * 50_001).count("'") == 50_001
