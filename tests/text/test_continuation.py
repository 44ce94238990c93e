from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.cleaning import MASK, LineCleaner
from seqtag.text.continuation import Pieces, WordEnds, follows_word, read_prompt, starts_word
from seqtag.text.tokenization import TokenizerKind
from seqtag.text.units import (
    END,
    PADDING,
    SPECIAL,
    START,
    UNKNOWN,
    UNKNOWN_MARK,
    Characters,
    UnitKind,
    Units,
    Words,
    learn_units,
)

TEXTS = [
    "A dog runs (fast) on the green grass, and a man's cat sleeps.",
    "A man runs; the dog doesn't sleep: 12 cats and 3 dogs do!",
]
KINDS: list[tuple[UnitKind, dict[str, Any]]] = [
    ("char", {"size": 60}),
    ("word", {"size": 60}),
    ("word", {"size": 60, "tokenizer": "space"}),
    ("subword", {"size": 60}),
    ("subword", {"size": 60, "algorithm": "unigram"}),
]
NAMES = ["char", "word", "space", "bpe", "unigram"]

# Of which every unit is known, whatever splits them: spaCy looks at what is around a word.
words = st.sampled_from([word for text in TEXTS for word in text.split() if word.isalnum()])
spaces = st.sampled_from([" ", "  ", "\t", " \r", "\x85"])
lines = st.lists(st.one_of(words, spaces), max_size=9).map(" ".join)
texts = st.lists(lines, max_size=5).map("\n".join)
characters = st.lists(st.sampled_from(sorted({*"".join(TEXTS), "\n", "\t"})), max_size=40)


@pytest.fixture(scope="module", params=range(len(KINDS)), ids=NAMES)
def units(request: pytest.FixtureRequest) -> Units:
    kind, values = KINDS[request.param]
    return learn_units(kind, TEXTS, min_count=1, **values)


@pytest.fixture(scope="module")
def word_units() -> Units:
    return learn_units("word", TEXTS, size=60, min_count=1)


def clean(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def print_all(pieces: Pieces, numbers: list[int]) -> str:
    printed = "".join([pieces.add(number) for number in numbers])
    assert printed == pieces.text
    return printed


@given(texts)
def test_lines_come_back_as_pieces_with_their_spaces_cleaned(units: Units, text: str) -> None:
    numbers = [number for line in text.split("\n") for number in (*units.encode(line).numbers, END)]
    assert print_all(Pieces(units), numbers) == clean(text) + "\n"


@given(characters.map("".join))
def test_text_of_known_characters_comes_back(units: Units, text: str) -> None:
    if not isinstance(units, Words):
        prompt = read_prompt(units, text)
        assert print_all(Pieces(units), prompt.numbers) == clean(text)
        assert UNKNOWN not in prompt.numbers


@given(texts, st.builds("{} {}".format, words, texts))
def test_continued_prompt_is_the_whole_text(units: Units, first: str, second: str) -> None:
    """A text that was cut at a space is put together again, whichever side keeps the space."""
    for prompt in (first, f"{first} "):
        read = read_prompt(units, prompt)
        whole = read_prompt(units, f"{first} {second}").numbers
        assert whole[: len(read.numbers)] == read.numbers
        printed = print_all(Pieces(units, prompt), whole[len(read.numbers) :])
        is_spaced = not prompt or prompt[-1].isspace()
        assert printed == ("" if is_spaced else " ") + clean(second)


@given(st.data())
def test_any_numbers_become_a_clean_text(units: Units, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, len(units) - 1), max_size=20))
    text = print_all(Pieces(units), numbers)
    assert text == clean(text)
    assert text.count("\n") == numbers.count(END)
    assert text.count(UNKNOWN_MARK) == numbers.count(UNKNOWN)
    ends = [place for place, number in enumerate(numbers) if number == END]
    starts = [0, *(place + 1 for place in ends)]
    for start, end, line in zip(starts, [*ends, None], text.split("\n"), strict=True):
        assert line == units.decode(numbers[start:end])


def test_prompt_has_an_end_behind_each_line_but_the_last(units: Units) -> None:
    first, second = (units.encode(text).numbers for text in TEXTS)
    assert read_prompt(units, TEXTS[0]).numbers == first
    assert read_prompt(units, "\n".join(TEXTS)).numbers == [*first, END, *second]
    assert read_prompt(units, f"{TEXTS[0]}\n\n").numbers == [*first, END, END]
    assert read_prompt(units, f" {TEXTS[0]} \r\n").numbers == [*first, END]
    assert read_prompt(units, "").numbers == []


@pytest.mark.parametrize("text", ["", " ", "A dog", "A dog\n", "A dog\n ", "\n", "\t"])
def test_space_means_nothing_where_a_line_begins(units: Units, text: str) -> None:
    prompt = read_prompt(units, text)
    assert not prompt.ends_in_space
    assert prompt.numbers == read_prompt(units, text.strip(" \t")).numbers


@pytest.mark.parametrize("text", ["A dog ", "A dog  ", "A dog\t", "A man\nA dog\x85"])
def test_space_at_the_end_of_a_prompt_is_kept(units: Units, text: str) -> None:
    prompt = read_prompt(units, text)
    bare = read_prompt(units, text.strip())
    assert not bare.ends_in_space
    if units.kind == "char":
        assert prompt.numbers == [*bare.numbers, SPECIAL + units.items.index(" ")]
        assert not prompt.ends_in_space
    else:
        assert prompt.numbers == bare.numbers
        assert prompt.ends_in_space


def test_space_means_nothing_where_no_unit_has_one() -> None:
    for units in (Characters("ab"), Words(["a"])):
        prompt = read_prompt(units, "a ")
        assert not prompt.ends_in_space
        assert prompt.numbers == units.encode("a").numbers


def test_what_is_not_listed_is_read_as_unknown(word_units: Units) -> None:
    prompt = read_prompt(word_units, "A zebra runs;\nthe zebra's lion doesn't ")
    assert prompt.numbers.count(UNKNOWN) == 3
    numbers = read_prompt(Characters("ab"), "abxa yb").numbers
    assert [place for place, number in enumerate(numbers) if number == UNKNOWN] == [2, 4, 5]


@pytest.mark.parametrize("tokenizer", ["spacy", "space"])
def test_prompts_are_cleaned_as_what_was_learnt(
    word_units: Units, tokenizer: TokenizerKind
) -> None:
    clean = LineCleaner("split", tokenizer)
    lines = ["A dog <unk> runs; it doesn't @-@ ", "the cat's, ", ""]
    for count in range(1, len(lines) + 1):
        prompt = read_prompt(word_units, "\n".join(lines[:count]), clean)
        whole = [word_units.encode(clean(line, mask=MASK)).numbers for line in lines[:count]]
        assert prompt.numbers == [n for line in whole for n in (*line, END)][:-1]
        assert prompt.ends_in_space == (lines[count - 1] != "")
    assert UNKNOWN in whole[0]
    assert prompt.numbers != read_prompt(word_units, "\n".join(lines)).numbers


def test_units_that_begin_with_a_space_are_told(units: Units) -> None:
    starts = starts_word(units)
    assert starts.shape == (len(units),)
    assert not starts[:SPECIAL].any()
    listed = [item.startswith(" ") for item in units.items]
    assert starts[SPECIAL:].tolist() == listed
    assert any(listed)


@pytest.mark.parametrize(
    ("prompt", "words", "characters"),
    [
        ("a", [" a", ",", "\n"], [" ", ",", "\n"]),
        ("a ", [" a"], ["a", "b", ",", "\n"]),
        ("", [" a", "\n"], ["a", "b", ",", "\n"]),
        ("a\n", [" a", "\n"], ["a", "b", ",", "\n"]),
        ("a,", [" a", ",", "\n"], [" ", ",", "\n"]),
    ],
)
def test_what_follows_a_word_that_is_whole(
    prompt: str, words: list[str], characters: list[str]
) -> None:
    for units, wanted in ((Words([" a", "b", ","]), words), (Characters("ab, "), characters)):
        follows = follows_word(units, read_prompt(units, prompt))
        assert follows.shape == (len(units),)
        found = [item for item, may in zip(units.items, follows[SPECIAL:], strict=True) if may]
        assert sorted(found + ["\n"] * bool(follows[END])) == sorted(wanted)


CONTRACTIONS = [" does", "n't", "'s", "\u2019s", "'", "\u2019", "s", " 's", ",", ",s", "\u0301"]


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("does", ["n't", "'s", "\u2019s", "'", "\u2019", "s", "\u0301"]),
        ("12", ["n't", "'s", "\u2019s", "'", "\u2019", "s", "\u0301"]),
        ("doesn'", ["n't", "s", "\u0301"]),
        ("e\u0301\u2019", ["n't", "s", "\u0301"]),
        ("does ", []),
        ("does''", []),
        ("U.S.", []),
        ("'", []),
        ("\n", []),
        ("", []),
    ],
)
def test_words_go_on_with_letters_and_apostrophes_between_them(
    text: str, goes_on: list[str]
) -> None:
    ends = WordEnds(Words(CONTRACTIONS))
    found = ends.goes_on(text)
    assert not found[:SPECIAL].any()
    assert [u for u, may in zip(CONTRACTIONS, found[SPECIAL:], strict=True) if may] == goes_on
    assert ends.may_go_on(text) == bool(goes_on)


def test_nothing_goes_on_with_words_that_bring_their_spaces() -> None:
    ends = WordEnds(Words([" does", " n't", " '"]))
    assert not ends.goes_on("does").any()
    assert not ends.may_go_on("does")


@pytest.mark.parametrize("prompt", ["does", "unknown"])
def test_no_apostrophe_follows_a_word_that_is_whole(prompt: str) -> None:
    units = Words(CONTRACTIONS)
    follows = follows_word(units, read_prompt(units, prompt))
    found = [item for item, may in zip(units.items, follows[SPECIAL:], strict=True) if may]
    assert found == [" does", " 's", ",", ",s"]
    assert follows[END]


@pytest.mark.parametrize(
    ("prompt", "printed"),
    [("", "the"), ("A dog", " the"), ("A dog ", "the"), ("A dog\n", "the"), ("A\t", "the")],
)
def test_no_second_space_is_printed(word_units: Units, prompt: str, printed: str) -> None:
    (number,) = word_units.encode("the").numbers
    assert Pieces(word_units, prompt).add(number) == printed


def test_space_comes_with_what_follows_it() -> None:
    characters = Characters("ab ")
    a, b, space = range(SPECIAL, SPECIAL + 3)
    pieces = Pieces(characters)
    numbers = [space, a, space, space, b, space, END, space, a]
    printed = [pieces.add(number) for number in numbers]
    assert printed == ["", "a", "", "", " b", "", "\n", "", "a"]
    assert Pieces(characters, "a").add(a) == "a"


def test_unknown_units_are_marked(word_units: Units) -> None:
    the = word_units.encode("the").numbers[0]
    assert print_all(Pieces(word_units), [UNKNOWN, the, UNKNOWN]) == "⁇ the ⁇"
    assert print_all(Pieces(Characters("a")), [UNKNOWN, SPECIAL, PADDING, START]) == "⁇a"


@pytest.mark.parametrize("number", [-1, 10**6])
def test_number_of_no_unit_is_refused(units: Units, number: int) -> None:
    with pytest.raises(IndexError):
        Pieces(units).add(number)
