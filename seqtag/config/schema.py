"""The configuration of a whole run: its own keys, its sections, and what does not go together."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from seqtag.config.classification import LinearConfig, PoolingConfig
from seqtag.config.data import DataConfig
from seqtag.config.generation import LanguageModelConfig, SamplingConfig
from seqtag.config.keys import key, keys_of
from seqtag.config.network import EmbeddingConfig, EncoderConfig
from seqtag.config.tagging import DistillationConfig, HeadConfig
from seqtag.config.tasks import KEY_TASKS, SECTION_TASKS, TASK_FORMATS
from seqtag.config.training import TrainingConfig
from seqtag.config.translation import DecoderConfig, SearchConfig
from seqtag.config.units import UnitsConfig
from seqtag.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """A whole run."""

    task: Literal["tag", "classify", "translate", "generate"] = key(
        "tag", "what is learnt: tags, labels of texts, translations, or what comes next"
    )
    preset: Literal["fast", "default", "best"] = key("default", "values of keys not given")
    seed: int = key(1, "of all random choices", low=0, high=2**63 - 1)
    device: str = key("cpu", "torch device")
    threads: int = key(1, "CPU threads; 0: as many as torch takes", low=0, high=4096)
    init: str = key("", "run whose weights are the start")
    data: DataConfig = field(default_factory=DataConfig)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    pooling: PoolingConfig = field(default_factory=PoolingConfig)
    linear: LinearConfig = field(default_factory=LinearConfig)
    units: UnitsConfig = field(default_factory=UnitsConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)

    def __post_init__(self) -> None:
        """Refuse values that do not go together."""
        self._check_format()
        self._check_task()
        training = self.training
        if self.distillation.teachers and training.class_weights != "none":
            raise ConfigError(
                "training.class_weights is set, which has no meaning for tags that teachers give: "
                "leave it out, or set distillation.teachers=0"
            )
        if self.distillation.teachers and training.label_smoothing:
            raise ConfigError(
                "training.label_smoothing is set, but teachers smooth the targets already: leave "
                "it out, or set distillation.teachers=0"
            )

    def _check_task(self) -> None:
        """Refuse keys that only another task has a use for."""
        for path, item in all_keys().items():
            section, _, name = path.rpartition(".")
            tasks = KEY_TASKS.get(path, SECTION_TASKS.get(section, (self.task,)))
            if section and self.task not in tasks:
                value = getattr(getattr(self, section), name)
                if value != item.default:
                    *others, last = tasks
                    named = f"{', '.join(others)} and {last}" if others else last
                    has = "tasks {} have" if others else "task {} has"
                    raise ConfigError(
                        f"{path} is {value!r}, which only {has.format(named)} a use for, and this "
                        f"run's task is {self.task}: leave it out"
                    )
        if self.task != "tag" and self.training.auxiliary not in ("auto", "none"):
            raise ConfigError(
                f"training.auxiliary is {self.training.auxiliary!r}, and texts have no further "
                "columns to learn: leave it out"
            )
        if self.task in ("translate", "generate"):
            self._check_units()
        if self.task == "generate":
            self._check_generator()

    def _check_units(self) -> None:
        """Refuse what models that write do not have; their embedding layer has vectors alone."""
        for item in dataclasses.fields(self.embedding):
            value = getattr(self.embedding, item.name)
            if item.name not in ("word_size", "max_words") and value != item.default:
                raise ConfigError(
                    f"embedding.{item.name} is {value!r}, and task {self.task} reads units with a "
                    "vector each and nothing else: leave it out"
                )
        if self.embedding.word_size < 1:
            raise ConfigError("embedding.word_size is 0, and there is nothing else to be read")
        if self.training.class_weights != "none":
            raise ConfigError(
                f"training.class_weights is set, and what task {self.task} writes has no classes"
            )

    def _check_generator(self) -> None:
        """Refuse an encoder that would see what it is to tell."""
        if self.encoder.bidirectional:
            raise ConfigError(
                "encoder.bidirectional is True, and a generator that reads from both ends would "
                "see what comes next: leave it out; language_model.direction=both trains a network "
                "for each direction"
            )
        if self.encoder.attention:
            raise ConfigError(
                "encoder.attention is True, and generators read with recurrent cells alone: leave "
                "it out"
            )

    def _check_format(self) -> None:
        """Refuse files of another task."""
        formats = TASK_FORMATS[self.task]
        if self.data.format not in ("auto", *formats):
            raise ConfigError(
                f"data.format is {self.data.format!r}, and files for task {self.task} are in one "
                f"of {', '.join(formats)}: change one of the two"
            )


def all_keys() -> dict[str, dataclasses.Field[Any]]:
    """Return every key of a run by its full name, such as ``encoder.hidden_size``."""
    return keys_of(RunConfig)
