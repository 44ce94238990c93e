"""Sentences from templates: tokens, and names in braces that stand for one of several templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .chance import Chance

Rules = Mapping[str, Sequence[str]]

_NAME = re.compile(r"\{([^{}]+)\}")
_CLINGING = frozenset([",", ".", "!", "?", ";", ":", "n't", "'s"])


def expand(template: str, rules: Rules, chance: Chance) -> list[str]:
    """Return the tokens of a template.

    Args:
        template: Tokens between spaces. ``{name}`` stands for one of the templates that ``rules``
            has under that name, and stays as it is where there are none.
        rules: For each name its templates.
        chance: Where the choices come from.
    """

    def fill(match: re.Match[str]) -> str:
        options = rules.get(match[1])
        return match[0] if options is None else _NAME.sub(fill, chance.choose(options))

    return _NAME.sub(fill, template).split()


def with_articles(tokens: Sequence[str]) -> list[str]:
    """Return the tokens with ``a`` turned into ``an`` where the next one starts with a vowel."""
    following = [*tokens[1:], "."]
    return [
        "an" if token == "a" and after[0].lower() in "aeiou" else token
        for token, after in zip(tokens, following, strict=True)
    ]


def running_text(tokens: Sequence[str]) -> str:
    """Return the tokens as running text: capitalized, punctuation without a space before it."""
    text = ""
    for token in tokens:
        text += "" if not text or token in _CLINGING else " "
        text += token
    return text[0].upper() + text[1:]
