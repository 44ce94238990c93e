"""The sections that only generators have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageModelConfig:
    """The network that tells what comes next; for generators."""

    direction: Literal["forward", "backward", "both"] = key(
        "forward", "which way the text is read; both: for embeddings of taggers and classifiers"
    )
    window: int = key(
        70, "units that a step of training reads of each stretch of the text", low=1, high=10**5
    )
    tied: bool = key(True, "the output layer has the vectors of the units it writes")
    softmax: Literal["auto", "full", "adaptive"] = key(
        "auto", "adaptive: rare units cost less time; auto: where they are words, and many"
    )
    embedding_dropout: float = key(
        0.1, "share of units that a step of training does not see", low=0.0, high=0.95
    )
    weight_dropout: float = key(
        0.2, "share of the recurrent weights that a step leaves out", low=0.0, high=0.95
    )
    activation_penalty: float = key(
        2.0, "strength of the penalty for large states", low=0.0, high=100.0
    )
    change_penalty: float = key(
        1.0, "strength of the penalty for states that change much", low=0.0, high=100.0
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingConfig:
    """How a text is written; for generators."""

    temperature: float = key(
        1.0, "below 1: likely units more often; 0: the likeliest each time", low=0.0, high=100.0
    )
    top_k: int = key(0, "only so many of the likeliest units; 0: all", low=0, high=10**6)
    top_p: float = key(
        1.0, "only the likeliest units that together have this probability", low=0.0, high=1.0
    )
    min_p: float = key(
        0.0, "only units at least this share as likely as the likeliest", low=0.0, high=1.0
    )
    repetition_penalty: float = key(
        1.0, "above 1: units that were there are rarer (Keskar et al. 2019)", low=1.0, high=100.0
    )
    no_repeat_ngram: int = key(
        0, "units of the n-grams that are written once at most; 0: any", low=0, high=100
    )
    beam: int = key(1, "hypotheses of a beam search; 1: units are drawn", low=1, high=256)
    length_penalty: float = key(
        0.0, "strength of a beam's reward for length (Wu et al. 2016)", low=0.0, high=10.0
    )
    max_tokens: int = key(100, "units written at most", low=1, high=10**6)
