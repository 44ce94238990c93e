"""What is particular to training translators: their corpus, their units, their network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seqtag.api.corpora import ShowProgress
from seqtag.api.pairs import PairCorpus, read_pair_corpus
from seqtag.api.start import Start, check_tokenizer, described_units
from seqtag.api.translation_evaluation import TranslationEvaluation, examine_translations
from seqtag.api.translator import Translator
from seqtag.config import RunConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.arrays import map_rows
from seqtag.io.parallel.filtering import PairFilter
from seqtag.text.pairs import Pairs
from seqtag.text.subwords import BytePairs
from seqtag.text.units import SPECIAL, UnitKind, Units, learn_units
from seqtag.training.spec import TranslatorSpec

if TYPE_CHECKING:
    from seqtag.training.translation import TranslationObjective


@dataclass(frozen=True, slots=True)
class TranslationTask:
    """A translator to be trained, of which everything has been found right.

    Attributes:
        config: The configuration, completed by what the data say.
        corpus: The pairs.
        objective: The translator and its batches.
    """

    config: RunConfig
    corpus: PairCorpus
    objective: TranslationObjective

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return bool(len(self.corpus.test))

    def model(self, objective: TranslationObjective) -> Translator:
        """Return what has been trained with the task's objective or another one of its kind."""
        from seqtag.engines.torch import TorchStepEngine

        return Translator(objective.spec, TorchStepEngine([objective.model], self.config.device))

    def examine(self, translator: Translator, part: str) -> TranslationEvaluation:
        """Score a translator on part dev or test."""
        pairs = self.corpus.dev if part == "dev" else self.corpus.test
        return examine_translations(translator, pairs)


def prepare_translation(
    config: RunConfig, start: Start | None, fetching: ShowProgress | None
) -> TranslationTask:
    """Read all that a translator is trained on, and build it.

    Args:
        config: The run's configuration.
        start: The run whose weights are the start; its units are kept.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        SeqtagError: The configuration or a file is not as it must be.
    """
    from seqtag.training.initialization import set_weights
    from seqtag.training.preparation import resolve_training
    from seqtag.training.translation import TranslationObjective

    if "word" in (config.units.source, config.units.target):
        check_tokenizer(config.data)
    left_out = PairFilter(max_units=config.data.max_units, max_ratio=config.data.max_ratio)
    corpus = read_pair_corpus(config.data, left_out, fetching)
    source, target = _learn(config, corpus.train, start)
    train, numbers = _filter(corpus.train, (source, target), left_out)
    held = 0 if config.data.dev else len(corpus.dev)
    left_out.tell(corpus.path, len(train) + held)
    lengths = sorted(map(len, numbers[0]))
    spec = TranslatorSpec(
        source_units=source,
        target_units=target,
        vector_size=config.embedding.word_size,
        encoder=config.encoder,
        decoder=config.decoder,
        search=config.search,
        source=corpus.layout.source,
        target=corpus.layout.target,
        format=corpus.layout.format,
        header=corpus.layout.header,
        usual_length=lengths[len(lengths) * 95 // 100],
        longest_length=lengths[-1],
        facts={
            "pairs": len(train),
            "source_units": sum(map(len, numbers[0])),
            "target_units": sum(map(len, numbers[1])),
        },
    )
    _check(spec, config)

    def initialize(model: Any) -> None:  # noqa: ANN401 - a network, whose type is training's affair
        if start is not None:
            set_weights(model, start.weights)

    data = replace(config.data, source=spec.source, target=spec.target, columns="")
    config = resolve_training(replace(config, data=data), spec.facts["target_units"] + len(train))
    objective = TranslationObjective(
        spec,
        train,
        numbers,
        corpus.dev,
        config,
        initialize=initialize,
        keep=map_rows,
    )
    return TranslationTask(config, replace(corpus, train=train), objective)


def _learn(config: RunConfig, train: Pairs, start: Start | None) -> tuple[Units, Units]:
    """Learn the units of both sides, or take those of the run to start from."""
    if start is not None:
        spec = start.translator_spec
        _check_units(config, spec)
        return spec.source_units, spec.target_units
    given = config.units

    def learn(kind: UnitKind, texts: Sequence[str]) -> Units:
        units = learn_units(
            kind,
            texts,
            algorithm=given.algorithm,
            size=given.size,
            min_count=given.min_count,
            language=config.data.tokenizer_language,
            tokenizer=config.data.tokenizer,
        )
        if len(units) == SPECIAL:
            raise DataError(
                f"no {kind} occurs {given.min_count} times, so that all of them are unknown: set "
                "units.min_count=1",
                path=config.data.train,
            )
        return units

    if given.joint and given.source == given.target == "subword":
        joint = learn("subword", [*train.sources, *train.targets])
        return joint, joint
    return learn(given.source, train.sources), learn(given.target, train.targets)


def _filter(
    train: Pairs, units: tuple[Units, Units], left_out: PairFilter
) -> tuple[Pairs, tuple[list[list[int]], list[list[int]]]]:
    """Leave out pairs that are too long or too unequal; return the rest, and their numbers."""
    sources, targets = units[0].encode_many(train.sources), units[1].encode_many(train.targets)
    kept = [
        number
        for number, line in enumerate(train.lines)
        if left_out.takes(line, len(sources[number]), len(targets[number]))
    ]
    if len(kept) < len(train):
        sources, targets = ([side[number] for number in kept] for side in (sources, targets))
        train = train.choose(kept)
    return train, (sources, targets)


def _check(spec: TranslatorSpec, config: RunConfig) -> None:
    """Refuse sizes that do not go together, and dropout that no units have."""
    sides = (spec.source_units, spec.target_units)
    if config.units.dropout and not any(isinstance(units, BytePairs) for units in sides):
        raise ConfigError(
            f"units.dropout is {config.units.dropout}, and only subwords learnt by byte-pair "
            "encoding have merges to leave out: set units.dropout=0, or let units.source or "
            "units.target be subword and units.algorithm bpe"
        )
    if spec.decoder.attention == "dot" and spec.decoder.hidden_size != spec.encoder.output_size:
        raise ConfigError(
            f"decoder.attention is dot, which compares decoder.hidden_size, "
            f"{spec.decoder.hidden_size}, with the encoder's states of {spec.encoder.output_size} "
            "(encoder.hidden_size for each direction): make them equal, or take multiplicative"
        )


def _check_units(config: RunConfig, spec: TranslatorSpec) -> None:
    """Refuse units other than those of the run to start from, which a run keeps."""
    for key, value in described_units(spec).items():
        if getattr(config.units, key) != value:
            raise ConfigError(
                f"units.{key} is {getattr(config.units, key)!r}, and the run to start from has "
                f"{value!r}, which a run keeps: leave it out"
            )
