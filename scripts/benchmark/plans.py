"""What the benchmark knows of a corpus, of a system and of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from scripts.benchmark.environments import OWN

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names of systems, of which each two are measured in turn."""


TASK_OF_KIND: Mapping[str, str] = {
    "words": "tag",
    "spans": "tag",
    "labels": "classify",
    "pairs": "translate",
    "pronunciations": "pronounce",
    "text": "generate",
    "characters": "spell",
}
"""What is done with a corpus."""

TEXT_UNITS: Mapping[str, str] = {"text": "words", "characters": "characters"}
"""For each kind of corpus that is a text to be foreseen, what its scores are told for each of; the
end of a line is one more of them."""

TRAINING_UNIT = "tokens"
"""What the speed of training is counted in; of translators these are the target's units, the marks
of its ends included, of the sentences that steps were made on, and of language models words."""


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    """A corpus and what is learnt from it.

    Attributes:
        name: What the benchmark calls it.
        title: What people call it.
        kind: ``words`` for a tag of each token, ``spans`` for tags of scheme BIO, ``labels`` for a
            label of each text, ``pairs`` for a translation of each text, ``pronunciations`` for the
            phones of each word, ``text`` for what comes next in a text of words with spaces between
            them, ``characters`` for the same of one file of characters, which is cut here.
        suffix: Of its files.
        columns: The files' columns, in seqtag's words; empty for those it takes by itself.
        score: The main score.
        corpus: Its name in `seqtag corpora list`; empty for that of the benchmark.
        languages: Of pairs, what is translated to what.
        stems: The names of its files where they are not those of the parts.
    """

    name: str
    title: str
    kind: str
    suffix: str
    columns: str
    score: str
    corpus: str = ""
    languages: tuple[str, ...] = ()
    stems: Mapping[str, str] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """What is done with it, as `TaskPlan.name`."""
        return TASK_OF_KIND[self.kind]

    @property
    def folder(self) -> str:
        """Its name in `seqtag corpora list`, and of the folder that holds it."""
        return self.corpus or self.name


@dataclass(frozen=True, slots=True)
class System:
    """A tagger, classifier, translator or language model with its settings.

    Attributes:
        name: Its name on the command line and in file names.
        title: Its name in tables.
        worker: Module below ``scripts.benchmark.systems`` that runs it.
        environment: The environment that it runs in.
        settings: What its worker is told.
        quick: What its worker is told instead in the quick benchmark.
        loading: What its worker is told to load a model, beside the settings.
        model_of: The system whose training its model comes from; empty for its own.
        seeds: Those of a whole benchmark.
        task: What it does, as `TaskPlan.name`.
        minutes: Limit of its training, scoring on dev left out; 0 for none, None where its worker
            knows no limit.
    """

    name: str
    title: str
    worker: str
    environment: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)
    loading: Mapping[str, Any] = field(default_factory=dict)
    model_of: str = ""
    seeds: tuple[int, ...] = (1,)
    task: str = "tag"
    minutes: float | None = None

    @property
    def trained_as(self) -> str:
        """The system whose training its model comes from."""
        return self.model_of or self.name

    @property
    def is_own(self) -> bool:
        """Whether it is seqtag, and no other model that runs in its environment."""
        return self.environment == OWN and self.worker.startswith("seqtag")


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """What is measured of all systems of a task.

    Attributes:
        name: ``tag``, ``classify``, ``translate``, ``pronounce``, ``generate`` or ``spell``.
        systems: Those that are compared.
        quick: Names of those that the quick benchmark runs.
        unit: What the speed of trained systems is counted in.
        prediction: The stage in which they do their task; empty where that is not timed.
        size: How much of it is timed, in units.
        quick_size: The same in the quick benchmark.
        pairs: For each stage of speed, who is measured in turn with whom.
        calls: How many sentences or texts are given one at a time.
        quick_calls: The same in the quick benchmark.
    """

    name: str
    systems: tuple[System, ...]
    quick: tuple[str, ...]
    unit: str
    prediction: str
    size: int
    quick_size: int
    pairs: Mapping[str, Pairs]
    calls: int = 500
    quick_calls: int = 60

    @property
    def stages(self) -> tuple[str, ...]:
        """All stages in their order."""
        return ("training", *self.pairs)

    def unit_of(self, stage: str) -> str:
        """Return what the speed of a stage is counted in."""
        return self.unit if stage == self.prediction else TRAINING_UNIT


TORCH = {"engine": "torch", "precision": "fp32"}


def exported(of: System, precision: str) -> System:
    """Return a system with the ONNX engine and another's model."""
    int8 = precision == "int8"
    return System(
        f"{of.name}-{'int8' if int8 else 'onnx'}",
        f"{of.title}, ONNX{' int8' if int8 else ''}",
        of.worker,
        OWN,
        loading={"engine": "onnx", "precision": precision},
        model_of=of.name,
        seeds=of.seeds,
        task=of.task,
    )
