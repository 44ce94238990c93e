"""What a model is given beside its corpus: word vectors, lists of phrases, language models."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.model_files import load_spec
from seqtag.api.model_inputs import ROLES
from seqtag.config import EmbeddingConfig
from seqtag.errors import ConfigError
from seqtag.io.gazetteers import read_gazetteers
from seqtag.io.vectors import WordVectors, read_vectors
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vector_lookup import has_vector, needed_forms
from seqtag.training.spec import GeneratorSpec, ReaderSpec

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class Pretrained:
    """Files of knowledge from elsewhere.

    Attributes:
        vectors: Word vectors; None for none.
        gazetteer: Lists of phrases; None for none.
        readers: What language models read, as they are part of the model.
        weights: The weights of each of them by name.
    """

    vectors: WordVectors | None
    gazetteer: Gazetteer | None
    readers: Sequence[ReaderSpec]
    weights: Sequence[Mapping[str, npt.NDArray[np.floating]]]

    def initialize(self, model: Any) -> None:  # noqa: ANN401 - a network, training's affair
        """Give a model its language models' weights."""
        from seqtag.training.initialization import set_readers

        if self.readers:
            set_readers(model, self.weights)


def read_pretrained(config: EmbeddingConfig, parts: Sequence[Iterable[Sentence]]) -> Pretrained:
    """Read the files that a configuration names.

    Args:
        config: The configuration of the embedding layer.
        parts: The run's sentences, whose words may be the only ones to keep vectors for.

    Raises:
        ConfigError: No word of the training part has a vector.
        DataError: A file cannot be read, or a line of it is not as it must be.
    """
    readers, weights = _read_language_models(config.language_model)
    gazetteer = None
    if config.gazetteers:
        gazetteer = read_gazetteers(config.gazetteers, ignore_case=not config.gazetteer_case)
    if not config.vectors:
        return Pretrained(None, gazetteer, readers, weights)
    tokens = chain.from_iterable(s.tokens for s in chain.from_iterable(parts))
    needed = set(tokens)
    forms = needed_forms(needed)
    all_words = config.vectors_words == "all"
    vectors = read_vectors(config.vectors, None if all_words else forms.__contains__)
    listed = set(vectors.words)
    found = sum(has_vector(word, listed) for word in needed)
    if not found:
        raise ConfigError(
            "none of the corpus's words has a vector in this file; check that it is of the same "
            "language",
            path=config.vectors,
        )
    logger.info(
        "%s vectors of size %d, for %.1f%% of the corpus's %s different words",
        *(f"{len(vectors.words):,}", vectors.array.shape[1]),
        *(100 * found / len(needed), f"{len(needed):,}"),
    )
    return Pretrained(vectors, gazetteer, readers, weights)


def _read_language_models(
    names: str,
) -> tuple[list[ReaderSpec], list[Mapping[str, npt.NDArray[np.floating]]]]:
    """Read the generators that a configuration names.

    Raises:
        ConfigError: One is no generator, or there are more than two.
        ModelError: There is no such run, or it is damaged.
    """
    readers: list[ReaderSpec] = []
    weights: list[Mapping[str, npt.NDArray[np.floating]]] = []
    paths = [name.strip() for name in names.split(",") if name.strip()]
    if len(paths) > len(ROLES):
        raise ConfigError(
            f"embedding.language_model names {len(paths)} runs: give one, or one for each direction"
        )
    for path in paths:
        spec, files = load_spec(path)
        if not isinstance(spec, GeneratorSpec):
            raise ConfigError(
                "embedding.language_model names a run that is no language model: train one with "
                "`seqtag train --task generate --direction both`",
                path=path,
            )
        readers.append(ReaderSpec(**spec.reader_fields()))
        weights.append(files.weights)
    return readers, weights
