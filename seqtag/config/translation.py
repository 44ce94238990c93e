"""The sections that only translators have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key
from seqtag.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderConfig:
    """The network that writes; for translators."""

    cell: Literal["lstm", "gru", "rnn", "peephole"] = key("gru", "recurrent cell")
    hidden_size: int = key(512, "state", low=1, high=8192)
    num_layers: int = key(1, "layers", low=1, high=32)
    attention: Literal["additive", "multiplicative", "dot"] = key(
        "additive", "how states of the source are weighed"
    )
    attention_size: int = key(256, "hidden units of additive attention", low=1, high=8192)
    input_feeding: bool = key(True, "each step reads what the last one attended to")
    dropout: float = key(0.3, "dropout around the layers", low=0.0, high=0.95)
    variational: bool = key(True, "dropout drops the same at every step of a sequence")
    tied: bool = key(True, "the output layer has the vectors of the units it writes")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchConfig:
    """How a translation is looked for; for translators."""

    beam: int = key(5, "hypotheses that are followed; 1: the best step each time", low=1, high=256)
    length_penalty: float = key(
        1.0, "strength of the reward for length (Wu et al. 2016)", low=0.0, high=10.0
    )
    pruning: float = key(
        3.0,
        "hypotheses are dropped whose log-probability is so far below the best one's; 0: none",
        low=0.0,
        high=1000.0,
    )
    coverage_penalty: float = key(
        0.0, "strength of the penalty for source that is not attended to", low=0.0, high=10.0
    )
    no_repeat_ngram: int = key(
        0, "units of the n-grams that are written once at most; 0: any", low=0, high=100
    )
    min_length: int = key(0, "units written at least", low=0, high=10**5)
    max_length: int = key(
        0, "units written at most; 0: twice those of the source and 20 more", low=0, high=10**5
    )
    copy_unknown: bool = key(True, "unknown words are copied from the source")
    long: Literal["split", "refuse"] = key(
        "split", "what is done with a text of more units than encoder.max_length"
    )

    def __post_init__(self) -> None:
        """Refuse limits that leave nothing between them."""
        if 0 < self.max_length < self.min_length:
            raise ConfigError(
                f"search.min_length is {self.min_length} and search.max_length {self.max_length}: "
                "give a greatest length that is not below the least"
            )
