"""Units that texts are written in: characters, words and subwords, learnt and made again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any

from seqtag.errors import ConfigError
from seqtag.text.cleaning import MASK
from seqtag.text.sentence import Sentence
from seqtag.text.subwords import Algorithm, Subwords, learn_subwords, subwords_from_json
from seqtag.text.tokenization import KINDS, TokenizerKind, make_tokenizer
from seqtag.text.unit_base import (
    END,
    PADDING,
    SPACE_MARK,
    SPECIAL,
    START,
    UNKNOWN,
    UNKNOWN_MARK,
    Encoded,
    UnitKind,
    Units,
    is_sound,
    listed_strings,
)
from seqtag.text.vocabulary import count_vocabulary

__all__ = [
    "END",
    "PADDING",
    "SPACE_MARK",
    "SPECIAL",
    "START",
    "UNKNOWN",
    "UNKNOWN_MARK",
    "Characters",
    "Encoded",
    "Subwords",
    "UnitKind",
    "Units",
    "Words",
    "learn_units",
    "units_from_json",
]


class Characters(Units):
    """Characters of Unicode, each of them a unit.

    Args:
        items: The characters.

    Raises:
        ValueError: As for `Units`.
    """

    kind = "char"

    @property
    def separator(self) -> list[int]:
        """The number of a space."""
        return [self._numbers.get(" ", UNKNOWN)]

    @staticmethod
    def _is_unit(item: str) -> bool:
        return len(item) == 1 and (item == " " or not item.isspace()) and is_sound(item)

    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `units_from_json` makes the same characters again."""
        return {"kind": self.kind, "items": self.items}

    def _split(self, text: str) -> tuple[list[str], list[int]]:
        texts = list(" ".join(text.split()))
        return texts, [self._numbers.get(character, UNKNOWN) for character in texts]


_MASKED = re.compile(f"({MASK})")


class Words(Units):
    """Words and punctuation marks.

    A word behind a space is another unit than the same word without one, and begins with the
    space; so does the first word of a text. Therefore texts come back with the spaces they had.

    Args:
        items: The words.
        tokenizer: What splits texts. Words are as it gives them, such as in small letters.
        language: spaCy's code of the texts' language.

    Raises:
        ConfigError: The language is no code of two or three letters.
        ValueError: As for `Units`.
    """

    kind = "word"

    def __init__(
        self, items: Iterable[str], *, tokenizer: TokenizerKind = "spacy", language: str = "xx"
    ) -> None:
        super().__init__(items)
        self.tokenizer = tokenizer
        self.language = language
        self._tokenizer = make_tokenizer(tokenizer, language)

    def split(self, text: str) -> list[str]:
        """Return the words of a text, with the spaces in front of them.

        Raises:
            ConfigError: As for `Units.encode`.
        """
        text = " ".join(text.split())
        words = []
        gap = " "  # what stands between the word before and the next one
        for part in _MASKED.split(text):
            # What stands for a word that was left out is a word.
            sentence = Sentence([part]) if part == MASK else self._tokenizer.tokenize(part)
            whole, end = sentence.text, 0
            for word, (first, last) in zip(sentence.tokens, sentence.offsets, strict=True):
                words.append(f" {word}" if " " in gap + whole[end:first] else word)
                gap, end = "", last
            gap += whole[end:]
        return words

    def to_json(self) -> dict[str, Any]:
        """Return plain values of which `units_from_json` makes the same words again."""
        return {
            "kind": self.kind,
            "tokenizer": self.tokenizer,
            "language": self.language,
            "items": self.items,
        }

    def _split(self, text: str) -> tuple[list[str], list[int]]:
        texts = self.split(text)
        return texts, [self._numbers.get(word, UNKNOWN) for word in texts]

    def _shown(self, text: str) -> str:
        return text.strip(" ")

    def _copied(self, copy: str | None) -> str:
        if copy is None:
            return f" {UNKNOWN_MARK}"
        return f" {copy}" if self.tokenizer == "space" else copy


def learn_units(
    kind: UnitKind,
    texts: Iterable[str],
    *,
    algorithm: Algorithm = "bpe",
    size: int,
    min_count: int = 2,
    max_words: int | None = None,
    language: str = "xx",
    tokenizer: TokenizerKind = "spacy",
) -> Units:
    """Learn units from texts; the same texts in any order give the same units.

    Args:
        kind: What units: characters, words or subwords.
        texts: The texts, passed over once.
        algorithm: For subwords, how they are found.
        size: For subwords, how many are learnt at most, single characters included.
        min_count: Rarer characters and words are unknown; of subwords, the characters that they
            are made of.
        max_words: For words, how many are taken at most, the most frequent ones; None for all.
        language: For words, spaCy's code of the texts' language.
        tokenizer: For words, what splits the texts.

    Raises:
        ConfigError: The language is no such code, or spaCy or ``tokenizers`` is not installed.
    """
    if kind == "subword":
        return learn_subwords(texts, algorithm=algorithm, size=size, min_count=min_count)
    empty = Words([], tokenizer=tokenizer, language=language) if kind == "word" else None
    split = empty.split if empty else lambda text: " ".join(text.split())
    counts = Counter(chain.from_iterable(map(split, texts)))
    counts = Counter({item: count for item, count in counts.items() if is_sound(item)})
    most = max_words if kind == "word" else None
    items = count_vocabulary(counts, has_unknown=False, min_count=min_count, max_items=most).items
    if kind == "word":
        return Words(items, tokenizer=tokenizer, language=language)
    return Characters(items)


def units_from_json(value: object) -> Units:
    """Make units again from what `Units.to_json` has returned.

    Raises:
        KeyError: A value is missing.
        TypeError: A value is of another type.
        ValueError: A value cannot be.
    """
    if not isinstance(value, dict):
        raise TypeError("units are no object")
    if value["kind"] == "subword":
        return subwords_from_json(value)
    items = listed_strings(value["items"])
    if value["kind"] == "char":
        return Characters(items)
    if value["kind"] != "word":
        raise ValueError(f"there are no units of the kind {value['kind']!r}")
    tokenizer, language = value["tokenizer"], value["language"]
    if tokenizer not in KINDS or not isinstance(language, str):
        raise ValueError(f"there is no tokenizer {tokenizer!r} for the language {language!r}")
    try:
        return Words(items, tokenizer=tokenizer, language=language)
    except ConfigError as error:
        raise ValueError(str(error)) from error
