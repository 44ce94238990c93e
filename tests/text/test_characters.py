from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.characters import (
    character_name,
    hidden_characters,
    may_hide,
    printable,
    shown,
)

# What Python's tables alone do not tell: format characters that are drawn ...
DRAWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
DRAWN |= {*range(0x13430, 0x13456)}
# ... and invisible characters, by Default_Ignorable_Code_Point, that are none by their category;
# besides a blank pattern, and characters that stand for lost ones.
INVISIBLE = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164}
INVISIBLE |= {*range(0xFE00, 0xFE10), 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)}
INVISIBLE |= {0x2800, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF, *range(0xFDD0, 0xFDF0)}


def test_every_invisible_character_is_looked_at_and_no_other() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        kind = unicodedata.category(character)
        expected = kind in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") and character not in " \n"
        expected = (expected and code not in DRAWN) or code in INVISIBLE
        assert may_hide(f"a{character}b") == expected, hex(code)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dubbz\ufeff", "U+FEFF ZERO WIDTH NO-BREAK SPACE (byte order mark)"),
        ("wat\u200bched", "U+200B ZERO WIDTH SPACE"),
        ("basic\xadally", "U+00AD SOFT HYPHEN"),
        ("10\xa0000", "U+00A0 NO-BREAK SPACE"),
        ("\u3000", "U+3000 IDEOGRAPHIC SPACE"),
        ("a\u202eb", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u200fשלום", "U+200F RIGHT-TO-LEFT MARK"),
        ("a\u2066b", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("a\u2060b", "U+2060 WORD JOINER"),
        ("a\0b", "U+0000 NULL"),
        ("a\rb", "U+000D CARRIAGE RETURN"),
        ("a\x1b[2J", "U+001B ESCAPE"),
        ("a\x07", "U+0007 BELL"),
        ("a\x01", "U+0001 CONTROL CHARACTER"),
        ("a\x85b", "U+0085 NEXT LINE"),
        ("a\x9b", "U+009B CONTROL CHARACTER"),
        ("a\u2028b", "U+2028 LINE SEPARATOR"),
        ("a\ud800b", "U+D800 LONE SURROGATE"),
        ("a\uffffb", "U+FFFF NO CHARACTER"),
        ("caf\ufffd", "U+FFFD REPLACEMENT CHARACTER"),
        ("\ufffc", "U+FFFC OBJECT REPLACEMENT CHARACTER"),
        ("\u3164", "U+3164 HANGUL FILLER"),
        ("\u2800", "U+2800 BRAILLE PATTERN BLANK"),
        # Joiners and selectors where there is nothing to join and to select.
        ("auf\u200clage", "U+200C ZERO WIDTH NON-JOINER"),
        ("a\u200db", "U+200D ZERO WIDTH JOINER"),
        ("\u200d", "U+200D ZERO WIDTH JOINER"),
        ("👩\u200d", "U+200D ZERO WIDTH JOINER"),
        ("\u200d👩", "U+200D ZERO WIDTH JOINER"),
        ("👩\u200da", "U+200D ZERO WIDTH JOINER"),
        ("می\u200c\u200cخواهم", "U+200C ZERO WIDTH NON-JOINER"),
        ("\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("a\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("a \ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("❤\ufe0f\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("😀\U000e0155\U000e0156", "U+E0156 VARIATION SELECTOR-103"),
        ("a\U000e0061", "U+E0061 TAG LATIN SMALL LETTER A"),
        ("a\u1160", "U+1160 HANGUL JUNGSEONG FILLER"),
        ("a\u180e", "U+180E MONGOLIAN VOWEL SEPARATOR"),
    ],
)
def test_hidden_character_is_found_and_named(text: str, name: str) -> None:
    assert [character_name(character) for character in hidden_characters(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "word",
        "New York",
        "naïve",
        "e\u0301",  # a combining accent
        "🙂",
        "👩\u200d👩\u200d👧",
        "👨🏽\u200d🚀",
        "❤\ufe0f",
        "❤\ufe0f\u200d🔥",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "🧔🏻\u200d♂\ufe0f",
        "🙂\u200d↔\ufe0f",
        "🐦\u200d⬛",
        "1\ufe0f\u20e3",
        "‼\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England
        "葛\U000e0100城",  # a variant of a Chinese character
        "می\u200cخواهم",  # Persian
        "کتاب\u200cها",
        "ه\u200d",  # Persian, an abbreviation
        "ه\u200d\u200c\u200dه",
        "क्\u200dष",  # Hindi
        "ক্\u200c",  # Bengali, a visible virama at the end
        "ശ്രീ\u200d",  # Malayalam
        "ක්\u200dරි",  # Sinhala
        "ᠠ\u180e",  # Mongolian
        "\u1112\u1160",  # Hangul, a syllable without vowel
        "\u0600١٢",  # Arabic number sign, which is drawn
    ],
)
def test_characters_in_their_place_are_not_reported(text: str) -> None:
    assert hidden_characters(text) == []


def test_each_character_is_given_once_in_order() -> None:
    assert hidden_characters("a\u200bb\xadc\u200b") == ["\u200b", "\xad"]


def test_long_text_takes_linear_time() -> None:
    text = "\u200c" * 100_000 + "\U000e0061" * 100_000
    began = time.perf_counter()
    assert hidden_characters(text) == ["\u200c", "\U000e0061"]
    assert time.perf_counter() - began < 10


@given(st.text())
def test_what_is_hidden_is_in_the_text(text: str) -> None:
    found = hidden_characters(text)
    assert set(found) <= set(text)
    assert may_hide(text) or not found


@given(st.text(st.characters()))
def test_shown_text_is_visible(text: str) -> None:
    assert printable(text).isprintable()
    assert shown(text).isprintable()


def test_long_text_is_shown_in_part() -> None:
    assert shown("a" * 30 + "b" * 1000 + "c" * 30) == "a" * 30 + "..." + "c" * 30
    assert shown("a" * 60) == "a" * 60
    assert printable("a\u200bb\x1b") == "a\\u200bb\\x1b"
