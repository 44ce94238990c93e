"""What a run begins with, whatever its task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqtag.api.model_files import Spec
from seqtag.config import DataConfig
from seqtag.text.tokenization import Tokenizer


@dataclass(frozen=True, slots=True)
class Start:
    """A run that training starts from: its description and its weights."""

    spec: Spec
    weights: Mapping[str, Any]


def check_language(language: str) -> None:
    """Refuse a language for which spaCy has no tokenizer, before hours of training.

    Raises:
        ConfigError: There is none.
    """
    tokenizer = Tokenizer(language)
    if language != DataConfig().language:  # spaCy has that one, and takes a while to load
        tokenizer.tokenize("word")
