"""What a run is made of: one frozen dataclass a layer and one for the run, TOML in and out."""

from seqtag.config.class_weights import parse_class_weights
from seqtag.config.potentials import FORBIDDEN
from seqtag.config.presets import CHOICES, PRESETS
from seqtag.config.rows import GONE
from seqtag.config.run import resolve, set_key
from seqtag.config.schema import (
    TASK_FORMATS,
    DataConfig,
    DecoderConfig,
    DistillationConfig,
    EmbeddingConfig,
    EncoderConfig,
    HeadConfig,
    LanguageModelConfig,
    LinearConfig,
    PoolingConfig,
    RunConfig,
    SamplingConfig,
    SearchConfig,
    TrainingConfig,
    UnitsConfig,
    all_keys,
    from_mapping,
    to_mapping,
)
from seqtag.config.toml import dump_toml, load_toml, parse_value

__all__ = [
    "CHOICES",
    "FORBIDDEN",
    "GONE",
    "PRESETS",
    "TASK_FORMATS",
    "DataConfig",
    "DecoderConfig",
    "DistillationConfig",
    "EmbeddingConfig",
    "EncoderConfig",
    "HeadConfig",
    "LanguageModelConfig",
    "LinearConfig",
    "PoolingConfig",
    "RunConfig",
    "SamplingConfig",
    "SearchConfig",
    "TrainingConfig",
    "UnitsConfig",
    "all_keys",
    "dump_toml",
    "from_mapping",
    "load_toml",
    "parse_class_weights",
    "parse_value",
    "resolve",
    "set_key",
    "to_mapping",
]
