"""What a run begins with, whatever its task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqtag.api.model_files import Spec
from seqtag.config import TASK_FORMATS, DataConfig, to_mapping
from seqtag.errors import ConfigError
from seqtag.text.subwords import Subwords
from seqtag.text.tokenization import Tokenizer, make_tokenizer
from seqtag.training.spec import ClassifierSpec, GeneratorSpec, TaggerSpec, TranslatorSpec


@dataclass(frozen=True, slots=True)
class Start:
    """A run that training starts from: its description and its weights."""

    spec: Spec
    weights: Mapping[str, Any]

    def check_task(self, task: object) -> None:
        """Refuse a run of another kind, of whose settings none would fit.

        Raises:
            ConfigError: One translates or generates, and the other one does something else.
        """
        if task == "translate":
            _ = self.translator_spec
        elif task == "generate":
            _ = self.generator_spec
        elif isinstance(task, str) and task in TASK_FORMATS:
            _ = self.token_spec

    @property
    def token_spec(self) -> TaggerSpec | ClassifierSpec:
        """The description of a run that reads tokens, as taggers and classifiers do.

        Raises:
            ConfigError: It is a translator or a generator.
        """
        if isinstance(self.spec, TranslatorSpec):
            raise ConfigError("the run to start from is a translator, which reads no tokens")
        if isinstance(self.spec, GeneratorSpec):
            raise ConfigError(
                "the run to start from is a generator, which reads no tokens: "
                "embedding.language_model=RUN gives its states to taggers and classifiers"
            )
        return self.spec

    @property
    def translator_spec(self) -> TranslatorSpec:
        """The description of a run that translates.

        Raises:
            ConfigError: It does something else.
        """
        if not isinstance(self.spec, TranslatorSpec):
            raise ConfigError("the run to start from is no translator")
        return self.spec

    @property
    def generator_spec(self) -> GeneratorSpec:
        """The description of a run that generates.

        Raises:
            ConfigError: It does something else.
        """
        if not isinstance(self.spec, GeneratorSpec):
            raise ConfigError("the run to start from is no generator")
        return self.spec


def check_tokenizer(data: DataConfig) -> None:
    """Refuse what cannot split a run's texts, before hours of training.

    Raises:
        ConfigError: There is no such tokenizer, or what it needs is not installed.
    """
    if data.tokenizer == "spacy":
        check_language(data.language)
    else:
        make_tokenizer(data.tokenizer, data.language).tokenize("word")


def check_language(language: str) -> None:
    """Refuse a language for which spaCy has no tokenizer, before hours of training.

    Raises:
        ConfigError: There is none.
    """
    tokenizer = Tokenizer(language)
    if language != DataConfig().language:  # spaCy has that one, and takes a while to load
        tokenizer.tokenize("word")


def described_config(spec: Spec) -> dict[str, Any]:
    """Return what a model tells of the configuration of a run that starts from it."""
    base: dict[str, Any] = {"encoder": to_mapping(spec.encoder)}
    if isinstance(spec, TranslatorSpec):
        return base | {
            "task": "translate",
            "embedding": {"word_size": spec.vector_size},
            "units": described_units(spec),
            "decoder": to_mapping(spec.decoder),
            "search": to_mapping(spec.search),
        }
    if isinstance(spec, GeneratorSpec):
        return base | {
            "task": "generate",
            "embedding": {"word_size": spec.vector_size},
            "units": described_units(spec),
            "language_model": to_mapping(spec.language_model),
            "sampling": to_mapping(spec.sampling),
            "data": {
                "artefacts": spec.artefacts,
                "tokenizer": spec.tokenizer,
                "language": spec.language,
            },
        }
    base |= {"embedding": to_mapping(spec.embedding), "data": {"language": spec.language}}
    if isinstance(spec, TaggerSpec):
        crfs = {column.crf for column in spec.columns}
        schemes = {column.scheme for column in spec.columns if column.scheme is not None}
        base["task"] = "tag"
        base["head"] = {
            "crf": crfs.pop() if len(crfs) == 1 else "auto",
            "scheme": schemes.pop() if len(schemes) == 1 else "auto",
        }
        base["data"]["comment"] = spec.comment
    else:
        base["task"] = "classify"
        base["pooling"] = to_mapping(spec.pooling)
        base["linear"] = to_mapping(spec.linear)
        base["data"]["tokenizer"] = spec.tokenizer
    return base


def described_units(spec: TranslatorSpec | GeneratorSpec) -> dict[str, Any]:
    """Return what the section ``units`` of a configuration says of a model's units."""
    roles = {"text": spec.units} if isinstance(spec, GeneratorSpec) else spec.sides
    values: dict[str, Any] = {role: units.kind for role, units in roles.items()}
    if isinstance(spec, TranslatorSpec):
        values["joint"] = spec.joint
    for units in roles.values():
        if isinstance(units, Subwords):
            values |= {"algorithm": units.algorithm, "size": len(units.items)}
    return values
