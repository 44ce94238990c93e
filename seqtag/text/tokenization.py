"""Raw text into sentences of tokens: by spaCy's rules, at white space or as torchtext does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeAlias

from seqtag.errors import ConfigError
from seqtag.text.characters import LONE_SURROGATE
from seqtag.text.sentence import Sentence
from seqtag.text.torchtext import NAMES, PREFIX, TorchtextTokenizer

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MAX_SPACY_TOKEN = 1000
"""Longer runs without white space are one token, in languages that are written with spaces.

Such blobs are no words, and tokenization rules take quadratic time on some of them.
"""

MAX_STRINGS = 1_000_000
"""Strings that spaCy remembers before it is made to forget them."""

_BLOB = "x"  # what spaCy is shown in place of such a run

_LONG_RUN = re.compile(rf"\S{{{MAX_SPACY_TOKEN + 1},}}")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


TokenizerKind: TypeAlias = str
"""``spacy``: by spaCy's rules; ``space``: at white space; ``torchtext:NAME``: by a tokenizer of
torchtext's."""

KINDS: tuple[TokenizerKind, ...] = ("spacy", "space", *(f"{PREFIX}{name}" for name in NAMES))
"""All of them."""

SpacyToken: TypeAlias = tuple[str, int, bool, bool]
"""A token of spaCy's: its text, where that begins, whether a sentence begins with it, and whether
it is white space."""


class Tokenizer:
    """Splits raw text with spaCy's tokenizer and rule-based sentence splitter.

    Nothing is loaded before the first use, and no trained pipeline is needed. Threads may share a
    tokenizer.

    Args:
        language: spaCy's code of a language, such as ``en``; ``xx`` for any.

    Raises:
        ConfigError: The language is no code of two or three letters.
    """

    def __init__(self, language: str) -> None:
        if not re.fullmatch(r"[a-z]{2,3}", language):
            raise ConfigError(f"data.language is {language!r}: give a spaCy language code like en")
        self.language = language
        self._pipeline: Language | None = None
        self._lock = threading.Lock()

    def _load(self) -> Language:
        if self._pipeline is None:
            try:
                import spacy
            except ImportError as error:
                raise ConfigError(
                    "raw text is split into tokens by spaCy, which is not installed: "
                    "pip install spacy, or give tokens"
                ) from error

            try:
                pipeline = spacy.blank(self.language)
            except (ImportError, OSError) as error:
                reason = str(error).splitlines()[0]
                raise ConfigError(
                    f"spaCy has no tokenizer for language {self.language!r} ({reason}); "
                    "xx works for any language"
                ) from error
            pipeline.add_pipe("sentencizer")
            pipeline.max_length = 2**62  # the limit guards parsers, which are not used
            self._pipeline = pipeline
        return self._pipeline

    def split(self, text: str) -> Iterator[Sentence]:
        """Yield the sentences of a text.

        Sentences end where spaCy's rules say so and at blank lines. Every sentence has the whole
        text as its ``text``, and offsets in it.

        Raises:
            ConfigError: spaCy has no tokenizer for the language, or lacks a library for it.
        """
        yield from gather_sentences(text, self._tokens(text, split=True))

    def tokenize(self, text: str) -> Sentence:
        """Return a text as one sentence; without any token where it is empty or white space.

        Raises:
            ConfigError: spaCy has no tokenizer for the language, or lacks a library for it.
        """
        if not text or text.isspace():
            return Sentence([], text=text)
        if text.isascii() and len(text) <= MAX_SPACY_TOKEN:  # then nothing in it is odd
            with self._lock:
                found = [(token.text, token.idx) for token in self._tokenized(self._load(), text)]
            found = [pair for pair in found if not pair[0].isspace()]
        else:
            tokenized = self._tokens(text, split=False)
            found = [(token, start) for token, start, _, is_space in tokenized if not is_space]
        tokens = [token for token, _ in found]
        offsets = [(start, start + len(token)) for token, start in found]
        return Sentence(tokens, text=text, offsets=offsets)

    def _tokens(self, text: str, *, split: bool) -> Iterator[SpacyToken]:
        """Yield each token; whether it begins a sentence only if asked for."""
        if not text or text.isspace():
            return
        # spaCy cannot encode what UTF-8 does not know; the tokens are cut from the text itself.
        shown = LONE_SURROGATE.sub("\ufffd", text)
        with self._lock:  # spaCy's memory zones know one user at a time
            pipeline = self._load()
            blobs: list[tuple[int, int]] = []
            if _splits_at_spaces(pipeline):
                blobs = [run.span() for run in _LONG_RUN.finditer(shown)]
                shown = _LONG_RUN.sub(_BLOB, shown)
            found = list(self._found(pipeline, shown, split=split))
        hidden = 0  # characters of the text that spaCy was not shown, up to here
        following = 0
        for start, end, is_start, is_space in found:
            start, end = start + hidden, end + hidden
            if following < len(blobs) and start == blobs[following][0]:
                end = blobs[following][1]
                hidden += end - start - len(_BLOB)
                following += 1
            yield text[start:end], start, is_start, is_space

    def _tokenized(self, pipeline: Language, text: str) -> Doc:
        """Return a text's tokens without sentences.

        These, and the zone that they need, would take several times as long.
        """
        tokens = pipeline.tokenizer(text)
        if len(pipeline.vocab.strings) > MAX_STRINGS:
            self._pipeline = None
        return tokens

    def _found(
        self, pipeline: Language, text: str, *, split: bool
    ) -> Iterator[tuple[int, int, bool, bool]]:
        """Yield start and end of each token, whether it begins a sentence and is white space."""
        if not split:
            for token in self._tokenized(pipeline, text):
                yield token.idx, token.idx + len(token), False, token.is_space
            return
        # spaCy (from 3.8) forgets the strings of a zone behind it, which keeps memory bounded.
        zone: Any = getattr(pipeline, "memory_zone", nullcontext)
        with zone():
            for token in pipeline(text):
                yield token.idx, token.idx + len(token), bool(token.is_sent_start), token.is_space


def gather_sentences(text: str, tokens: Iterable[SpacyToken]) -> Iterator[Sentence]:
    """Yield the sentences that spaCy's tokens make up, without white space.

    Sentences end where another one begins, and at blank lines. Every sentence has the whole text
    as its ``text``, and offsets in it.
    """
    words: list[str] = []
    offsets: list[tuple[int, int]] = []
    is_first = False
    for token, start, is_start, is_space in tokens:
        # White space of its own between two sentences is the second one's first token.
        is_first |= is_start
        if is_space:
            continue
        if words and (is_first or _BLANK_LINE.search(text, offsets[-1][1], start)):
            yield Sentence(words, text=text, offsets=offsets)
            words, offsets = [], []
        words.append(token)
        offsets.append((start, start + len(token)))
        is_first = False
    if words:
        yield Sentence(words, text=text, offsets=offsets)


class SpaceTokenizer:
    """Splits text at white space, for corpora that were tokenized before."""

    def tokenize(self, text: str) -> Sentence:
        """Return a text as one sentence; without any token where it is empty or white space."""
        tokens = text.split()
        if " ".join(tokens) == text:  # then text and offsets can be made when somebody asks
            return Sentence(tokens)
        offsets, end = [], 0
        for token in tokens:
            start = text.index(token, end)
            end = start + len(token)
            offsets.append((start, end))
        return Sentence(tokens, text=text, offsets=offsets)


TextTokenizer: TypeAlias = Tokenizer | SpaceTokenizer | TorchtextTokenizer


def make_tokenizer(kind: TokenizerKind, language: str) -> TextTokenizer:
    """Return what splits texts as a model records it.

    Args:
        kind: One of `KINDS`.
        language: spaCy's code of the texts' language.

    Raises:
        ConfigError: torchtext has no such tokenizer, or the language is no code of two or three
            letters.
    """
    if kind.startswith(PREFIX):
        return TorchtextTokenizer(kind.removeprefix(PREFIX), language)
    return SpaceTokenizer() if kind == "space" else Tokenizer(language)


def _splits_at_spaces(pipeline: Language) -> bool:
    """Tell whether a language is tokenized by spaCy's rules for words between spaces."""
    return hasattr(pipeline.tokenizer, "rules")
