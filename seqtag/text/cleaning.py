"""Lines of plain text as language models learn them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seqtag.text.artefacts import UNKNOWN_WORD, undo_artefacts, undo_marks
from seqtag.text.tokenization import TokenizerKind, make_tokenizer

if TYPE_CHECKING:  # which is built on this module
    from seqtag.text.unit_base import Units

Artefacts: TypeAlias = Literal["keep", "undo", "split"]

MASK = "\ue000"
"""Stands for a word that the corpus left out in lines that are made into numbers: a character for
private use, which texts do not have."""


class TokenLine(str):
    """A line of tokens, with a space between them, that nothing else has to split."""

    __slots__ = ()


class LineCleaner:
    """Makes lines of a corpus into lines as they are learnt.

    Args:
        artefacts: What is done with traces of tokenization: they are kept as they are; undone, as
            `undo_artefacts` does; or undone and then made anew, so that a space stands between all
            tokens, as taggers are given them.
        tokenizer: What splits lines into tokens. With ``space`` they are split already, and only
            the marks within tokens are undone.
        language: spaCy's code of the texts' language.

    Attributes:
        artefacts: As given.
        tokenizer: As given.
        language: As given.

    Raises:
        ConfigError: The language is no code of two or three letters.
    """

    def __init__(
        self, artefacts: Artefacts, tokenizer: TokenizerKind = "spacy", language: str = "en"
    ) -> None:
        self.artefacts = artefacts
        self.tokenizer = tokenizer
        self.language = language
        self._tokenizer = make_tokenizer(tokenizer, language)

    def __call__(self, line: str, *, mask: str = "") -> str:
        """Return a line as it is learnt.

        Args:
            line: The line of the corpus.
            mask: What stands for a word that the corpus left out, unless traces are kept; where
                nothing does, the space in front of it goes, too.

        Raises:
            ConfigError: spaCy is asked for and not installed, or does not know the language.
        """
        if self.artefacts == "keep" or (self.artefacts == "split" and isinstance(line, TokenLine)):
            return line
        if self.artefacts == "split" and self.tokenizer == "space":
            return _masked(undo_marks(line), mask)
        text = undo_artefacts(line)
        if self.artefacts == "split":
            # What is left out is a word by itself, which the tokenizer would take apart.
            parts = text.split(UNKNOWN_WORD)
            split = (" ".join(self._tokenizer.tokenize(part).tokens) for part in parts)
            return " ".join(f" {mask} ".join(split).split())
        return _masked(text, mask)


def encode_masked(units: Units, text: str) -> tuple[list[int], list[str]]:
    """Return the numbers of a clean line's units and what they stand for in it.

    A space that is a unit by itself in front of `MASK` is none of them: it belongs to the word that
    was left out, and a text in which such words are never written would keep it.

    Args:
        units: What the line is read in.
        text: The line, with `MASK` for words that the corpus left out.

    Raises:
        ConfigError: As for `Units.encode`.
    """
    encoded = units.encode(text)
    following = [*encoded.texts, ""][1:]
    pairs = [
        (number, piece)
        for number, piece, behind in zip(encoded.numbers, encoded.texts, following, strict=True)
        if not (piece == " " and MASK in behind)
    ]
    return [number for number, _ in pairs], [piece for _, piece in pairs]


def _masked(text: str, mask: str) -> str:
    if not mask:
        text = text.replace(f" {UNKNOWN_WORD}", "")
    return text.replace(UNKNOWN_WORD, mask)
