"""Lines of plain text as language models learn them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from seqtag.text.artefacts import UNKNOWN_WORD, undo_artefacts, undo_marks
from seqtag.text.tokenization import TokenizerKind, make_tokenizer

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
            mask: What stands for a word that the corpus left out, unless traces are kept.

        Raises:
            ConfigError: spaCy is asked for and not installed, or does not know the language.
        """
        if self.artefacts == "keep" or (self.artefacts == "split" and isinstance(line, TokenLine)):
            return line
        if self.artefacts == "split" and self.tokenizer == "space":
            return undo_marks(line).replace(UNKNOWN_WORD, mask)
        text = undo_artefacts(line)
        if self.artefacts == "split":
            # What is left out is a word by itself, which the tokenizer would take apart.
            parts = text.split(UNKNOWN_WORD)
            split = (" ".join(self._tokenizer.tokenize(part).tokens) for part in parts)
            return " ".join(f" {mask} ".join(split).split())
        return text.replace(UNKNOWN_WORD, mask)
