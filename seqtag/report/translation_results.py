"""What a page about a translator's evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.report.results import PageResult
from seqtag.text.translation import Translation


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationResult(PageResult):
    """A translator's answers on pairs of texts, and what is known of its training.

    Attributes:
        translations: What it makes of each text.
        references: What it should be. Texts that are there several times are one question with
            several right answers where it works on characters.
        quality: How near each translation is to its reference, from 0 to 100 (chrF).
        scores: ``bleu``, ``chrf``, ``signature``, ``exact_match``, ``symbol_error_rate``,
            ``length_ratio``, ``perplexity`` and ``by_length``, as far as they are known.
        facts: As for `PageResult`, with train's numbers of ``pairs`` and ``units``.
        source_name: What is translated, as the files name it.
        target_name: What it is translated to.
        reads_characters: Whether it works on words and their sounds or forms, not on sentences.
    """

    translations: Sequence[Translation]
    references: Sequence[str]
    quality: Sequence[float]
    scores: Mapping[str, Any]
    source_name: str = ""
    target_name: str = ""
    reads_characters: bool = False
