"""The section ``units`` of a configuration, for all that writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitsConfig:
    """What texts are read and written in; for translators and generators."""

    text: Literal["subword", "word", "char"] = key("subword", "units that are generated")
    source: Literal["subword", "word", "char"] = key("subword", "units of what is translated")
    target: Literal["subword", "word", "char"] = key("subword", "units of the translation")
    algorithm: Literal["bpe", "unigram"] = key("bpe", "how subwords are found")
    size: int = key(6000, "subwords, the single characters included", low=8, high=10**6)
    joint: bool = key(True, "source and target share their subwords and their vectors")
    dropout: float = key(
        0.0, "BPE-dropout: share of merges left out while training", low=0.0, high=0.9
    )
    min_count: int = key(
        2, "rarer words and characters are unknown, and may be copied", low=1, high=10**6
    )
