"""What a tagger is given beside its corpus: word vectors and lists of phrases."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from seqtag.config import EmbeddingConfig
from seqtag.errors import ConfigError
from seqtag.io.gazetteers import read_gazetteers
from seqtag.io.vectors import WordVectors, read_vectors
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vector_lookup import has_vector, needed_forms

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class Pretrained:
    """Files of knowledge from elsewhere.

    Attributes:
        vectors: Word vectors; None for none.
        gazetteer: Lists of phrases; None for none.
    """

    vectors: WordVectors | None
    gazetteer: Gazetteer | None


def read_pretrained(config: EmbeddingConfig, parts: Sequence[Iterable[Sentence]]) -> Pretrained:
    """Read the files that a configuration names.

    Args:
        config: The configuration of the embedding layer.
        parts: The run's sentences, whose words may be the only ones to keep vectors for.

    Raises:
        ConfigError: No word of the training part has a vector.
        DataError: A file cannot be read, or a line of it is not as it must be.
    """
    gazetteer = None
    if config.gazetteers:
        gazetteer = read_gazetteers(config.gazetteers, ignore_case=not config.gazetteer_case)
    if not config.vectors:
        return Pretrained(None, gazetteer)
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
    return Pretrained(vectors, gazetteer)
