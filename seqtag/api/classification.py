"""What is particular to training classifiers: their corpus, their network, their scores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtag.api.classifier import Classifier
from seqtag.api.classifier_files import MAX_LABELS
from seqtag.api.corpora import ShowProgress
from seqtag.api.label_evaluation import LabelEvaluation, examine_labels
from seqtag.api.pretrained import Pretrained, read_pretrained
from seqtag.api.start import Start, check_tokenizer
from seqtag.api.texts import LabelledCorpus, read_labelled_corpus, tell_unknown_labels
from seqtag.config import RunConfig
from seqtag.errors import ConfigError
from seqtag.io.arrays import map_rows
from seqtag.text.vocabulary import count_vocabulary
from seqtag.training.spec import ClassifierSpec

if TYPE_CHECKING:
    from seqtag.training.classification import ClassificationObjective


@dataclass(frozen=True, slots=True)
class ClassificationTask:
    """A classifier to be trained, of which everything has been found right.

    Attributes:
        config: The configuration, completed by what the data say.
        corpus: The texts.
        objective: The classifier and its batches.
    """

    config: RunConfig
    corpus: LabelledCorpus
    objective: ClassificationObjective

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return bool(len(self.corpus.test))

    def model(self, objective: ClassificationObjective) -> Classifier:
        """Return what has been trained with the task's objective or another one of its kind."""
        from seqtag.engines.torch import TorchEngine

        engine = TorchEngine(objective.model, self.config.device)
        return Classifier(objective.spec, engine)

    def examine(self, classifier: Classifier, part: str) -> LabelEvaluation:
        """Score a classifier on part dev or test."""
        texts = self.corpus.dev if part == "dev" else self.corpus.test
        return examine_labels(classifier, texts)


def prepare_classification(
    config: RunConfig, start: Start | None, fetching: ShowProgress | None
) -> ClassificationTask:
    """Read all that a classifier is trained on, and build it.

    Args:
        config: The run's configuration.
        start: The run whose weights are the start.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        SeqtagError: The configuration or a file is not as it must be.
    """
    from seqtag.training.class_weights import label_weights
    from seqtag.training.classification import make_objective
    from seqtag.training.initialization import copy_weights
    from seqtag.training.linear import fit_linear

    check_tokenizer(config.data)
    corpus = read_labelled_corpus(config.data, fetching)
    parts = [part.sentences for part in (corpus.train, corpus.dev, corpus.test)]
    pretrained = read_pretrained(config.embedding, config.data, parts, fetching)
    config, spec = _describe(config, corpus, pretrained, start)
    for name, texts in (("dev", corpus.dev), ("test", corpus.test)):
        tell_unknown_labels(spec.labels, name, texts)
    vectors = pretrained.vectors
    linear = None
    if config.linear.word_ngrams:
        numbers = np.array(spec.labels.encode(corpus.train.labels), dtype=np.int64)
        weights = label_weights(config.training.class_weights, spec)
        linear = fit_linear(
            config.linear, corpus.train.sentences, numbers, len(spec.labels), weights
        )
        counted = len(linear.words), len(linear.characters)
        spec = replace(spec, ngrams_counted=counted)

    def initialize(model: Any) -> None:  # noqa: ANN401 - a network, whose type is training's affair
        pretrained.initialize(model)
        if start is not None:
            copy_weights(model, spec, start.token_spec, start.weights)

    objective = make_objective(
        config,
        spec,
        corpus.train,
        corpus.dev,
        linear=linear,
        vectors=None if vectors is None else vectors.array,
        initialize=initialize,
        keep=map_rows,
    )
    return ClassificationTask(config, corpus, objective)


def _describe(
    config: RunConfig, corpus: LabelledCorpus, pretrained: Pretrained, start: Start | None
) -> tuple[RunConfig, ClassifierSpec]:
    """Complete the configuration and count vocabularies and labels."""
    from seqtag.training.inputs import build_inputs
    from seqtag.training.preparation import resolve_training

    layout = corpus.layout
    base = None if start is None else start.token_spec
    has_columns = layout.format in ("tsv", "csv", "jsonl")
    columns = layout.columns.spec if has_columns else ""
    counts = Counter(corpus.train.labels)
    if len(counts) > MAX_LABELS:
        raise ConfigError(
            f"there are {len(counts):,} different labels, more than {MAX_LABELS:,}: the column "
            "seems to hold something else; check --columns"
        )
    first = base.labels.items if isinstance(base, ClassifierSpec) else ()
    labels = count_vocabulary(counts, has_unknown=False, first=first)
    inputs = build_inputs(
        config,
        corpus.train.sentences,
        format=str(layout.format),
        file_columns=columns,
        vectors=[] if pretrained.vectors is None else pretrained.vectors.words,
        vector_size=0 if pretrained.vectors is None else pretrained.vectors.array.shape[1],
        mapped=pretrained.mapped,
        gazetteer=pretrained.gazetteer,
        language_models=pretrained.readers,
        base=base,
    )
    tokens = inputs.facts["tokens"]
    facts = {"texts": len(corpus.train), **inputs.facts, **pretrained.facts}
    del facts["sentences"]
    inputs = replace(inputs, facts=facts)
    spec = ClassifierSpec(
        **inputs.fields(),
        labels=labels,
        label_counts=[counts[label] for label in labels.items],
        pooling=config.pooling,
        linear=config.linear,
        header=config.data.header,
        tokenizer=config.data.tokenizer,
    )
    data = replace(config.data, columns=columns)
    return resolve_training(replace(config, data=data), tokens), spec
