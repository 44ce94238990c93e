"""English text as it was before somebody split it into tokens with spaces between them.

Public corpora for language models come split: ``the " red @-@ tipped " one ( 1 @,@ 200 of them )
isn 't mine .`` A model that is to write clean text reads ``the "red-tipped" one (1,200 of them)
isn't mine.`` Where the way back is not certain, such as from the single quote that may be an
apostrophe, the commoner one is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

UNKNOWN_WORD = "<unk>"
"""Stands in public corpora for words that somebody took for too rare."""

MARKS = {"@-@": "-", "@,@": ",", "@.@": "."}
"""What stood between two parts of a token that was split there."""

_ALONE = frozenset(["@"])
"""Words that nothing is joined to: such a mark could be made of them."""

_PUNCTUATION = (",", ".", ";", ":", "!", "?", "%", ")", "]", "''", "\u201d", "\u2019")
_CLITICS = ("'s", "'ll", "'re", "'ve", "'d", "'m", "'t", "n't")
_ENDS = frozenset(
    [
        *_PUNCTUATION,
        *_CLITICS,
        *(clitic.upper() for clitic in _CLITICS),
        *(clitic.replace("'", "\u2019") for clitic in _CLITICS),
    ]
)
"""Words that belong to what is in front of them."""
_BEGINNINGS = frozenset(["(", "[", "``", "\u201c", "\u2018"])
"""Words that belong to what comes behind them."""
_SIGNS = frozenset(["$", "#", "\u00a3", "\u20ac"])
"""Words that belong to the number behind them."""

# Words that end in s, but own nothing: "as ' a man ' ", but "the ships ' guns".
_NO_OWNERS = frozenset(
    [
        *("always", "as", "does", "has", "his", "is", "its", "perhaps", "plus", "since", "this"),
        *("thus", "towards", "us", "versus", "was", "yes"),
    ]
)


def undo_artefacts(line: str) -> str:
    """Return a line of text without the traces of its tokenization.

    Spaces go away before punctuation marks and what is left of ``is``, ``not`` and the like; behind
    opening brackets, and behind signs of currencies in front of numbers; and inside of quotation
    marks, of which straight ones open and close in turn. ``@-@``, ``@,@`` and ``@.@`` become the
    character that they stand for. ``<unk>`` is a word like others. The marks of headings stay words
    of their own, as in ``= = Title = =``. Nothing but spaces and these ``@`` is taken away, and
    nothing is added. Text without such traces, that of this function above all, stays as it is, but
    for its white space: single spaces, none at its ends.
    """
    text = " ".join(line.split())
    # What has come together can itself belong to what is before it, such as a "'" and an "s".
    while (joined := _join(text.split(" "))) != text:
        text = joined
    return text


def undo_marks(line: str) -> str:
    """Return a line in which ``@-@`` and the like are what they stand for, as words."""
    return " ".join(MARKS.get(word, word) for word in line.split())


def _join(words: Sequence[str]) -> str:
    """Return words with spaces between those that do not belong together."""
    parts: list[str] = []
    follows = False  # whether the word before belongs to what comes behind it
    previous = ""
    for word, (before, behind) in zip(words, _sides(words), strict=True):
        is_joined = (before or follows) and _ALONE.isdisjoint((word, previous))
        if parts and not is_joined:
            parts.append(" ")
        parts.append(MARKS.get(word, word))
        previous, follows = word, behind
    return "".join(parts)


def _sides(words: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """Yield for each word whether it belongs to what is before it and to what comes behind it."""
    is_open = False  # whether a quotation in double quotes is
    quotes = _single_quotes(words)
    for place, word in enumerate(words):
        if word in _ENDS:
            is_time = word == ":" and _ends_in_digit(words, place - 1)
            yield True, is_time and _begins_with_digit(words, place + 1)
        elif word in _BEGINNINGS:
            yield False, True
        elif word in MARKS:
            yield True, True
        elif word == "'":
            yield next(quotes)
        elif word == '"':
            yield is_open, not is_open
        elif word in _SIGNS:
            yield False, _begins_with_digit(words, place + 1)
        else:
            yield _is_half_name(words, place), False
        if '"' in word:
            is_open ^= word.count('"') % 2 == 1


def _single_quotes(words: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """Yield for each single quote that is a word what `_sides` does for all words.

    One that nothing closes is an apostrophe: behind a plural, or in front of a decade.
    """
    places = [place for place, word in enumerate(words) if word == "'"]
    is_open = False
    for place in places:
        if is_open:
            is_open = False
            yield True, False
        elif _is_plural(words, place - 1):
            yield True, False
        elif place < places[-1]:
            is_open = True
            yield False, True
        else:
            is_decade = _begins_with_digit(words, place + 1)
            yield not is_decade, is_decade


def _is_plural(words: Sequence[str], place: int) -> bool:
    """Tell whether an apostrophe may follow a word, as may be for one that was left out."""
    word = words[place] if place >= 0 else ""
    return word == UNKNOWN_WORD or (word.endswith("s") and word.lower() not in _NO_OWNERS)


def _is_half_name(words: Sequence[str], place: int) -> bool:
    """Tell whether a word is the second half of a name like O'Brien or d'Italia."""
    word = words[place]
    if not (place and word[0] in "'\u2019" and word[1:2].isalpha()):
        return False
    first = words[place - 1]
    return len(first) == 1 and first.isalpha() and first not in "aAI"


def _begins_with_digit(words: Sequence[str], place: int) -> bool:
    return place < len(words) and words[place][:1].isdigit()


def _ends_in_digit(words: Sequence[str], place: int) -> bool:
    return place >= 0 and words[place][-1:].isdigit()
