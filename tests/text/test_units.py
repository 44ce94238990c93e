from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError
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
    units_from_json,
)

TEXTS = [
    "A dog runs (fast) on the green grass, and a man's cat sleeps.",
    "A man runs; the dog doesn't sleep: 12 cats and 3 dogs do!",
    "Ein Hund läuft schnell über das grüne Gras, und eine Katze schläft.",
]
KINDS: list[tuple[UnitKind, dict[str, Any]]] = [
    ("char", {"size": 60}),
    ("word", {"size": 60}),
    ("word", {"size": 60, "tokenizer": "space"}),
    ("subword", {"size": 60}),
    ("subword", {"size": 60, "algorithm": "unigram"}),
]
NAMES = ["char", "word", "space", "bpe", "unigram"]
WILD = [
    "\u2581",
    "\ud800",
    "\0",
    "\x85",
    "\xa0",
    "😀",
    "e\u0301",
    "d" * 200,
    "क्षि",
    "\ufeff",
    "\t ",
]

known_texts = st.text(sorted(set("".join(TEXTS))), max_size=40)
wild_texts = st.lists(
    st.one_of(st.sampled_from([*WILD, *TEXTS, "man ", "dog,"]), st.text(st.characters())),
    max_size=6,
).map("".join)


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module", params=range(len(KINDS)), ids=NAMES)
def units(request: pytest.FixtureRequest) -> Units:
    kind, values = KINDS[request.param]
    return learn_units(kind, TEXTS, min_count=1, **values)


def test_texts_of_training_come_back(units: Units) -> None:
    for text in TEXTS:
        encoded = units.encode(text)
        assert UNKNOWN not in encoded.numbers
        assert units.decode(encoded.numbers) == text


@given(known_texts)
def test_text_of_known_characters_comes_back(units: Units, text: str) -> None:
    if not isinstance(units, Words):
        encoded = units.encode(text)
        assert UNKNOWN not in encoded.numbers
        assert units.decode(encoded.numbers) == plain(text)


@given(wild_texts)
def test_any_text_comes_back_where_unknown_units_are_copied(units: Units, text: str) -> None:
    encoded = units.encode(text)
    assert units.decode(encoded.numbers, encoded.texts) == plain(text)
    assert "".join(encoded.texts).strip(" ") == plain(text)
    assert len(encoded.numbers) == len(encoded.pieces) == len(encoded.texts)
    assert all(PADDING < number < len(units) for number in encoded.numbers)
    assert not {START, END} & set(encoded.numbers)
    assert units.encode_many([text, text]) == [encoded.numbers] * 2


@given(st.data())
def test_any_numbers_become_a_text(units: Units, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, len(units) - 1), max_size=20))
    text = units.decode(numbers)
    assert text == plain(text)
    assert text.count(UNKNOWN_MARK) == numbers.count(UNKNOWN)
    assert len(units.pieces(numbers)) == len(numbers)


@pytest.mark.parametrize("number", [-1, 10**6])
def test_number_of_no_unit_is_refused(units: Units, number: int) -> None:
    with pytest.raises(IndexError):
        units.decode([number])
    with pytest.raises(IndexError):
        units.pieces([number])
    with pytest.raises(IndexError):
        units.written(number)


def test_number_is_written_with_the_space_in_front_of_it() -> None:
    words = Words([" dog", "."])
    numbers = [PADDING, UNKNOWN, START, END, SPECIAL, SPECIAL + 1]
    assert [words.written(number) for number in numbers] == ["", " ⁇", "", "", " dog", "."]
    assert Characters(" ").written(SPECIAL) == " "


def test_units_are_made_again_of_json(units: Units) -> None:
    made = units_from_json(json.loads(json.dumps(units.to_json())))
    assert made == units
    assert type(made) is type(units)
    text = "A green cat doesn't läuft 34 zzz."
    assert made.encode(text) == units.encode(text)


@given(st.data())
def test_damaged_json_is_refused_or_makes_usable_units(units: Units, data: st.DataObject) -> None:
    value = json.loads(json.dumps(units.to_json()))
    wrong: st.SearchStrategy[Any] = st.sampled_from(
        [None, 1, -1, 1.5, True, "", "a", "a b", "\ud800", " ", [], [[]], {}]
    )
    key = data.draw(st.sampled_from(sorted(value)))
    if isinstance(value[key], list) and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(value[key]) - 1))
        value[key][place] = data.draw(wrong)
    elif data.draw(st.booleans()):
        del value[key]
    else:
        value[key] = data.draw(wrong)
    try:
        made = units_from_json(value)
    except (KeyError, TypeError, ValueError):
        return
    for text in TEXTS:
        encoded = made.encode(text)
        assert made.decode(encoded.numbers, encoded.texts) == text


@pytest.mark.parametrize("value", [None, [], "char", {"kind": "syllable", "items": []}])
def test_what_are_no_units_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        units_from_json(value)


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=NAMES)
def test_order_of_texts_does_not_matter(kind: UnitKind, values: dict[str, Any]) -> None:
    units = learn_units(kind, TEXTS, min_count=1, **values)
    assert learn_units(kind, TEXTS[::-1], min_count=1, **values) == units


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=NAMES)
def test_nothing_can_be_learnt_from_nothing(kind: UnitKind, values: dict[str, Any]) -> None:
    units = learn_units(kind, [], **values)
    encoded = units.encode("a dog")
    assert units.decode(encoded.numbers, encoded.texts) == "a dog"


def test_numbers_below_the_first_unit_are_special() -> None:
    characters = Characters("ab")
    assert characters.encode("bax").numbers == [SPECIAL + 1, SPECIAL, UNKNOWN]
    assert characters.decode([START, SPECIAL, END, PADDING]) == "a"
    assert characters.pieces([PADDING, UNKNOWN, START, END, SPECIAL]) == [
        "<pad>",
        UNKNOWN_MARK,
        "<s>",
        "</s>",
        "a",
    ]
    assert len(characters) == SPECIAL + 2
    assert "a" in characters
    assert "x" not in characters


def test_unknown_unit_without_a_copy_is_marked() -> None:
    characters = Characters("ab")
    numbers = [UNKNOWN, SPECIAL, UNKNOWN, UNKNOWN]
    assert characters.decode(numbers, ["x", "y", None]) == f"xa{UNKNOWN_MARK}{UNKNOWN_MARK}"


def test_rare_units_are_unknown() -> None:
    assert learn_units("char", ["aab"], size=9).items == ["a"]
    assert learn_units("word", ["the dog", "the cat"], size=9).items == [" the"]


def test_space_is_shown_as_a_mark() -> None:
    assert learn_units("char", ["a b", "a b"], size=9).encode("a b").pieces == ["a", "▁", "b"]


def test_words_keep_the_spaces_between_them() -> None:
    words = learn_units("word", ['He said: "No!"'], size=9, min_count=1, language="en")
    assert sorted(words.items) == sorted([" He", " said", ":", ' "', "No", "!", '"'])
    encoded = words.encode('He said: "Yes!"')
    assert encoded.pieces == ["He", "said", ":", '"', "Yes", "!", '"']
    assert words.decode(encoded.numbers) == f'He said: " {UNKNOWN_MARK}!"'
    assert words.decode(encoded.numbers, encoded.texts) == 'He said: "Yes!"'


def test_phones_between_spaces_are_words() -> None:
    phones = learn_units("word", ["AH B AE N D AH N"], size=9, min_count=1, tokenizer="space")
    encoded = phones.encode("AH  B AE N")
    assert encoded.pieces == ["AH", "B", "AE", "N"]
    assert phones.decode(encoded.numbers) == "AH B AE N"
    # What comes from a source in other units has no space in front of it.
    assert phones.decode([*encoded.numbers, UNKNOWN], [None] * 4 + ["x"]) == "AH B AE N x"


def test_half_a_character_is_never_a_unit() -> None:
    text = "a\ud800 a\ud800 \ud800"
    for kind, values in KINDS:
        units = learn_units(kind, [text] * 3, **values)
        assert not any("\ud800" in item for item in units.items)
        assert units.decode(units.encode(text).numbers, units.encode(text).texts) == text


@pytest.mark.parametrize("items", [["a", "a"], [""], ["\n"], ["ab"], ["\ud800"]])
def test_impossible_characters_are_refused(items: list[str]) -> None:
    with pytest.raises(ValueError, match=r"unit"):
        Characters(items)


@pytest.mark.parametrize("item", ["", "a b", "  a", "a ", "\ta", "\ud800", "\n"])
def test_impossible_words_are_refused(item: str) -> None:
    with pytest.raises(ValueError, match=r"no unit"):
        Words([item])


def test_language_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="language"):
        learn_units("word", TEXTS, size=9, language="English")
