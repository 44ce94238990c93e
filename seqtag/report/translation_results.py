"""What a page about a translator's evaluation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqtag.report.results import Setting
from seqtag.text.translation import Translation


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationResult:
    """A translator's answers on pairs of texts, and what is known of its training.

    Attributes:
        title: What the page is about, such as the run's name.
        source: The evaluated file or part, such as ``test``.
        version: The version of seqtag that evaluates.
        translations: What it makes of each text.
        references: What it should be. Texts that are there several times are one question with
            several right answers where it works on characters.
        quality: How near each translation is to its reference, from 0 to 100 (chrF).
        scores: ``bleu``, ``chrf``, ``signature``, ``exact_match``, ``symbol_error_rate``,
            ``length_ratio``, ``perplexity`` and ``by_length``, as far as they are known.
        facts: Number of the training part's ``pairs`` and ``units``, and further facts of
            ``metrics.json`` about the training as far as they are known.
        history: The lines of ``history.jsonl``; empty where they are not known.
        settings: The configuration by section; empty where it is not known.
        source_name: What is translated, as the files name it.
        target_name: What it is translated to.
        reads_characters: Whether it works on words and their sounds or forms, not on sentences.
    """

    title: str
    source: str
    version: str
    translations: Sequence[Translation]
    references: Sequence[str]
    quality: Sequence[float]
    scores: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Sequence[Setting]] = field(default_factory=dict)
    source_name: str = ""
    target_name: str = ""
    reads_characters: bool = False
