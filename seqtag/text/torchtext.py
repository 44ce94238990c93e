"""The library torchtext where it is installed, and its tokenizers."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence

PREFIX = "torchtext:"
"""What the name of a tokenizer of torchtext's stands behind."""

NAMES = ("basic_english", "moses", "revtok", "spacy", "subword", "toktok")
"""The tokenizers that torchtext's ``get_tokenizer`` knows."""

_INSTALL = "pip install 'seqtag[torchtext]'"


def load_torchtext(purpose: str) -> Any:  # noqa: ANN401 - it publishes no types
    """Return the library torchtext, without its warning that nobody works on it any more.

    Args:
        purpose: What it is wanted for, for messages.

    Raises:
        ConfigError: It is not installed, or does not go together with the installed torch.
    """
    try:
        import torchtext
    except ImportError as error:
        raise ConfigError(
            f"{purpose} needs torchtext, which is not installed: {_INSTALL}"
        ) from error
    except (OSError, RuntimeError) as error:  # its compiled part knows one version of torch
        torch = importlib.metadata.version("torch")
        raise ConfigError(
            f"{purpose} needs torchtext, which is installed and does not load with torch {torch}: "
            f"{_INSTALL} in an environment of its own"
        ) from error
    torchtext.disable_torchtext_deprecation_warning()
    return torchtext


class TorchtextTokenizer:
    """Splits text as a tokenizer of torchtext does.

    Some of them change what they read: letters become small, quotes go. Nothing is loaded before
    the first use. Threads may share a tokenizer.

    Args:
        name: One of `NAMES`.
        language: spaCy's code of a language, for the tokenizer ``spacy``.

    Raises:
        ConfigError: torchtext has no such tokenizer.
    """

    def __init__(self, name: str, language: str) -> None:
        if name not in NAMES:
            raise ConfigError(
                f"data.tokenizer is '{PREFIX}{name}': the tokenizers of torchtext are "
                f"{', '.join(NAMES)}"
            )
        self.name = name
        self.language = language
        self._tokenize: Callable[[str], Iterable[str]] | None = None
        self._lock = threading.Lock()

    def tokenize(self, text: str) -> Sentence:
        """Return a text as one sentence; without any token where it is empty or white space.

        White space in tokens parts them. Their places in the text are those where they are
        found, one behind the other and whatever the case of their letters; where one is not found,
        the sentence is that of the tokens alone.

        Raises:
            ConfigError: torchtext, or what it needs for this tokenizer, is not installed.
        """
        with self._lock:
            found = self._load()(text)
        tokens = [token for each in found for token in each.split()]
        offsets = find_tokens(tokens, text)
        if offsets is None:
            return Sentence(tokens)
        return Sentence(tokens, text=text, offsets=offsets)

    def _load(self) -> Callable[[str], Iterable[str]]:
        if self._tokenize is None:
            purpose = f"data.tokenizer={PREFIX}{self.name}"
            load_torchtext(purpose)
            from torchtext.data.utils import get_tokenizer

            language = {"language": self.language} if self.name == "spacy" else {}
            try:
                # What is missing it prints as well, and of other names that it tries it warns.
                with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._tokenize = get_tokenizer(self.name, **language)
            except (ImportError, OSError, AttributeError) as error:
                reason = str(error).splitlines()[0]
                raise ConfigError(
                    f"{purpose} needs what is not installed ({reason}): install it, or take "
                    "another tokenizer"
                ) from error
        return self._tokenize


def find_tokens(tokens: Iterable[str], text: str) -> list[tuple[int, int]] | None:
    """Return where tokens stand in a text, from left to right and whatever the case of letters.

    Returns:
        For each token ``(start_char, end_char)``; None where one is not found.
    """
    small = text.lower()
    places: Sequence[int] = range(len(text))
    if len(small) != len(text):  # a few letters become two
        places = [place for place, letter in enumerate(text) for _ in letter.lower()]
    offsets, end = [], 0
    for token in map(str.lower, tokens):
        start = small.find(token, end)
        if start < 0:
            return None
        end = start + len(token)
        offsets.append((places[start], places[end - 1] + 1))
    return offsets
