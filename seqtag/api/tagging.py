"""What is particular to training taggers: their corpus, their network, their scores."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seqtag.api.corpora import ShowProgress
from seqtag.api.corpus import Corpus, in_one_scheme, read_corpus
from seqtag.api.evaluate import Evaluation, examine
from seqtag.api.pretrained import Pretrained, read_pretrained
from seqtag.api.start import Start, check_language
from seqtag.api.tagger import Tagger
from seqtag.api.tagger_files import MAX_TAGS
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.io.arrays import map_rows
from seqtag.training.spec import TaggerSpec

if TYPE_CHECKING:
    from seqtag.training.tagging import TaggingObjective

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class TaggingTask:
    """A tagger to be trained, of which everything has been found right.

    Attributes:
        config: The configuration, completed by what the data say.
        corpus: The sentences.
        objective: The tagger and its batches.
    """

    config: RunConfig
    corpus: Corpus
    objective: TaggingObjective

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return bool(self.corpus.test)

    def model(self, objective: TaggingObjective) -> Tagger:
        """Return what has been trained with the task's objective or another one of its kind."""
        from seqtag.engines.torch import TorchEngine

        objective.forget_auxiliary()
        return Tagger(objective.spec, TorchEngine(objective.model, self.config.device))

    def examine(self, tagger: Tagger, part: str) -> Evaluation:
        """Score a tagger on part dev or test."""
        return examine(tagger, self.corpus.dev if part == "dev" else self.corpus.test)


def prepare_tagging(
    config: RunConfig, start: Start | None, fetching: ShowProgress | None
) -> TaggingTask:
    """Read all that a tagger is trained on, and build it.

    Args:
        config: The run's configuration.
        start: The run whose weights are the start.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        SeqtagError: The configuration or a file is not as it must be.
    """
    from seqtag.training.initialization import copy_weights
    from seqtag.training.preparation import build_auxiliary
    from seqtag.training.tagging import make_objective

    check_language(config.data.language)
    corpus = read_corpus(config, fetching)
    parts = [corpus.train, corpus.dev, corpus.test]
    pretrained = read_pretrained(config.embedding, config.data, parts, fetching)
    auxiliary = build_auxiliary(corpus.train, corpus.auxiliary)
    # By their names, since what stands behind "auto" may be others in another version.
    names = "+".join(column.name for column in auxiliary) or "none"
    config = replace(config, training=replace(config.training, auxiliary=names))
    if auxiliary:
        logger.info("learning beside the tags, and forgetting in the end: %s", names)
    config, spec = _describe(config, corpus, pretrained, start)
    corpus = in_one_scheme(corpus, spec)
    vectors = pretrained.vectors

    def initialize(model: Any) -> None:  # noqa: ANN401 - a network, whose type is training's affair
        pretrained.initialize(model)
        if start is not None:
            copy_weights(model, spec, start.token_spec, start.weights)

    objective = make_objective(
        config,
        spec,
        corpus.train,
        corpus.dev,
        auxiliary=auxiliary,
        vectors=None if vectors is None else vectors.array,
        initialize=initialize,
        keep=map_rows,
    )
    if start is not None:
        _tell_new_columns(spec, start, config.init)
    return TaggingTask(config, corpus, objective)


def _tell_new_columns(spec: TaggerSpec, start: Start, name: str) -> None:
    """Tell which columns' tags the run to start from does not know."""
    is_only = len(spec.columns) == 1
    base = start.token_spec
    for column in spec.columns:
        known = isinstance(base, TaggerSpec) and (
            base.source_of(column.name, column.scheme, is_only=is_only) is not None
        )
        if not known:
            logger.warning(
                "column %s: %s has no column of this name and scheme, so its tags are learnt "
                "from scratch",
                *(column.name, name),
            )


def _describe(
    config: RunConfig, corpus: Corpus, pretrained: Pretrained, start: Start | None
) -> tuple[RunConfig, TaggerSpec]:
    """Complete the configuration and count vocabularies and tags."""
    from seqtag.training.preparation import build_spec, resolve_training

    layout = corpus.layout
    data = replace(config.data, format=layout.format, columns=layout.columns.spec)
    config = replace(config, data=data)
    spec = build_spec(
        config,
        corpus.train,
        layout.columns.tags,
        format=layout.format,
        file_columns=layout.columns.spec,
        file_width=corpus.width,
        vectors=[] if pretrained.vectors is None else pretrained.vectors.words,
        vector_size=0 if pretrained.vectors is None else pretrained.vectors.array.shape[1],
        mapped=pretrained.mapped,
        gazetteer=pretrained.gazetteer,
        language_models=pretrained.readers,
        base=None if start is None else start.token_spec,
    )
    spec = replace(spec, facts={**spec.facts, **pretrained.facts})
    for column in spec.columns:
        if len(column.tags) > MAX_TAGS:
            raise ConfigError(
                f"column {column.name} has {len(column.tags):,} different tags, more than "
                f"{MAX_TAGS:,}: it seems to hold something else; check --columns"
            )
    return resolve_training(config, spec.facts["tokens"]), spec
