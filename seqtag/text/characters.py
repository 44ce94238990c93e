"""Characters that nobody sees: control characters, invisible ones, and spaces that are no U+0020.

Two tokens that differ in one of them look the same and are different words to a model. Some have
their place, though: joiners in scripts whose letters join and in emoji, variation selectors behind
what they vary. What is invisible is told by the property Default_Ignorable_Code_Point of the
Unicode Character Database, https://www.unicode.org/reports/tr44/.
"""

from __future__ import annotations

import re
import unicodedata

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which stands in no file."""

# All that is worth a closer look; what is not in it is visible, or a plain space.
_LOW_CANDIDATES = (
    "\0-\t\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
)
_HIGH_CANDIDATES = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_CANDIDATE = re.compile(f"[{_LOW_CANDIDATES}{_HIGH_CANDIDATES}]")
# The module `re` has a fast table for characters up to U+FFFF, where there are no others.
_LOW_CANDIDATE = re.compile(f"[{_LOW_CANDIDATES}]")
_HIGH_CANDIDATE = re.compile(f"[{_HIGH_CANDIDATES}]")

# What helps to write a script has its place beside characters of that script: the helpers, and
# the blocks of the script. Joiners (U+200C, U+200D) are the helpers of all scripts whose letters
# join or form clusters: those from Arabic to Myanmar, from Tagalog to Vedic signs, and so on.
_JOINERS = "\u200c\u200d"
_JOINING_SCRIPTS = (
    "\u0600-\u109f\u1700-\u1cff\ua800-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
_HELPERS = tuple(
    (re.compile(f"[{helpers}]"), re.compile(f"[{blocks}]"))
    for helpers, blocks in (
        (_JOINERS, _JOINING_SCRIPTS),
        ("\u115f\u1160", "\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"),
        ("\u17b4\u17b5", "\u1780-\u17b3\u17b6-\u17ff"),
        ("\u180b-\u180f", "\u1820-\u18af"),
        ("\U0001bca0-\U0001bca3", "\U0001bc00-\U0001bc9f"),
        ("\U0001d173-\U0001d17a", "\U0001d100-\U0001d172\U0001d17b-\U0001d1ff"),
    )
)
# They vary the character before them, and U+034F keeps it from being reordered.
_SELECTOR = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TAG = re.compile("[\U000e0020-\U000e007f]")
_BLACK_FLAG = "\U0001f3f4"
_ASCII_LETTER = re.compile("[A-Za-z]")
_ARROW_EMOJI = "\u2194\u2195"
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"

# Unicode names no control character; these are the usual ones.
_CONTROL_NAMES = {
    "\0": "NULL",
    "\a": "BELL",
    "\b": "BACKSPACE",
    "\t": "TAB",
    "\v": "LINE TABULATION",
    "\f": "FORM FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
    "\ufeff": "ZERO WIDTH NO-BREAK SPACE (byte order mark)",
}
_KIND_NAMES = {"Cc": "CONTROL CHARACTER", "Cs": "LONE SURROGATE", "Cn": "NO CHARACTER"}

_SHOWN_LENGTH = 60
_REACH = 16  # longer than the longest flag


def may_hide(text: str) -> bool:
    """Tell quickly whether `hidden_characters` is worth calling."""
    if _LOW_CANDIDATE.search(text):
        return True
    return not text.isascii() and _HIGH_CANDIDATE.search(text) is not None


def hidden_characters(text: str) -> list[str]:
    """Return the characters of a word or a tag that are invisible and have no place in it.

    These are control characters, invisible characters, spaces other than U+0020, lone surrogates,
    and the replacement characters that stand for something lost (U+FFFC, U+FFFD).

    Args:
        text: A word or a tag.

    Returns:
        Each such character once, in order of first occurrence.
    """
    return list(
        dict.fromkeys(
            match[0]
            for match in _CANDIDATE.finditer(text)
            if not _has_its_place(text, match.start())
        )
    )


def character_name(character: str) -> str:
    """Return code point and name, such as ``U+200B ZERO WIDTH SPACE``."""
    name = _CONTROL_NAMES.get(character) or unicodedata.name(character, "")
    name = name or _KIND_NAMES.get(unicodedata.category(character), "UNNAMED")
    return f"U+{ord(character):04X} {name}"


def shown(text: str) -> str:
    """Return text as a message quotes it: escapes for what cannot be seen, the middle left out."""
    if len(text) > _SHOWN_LENGTH:
        half = _SHOWN_LENGTH // 2
        text = f"{text[:half]}...{text[-half:]}"
    return printable(text)


def printable(text: str) -> str:
    """Return text with escapes for what cannot be seen or would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _has_its_place(text: str, index: int) -> bool:
    """Tell whether the candidate at ``index`` does something for the characters around it."""
    character = text[index]
    # No further, or a word of nothing but such characters would take quadratic time.
    before, behind = text[max(index - _REACH, 0) : index], text[index + 1 : index + 1 + _REACH]
    if character in _JOINERS and before.endswith(character):
        return False
    previous = before.rstrip(_JOINERS)[-1:]
    following = behind.lstrip(_JOINERS)[:1]
    for helper, script in _HELPERS:
        if helper.match(character):
            if script.match(previous) or script.match(following):
                return True
            break
    if character == "\u200d":
        base = before.rstrip("\ufe0f")[-1:]
        return _is_emoji(base) and _is_emoji(behind[:1])
    if _SELECTOR.match(character):
        varied = before[-1:]
        return bool(varied) and not (
            varied == " " or _ASCII_LETTER.match(varied) or _CANDIDATE.match(varied)
        )
    if _TAG.match(character):  # the flags of England, Scotland and Wales are written with them
        return _TAG.sub("", before).endswith(_BLACK_FLAG)
    return False


def _is_emoji(character: str) -> bool:
    if not character:
        return False
    return (
        character in _ARROW_EMOJI
        or character in _SKIN_TONES
        or "\U0001f000" <= character <= "\U0001faff"  # also those newer than Python's own tables
        or unicodedata.category(character) == "So"
    )
