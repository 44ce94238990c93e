"""The sections that only taggers have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadConfig:
    """What stands on the encoder; for taggers."""

    crf: Literal["auto"] | bool = key("auto", "CRF or softmax; auto: CRF for spans")
    scheme: Literal["auto", "iob1", "bio", "bioes", "bilou"] = key(
        "auto", "tag scheme that spans are trained in; auto: bioes"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DistillationConfig:
    """Models that are trained first, from which the one that is kept then learns."""

    teachers: int = key(
        0, "models to learn from, each trained as the last one; 0: none", low=0, high=100
    )
    share: float = key(0.5, "share of the target that the teachers' tags have", low=0.0, high=1.0)
    sequences: int = key(4, "tag sequences drawn from each teacher for a sentence", low=1, high=100)
