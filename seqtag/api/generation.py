"""What is particular to training generators: their text, their units, their network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtag.api.corpora import ShowProgress
from seqtag.api.generation_evaluation import TextEvaluation, examine_text
from seqtag.api.generator import Generator
from seqtag.api.plain_text import TextCorpus, TextPart, read_text_corpus
from seqtag.api.start import Start, check_tokenizer, described_units
from seqtag.config import RunConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.arrays import map_rows
from seqtag.text.cleaning import LineCleaner
from seqtag.text.spelling import learn_spelling
from seqtag.text.units import SPECIAL, Units, learn_units
from seqtag.training.spec import GeneratorSpec
from seqtag.training.streams import encode_text

if TYPE_CHECKING:
    from seqtag.training.language_model import LanguageModelObjective


@dataclass(frozen=True, slots=True)
class GenerationTask:
    """A generator to be trained, of which everything has been found right.

    Attributes:
        config: The configuration, completed by what the data say.
        corpus: The texts.
        objective: The generator and its windows.
    """

    config: RunConfig
    corpus: TextCorpus
    objective: LanguageModelObjective

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return self.corpus.test is not None

    def model(self, objective: LanguageModelObjective) -> Generator:
        """Return what has been trained with the task's objective or another one of its kind."""
        from seqtag.engines.torch import TorchUnitEngine

        objective.learn_beginnings()
        return Generator(objective.spec, TorchUnitEngine(objective.model, self.config.device))

    def examine(self, generator: Generator, part: str) -> TextEvaluation:
        """Score a generator on part dev or test."""
        text = self.corpus.dev if part == "dev" else self.corpus.test
        assert text is not None
        return examine_text(generator, text)


def prepare_generation(
    config: RunConfig, start: Start | None, fetching: ShowProgress | None
) -> GenerationTask:
    """Read all that a generator is trained on, and build it.

    Args:
        config: The run's configuration.
        start: The run whose weights are the start; its units are kept.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        SeqtagError: The configuration or a file is not as it must be.
    """
    from seqtag.training.initialization import set_weights
    from seqtag.training.language_model import LanguageModelObjective, choose_cutoffs
    from seqtag.training.preparation import resolve_training

    reads_tokens = config.units.text == "word" or config.data.artefacts == "split"
    if reads_tokens:
        check_tokenizer(config.data)
    corpus = read_text_corpus(config.data, fetching)
    clean = LineCleaner(config.data.artefacts, config.data.tokenizer, config.data.language)
    units = _units(config, corpus.train, clean, start)
    spelling = learn_spelling(map(clean, corpus.train))
    train, dev = (
        encode_text(part, units, spelling, clean, map_rows) for part in (corpus.train, corpus.dev)
    )
    spec = GeneratorSpec(
        units=units,
        vector_size=config.embedding.word_size,
        encoder=config.encoder,
        language_model=config.language_model,
        cutoffs=(
            choose_cutoffs(config.language_model, units)
            if start is None
            else start.generator_spec.cutoffs
        ),
        sampling=config.sampling,
        spelling=spelling,
        artefacts=clean.artefacts,
        tokenizer=clean.tokenizer,
        language=clean.language,
        facts={"lines": train.lines, "tokens": train.tokens, "units": len(train.numbers)},
    )
    config = resolve_training(config, len(train.numbers))

    def initialize(model: Any) -> None:  # noqa: ANN401 - a network, whose type is training's affair
        if start is not None:
            set_weights(model, start.weights)

    objective = LanguageModelObjective(spec, train, dev, config, initialize=initialize)
    return GenerationTask(config, corpus, objective)


def _units(config: RunConfig, train: TextPart, clean: LineCleaner, start: Start | None) -> Units:
    """Learn the units, or take those of the run to start from."""
    given = config.units
    if start is not None:
        spec = start.generator_spec
        for key, value in described_units(spec).items():
            if getattr(given, key) != value:
                raise ConfigError(
                    f"units.{key} is {getattr(given, key)!r}, and the run to start from has "
                    f"{value!r}, which a run keeps: leave it out"
                )
        return spec.units
    units = learn_units(
        given.text,
        map(clean, train),
        algorithm=given.algorithm,
        size=given.size,
        min_count=given.min_count,
        max_words=config.embedding.max_words,
        language=config.data.tokenizer_language,
        tokenizer=config.data.tokenizer,
    )
    if len(units) == SPECIAL:
        raise DataError(
            f"no {given.text} occurs {given.min_count} times, so that all of them are unknown: set "
            "units.min_count=1",
            path=config.data.train,
        )
    return units
