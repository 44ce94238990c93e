"""What is wrong with a token or a tag by itself, whatever stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqtag.text.characters import character_name, hidden_characters, may_hide, shown
from seqtag.text.findings import Kind

LONG = 500
"""Tokens and tags of more characters are reported."""


def may_have_faults(words: Sequence[str], joined: str) -> bool:
    r"""Tell quickly whether any of some words may have a fault.

    Args:
        words: The words, at least one.
        joined: The same, joined by ``"\n"``.
    """
    may_be_long = len(joined) > LONG and max(map(len, words)) > LONG
    return may_be_long or " " in joined or "" in words or may_hide(joined)


def find_faults(word: str, noun: str) -> Iterator[tuple[Kind, str]]:
    """Find what is wrong with a word: hidden characters, nothing in it, spaces around it, length.

    Args:
        word: A token or a tag.
        noun: What messages call it.

    Yields:
        Kind and message.
    """
    hidden = hidden_characters(word)
    if hidden:
        names = ", ".join(map(character_name, hidden))
        if "".join(set(word).difference(hidden)).strip():
            yield "characters", f"the {noun} '{shown(word)}' holds {names}"
        else:
            yield "characters", f"the {noun} is nothing but {names}"
    elif not word.strip(" "):
        yield "empty", f"the {noun} is nothing but spaces" if word else f"the {noun} is empty"
    elif word != word.strip(" "):
        yield "spaces", f"the {noun} '{shown(word)}' has spaces around it"
    if len(word) > LONG:
        yield "long-token", f"the {noun} '{shown(word)}' has {len(word):,} characters"
