"""What a run is made of: one frozen dataclass a layer and one for the run, TOML in and out."""

from seqtag.config.class_weights import parse_class_weights
from seqtag.config.classification import LinearConfig, PoolingConfig
from seqtag.config.data import DataConfig
from seqtag.config.generation import LanguageModelConfig, SamplingConfig
from seqtag.config.mapping import from_mapping, to_mapping
from seqtag.config.network import EmbeddingConfig, EncoderConfig
from seqtag.config.potentials import FORBIDDEN
from seqtag.config.presets import CHOICES, PRESETS
from seqtag.config.rows import GONE
from seqtag.config.run import resolve, set_key
from seqtag.config.schema import RunConfig, all_keys
from seqtag.config.tagging import DistillationConfig, HeadConfig
from seqtag.config.tasks import TASK_FORMATS
from seqtag.config.toml import dump_toml, load_toml, parse_value
from seqtag.config.training import TrainingConfig
from seqtag.config.translation import DecoderConfig, SearchConfig
from seqtag.config.units import UnitsConfig

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
